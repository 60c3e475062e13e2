"""The list of proofs (证明清单): what may be asked for, and what may no longer.

GET  /proofs, /export, /{code}     anyone; as the list stood at the end of a day
GET  /proofs/{code}/steps, /asked-by       anyone
POST /proofs                       publisher, system_admin   onto the list, or words corrected
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from catalog.domain.proofs import STANDS_IN_WORDS
from catalog.queries import proofs as queries
from catalog.queries.proofs import ProofFilter
from catalog.routes.parameters import Anyone, Code, PublisherOrAdministrator
from catalog.schemas.proofs import (
    AskedByOut,
    AskingOut,
    ProofOut,
    ProofsIn,
    ProofStepOut,
    RegisteredProofsOut,
)
from catalog.tables.proofs import proof_steps, proofs
from catalog.use_cases.register_proofs import register_proofs
from chassis.clock import local_date
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["proofs"])

StatusAsked = Annotated[str, Query(pattern=r"^(retained|cancelled)?$")]
StandsInAsked = Annotated[
    str, Query(pattern=r"^(nothing|certificate|data|commitment|department-check)?$")
]

COLUMNS = (
    ExportColumn(name="code", head="证明编码", width=20),
    ExportColumn(name="name", head="证明名称", width=32),
    ExportColumn(
        name="other_names", head="其他名称", width=32, read=lambda r: "、".join(r.other_names)
    ),
    ExportColumn(name="department", head="索要部门编码", width=22),
    ExportColumn(name="department_name", head="索要部门", width=28),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="issuing_unit", head="开具单位", width=28),
    ExportColumn(name="legal_basis", head="设定依据", width=40),
    ExportColumn(name="status", head="状态"),
    ExportColumn(name="stands_in", head="替代方式"),
    ExportColumn(name="certificate_type", head="证照类型"),
    ExportColumn(name="data_resource", head="数据资源"),
    ExportColumn(name="document", head="文件", width=32),
    ExportColumn(name="effective_from", head="生效日期"),
)


@router.get("/proofs", response_model=Page[ProofOut], operation_id="list_proofs")
async def list_proofs(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    status: StatusAsked = "",
    stands_in: StandsInAsked = "",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The list of proofs by code, as it stood at the end of `to`, or as it stands today."""
    async with call.read() as tx:
        wanted = _wanted(period, local_date(tx.now), status=status, stands_in=stands_in, q=q)
        page = await page_of(
            tx,
            queries.proofs_on(wanted),
            by=[proofs.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"proofs {wanted}",
            show=_proof_out,
            descending=False,
        )
    return answer(page)


def _wanted(period: Period, today: date, *, status: str, stands_in: str, q: str) -> ProofFilter:
    return ProofFilter(
        day=period.last_day or today,
        status=status,
        department=period.department,
        division=period.division,
        stands_in=stands_in,
        q=q,
    )


@router.get(
    "/proofs/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_proofs",
)
async def export_proofs(
    call: Anyone,
    period: InPeriod,
    *,
    status: StatusAsked = "",
    stands_in: StandsInAsked = "",
    format: ExportKind = "csv",
) -> Response:
    """The list as a table: CSV, XLSX or JSON Lines, with the filters of `GET /proofs`."""
    today = local_date(call.runtime.clock.now())
    return await export_of(
        call,
        queries.proofs_on(_wanted(period, today, status=status, stands_in=stands_in, q="")),
        by=[proofs.c.code],
        columns=COLUMNS,
        kind=format,
        name="证明清单",
    )


@router.post("/proofs", response_model=RegisteredProofsOut, operation_id="register_proofs")
async def post_proofs(body: ProofsIn, call: PublisherOrAdministrator) -> Response:
    """Put proofs on the list, or correct the words of those with the same code: all rows or none."""
    async with call.begin() as tx:
        listed, corrected = await register_proofs([row.model_dump() for row in body.rows], tx)
        tx.answer(RegisteredProofsOut(listed=listed, corrected=corrected))
    return tx.response


@router.get("/proofs/{code}", response_model=ProofOut, operation_id="get_proof")
async def get_proof(
    code: Code, call: Anyone, on: Annotated[date | None, Query()] = None
) -> Response:
    """One entry, as it stands today or stood `on` a day."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, on or local_date(tx.now))
    return answer(_proof_out(row), etag=row.version)


@router.get(
    "/proofs/{code}/steps", response_model=Page[ProofStepOut], operation_id="list_proof_steps"
)
async def list_proof_steps(code: Code, call: Anyone, paging: Paging) -> Response:
    """What happened to an entry, oldest first."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, local_date(tx.now))
        page = await page_of_steps(
            tx,
            proof_steps,
            of={"proof_id": row.id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ProofStepOut,
        )
    return answer(page)


@router.get("/proofs/{code}/asked-by", response_model=AskedByOut, operation_id="list_proof_askers")
async def get_asked_by(
    code: Code, call: Anyone, paging: Paging, spared: Annotated[bool | None, Query()] = False
) -> Response:
    """Guides in force that ask for this proof, by its code or any of its names; `spared=true`: that name it as spared."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, local_date(tx.now))
        asked, sparing = await queries.asking_counts(tx, row)
        statement = queries.asking(row, is_spared=spared)
        page = await page_of(
            tx,
            statement,
            by=queries.asking_order(statement),
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"proof_askers {code} {spared}",
            show=_asking_out,
            descending=False,
        )
    return answer(
        AskedByOut(
            proof=code,
            status=row.status,
            items_asking=asked,
            items_sparing=sparing,
            results=page.results,
            next_cursor=page.next_cursor,
        )
    )


_PROOF_NAMES = tuple(name for name in ProofOut.model_fields if name != "stands_in_words")


def _proof_out(row: Any) -> ProofOut:
    words = STANDS_IN_WORDS[row.stands_in][0] if row.stands_in else ""
    return ProofOut(stands_in_words=words, **{name: getattr(row, name) for name in _PROOF_NAMES})


def _asking_out(row: Any) -> AskingOut:
    names = tuple(name for name in AskingOut.model_fields if name != "pointer")
    return AskingOut(
        pointer=f"/guide/materials/{row.place}", **{name: getattr(row, name) for name in names}
    )
