"""Doors: policies for enterprises (惠企政策): written by departments, read by everybody, matched for enterprises.

GET  /enterprise-policies, /{id}, /versions, /steps    anyone
GET  /enterprise-policies/own                          publisher          own department, drafts included
POST /enterprise-policies, /{id}/drafts                publisher          PUT /{id}/drafts/{n} with If-Match
POST /enterprise-policies/{id}/publications            publisher          by a second person
POST /enterprise-policies/{id}/withdrawals, /budgets   publisher
POST /enterprise-policies/matches                      anyone             with a profile, or the own kept one
GET, PUT /enterprise-profiles/own, POST /removals      enterprise_agent   own
GET  /enterprise-matches/own                           enterprise_agent   own
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row

from catalog.domain.enterprise_policies import (
    PROFILE_FIELDS,
    PolicyVerdict,
    Verdict,
    judge,
    rule_faults,
    words_of,
)
from catalog.queries import enterprise_policies as queries
from catalog.queries.enterprise_policies import PolicyFilter
from catalog.queries.items import one_row
from catalog.repository.enterprise_policies import KeptProfile, own_profile
from catalog.schemas.enterprise_policies import (
    KeptProfileIn,
    KeptProfileOut,
    MatchingIn,
    MatchingOut,
    OwnMatchOut,
    PolicyBudgetIn,
    PolicyDraftIn,
    PolicyDraftOut,
    PolicyHitOut,
    PolicyMatchOut,
    PolicyOut,
    PolicyPublicationIn,
    PolicyReasonIn,
    PolicyStepOut,
    PolicyVersionOut,
    RuleVerdictOut,
)
from catalog.schemas.enterprise_policies import Verdict as VerdictAsked
from catalog.tables.enterprise_policies import (
    enterprise_matches,
    enterprise_policies,
    enterprise_policy_steps,
    enterprise_policy_versions,
    policy_spans,
)
from catalog.use_cases.add_policy_draft import add_policy_draft
from catalog.use_cases.change_policy_draft import change_policy_draft
from catalog.use_cases.create_policy import create_policy
from catalog.use_cases.keep_enterprise_profile import keep_enterprise_profile
from catalog.use_cases.mark_policy_budget import mark_policy_budget
from catalog.use_cases.publish_policy import publish_policy
from catalog.use_cases.remove_enterprise_profile import remove_enterprise_profile
from catalog.use_cases.withdraw_policy import withdraw_policy
from chassis.clock import local_date
from chassis.door import Call, DoorTransaction, allow, allow_anyone, answer
from chassis.encryption import mask_phone
from chassis.errors import InvalidError, NotFoundError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

POLICIES_MAX = 5_000
"""Policies that are held against one profile at once."""
JOB = "match-enterprise-policies"

EXPORT_COLUMNS = (
    ExportColumn(name="code", head="政策编码"),
    ExportColumn(name="title", head="政策名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="department_name", head="部门名称", width=28),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="document", head="文号", width=24, read=lambda row: row.content["document"]),
    ExportColumn(
        name="benefits",
        head="优惠内容",
        width=60,
        read=lambda row: "；".join(row.content["benefits"]),
    ),
    ExportColumn(
        name="rules",
        head="适用条件",
        width=60,
        read=lambda row: "；".join(words_of(rule) for rule in row.content["rules"]),
    ),
    ExportColumn(name="starts_on", head="申报开始"),
    ExportColumn(name="ends_on", head="申报截止"),
    ExportColumn(name="is_exhausted", head="资金用完"),
    ExportColumn(name="is_open", head="可申报"),
)

router = APIRouter(prefix="/catalog/v1", tags=["enterprise policies"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Publisher = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
Enterprise = Annotated[Call, allow({Role.ENTERPRISE_AGENT: Reach.OWN}, assurance=2)]
Matcher = Annotated[
    Call, allow_anyone(reach=Reach.NOTHING, roles={Role.ENTERPRISE_AGENT: Reach.OWN})
]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Words = Annotated[str, Query(max_length=60)]


@router.get("/enterprise-policies", response_model=Page[PolicyHitOut], operation_id="list_policies")
async def list_policies(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    q: Words = "",
    is_open: Annotated[bool | None, Query(alias="open")] = None,
) -> Response:
    """Policies public at the end of `to` (today); `open=true`: those that may be applied for, with budget left."""
    async with call.read() as tx:
        day = period.day(tx.now)
        page = await page_of(
            tx,
            queries.policies_on(PolicyFilter(period=period, words=q.strip(), is_open=is_open), day),
            by=[policy_spans.c.policy_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"policies {q} {is_open} {day} {period.division} {period.department}",
            show=_hit_out,
        )
    return answer(page)


@router.get(
    "/enterprise-policies/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_policies",
)
async def export_policies(
    call: Anyone,
    period: InPeriod,
    *,
    q: Words = "",
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    format: ExportKind = "csv",
) -> Response:
    """The same list as a table: CSV, XLSX or JSON Lines, with the rules in words."""
    async with call.read() as tx:
        day = period.day(tx.now)
    return await export_of(
        call,
        queries.policies_on(PolicyFilter(period=period, words=q.strip(), is_open=is_open), day),
        by=[policy_spans.c.policy_id],
        columns=EXPORT_COLUMNS,
        kind=format,
        name="惠企政策",
    )


@router.get(
    "/enterprise-policies/own",
    response_model=Page[PolicyDraftOut],
    operation_id="list_own_policies",
)
async def list_own(call: Publisher, paging: Paging) -> Response:
    """The own department's policies, each in its newest version, drafts included."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.own_policies(),
            by=[enterprise_policies.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="own-policies",
            show=lambda row: PolicyDraftOut(
                policy_id=row.id,
                number=row.number,
                state=row.version_state,
                policy=row.content,
                drafted_at=row.created_at,
                is_mine=False,
                faults=_faults(row.content),
            ),
        )
    return answer(page)


@router.post(
    "/enterprise-policies",
    status_code=201,
    response_model=PolicyDraftOut,
    operation_id="create_policy",
)
async def post_policy(body: PolicyDraftIn, call: Publisher) -> Response:
    """Write a new policy of the own department; it is public once a second person publishes it."""
    content = body.policy.model_dump(mode="json")
    async with call.begin() as tx:
        policy_id = await create_policy(content, tx)
        await _answer_draft(tx, policy_id, 1, status=201)
    return tx.response


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


@router.get("/enterprise-policies/{policy_id}", response_model=PolicyOut, operation_id="get_policy")
async def get_policy(
    policy_id: UUID,
    call: Anyone,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """One policy as it is public, or was in an older version."""
    async with call.read() as tx:
        row = await one_row(tx, queries.public_policy(policy_id, version, local_date(tx.now)))
    etag = f"{row.number}.{row.policy_version}" if version is not None else row.policy_version
    if call.is_fresh(etag):
        return Response(status_code=304, headers={"ETag": f'"{etag}"'})
    return answer(_policy_out(row), etag=etag)


@router.get(
    "/enterprise-policies/{policy_id}/versions",
    response_model=Page[PolicyVersionOut],
    operation_id="list_policy_versions",
)
async def list_versions(policy_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Versions that were public, newest first."""
    async with call.read() as tx:
        await one_row(tx, queries.public_policy(policy_id, None, local_date(tx.now)))
        page = await page_of(
            tx,
            queries.public_versions(policy_id),
            by=[policy_spans.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"policy-versions {policy_id}",
            show=lambda row: PolicyVersionOut(
                number=row.number,
                state="published",
                published_at=row.published_at,
                is_in_force=row.closed_on is None,
            ),
        )
    return answer(page)


@router.get(
    "/enterprise-policies/{policy_id}/steps",
    response_model=Page[PolicyStepOut],
    operation_id="list_policy_steps",
)
async def list_steps(policy_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to a policy that was public once, oldest first."""
    async with call.read() as tx:
        await one_row(tx, queries.public_policy(policy_id, None, local_date(tx.now)))
        page = await page_of_steps(
            tx,
            enterprise_policy_steps,
            of={"kind": "policy", "of_id": str(policy_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=PolicyStepOut,
        )
    return answer(page)


@router.get(
    "/enterprise-policies/{policy_id}/drafts",
    response_model=Page[PolicyDraftOut],
    operation_id="list_policy_drafts",
)
async def list_drafts(policy_id: UUID, call: Publisher, paging: Paging) -> Response:
    """Drafts of the own department, newest first, each with what stands in the way of publishing it."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.drafts_of(policy_id),
            by=[enterprise_policy_versions.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"policy-drafts {policy_id}",
            show=lambda row: _draft_out(row, call.principal.subject),
        )
    return answer(page)


@router.post(
    "/enterprise-policies/{policy_id}/drafts",
    status_code=201,
    response_model=PolicyDraftOut,
    operation_id="add_policy_draft",
)
async def post_draft(policy_id: UUID, body: PolicyDraftIn, call: Publisher) -> Response:
    """Draft the next version; the one in force stays in force until the draft is published."""
    async with call.begin() as tx:
        number = await add_policy_draft(policy_id, body.policy.model_dump(mode="json"), tx)
        await _answer_draft(tx, policy_id, number, status=201)
    return tx.response


@router.get(
    "/enterprise-policies/{policy_id}/drafts/{number}",
    response_model=PolicyDraftOut,
    operation_id="get_policy_draft",
)
async def get_draft(policy_id: UUID, number: Number, call: Publisher) -> Response:
    """One draft of the own department; its ETag is what a change and a publication name in If-Match."""
    async with call.read() as tx:
        row = await one_row(tx, _one_draft(policy_id, number))
    return answer(_draft_out(row, call.principal.subject), etag=row.version)


@router.put(
    "/enterprise-policies/{policy_id}/drafts/{number}",
    response_model=PolicyDraftOut,
    operation_id="change_policy_draft",
)
async def put_draft(
    policy_id: UUID, number: Number, body: PolicyDraftIn, call: Publisher
) -> Response:
    """Replace a draft. Needs `If-Match`. Whoever changes a draft may not publish it."""
    call.if_match()
    async with call.begin() as tx:
        await change_policy_draft(policy_id, number, body.policy.model_dump(mode="json"), tx)
        await _answer_draft(tx, policy_id, number, status=200)
    return tx.response


@router.post(
    "/enterprise-policies/{policy_id}/publications",
    status_code=201,
    response_model=PolicyOut,
    operation_id="publish_policy",
)
async def post_publication(policy_id: UUID, body: PolicyPublicationIn, call: Publisher) -> Response:
    """Put a draft in force, by a second publisher; enterprises that it fits and that want to be told are told by a job."""
    async with call.begin() as tx:
        await publish_policy(policy_id, body.number, tx)
        enqueue_job(tx, call.runtime, kind=JOB, input={"policy_id": str(policy_id)})
        await _answer_policy(tx, policy_id, status=201)
    return tx.response


@router.post(
    "/enterprise-policies/{policy_id}/withdrawals",
    status_code=201,
    response_model=PolicyOut,
    operation_id="withdraw_policy",
)
async def post_withdrawal(policy_id: UUID, body: PolicyReasonIn, call: Publisher) -> Response:
    """End a policy (废止); its page stays, and a later version takes it up again."""
    async with call.begin() as tx:
        await withdraw_policy(policy_id, tx, reason=body.reason)
        await _answer_policy(tx, policy_id, status=201)
    return tx.response


@router.post(
    "/enterprise-policies/{policy_id}/budgets",
    status_code=201,
    response_model=PolicyOut,
    operation_id="mark_policy_budget",
)
async def post_budget(policy_id: UUID, body: PolicyBudgetIn, call: Publisher) -> Response:
    """Say that the budget is used up, or take that back; with budget again, enterprises are matched again."""
    async with call.begin() as tx:
        await mark_policy_budget(policy_id, tx, is_exhausted=body.is_exhausted, reason=body.reason)
        if not body.is_exhausted:
            enqueue_job(tx, call.runtime, kind=JOB, input={"policy_id": str(policy_id)})
        await _answer_policy(tx, policy_id, status=201)
    return tx.response


@router.get(
    "/enterprise-profiles/own", response_model=KeptProfileOut, operation_id="get_own_profile"
)
async def get_own(call: Enterprise) -> Response:
    """The own kept profile; nobody else reads it."""
    async with call.read() as tx:
        profile = await own_profile(tx)
    if profile is None:
        raise _no_profile()
    return answer(_profile_out(profile), etag=profile.version)


@router.put(
    "/enterprise-profiles/own", response_model=KeptProfileOut, operation_id="keep_own_profile"
)
async def put_own(body: KeptProfileIn, call: Enterprise) -> Response:
    """Keep the own profile, sealed; a change needs `If-Match`. With `wants_to_be_told`, what fits is told once each."""
    said = body.model_dump(mode="json", exclude={"wants_to_be_told"})
    async with call.begin() as tx:
        await keep_enterprise_profile(
            said,
            tx,
            wants=body.wants_to_be_told,
            has_seen="if-match" in call.request.headers,
        )
        if body.wants_to_be_told:
            enqueue_job(tx, call.runtime, kind=JOB, input={"owner_id": call.principal.owner_id})
        profile = await own_profile(tx)
        assert profile is not None
        tx.answer(_profile_out(profile), etag=profile.version)
    return tx.response


@router.post(
    "/enterprise-profiles/own/removals", status_code=204, operation_id="remove_own_profile"
)
async def post_removal(body: PolicyReasonIn, call: Enterprise) -> Response:
    """Take the own profile out of the books, with what it was matched with."""
    async with call.begin() as tx:
        await remove_enterprise_profile(tx, reason=body.reason)
        tx.answer(None, status=204)
    return tx.response


@router.get(
    "/enterprise-matches/own", response_model=Page[OwnMatchOut], operation_id="list_own_matches"
)
async def list_own_matches(call: Enterprise, paging: Paging) -> Response:
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
        **_hit_out(row).model_dump(),
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


def _hit_out(row: Row[Any]) -> PolicyHitOut:
    return PolicyHitOut(
        policy_id=row.policy_id,
        version=row.number,
        **{
            name: getattr(row, name)
            for name in (
                "code",
                "title",
                "division",
                "department",
                "department_name",
                "starts_on",
                "ends_on",
                "is_exhausted",
                "is_open",
            )
        },
    )


def _policy_out(row: Row[Any]) -> PolicyOut:
    is_public = row.closed_on is None
    return PolicyOut(
        **{**_hit_out(row).model_dump(), "is_open": row.is_open and is_public},
        state="published" if is_public else "withdrawn",
        policy=row.content,
        rules_in_words=[words_of(rule) for rule in row.content["rules"]],
        published_at=row.published_at,
    )


async def _answer_policy(tx: DoorTransaction, policy_id: UUID, *, status: int) -> None:
    row = await one_row(tx, queries.public_policy(policy_id, None, local_date(tx.now)))
    location = f"/catalog/v1/enterprise-policies/{policy_id}"
    tx.answer(_policy_out(row), status=status, etag=row.policy_version, location=location)


def _one_draft(policy_id: UUID, number: int) -> Any:
    return queries.drafts_of(policy_id).where(enterprise_policy_versions.c.number == number)


async def _answer_draft(tx: DoorTransaction, policy_id: UUID, number: int, *, status: int) -> None:
    row = await one_row(tx, _one_draft(policy_id, number))
    location = f"/catalog/v1/enterprise-policies/{policy_id}/drafts/{number}"
    draft = _draft_out(row, tx.principal.subject)
    tx.answer(draft, status=status, etag=row.version, location=location)


def _draft_out(row: Row[Any], caller: str) -> PolicyDraftOut:
    return PolicyDraftOut(
        policy_id=row.policy_id,
        number=row.number,
        state=row.state,
        policy=row.content,
        drafted_at=row.drafted_at,
        is_mine=caller in row.drafters,
        faults=_faults(row.content),
    )


def _faults(content: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"pointer": fault.pointer, "code": fault.code, "detail": fault.zh, "detail_en": fault.en}
        for fault in rule_faults(content["rules"], at="/policy/rules")
    ]


def _no_profile() -> NotFoundError:
    return NotFoundError(
        "尚未保存企业档案；请用 PUT /enterprise-profiles/own 填写",
        "No profile is kept yet; PUT /enterprise-profiles/own to keep one",
        code="no-profile",
    )


def _profile_out(profile: KeptProfile) -> KeptProfileOut:
    said = dict(profile.said)
    phone = str(said.get("contact_phone") or "")
    return KeptProfileOut(
        **{**said, "contact_phone": mask_phone(phone) if phone else ""},
        wants_to_be_told=profile.wants_to_be_told,
        kept_at=profile.kept_at,
        lacks=[name for name in PROFILE_FIELDS.values() if said.get(name) is None],
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
