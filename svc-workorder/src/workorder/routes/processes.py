"""Process definitions (流程定义) through the HTTP door: drafted, checked, tried, drawn, put in force by a second person.

GET  /process-definitions, /export, /{id}, /{id}/steps   the office          every version there is
POST /process-definitions; PUT /{id}                     system_admin        a draft, changed while it is one
POST /process-definitions/{id}/checks, /simulations      the office          nothing is kept
GET  /process-definitions/{id}/picture.svg               the office          `now=true`: with what stands where, within reach
POST /process-definitions/{id}/activations               system_admin        a second one; refused with every finding
POST /process-definitions/{id}/retirements, /reactivations   system_admin
POST /process-definitions/{id}/migrations                system_admin        running work onto this version; a job
POST /work-orders                                        staff               work of any process that people may begin
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import FieldFault, InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role
from workorder.checking import FindingsError, as_faults, check, known_rules, try_cases
from workorder.domain.process.definition import CODE_PATTERN, Case, Definition
from workorder.domain.process.lifecycle import check_state
from workorder.domain.process.moving import MIGRATION, obstacle_of
from workorder.domain.process.picture import picture_of
from workorder.domain.work_order import WorkOrder
from workorder.queries import processes as queries
from workorder.repository.process_definitions import Version
from workorder.repository.processes import forget_active
from workorder.routes.policies import ADMINISTRATORS, DESKS, STEP_TAKERS
from workorder.schemas.processes import (
    DefinitionIn,
    DefinitionOut,
    DefinitionReasonIn,
    DefinitionState,
    DefinitionStepOut,
    DefinitionSummaryOut,
    FindingOut,
    FindingsOut,
    MoveGroupOut,
    ProcessMigrationIn,
    ProcessMigrationOut,
    SimulatedOut,
    SimulationIn,
    SimulationOut,
    WorkOrderIn,
)
from workorder.schemas.work_orders import WorkOrderOut
from workorder.tables import process_definition_steps, process_definitions
from workorder.use_cases.activate_process import ActivateProcess, activate_process
from workorder.use_cases.change_process import ChangeProcess, change_process
from workorder.use_cases.draft_process import DraftProcess, draft_process
from workorder.use_cases.open_work_order import OpenWorkOrder, open_work_order
from workorder.use_cases.retire_process import retire_process

BASE = "/workorder/v1/process-definitions"
OFFICE = {
    **DESKS,
    Role.CLERK: Reach.DIVISION,
    Role.REVIEWER: Reach.DEPARTMENT,
    Role.AUDITOR: Reach.ALL,
    Role.SYSTEM_ADMIN: Reach.ALL,
}
"""Definitions hold no business data; the reach binds what a picture counts."""
OPENERS: dict[str, Reach] = dict.fromkeys(DESKS, Reach.NOTHING)

router = APIRouter(prefix="/workorder/v1", tags=["process definitions"])


@router.get(
    "/process-definitions",
    response_model=Page[DefinitionSummaryOut],
    operation_id="list_process_definitions",
)
async def list_process_definitions(
    call: Annotated[Call, allow(OFFICE)],
    paging: Paging,
    code: Annotated[str | None, Query(pattern=CODE_PATTERN)] = None,
    state: DefinitionState | None = None,
) -> Response:
    """Every version of every process, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.definitions_where(code=code, state=state),
            by=[process_definitions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"process_definitions {code} {state}",
            show=DefinitionSummaryOut.model_validate,
        )
    return answer(page)


@router.get(
    "/process-definitions/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_process_definitions",
)
async def export_process_definitions(
    call: Annotated[Call, allow(OFFICE)],
    code: Annotated[str | None, Query(pattern=CODE_PATTERN)] = None,
    state: DefinitionState | None = None,
    format: ExportKind = "csv",
) -> Response:
    """The list as a file, oldest first."""
    return await export_of(
        call,
        queries.definitions_where(code=code, state=state),
        by=[process_definitions.c.id],
        name="流程定义",
        kind=format,
        columns=[
            ExportColumn(name="code", head="流程代码"),
            ExportColumn(name="version", head="版本"),
            ExportColumn(name="name", head="名称", width=24),
            ExportColumn(name="state", head="状态"),
            ExportColumn(
                name="states", head="状态数", read=lambda row: len(row.definition["states"])
            ),
            ExportColumn(
                name="steps", head="步骤数", read=lambda row: len(row.definition["steps"])
            ),
            ExportColumn(name="drafted_at", head="起草时间", width=20),
            ExportColumn(name="activated_at", head="启用时间", width=20),
            ExportColumn(name="retired_at", head="停用时间", width=20),
        ],
    )


@router.post(
    "/process-definitions",
    status_code=201,
    response_model=DefinitionOut,
    operation_id="draft_process_definition",
)
async def post_definition(
    body: DefinitionIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """The next version of a process, as a draft. What is wrong with it, `checks` says; a draft may be wrong."""
    async with call.begin() as tx:
        command = DraftProcess(definition=body.definition, reason=body.reason)
        version = await draft_process(command, tx)
        tx.answer(
            DefinitionOut.model_validate(version),
            status=201,
            etag=version.row_version,
            location=f"{BASE}/{version.id}",
        )
    return tx.response


@router.get(
    "/process-definitions/{definition_id}",
    response_model=DefinitionOut,
    operation_id="get_process_definition",
)
async def get_definition(definition_id: UUID, call: Annotated[Call, allow(OFFICE)]) -> Response:
    """One version, whole."""
    async with call.read() as tx:
        row = await queries.definition_row(tx, definition_id)
    return answer(DefinitionOut.model_validate(row), etag=row.row_version)


@router.put(
    "/process-definitions/{definition_id}",
    response_model=DefinitionOut,
    operation_id="change_process_definition",
)
async def put_definition(
    definition_id: UUID, body: DefinitionIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Another text of a draft; takes If-Match."""
    call.if_match()
    async with call.begin() as tx:
        version = await change_process(
            ChangeProcess(
                definition_id=definition_id, definition=body.definition, reason=body.reason
            ),
            tx,
        )
        tx.answer(DefinitionOut.model_validate(version), etag=version.row_version)
    return tx.response


@router.get(
    "/process-definitions/{definition_id}/steps",
    response_model=Page[DefinitionStepOut],
    operation_id="list_process_definition_steps",
)
async def list_definition_steps(
    definition_id: UUID, call: Annotated[Call, allow(OFFICE)], paging: Paging
) -> Response:
    """What happened to a version, oldest first."""
    async with call.read() as tx:
        await queries.definition_row(tx, definition_id)
        page = await page_of_steps(
            tx,
            process_definition_steps,
            of={"process_definition_id": definition_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=DefinitionStepOut,
        )
    return answer(page)


@router.post(
    "/process-definitions/{definition_id}/checks",
    response_model=FindingsOut,
    operation_id="check_process_definition",
)
async def post_check(definition_id: UUID, call: Annotated[Call, allow(OFFICE)]) -> Response:
    """Everything that keeps it from being put in force, its own sample cases included; nothing is kept."""
    async with call.read() as tx:
        definition = await _parsed(tx, definition_id)
        findings = await check(tx, definition, roles=[*STEP_TAKERS])
    return answer(
        FindingsOut(findings=[FindingOut.of(each) for each in findings], is_ready=not findings)
    )


@router.post(
    "/process-definitions/{definition_id}/simulations",
    response_model=SimulationOut,
    operation_id="simulate_process_definition",
)
async def post_simulation(
    definition_id: UUID, body: SimulationIn, call: Annotated[Call, allow(OFFICE)]
) -> Response:
    """Sample cases taken through it by the real engine; nothing is kept."""
    async with call.read() as tx:
        definition = await _parsed(tx, definition_id)
        own = definition.model_copy(update={"cases": ()})
        findings = await check(tx, own, roles=[*STEP_TAKERS])
        if findings:
            raise FindingsError(faults=as_faults(findings))
        cases: tuple[Case, ...] = tuple(body.cases) or definition.cases
        if body.at is not None:
            _check_offset(body)
            tx.now = body.at
        results = await try_cases(tx, definition, cases)
    shown = [SimulatedOut.of(each) for each in results]
    return answer(SimulationOut(cases=shown, passed=all(each.passed for each in results)))


@router.get(
    "/process-definitions/{definition_id}/picture.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
    operation_id="draw_process_definition",
)
async def get_picture(
    definition_id: UUID, call: Annotated[Call, allow(OFFICE)], now: bool = False
) -> Response:
    """It draws itself; `now=true`: with how many stand where, and where they wait longest, within the caller's reach."""
    async with call.read() as tx:
        row = await queries.definition_row(tx, definition_id)
        definition = await asyncio.to_thread(Definition.model_validate, row.definition)
        values = await known_rules(tx, definition)
        standing = await queries.standing_of(tx, row.code, row.version) if now else None
        unknown = {
            code
            for step in definition.steps
            for code in (*(b.to for b in step.all_branches if b.to), *definition.sources(step))
            if code not in definition.states_by_code
        }
        if unknown or definition.starts_in not in definition.states_by_code:
            findings = await check(tx, definition, roles=[*STEP_TAKERS])
            raise FindingsError(faults=as_faults(findings))
    picture = await asyncio.to_thread(
        picture_of, definition, version=row.version, values=values, standing=standing
    )
    return Response(
        picture,
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


@router.post(
    "/process-definitions/{definition_id}/activations",
    status_code=201,
    response_model=DefinitionOut,
    operation_id="activate_process_definition",
)
async def post_activation(
    definition_id: UUID, body: DefinitionReasonIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """启用: a second person puts a draft in force; the version in force until now rests."""
    return await _activate(definition_id, body, call, "draft")


@router.post(
    "/process-definitions/{definition_id}/reactivations",
    status_code=201,
    response_model=DefinitionOut,
    operation_id="reactivate_process_definition",
)
async def post_reactivation(
    definition_id: UUID, body: DefinitionReasonIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """恢复: a version that was in force before is so again."""
    return await _activate(definition_id, body, call, "retired")


async def _activate(
    definition_id: UUID,
    body: DefinitionReasonIn,
    call: Call,
    wanted: Literal["draft", "retired"],
) -> Response:
    command = ActivateProcess(
        definition_id=definition_id, reason=body.reason, roles=[*STEP_TAKERS], wanted=wanted
    )
    async with call.begin() as tx:
        version = await activate_process(command, tx)
        _answer_version(tx, version)
    forget_active(tx, version.code)
    return tx.response


@router.post(
    "/process-definitions/{definition_id}/retirements",
    status_code=201,
    response_model=DefinitionOut,
    operation_id="retire_process_definition",
)
async def post_retirement(
    definition_id: UUID, body: DefinitionReasonIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """停用: no new work begins on it; what runs on it goes on."""
    async with call.begin() as tx:
        version = await retire_process(definition_id, body.reason, tx)
        _answer_version(tx, version)
    forget_active(tx, version.code)
    return tx.response


@router.post(
    "/process-definitions/{definition_id}/migrations",
    status_code=202,
    response_model=ProcessMigrationOut,
    operation_id="migrate_running_work",
)
async def post_migration(
    definition_id: UUID, body: ProcessMigrationIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Running work of another version onto this one, which is in force: tried first, then for good with `dry_run: false`."""
    async with call.begin() as tx:
        row = await queries.definition_row(tx, definition_id)
        check_state(row.state, wanted="active")
        old = await queries.definition_of(tx, row.code, body.from_version)
        new = Definition.model_validate(row.definition)
        before = Definition.model_validate(old.definition) if old is not None else None
        if before is None or body.from_version == row.version:
            raise InvalidError(
                faults=(
                    FieldFault(
                        pointer="/from_version",
                        code="unknown-version",
                        zh="没有此版本，或与目标版本相同，请改正",
                        en="There is no such version, or it is the same; mend it",
                    ),
                )
            )
        _check_states(body, before, new)
        groups = [
            _group(state, started, count, old=before, new=new, states=body.states)
            for state, started, count in await queries.groups_to_move(
                tx, row.code, body.from_version
            )
        ]
        job_id = enqueue_job(
            tx,
            call.runtime,
            kind=MIGRATION,
            input={
                "code": row.code,
                "from_version": body.from_version,
                "to_version": row.version,
                "states": body.states,
                "dry_run": body.dry_run,
                "reason": body.reason,
            },
            total=sum(group.count for group in groups),
        )
        location = f"/workorder/v1/jobs/{job_id}"
        tx.answer(
            ProcessMigrationOut(job_id=job_id, job=location, dry_run=body.dry_run, groups=groups),
            status=202,
            location=location,
        )
    return tx.response


@router.post(
    "/work-orders", status_code=201, response_model=WorkOrderOut, operation_id="open_work_order"
)
async def post_work_order(body: WorkOrderIn, call: Annotated[Call, allow(OPENERS)]) -> Response:
    """Begin work of a process that people may begin; who may, and what `form` has to say, its definition says."""
    command = OpenWorkOrder(
        process=body.process,
        type=body.type,
        title=body.title,
        content=body.content,
        category=body.category,
        division=body.division,
        department=body.department or "",
        urgency=body.urgency.value,
        place=body.place,
        channel=call.principal.channel,
        form=body.form,
    )
    async with call.begin() as tx:
        order: WorkOrder = await open_work_order(command, tx)
        tx.answer(
            WorkOrderOut.of(order),
            status=201,
            etag=order.version,
            location=f"/workorder/v1/work-orders/{order.id}",
        )
    return tx.response


def _answer_version(tx: DoorTransaction, version: Version) -> None:
    tx.answer(DefinitionOut.model_validate(version), status=201, etag=version.row_version)


async def _parsed(tx: DoorTransaction, definition_id: UUID) -> Definition:
    row = await queries.definition_row(tx, definition_id)
    return await asyncio.to_thread(Definition.model_validate, row.definition)


def _check_offset(body: SimulationIn) -> None:
    if body.at is not None and body.at.tzinfo is None:
        raise InvalidError(
            faults=(
                FieldFault(
                    pointer="/at",
                    code="without-offset",
                    zh="时间须带时区，例如 2026-03-02T10:00:00+08:00",
                    en="Say the time with its offset, as 2026-03-02T10:00:00+08:00",
                ),
            )
        )


def _check_states(body: ProcessMigrationIn, old: Definition, new: Definition) -> None:
    faults = []
    for source, target in body.states.items():
        for code, definition in ((source, old), (target, new)):
            if code not in definition.states_by_code:
                faults.append(
                    FieldFault(
                        pointer=f"/states/{source}",
                        code="unknown-state",
                        zh=f"没有状态“{code}”，请改正",
                        en=f"There is no state {code}; mend it",
                    )
                )
    if faults:
        raise InvalidError(faults=tuple(faults[:100]))


def _group(
    state: str,
    started: bool,
    count: int,
    *,
    old: Definition,
    new: Definition,
    states: Mapping[str, str],
) -> MoveGroupOut:
    obstacle = obstacle_of(state, is_clock_started=started, old=old, new=new, states=states)
    return MoveGroupOut(
        state=state,
        to=states.get(state),
        count=count,
        moves=obstacle is None,
        code=obstacle.code if obstacle else "",
        zh=obstacle.zh if obstacle else "",
        en=obstacle.en if obstacle else "",
    )
