"""Process definitions put in force, laid aside, and running work moved onto them, through the HTTP door.

POST /process-definitions/{id}/activations                   system_admin    a second one; refused with every finding
POST /process-definitions/{id}/retirements, /reactivations   system_admin
POST /process-definitions/{id}/migrations                    system_admin    running work onto this version; a job
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.door import Call, allow
from chassis.errors import FieldFault, InvalidError
from chassis.jobs import enqueue_job
from workorder.domain.process.definition import Definition
from workorder.domain.process.lifecycle import check_state
from workorder.domain.process.moving import MIGRATION, obstacle_of
from workorder.queries import processes as queries
from workorder.repository.fact_keys import forget_named
from workorder.repository.processes import forget_active
from workorder.routes.policies import ADMINISTRATORS, STEP_TAKERS
from workorder.routes.processes import answer_version
from workorder.schemas.processes import (
    DefinitionOut,
    DefinitionReasonIn,
    MoveGroupOut,
    ProcessMigrationIn,
    ProcessMigrationOut,
)
from workorder.use_cases.activate_process import ActivateProcess, activate_process
from workorder.use_cases.retire_process import retire_process

router = APIRouter(prefix="/workorder/v1", tags=["process definitions"])


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
        answer_version(tx, version)
    forget_active(tx, version.code)
    forget_named()
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
        answer_version(tx, version)
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
