"""Process definitions tried (流程校验与模拟) through the HTTP door; nothing is kept.

POST /process-definitions/{id}/checks, /simulations      the office
GET  /process-definitions/{id}/picture.svg               the office      `now=true`: with what stands where, within reach
"""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import FieldFault, InvalidError
from workorder.checking import FindingsError, as_faults, check, known_rules, try_cases
from workorder.domain.process.definition import Case, Definition
from workorder.domain.process.picture import picture_of
from workorder.queries import processes as queries
from workorder.routes.policies import OFFICE, STEP_TAKERS
from workorder.schemas.processes import (
    FindingOut,
    FindingsOut,
    SimulatedOut,
    SimulationIn,
    SimulationOut,
)

router = APIRouter(prefix="/workorder/v1", tags=["process definitions"])


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
