"""Policies for enterprises as departments write them, and what becomes of them.

GET  /enterprise-policies/own                      publisher   the own department's, drafts included
POST /enterprise-policies · /{id}/drafts           publisher
GET  /enterprise-policies/{id}/drafts, /{number}   publisher   PUT /{number} with If-Match
POST /enterprise-policies/{id}/drafts/{n}/discards   publisher
POST /enterprise-policies/{id}/publications        publisher, a second one; then enterprises are matched
POST /enterprise-policies/{id}/withdrawals, /budgets   publisher
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row

from catalog.domain.policy_rules import rule_faults
from catalog.queries import enterprise_policies as queries
from catalog.queries.items import one_row
from catalog.repository.enterprise_policies import MATCHING
from catalog.routes.enterprise_policies import policy_out
from catalog.routes.parameters import Publisher, VersionNumber
from catalog.schemas.enterprise_policies import (
    PolicyBudgetIn,
    PolicyDraftIn,
    PolicyDraftOut,
    PolicyOut,
    PolicyPublicationIn,
    PolicyReasonIn,
)
from catalog.tables.enterprise_policies import enterprise_policies, enterprise_policy_versions
from catalog.use_cases.add_policy_draft import add_policy_draft
from catalog.use_cases.change_policy_draft import change_policy_draft
from catalog.use_cases.create_policy import create_policy
from catalog.use_cases.discard_policy_draft import discard_policy_draft
from catalog.use_cases.mark_policy_budget import mark_policy_budget
from catalog.use_cases.publish_policy import publish_policy
from catalog.use_cases.withdraw_policy import withdraw_policy
from chassis.clock import local_date
from chassis.door import DoorTransaction, answer
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["enterprise policies"])


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
        draft = await create_policy(content, tx)
        await _answer_draft(tx, draft.policy_id, draft.number, status=201)
    return tx.response


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
        draft = await add_policy_draft(policy_id, body.policy.model_dump(mode="json"), tx)
        await _answer_draft(tx, policy_id, draft.number, status=201)
    return tx.response


@router.get(
    "/enterprise-policies/{policy_id}/drafts/{number}",
    response_model=PolicyDraftOut,
    operation_id="get_policy_draft",
)
async def get_draft(policy_id: UUID, number: VersionNumber, call: Publisher) -> Response:
    """One draft of the own department; its ETag is what a change and a publication name in If-Match."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_draft(policy_id, number))
    return answer(_draft_out(row, call.principal.subject), etag=row.version)


@router.put(
    "/enterprise-policies/{policy_id}/drafts/{number}",
    response_model=PolicyDraftOut,
    operation_id="change_policy_draft",
)
async def put_draft(
    policy_id: UUID, number: VersionNumber, body: PolicyDraftIn, call: Publisher
) -> Response:
    """Replace a draft. Needs `If-Match`. Whoever changes a draft may not publish it."""
    call.if_match()
    async with call.begin() as tx:
        await change_policy_draft(policy_id, number, body.policy.model_dump(mode="json"), tx)
        await _answer_draft(tx, policy_id, number, status=200)
    return tx.response


@router.post(
    "/enterprise-policies/{policy_id}/drafts/{number}/discards",
    status_code=201,
    response_model=PolicyDraftOut,
    operation_id="discard_policy_draft",
)
async def post_discard(
    policy_id: UUID, number: VersionNumber, body: PolicyReasonIn, call: Publisher
) -> Response:
    """End a draft that nobody will publish, for good; it leaves the lists and stays in the history."""
    async with call.begin() as tx:
        await discard_policy_draft(policy_id, number, body.reason, tx)
        await _answer_draft(tx, policy_id, number, status=201)
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
        enqueue_job(tx, call.runtime, kind=MATCHING, input={"policy_id": str(policy_id)})
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
            enqueue_job(tx, call.runtime, kind=MATCHING, input={"policy_id": str(policy_id)})
        await _answer_policy(tx, policy_id, status=201)
    return tx.response


async def _answer_policy(tx: DoorTransaction, policy_id: UUID, *, status: int) -> None:
    row = await one_row(tx, queries.public_policy(policy_id, None, local_date(tx.now)))
    location = f"/catalog/v1/enterprise-policies/{policy_id}"
    tx.answer(policy_out(row), status=status, etag=row.policy_version, location=location)


async def _answer_draft(tx: DoorTransaction, policy_id: UUID, number: int, *, status: int) -> None:
    row = await one_row(tx, queries.one_draft(policy_id, number))
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
