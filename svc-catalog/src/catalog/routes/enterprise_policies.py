"""Policies for enterprises (惠企政策) as the public reads them. Writing and matching have modules beside this one.

GET  /enterprise-policies, /export         anyone; public at the end of `to`
GET  /enterprise-policies/{id}             anyone; `version`: as an older version said it
GET  /enterprise-policies/{id}/versions, /steps    anyone
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from catalog.domain.policy_rules import words_of
from catalog.queries import enterprise_policies as queries
from catalog.queries.enterprise_policies import PolicyFilter
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, VersionAsked, Words
from catalog.schemas.enterprise_policies import (
    PolicyHitOut,
    PolicyOut,
    PolicyStepOut,
    PolicyVersionOut,
)
from catalog.tables.enterprise_policies import enterprise_policy_steps, policy_spans
from chassis.clock import local_date
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["enterprise policies"])

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
            show=hit_out,
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


@router.get("/enterprise-policies/{policy_id}", response_model=PolicyOut, operation_id="get_policy")
async def get_policy(
    policy_id: UUID,
    call: Anyone,
    version: VersionAsked = None,
) -> Response:
    """One policy as it is public, or was in an older version."""
    async with call.read() as tx:
        row = await one_row(tx, queries.public_policy(policy_id, version, local_date(tx.now)))
    etag = f"{row.number}.{row.policy_version}" if version is not None else row.policy_version
    if call.is_fresh(etag):
        return Response(status_code=304, headers={"ETag": f'"{etag}"'})
    return answer(policy_out(row), etag=etag)


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


def hit_out(row: Row[Any]) -> PolicyHitOut:
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


def policy_out(row: Row[Any]) -> PolicyOut:
    is_public = row.closed_on is None
    return PolicyOut(
        **{**hit_out(row).model_dump(), "is_open": row.is_open and is_public},
        state="published" if is_public else "withdrawn",
        policy=row.content,
        rules_in_words=[words_of(rule) for rule in row.content["rules"]],
        published_at=row.published_at,
    )
