"""The responsibility list (职责清单) and rulings on disputed fields through the HTTP door.

GET  /responsibilities, /export, /{id}, /{id}/steps        every desk              the list and its versions
GET  /responsibilities/{id}/rulings                        hotline, departments    what was ruled in its field
POST /responsibilities, PUT /{id}                          coordinators            keep a row
POST /responsibilities/{id}/endings, /{id}/restorations    coordinators            its last day; taken back
POST /responsibilities/imports                             coordinators            a job, row by row
GET  /responsibility-rulings, /export                      hotline, departments    every ruling
POST /responsibility-rulings/{id}/adoptions                coordinators            the list follows the ruling
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Query, Response, UploadFile
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.job_routes import JobOut
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.duties import DUTY_IMPORT
from workorder.queries import duties as queries
from workorder.routes.policies import COORDINATORS, EVERY_DESK, RULING_READERS
from workorder.routes.table_files import take_file
from workorder.schemas.applications import ReasonIn
from workorder.schemas.duties import (
    AdoptionIn,
    DutyChangeIn,
    DutyEndIn,
    DutyOut,
    DutyStepOut,
    RulingOut,
)
from workorder.tables import responsibilities, responsibility_rulings, responsibility_steps
from workorder.use_cases.adopt_ruling import adopt_ruling
from workorder.use_cases.end_duty import end_duty
from workorder.use_cases.save_duty import SaveDuty, save_duty

router = APIRouter(prefix="/workorder/v1", tags=["responsibilities"])

COLUMNS = [
    ExportColumn(name="category", head="分类"),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="department", head="承办单位", width=24),
    ExportColumn(name="co_departments", head="协办单位", width=24),
    ExportColumn(name="basis", head="依据", width=40),
    ExportColumn(name="valid_from", head="生效日期"),
    ExportColumn(name="valid_until", head="截止日期"),
]
RULING_COLUMNS = [
    ExportColumn(name="number", head="编号", width=24),
    ExportColumn(name="category", head="分类"),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="step", head="环节"),
    ExportColumn(name="department", head="单位", width=24),
    ExportColumn(name="is_owner", head="由其承办"),
    ExportColumn(name="reason", head="理由", width=40),
    ExportColumn(name="ruled_at", head="裁定时间", width=20),
    ExportColumn(name="adopted_at", head="纳入清单时间", width=20),
]
CategoryAsked = Annotated[str | None, Query(max_length=64)]
DivisionAsked = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$")]
DepartmentAsked = Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{2,22}$")]


@router.get("/responsibilities", response_model=Page[DutyOut], operation_id="list_responsibilities")
async def list_duties(
    call: Annotated[Call, allow(EVERY_DESK)],
    paging: Paging,
    category: CategoryAsked = None,
    division: DivisionAsked = None,
    department: DepartmentAsked = None,
    on: date | None = None,
) -> Response:
    """Who has what; `on` shows what is in force on a day."""
    statement = queries.duties_where(
        category=category, division=division, department=department, on=on
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[responsibilities.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"responsibilities {category} {division} {department} {on}",
            show=DutyOut.model_validate,
        )
    return answer(page)


@router.get(
    "/responsibilities/export",
    operation_id="export_responsibilities",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_duties(
    call: Annotated[Call, allow(EVERY_DESK)],
    category: CategoryAsked = None,
    division: DivisionAsked = None,
    department: DepartmentAsked = None,
    on: date | None = None,
    format: ExportKind = "csv",
) -> Response:
    """The list as a file; it can be imported again."""
    statement = queries.duties_where(
        category=category, division=division, department=department, on=on
    )
    return await export_of(
        call,
        statement,
        columns=COLUMNS,
        by=[responsibilities.c.id],
        name="职责清单",
        kind=format,
    )


@router.post(
    "/responsibilities",
    status_code=201,
    response_model=DutyOut,
    operation_id="add_responsibility",
)
async def post_duty(body: DutyChangeIn, call: Annotated[Call, allow(COORDINATORS)]) -> Response:
    """Add a row for one's own division or one below."""
    async with call.begin() as tx:
        duty_id = await save_duty(SaveDuty(**body.model_dump()), tx)
        assert duty_id is not None
        await _answer(tx, duty_id, status=201)
    return tx.response


@router.get(
    "/responsibilities/{duty_id}", response_model=DutyOut, operation_id="get_responsibility"
)
async def get_duty(duty_id: UUID, call: Annotated[Call, allow(EVERY_DESK)]) -> Response:
    """One row of the list."""
    async with call.read() as tx:
        row = await queries.duty_row(tx, duty_id)
    return answer(DutyOut.model_validate(row), etag=row.version)


@router.put(
    "/responsibilities/{duty_id}", response_model=DutyOut, operation_id="change_responsibility"
)
async def put_duty(
    duty_id: UUID, body: DutyChangeIn, call: Annotated[Call, allow(COORDINATORS)]
) -> Response:
    """Change a row; what it said before stays in its versions."""
    call.if_match()
    async with call.begin() as tx:
        await save_duty(SaveDuty(**body.model_dump(), duty_id=duty_id), tx)
        await _answer(tx, duty_id)
    return tx.response


@router.post(
    "/responsibilities/{duty_id}/endings",
    status_code=201,
    response_model=DutyOut,
    operation_id="end_responsibility",
)
async def post_ending(
    duty_id: UUID, body: DutyEndIn, call: Annotated[Call, allow(COORDINATORS)]
) -> Response:
    """It holds until this day, included."""
    async with call.begin() as tx:
        await end_duty(duty_id, body.reason, tx, last_day=body.valid_until)
        await _answer(tx, duty_id, status=201)
    return tx.response


@router.post(
    "/responsibilities/{duty_id}/restorations",
    status_code=201,
    response_model=DutyOut,
    operation_id="restore_responsibility",
)
async def post_restoration(
    duty_id: UUID, body: ReasonIn, call: Annotated[Call, allow(COORDINATORS)]
) -> Response:
    """Its end is taken back."""
    async with call.begin() as tx:
        await end_duty(duty_id, body.reason, tx, last_day=None)
        await _answer(tx, duty_id, status=201)
    return tx.response


@router.get(
    "/responsibilities/{duty_id}/steps",
    response_model=Page[DutyStepOut],
    operation_id="list_responsibility_steps",
)
async def list_duty_steps(
    duty_id: UUID, call: Annotated[Call, allow(EVERY_DESK)], paging: Paging
) -> Response:
    """Its versions, oldest first."""
    async with call.read() as tx:
        await queries.duty_row(tx, duty_id)
        page = await page_of_steps(
            tx,
            responsibility_steps,
            of={"responsibility_id": duty_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=DutyStepOut,
        )
    return answer(page)


@router.get(
    "/responsibilities/{duty_id}/rulings",
    response_model=Page[RulingOut],
    operation_id="list_rulings_of_responsibility",
)
async def list_duty_rulings(
    duty_id: UUID, call: Annotated[Call, allow(RULING_READERS)], paging: Paging
) -> Response:
    """What was ruled in this category and division, newest first; within the caller's reach."""
    async with call.read() as tx:
        row = await queries.duty_row(tx, duty_id)
        page = await page_of(
            tx,
            queries.rulings_where(category=row.category, division=row.division),
            by=[responsibility_rulings.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"rulings of {duty_id}",
            show=RulingOut.model_validate,
        )
    return answer(page)


@router.post(
    "/responsibilities/imports",
    status_code=202,
    response_model=JobOut,
    operation_id="import_responsibilities",
)
async def import_duties(
    call: Annotated[Call, allow(COORDINATORS)], file: Annotated[UploadFile, File()]
) -> Response:
    """Rows from a file with the columns of the export; the job says what became of each."""
    return await take_file(call, file, kind=DUTY_IMPORT)


@router.get("/responsibility-rulings", response_model=Page[RulingOut], operation_id="list_rulings")
async def list_rulings(
    call: Annotated[Call, allow(RULING_READERS)],
    paging: Paging,
    category: CategoryAsked = None,
    division: DivisionAsked = None,
    department: DepartmentAsked = None,
    adopted: bool | None = None,
) -> Response:
    """Every ruling within reach, newest first."""
    statement = queries.rulings_where(
        category=category, division=division, department=department, is_adopted=adopted
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[responsibility_rulings.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"rulings {category} {division} {department} {adopted}",
            show=RulingOut.model_validate,
        )
    return answer(page)


@router.get(
    "/responsibility-rulings/export",
    operation_id="export_rulings",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_rulings(
    call: Annotated[Call, allow(RULING_READERS)],
    category: CategoryAsked = None,
    division: DivisionAsked = None,
    department: DepartmentAsked = None,
    format: ExportKind = "csv",
) -> Response:
    """The rulings as a file."""
    return await export_of(
        call,
        queries.rulings_where(category=category, division=division, department=department),
        columns=RULING_COLUMNS,
        by=[responsibility_rulings.c.id],
        name="职责裁定",
        kind=format,
    )


@router.post(
    "/responsibility-rulings/{ruling_id}/adoptions",
    status_code=201,
    response_model=DutyOut,
    operation_id="adopt_ruling",
)
async def post_adoption(
    ruling_id: UUID, body: AdoptionIn, call: Annotated[Call, allow(COORDINATORS)]
) -> Response:
    """The list names from now on whom the ruling named; the answer is the row."""
    async with call.begin() as tx:
        duty_id = await adopt_ruling(ruling_id, body.reason, tx, basis=body.basis)
        await _answer(tx, duty_id, status=201)
    return tx.response


async def _answer(tx: DoorTransaction, duty_id: UUID, *, status: int = 200) -> None:
    row = await tx.one_or_none(select(responsibilities).where(responsibilities.c.id == duty_id))
    assert row is not None
    tx.answer(DutyOut.model_validate(row), status=status, etag=row.version)
