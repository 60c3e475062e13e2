"""The list of proofs (证明清单), and what items spare their applicants (四免).

GET  /proofs, /proofs/export, /proofs/{code}, /steps, /asked-by, /changes   anyone
POST /proofs                                       publisher, system_admin   onto the list, or words corrected
POST /proofs/{code}/cancellations, /reinstatements publisher, system_admin   a proposal
POST /proofs/{code}/changes/{id}/confirmations     another publisher, system_admin
POST /proofs/{code}/changes/{id}/returns, /revocations
GET  /proof-changes                                publisher, system_admin   what waits for a second person
GET  /exemptions, /items/{id}/exemptions           anyone
"""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from catalog.domain.materials import (
    SPARED,
    SPARED_WORDS,
    exemptions_of,
    is_four_exempt,
    is_show_code,
    is_spared,
    spared_counts,
    spared_kinds,
)
from catalog.domain.measures import ITEMS, items_sparing, materials_sparing
from catalog.domain.proofs import STANDS_IN_WORDS, ChangeKind, ProofChange, ProofStatus, Ruling
from catalog.queries import items as item_queries
from catalog.queries import proofs as queries
from catalog.queries.proofs import ProofFilter
from catalog.schemas.items import ExemptionOut
from catalog.schemas.proofs import (
    AskedByOut,
    AskingOut,
    CancellationIn,
    DecisionIn,
    DepartmentExemptionsOut,
    ExemptionsOut,
    ItemExemptionsOut,
    MaterialExemptionsOut,
    ProofChangeOut,
    ProofOut,
    ProofsIn,
    ProofStepOut,
    RegisteredProofsOut,
    ReinstatementIn,
    ReturnIn,
    SparedOut,
)
from catalog.tables.proofs import proof_changes, proof_steps, proofs
from catalog.use_cases.decide_proof_change import (
    DecideProofChange,
    Decision,
    decide_proof_change,
)
from catalog.use_cases.propose_proof_change import ProposeProofChange, propose_proof_change
from catalog.use_cases.register_proofs import register_proofs
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.guide import Guide
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["proofs"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Keeper = Annotated[
    Call,
    allow({Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2),
]
ProofCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
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
async def post_proofs(body: ProofsIn, call: Keeper) -> Response:
    """Put proofs on the list, or correct the words of those with the same code: all rows or none."""
    async with call.begin() as tx:
        listed, corrected = await register_proofs([row.model_dump() for row in body.rows], tx)
        tx.answer(RegisteredProofsOut(listed=listed, corrected=corrected))
    return tx.response


@router.get("/proofs/{code}", response_model=ProofOut, operation_id="get_proof")
async def get_proof(
    code: ProofCode, call: Anyone, on: Annotated[date | None, Query()] = None
) -> Response:
    """One entry, as it stands today or stood `on` a day."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, on or local_date(tx.now))
    return answer(_proof_out(row), etag=row.version)


@router.get(
    "/proofs/{code}/steps", response_model=Page[ProofStepOut], operation_id="list_proof_steps"
)
async def list_proof_steps(code: ProofCode, call: Anyone, paging: Paging) -> Response:
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


@router.get(
    "/proofs/{code}/changes", response_model=Page[ProofChangeOut], operation_id="list_proof_changes"
)
async def list_changes(code: ProofCode, call: Anyone, paging: Paging) -> Response:
    """Cancellations and reinstatements of an entry, newest first."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, local_date(tx.now))
        page = await page_of(
            tx,
            queries.changes_of(row.id),
            by=[proof_changes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"proof_changes {code}",
            show=lambda found: _change_out(found, call.principal.subject),
        )
    return answer(page)


@router.get(
    "/proof-changes", response_model=Page[ProofChangeOut], operation_id="list_waiting_proof_changes"
)
async def list_waiting(call: Keeper, paging: Paging) -> Response:
    """What waits for a second person: of the own department, or of all for the administrator."""
    mine = "" if call.scope.everything else call.principal.department
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.changes_waiting(mine),
            by=[proof_changes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"waiting_proof_changes {mine}",
            show=lambda found: _change_out(found, call.principal.subject),
        )
    return answer(page)


@router.get("/proofs/{code}/asked-by", response_model=AskedByOut, operation_id="list_proof_askers")
async def get_asked_by(
    code: ProofCode, call: Anyone, paging: Paging, spared: Annotated[bool | None, Query()] = False
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


@router.post(
    "/proofs/{code}/cancellations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="propose_proof_cancellation",
)
async def post_cancellation(code: ProofCode, body: CancellationIn, call: Keeper) -> Response:
    """Propose to cancel a proof, with what stands in; a second person confirms it."""
    ruling = Ruling(
        status=ProofStatus.CANCELLED,
        stands_in=body.stands_in,
        certificate_type=body.certificate_type,
        data_resource=body.data_resource,
        commitment_text=body.commitment_text,
        document=body.document,
    )
    command = ProposeProofChange(
        code=code,
        kind=ChangeKind.CANCEL,
        ruling=ruling,
        effective_from=body.effective_from,
        reason=body.reason,
    )
    return await _proposed(command, call)


@router.post(
    "/proofs/{code}/reinstatements",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="propose_proof_reinstatement",
)
async def post_reinstatement(code: ProofCode, body: ReinstatementIn, call: Keeper) -> Response:
    """Propose to bring a cancelled proof back, naming the law; a second person confirms it."""
    command = ProposeProofChange(
        code=code,
        kind=ChangeKind.REINSTATE,
        ruling=Ruling(status=ProofStatus.RETAINED, document=body.document),
        effective_from=body.effective_from,
        reason=body.reason,
    )
    return await _proposed(command, call)


async def _proposed(command: ProposeProofChange, call: Call) -> Response:
    async with call.begin() as tx:
        change = await propose_proof_change(command, tx)
        tx.answer(
            _change_of(change, call.principal.subject),
            status=201,
            location=f"/catalog/v1/proofs/{command.code}/changes",
        )
    return tx.response


@router.post(
    "/proofs/{code}/changes/{change_id}/confirmations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="confirm_proof_change",
)
async def post_confirmation(
    code: ProofCode, change_id: UUID, body: DecisionIn, call: Keeper
) -> Response:
    """Confirm a change that somebody else proposed; it holds from its day on."""
    return await _decided(code, change_id, "confirm", body.reason or "第二人确认", call=call)


@router.post(
    "/proofs/{code}/changes/{change_id}/returns",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="return_proof_change",
)
async def post_return(code: ProofCode, change_id: UUID, body: ReturnIn, call: Keeper) -> Response:
    """Return a proposal with a reason; by who proposed it, it is taken back."""
    return await _decided(code, change_id, "return", body.reason, call=call)


@router.post(
    "/proofs/{code}/changes/{change_id}/revocations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="revoke_proof_change",
)
async def post_revocation(
    code: ProofCode, change_id: UUID, body: ReturnIn, call: Keeper
) -> Response:
    """Revoke a confirmed change whose day has not come; the list is as it was."""
    return await _decided(code, change_id, "revoke", body.reason, call=call)


async def _decided(
    code: str, change_id: UUID, decision: Decision, reason: str, *, call: Call
) -> Response:
    command = DecideProofChange(code=code, change_id=change_id, decision=decision, reason=reason)
    async with call.begin() as tx:
        change = await decide_proof_change(command, tx)
        tx.answer(_change_of(change, call.principal.subject), status=201)
    return tx.response


@router.get("/exemptions", response_model=ExemptionsOut, operation_id="get_exemptions")
async def get_exemptions(call: Anyone, period: InPeriod) -> Response:
    """What is spared, by kind and department, at the end of `to` or now; each count opens to the item list."""
    async with call.read() as tx:
        rows = await queries.exemptions_by_department(tx, period)
        way = await tx.rule("four-exempt-way")
    by_department: dict[str, dict[str, int]] = {}
    names: dict[str, str | None] = {}
    for row in rows:
        by_department.setdefault(row.department, {})[row.measure] = int(row.amount)
        names[row.department] = row.name
    total: dict[str, int] = {}
    for counts in by_department.values():
        for measure, amount in counts.items():
            total[measure] = total.get(measure, 0) + amount
    return answer(
        ExemptionsOut(
            last_day=period.last_day,
            way=way,
            kinds=_kinds(total, period, period.department),
            departments=[
                DepartmentExemptionsOut(
                    department=code,
                    department_name=names[code],
                    items=counts.get(ITEMS, 0),
                    kinds=_kinds(counts, period, code),
                )
                for code, counts in by_department.items()
            ],
        )
    )


def _kinds(counts: dict[str, int], period: Period, department: str) -> list[SparedOut]:
    filters = {
        "department": department,
        "division": period.division,
        "to": period.last_day.isoformat() if period.last_day else "",
    }
    query = "".join(f"&{name}={value}" for name, value in filters.items() if value)
    return [
        SparedOut(
            kind=kind,
            words=SPARED_WORDS[kind][0],
            words_en=SPARED_WORDS[kind][1],
            items=counts.get(items_sparing(kind), 0),
            materials=counts.get(materials_sparing(kind), 0),
            items_url=f"/catalog/v1/items?spares={kind}{query}",
        )
        for kind in SPARED
    ]


@router.get(
    "/items/{item_id}/exemptions",
    response_model=ItemExemptionsOut,
    operation_id="get_item_exemptions",
)
async def get_item_exemptions(item_id: UUID, call: Anyone) -> Response:
    """What an item in force spares its applicants, material by material, in words."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.guide_in_force(item_id))
        way = await tx.rule("four-exempt-way")
    guide = Guide.model_validate(row.guide)
    counts = spared_counts(guide)
    told = [
        (
            f"{counts[kind]} 份材料{SPARED_WORDS[kind][0]}",
            f"{counts[kind]}: {SPARED_WORDS[kind][1]}",
        )
        for kind in SPARED
        if counts[kind]
    ]
    return answer(
        ItemExemptionsOut(
            item_id=row.id,
            version=row.number,
            is_four_exempt=is_four_exempt(guide, way),
            is_show_code=is_show_code(guide),
            summary="，".join(zh for zh, _ in told) or "没有可以免交、免盖章、免签名或免填的材料",
            summary_en="; ".join(en for _, en in told) or "nothing is spared",
            counts=counts,
            materials=[_material_out(material) for material in guide.materials],
        )
    )


def _material_out(material: Any) -> MaterialExemptionsOut:
    return MaterialExemptionsOut(
        code=material.code,
        name=material.name,
        kinds=[kind for kind in SPARED if kind in spared_kinds(material)],
        to_bring=not is_spared(material),
        exemptions=[
            ExemptionOut(kind=one.kind, why=one.why_zh, why_en=one.why_en)
            for one in exemptions_of(material)
        ],
        ground=material.exemption_ground,
        prefilled_from=[f"{one.field} ← {one.source}" for one in material.prefilled_from],
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


def _change_out(row: Any, caller: str) -> ProofChangeOut:
    names = tuple(name for name in ProofChangeOut.model_fields if name != "is_mine")
    return ProofChangeOut(
        is_mine=row.proposed_by == caller, **{name: getattr(row, name) for name in names}
    )


def _change_of(change: ProofChange, caller: str) -> ProofChangeOut:
    ruling = asdict(change.ruling)
    ruling.pop("status")
    return ProofChangeOut(
        id=change.id,
        proof_id=change.proof_id,
        kind=change.kind,
        state=change.state,
        **ruling,
        reason=change.reason,
        effective_from=change.effective_from,
        proposed_at=change.proposed_at,
        decided_at=change.decided_at,
        is_mine=change.proposed_by == caller,
    )
