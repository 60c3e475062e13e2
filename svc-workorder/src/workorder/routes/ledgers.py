"""Monthly sheets (月报台账) through the HTTP door.

GET /ledgers/{month}    hotline, department, division subtree, auditor    JSON, or a workbook with a sheet a department
"""

import asyncio
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response

from chassis.blobs import XLSX
from chassis.door import Call, allow, answer
from chassis.exports import disposition
from chassis.indicators import Period
from workorder.domain.process.definition import CODE_PATTERN
from workorder.ledger_books import ledger_book
from workorder.queries.ledgers import Ledger, Line, by_department, ledger_of, month_of
from workorder.queries.order_filters import NOBODY
from workorder.routes.policies import LEDGER_READERS
from workorder.schemas.ledgers import LedgerDepartmentOut, LedgerLineOut, LedgerOut

router = APIRouter(prefix="/workorder/v1/ledgers", tags=["ledgers"])

Month = Annotated[str, Path(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$")]


@router.get(
    "/{month}",
    response_model=LedgerOut,
    responses={200: {"content": {XLSX: {}}}},
    operation_id="get_ledger",
)
async def get_ledger(
    month: Month,
    call: Annotated[Call, allow(LEDGER_READERS)],
    kind: Annotated[str | None, Query(pattern=CODE_PATTERN)] = None,
    division: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
    format: Literal["json", "xlsx"] = "json",
) -> Response:
    """A month's sheet within the caller's reach: every measure and rate by kind, department, division and type."""
    period = month_of(month, division=division)
    async with call.read() as tx:
        ledger = await ledger_of(tx, period, kind=kind or "")
        as_of = tx.now
    if format == "json":
        return answer(_ledger_out(ledger, period, kind=kind or "", as_of=as_of))
    body = await asyncio.to_thread(ledger_book, ledger, month)
    return Response(
        body,
        media_type=XLSX,
        headers={"Content-Disposition": disposition(f"工单月报-{month}", "xlsx")},
    )


def _ledger_out(ledger: Ledger, period: Period, *, kind: str, as_of: datetime) -> LedgerOut:
    assert period.first_day is not None
    assert period.last_day is not None
    return LedgerOut(
        first_day=period.first_day,
        last_day=period.last_day,
        kind=kind,
        division=period.division,
        as_of=as_of,
        total=_line_out(ledger.total),
        departments=[
            LedgerDepartmentOut(
                **dict(_line_out(whole)),
                kind=whole.kind,
                department=whole.department,
                records_url=_records_url(whole, period),
                lines=[_line_out(line) for line in lines],
            )
            for whole, lines in by_department(ledger.lines)
        ],
    )


def _line_out(line: Line) -> LedgerLineOut:
    return LedgerLineOut(
        division=line.division, type=line.type, counts=line.counts, rates=line.rates()
    )


def _records_url(line: Line, period: Period) -> str:
    asked = {
        "kind": line.kind,
        "from": period.first_day,
        "to": period.last_day,
        "division": period.division,
        "department": line.department or NOBODY,
    }
    stated = {name: value for name, value in asked.items() if value}
    return f"/workorder/v1/work-orders?{urlencode(stated)}"
