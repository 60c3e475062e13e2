"""Policies held against an enterprise's own facts.

POST /enterprise-policies/matches          anyone with a profile; enterprise_agent with the one it keeps. Nothing is kept
GET  /enterprise-matches/own               enterprise_agent   what the own enterprise was told of
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Response
from sqlalchemy import Row

from catalog.domain.policy_rules import PolicyVerdict, Verdict, judge
from catalog.queries import enterprise_policies as queries
from catalog.queries.enterprise_policies import PolicyFilter
from catalog.repository.enterprise_policies import own_profile
from catalog.routes.enterprise_policies import hit_out
from catalog.routes.parameters import EnterpriseAgent
from catalog.schemas.enterprise_policies import (
    MatchingIn,
    MatchingOut,
    OwnMatchOut,
    PolicyMatchOut,
    RuleVerdictOut,
)
from catalog.schemas.enterprise_policies import Verdict as VerdictAsked
from catalog.tables.enterprise_policies import enterprise_matches, policy_spans
from chassis.clock import local_date
from chassis.door import Call, allow_anyone, answer
from chassis.errors import InvalidError
from chassis.identity import Reach
from chassis.indicators import Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["enterprise policies"])

POLICIES_MAX = 5_000
"""Policies that are held against one profile at once."""
Matcher = Annotated[
    Call, allow_anyone(reach=Reach.NOTHING, roles={Role.ENTERPRISE_AGENT: Reach.OWN})
]


@router.post(
    "/enterprise-policies/matches", response_model=MatchingOut, operation_id="match_policies"
)
async def post_matches(
    body: MatchingIn, call: Matcher, paging: Paging, verdict: VerdictAsked | None = None
) -> Response:
    """What fits an enterprise and why: fits, does not, or unknown because the profile does not say. Nothing is kept."""
    async with call.read() as tx:
        profile = await _profile_of(body, tx)
        today = local_date(tx.now)
        wanted = PolicyFilter(period=Period())
        statement = queries.policies_on(wanted, today).order_by(policy_spans.c.policy_id)
        rows = [
            row for row in await tx.all(statement.limit(POLICIES_MAX)) if not _is_over(row, today)
        ]
    judged = [(row, judge(row.content["rules"], profile, on=today)) for row in rows]
    judged.sort(key=lambda pair: (_RANK[pair[1].verdict], str(pair[0].policy_id)))
    listed = [pair for pair in judged if verdict is None or pair[1].verdict == verdict]
    return answer(_matching_out(call, paging.limit, paging.cursor, judged, listed, verdict))


@router.get(
    "/enterprise-matches/own", response_model=Page[OwnMatchOut], operation_id="list_own_matches"
)
async def list_own_matches(call: EnterpriseAgent, paging: Paging) -> Response:
    """Policies that the own enterprise was told of, newest first, and what they say of it today."""
    async with call.read() as tx:
        profile = await own_profile(tx)
        said = profile.said if profile is not None else {}
        today = local_date(tx.now)
        page = await page_of(
            tx,
            queries.own_matches(),
            by=[enterprise_matches.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"own-matches {call.principal.owner_id}",
            show=lambda row: _own_match_out(row, said, today),
        )
    return answer(page)


_RANK = {Verdict.FITS: 0, Verdict.UNKNOWN: 1, Verdict.NOT: 2}


def _is_over(row: Any, today: date) -> bool:
    return bool(row.is_exhausted or (row.ends_on is not None and row.ends_on < today))


async def _profile_of(body: MatchingIn, tx: Transaction) -> dict[str, Any]:
    if body.profile is not None:
        return body.profile.model_dump(mode="json")
    kept = await own_profile(tx)
    if kept is None:
        raise InvalidError(
            "请在 profile 中填写企业情况；或由企业经办人登录并先保存企业档案",
            "Describe the enterprise in `profile`; or sign in as its agent and keep a profile first",
            code="profile-needed",
        )
    return dict(kept.said)


def _matching_out(
    call: Call,
    limit: int,
    cursor: str | None,
    judged: Sequence[tuple[Row[Any], PolicyVerdict]],
    listed: Sequence[tuple[Row[Any], PolicyVerdict]],
    verdict: str | None,
) -> MatchingOut:
    kind = f"matching {verdict}"
    keys = [f"{_RANK[said.verdict]} {row.policy_id}" for row, said in listed]
    begin = 0
    if cursor is not None:
        last = str(call.runtime.cursors.open(kind, cursor)[0])
        begin = sum(key <= last for key in keys)
    end = begin + limit
    counts = {each: sum(said.verdict is each for _, said in judged) for each in Verdict}
    lacks = dict.fromkeys(name for _, said in judged for name in said.lacks)
    return MatchingOut(
        results=[_match_out(row, said) for row, said in listed[begin:end]],
        next_cursor=call.runtime.cursors.seal(kind, [keys[end - 1]]) if end < len(keys) else None,
        fits=counts[Verdict.FITS],
        unknown=counts[Verdict.UNKNOWN],
        not_fitting=counts[Verdict.NOT],
        lacks=list(lacks),
    )


def _match_out(row: Row[Any], said: PolicyVerdict) -> PolicyMatchOut:
    return PolicyMatchOut(
        **hit_out(row).model_dump(),
        verdict=said.verdict.value,
        benefits=row.content["benefits"],
        rules=[
            RuleVerdictOut(
                words=rule.words, verdict=rule.verdict.value, why=rule.why, lacks=list(rule.lacks)
            )
            for rule in said.rules
        ],
        lacks=list(said.lacks),
        to_fit=list(said.to_fit),
    )


def _own_match_out(row: Row[Any], said: Any, today: date) -> OwnMatchOut:
    is_ended = row.closed_on is not None or _is_over(row, today)
    verdict = judge(row.content["rules"], said, on=today).verdict.value
    return OwnMatchOut(
        id=row.id,
        policy_id=row.policy_id,
        policy_code=row.policy_code,
        title=row.title,
        version=row.number,
        matched_at=row.matched_at,
        still="ended" if is_ended else verdict,
    )
