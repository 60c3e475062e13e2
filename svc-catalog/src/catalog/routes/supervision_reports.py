"""Behaviour data (监管行为数据), reported monthly by each department.

POST /supervision-reports                  publisher, department_officer (own), system_admin
GET  /supervision-reports, /export         anyone; corrected numbers stay
GET  /supervision-reports/{id}/counts      anyone
"""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.queries import supervision as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone
from catalog.routes.supervision_items import MonthAsked, Reporter
from catalog.schemas.supervision import (
    ReportedCountOut,
    SupervisionReportedOut,
    SupervisionReportIn,
    SupervisionReportOut,
)
from catalog.tables.supervision import supervision_counts, supervision_reports
from catalog.use_cases.report_supervision import CountSaid, ReportSupervision, report_supervision
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["supervision"])

COUNT_COLUMNS = (
    ExportColumn(name="month", head="月份"),
    ExportColumn(name="code", head="监管事项编码", width=24),
    ExportColumn(name="name", head="监管事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="behaviours", head="监管行为数"),
    ExportColumn(name="number", head="第几次报送"),
    ExportColumn(name="is_current", head="现行有效"),
    ExportColumn(name="is_late", head="迟报"),
    ExportColumn(name="reason", head="更正原因", width=30),
    ExportColumn(name="reported_at", head="报送时间", width=26),
)


@router.post(
    "/supervision-reports",
    status_code=201,
    response_model=SupervisionReportedOut,
    operation_id="report_supervision",
)
async def post_report(body: SupervisionReportIn, call: Reporter) -> Response:
    """A department's behaviour data of a month; all rows or none. What is past its due day is taken and marked late."""
    command = ReportSupervision(
        month=body.month,
        rows=[CountSaid(**row.model_dump()) for row in body.rows],
        reason=body.reason,
    )
    async with call.begin() as tx:
        report_id = await report_supervision(command, tx)
        await tx.flush()
        report = None
        if report_id is not None:
            row = await one_row(
                tx, select(supervision_reports).where(supervision_reports.c.id == report_id)
            )
            report = SupervisionReportOut.model_validate(row)
        tx.answer(
            SupervisionReportedOut(
                report=report, unchanged=len(body.rows) - (report.items if report else 0)
            ),
            status=201,
            location=f"/catalog/v1/supervision-reports/{report_id}/counts" if report_id else None,
        )
    return tx.response


@router.get(
    "/supervision-reports",
    response_model=Page[SupervisionReportOut],
    operation_id="list_supervision_reports",
)
async def list_reports(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    late: bool | None = None,
) -> Response:
    """Reports, newest first; `from` and `to` are the days on which they were sent."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.report_columns(period, month or "", late),
            by=[supervision_reports.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"supervision-reports {period} {month} {late}",
            show=SupervisionReportOut.model_validate,
        )
    return answer(page)


@router.get(
    "/supervision-reports/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_supervision_reports",
)
async def export_reports(
    call: Anyone,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    late: bool | None = None,
    format: ExportKind = "csv",
) -> Response:
    """Behaviour data as reported, item by item, corrected numbers marked: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.counts_reported(period, month or "", late),
        by=[supervision_counts.c.id],
        columns=COUNT_COLUMNS,
        kind=format,
        name="监管行为数据",
    )


@router.get(
    "/supervision-reports/{report_id}/counts",
    response_model=Page[ReportedCountOut],
    operation_id="list_supervision_report_counts",
)
async def list_counts(report_id: UUID, call: Anyone, paging: Paging) -> Response:
    """The rows of one report, with what they correct."""
    async with call.read() as tx:
        await one_row(tx, select(supervision_reports).where(supervision_reports.c.id == report_id))
        page = await page_of(
            tx,
            queries.counts_of(report_id),
            by=[supervision_counts.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"report-counts {report_id}",
            show=ReportedCountOut.model_validate,
            descending=False,
        )
    return answer(page)
