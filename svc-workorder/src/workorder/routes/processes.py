"""Process definitions (流程定义) through the HTTP door: read, and drafted. How one is tried stands in
process_trials.py, how it goes live in process_life.py.

GET  /process-definitions, /export, /{id}, /{id}/steps   the office          every version there is
POST /process-definitions; PUT /{id}                     system_admin        a draft, changed while it is one
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.process.definition import CODE_PATTERN
from workorder.queries import processes as queries
from workorder.repository.fact_keys import forget_named
from workorder.repository.process_definitions import Version
from workorder.routes.policies import ADMINISTRATORS, OFFICE
from workorder.schemas.processes import (
    DefinitionIn,
    DefinitionOut,
    DefinitionState,
    DefinitionStepOut,
    DefinitionSummaryOut,
)
from workorder.tables import process_definition_steps, process_definitions
from workorder.use_cases.change_process import ChangeProcess, change_process
from workorder.use_cases.draft_process import DraftProcess, draft_process

BASE = "/workorder/v1/process-definitions"

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
    forget_named()
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
    forget_named()
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


def answer_version(tx: DoorTransaction, version: Version) -> None:
    """A version as it stands now, with its ETag."""
    tx.answer(DefinitionOut.model_validate(version), status=201, etag=version.row_version)
