"""Findings (审计问题): what the audit found in guides in force.

GET  /findings, /export, /{id}, /{id}/steps        publisher and department (own), coordinator and inspector (below),
                                                   auditor, system_admin
GET  /findings/summary                             anyone; counts only
POST /findings/{id}/acceptances, /acceptance-ends  coordinator (below), system_admin
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints
from sqlalchemy import Row, select

from catalog.queries import audit as queries
from catalog.queries.audit import FindingFilter
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, CoordinatorOrAdministrator
from catalog.schemas.audit import (
    AcceptanceEndIn,
    AcceptanceIn,
    FindingCountOut,
    FindingDayOut,
    FindingOut,
    FindingStepOut,
    FindingSummaryOut,
    Outcome,
)
from catalog.tables.audit import finding_steps, findings
from catalog.use_cases.accept_finding import AcceptFinding, accept_finding
from catalog.use_cases.end_finding_acceptance import end_finding_acceptance
from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["audit"])

HISTORY_DAYS_MAX = 366
FindingReader = Annotated[
    Call,
    allow(
        {
            Role.PUBLISHER: Reach.DEPARTMENT,
            Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
            Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
            Role.COORDINATOR: Reach.DIVISION,
            Role.INSPECTOR: Reach.DIVISION,
            Role.AUDITOR: Reach.ALL,
            Role.SYSTEM_ADMIN: Reach.ALL,
        }
    ),
]
RuleName = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,64}$")]
ItemCode = Annotated[str, Query(max_length=128)]
PlaceCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}$")]

FINDING_COLUMNS = (
    ExportColumn(name="rule", head="规则", width=24),
    ExportColumn(name="item_code", head="事项编码", width=34),
    ExportColumn(name="item_name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="what", head="问题", width=60),
    ExportColumn(name="how_to_mend", head="整改办法", width=40),
    ExportColumn(name="fields", head="位置", width=30),
    ExportColumn(name="place", head="渠道或证明", width=20),
    ExportColumn(name="due_on", head="整改期限"),
    ExportColumn(name="state", head="状态"),
    ExportColumn(name="outcome", head="结果"),
    ExportColumn(name="accepted_until", head="认可至"),
    ExportColumn(name="opened_at", head="发现时间", width=26),
    ExportColumn(name="closed_at", head="关闭时间", width=26),
    ExportColumn(name="id", head="编号", width=36, read=lambda row: str(row.id)),
)


async def _finding_filter(
    period: InPeriod,
    *,
    rule: RuleName = "",
    state: Literal["open", "closed"] | None = None,
    outcome: Outcome | None = None,
    item: UUID | None = None,
    item_code: ItemCode = "",
    reference_item: UUID | None = None,
    overdue: bool | None = None,
    consistency: bool | None = None,
    cancelled_proof: Annotated[
        bool | None,
        Query(description="指南仍要求已取消的证明 The guide asks for a cancelled proof"),
    ] = None,
    proof: Annotated[PlaceCode, Query(description="已取消的哪种证明 Which cancelled proof")] = "",
    place: Annotated[
        PlaceCode, Query(description="渠道或证明的编码 Code of channel or proof")
    ] = "",
    open: Annotated[bool | None, Query(description="在 to 当日终了时 At the end of `to`")] = None,
    each_item: Annotated[bool, Query(description="每个事项只列一条 One row an item")] = False,
    due_from: date | None = None,
    due_to: date | None = None,
    closed_from: date | None = None,
    closed_to: date | None = None,
    accepted_until_from: date | None = None,
    accepted_until_to: date | None = None,
) -> FindingFilter:
    return FindingFilter(
        rule=rule,
        state=state or "",
        outcome=outcome or "",
        item_id=item,
        item_code=item_code,
        reference_item_id=reference_item,
        is_overdue=overdue,
        is_consistency=consistency,
        asks_cancelled_proof=cancelled_proof,
        proof=proof,
        place=place,
        is_open=open,
        is_each_item_once=each_item,
        due=(due_from, due_to),
        closed=(closed_from, closed_to),
        accepted_until=(accepted_until_from, accepted_until_to),
        period=period,
    )


WantedFindings = Annotated[FindingFilter, Depends(_finding_filter)]
"""The filters of the list and of its file: the same ones, so that the file is the list."""


@router.get("/findings", response_model=Page[FindingOut], operation_id="list_findings")
async def list_findings(call: FindingReader, paging: Paging, wanted: WantedFindings) -> Response:
    """Findings within reach, newest first. With `open` and `to`: those open at the end of that day."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.findings_where(wanted, today=local_date(tx.now)),
            by=[findings.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"findings {wanted}",
            show=FindingOut.model_validate,
        )
    return answer(page)


@router.get(
    "/findings/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_findings",
)
async def export_findings(
    call: FindingReader, wanted: WantedFindings, format: ExportKind = "csv"
) -> Response:
    """Findings within reach as a table to keep, with the filters of the list."""
    today = local_date(call.runtime.clock.now())
    return await export_of(
        call,
        queries.findings_where(wanted, today=today),
        columns=FINDING_COLUMNS,
        by=[findings.c.id],
        kind=format,
        name="审计问题清单",
    )


@router.get(
    "/findings/summary", response_model=FindingSummaryOut, operation_id="summarize_findings"
)
async def get_summary(
    call: Anyone,
    period: InPeriod,
    days: Annotated[int, Query(ge=1, le=HISTORY_DAYS_MAX)] = 30,
) -> Response:
    """Counts only: open by department and rule, and day by day how they come down to nought."""
    async with call.read() as tx:
        today = local_date(tx.now)
        counts = await queries.counts_open(tx, period, today)
        history = await queries.history(
            tx, period, days=days, today=min(period.last_day or today, today)
        )
        audit = await queries.last_audit(tx)
    return answer(
        FindingSummaryOut(
            open=sum(row.open for row in counts),
            overdue=sum(row.overdue for row in counts),
            counts=[FindingCountOut.model_validate(row) for row in counts],
            days=[FindingDayOut(**each) for each in history],
            last_audit_at=audit.finished_at if audit is not None else None,
        )
    )


@router.get("/findings/{finding_id}", response_model=FindingOut, operation_id="get_finding")
async def get_finding(finding_id: UUID, call: FindingReader) -> Response:
    """One finding, with its differences field by field."""
    async with call.read() as tx:
        row = await _finding_row(tx, finding_id)
    return answer(FindingOut.model_validate(row), etag=row.version)


@router.get(
    "/findings/{finding_id}/steps",
    response_model=Page[FindingStepOut],
    operation_id="list_finding_steps",
)
async def list_finding_steps(finding_id: UUID, call: FindingReader, paging: Paging) -> Response:
    """What happened to a finding, oldest first."""
    async with call.read() as tx:
        await _finding_row(tx, finding_id)
        page = await page_of_steps(
            tx,
            finding_steps,
            of={"finding_id": finding_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=FindingStepOut,
        )
    return answer(page)


@router.post(
    "/findings/{finding_id}/acceptances",
    status_code=201,
    response_model=FindingOut,
    operation_id="accept_finding",
)
async def post_acceptance(
    finding_id: UUID, body: AcceptanceIn, call: CoordinatorOrAdministrator
) -> Response:
    """Judge a difference lawful, with its basis, until a day; it stays quiet until then."""
    command = AcceptFinding(
        finding_id=finding_id, reason=body.reason, basis=body.basis, until=body.until
    )
    async with call.begin() as tx:
        await accept_finding(command, tx)
        await _answer_finding(tx, finding_id)
    return tx.response


@router.post(
    "/findings/{finding_id}/acceptance-ends",
    status_code=201,
    response_model=FindingOut,
    operation_id="end_finding_acceptance",
)
async def post_acceptance_end(
    finding_id: UUID, body: AcceptanceEndIn, call: CoordinatorOrAdministrator
) -> Response:
    """Take an acceptance back; the next audit opens the finding again if it is still so."""
    async with call.begin() as tx:
        await end_finding_acceptance(finding_id, tx, reason=body.reason)
        await _answer_finding(tx, finding_id)
    return tx.response


async def _finding_row(tx: Transaction, finding_id: UUID) -> Row[Any]:
    return await one_row(tx, select(findings).where(findings.c.id == finding_id))


async def _answer_finding(tx: Any, finding_id: UUID) -> None:
    await tx.flush()
    row = await _finding_row(tx, finding_id)
    tx.answer(
        FindingOut.model_validate(row),
        status=201,
        etag=row.version,
        location=f"/catalog/v1/findings/{finding_id}",
    )
