"""Triage (民意速办) through the HTTP door.

GET  /work-orders/{id}/proposals, POST                     whoever dispatches          what is proposed; ask anew
GET  /triage/decisions, /export                            keepers, auditor            proposed beside decided; to train by
GET  /triage/scores                                        keepers, auditor            accepted, silent, drift, by month or label
GET  /triage/models, /{id}, /{id}/steps, /{id}/file        keepers, auditor            models as data
POST /triage/models, /{id}/activations, /{id}/reversals    keepers                     upload; in force by a second person; undo
POST /triage/models/{id}/evaluations, /triage/trainings    keepers                     jobs
GET  /triage/places, POST /triage/places/imports           desks; administrators       names of places
"""

import asyncio
import io
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import TooLargeError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, disposition, export_of
from chassis.indicators import InPeriod
from chassis.job_routes import JobOut
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.uploads import pieces_of
from workorder.domain.proposals import EVALUATION, PLACE_IMPORT, TRAINING
from workorder.queries import triage as queries
from workorder.queries import work_orders as order_queries
from workorder.repository.triage_models import model_content
from workorder.routes.policies import (
    ADMINISTRATORS,
    DESKS,
    DISPATCHERS,
    TRIAGE_KEEPERS,
    TRIAGE_READERS,
)
from workorder.routes.table_files import queue, take_file
from workorder.schemas.triage import (
    DecisionOut,
    ModelOut,
    ModelReasonIn,
    ModelStepOut,
    PlaceOut,
    ProposalOut,
    ScoreOut,
    ScoresOut,
    TrainingIn,
)
from workorder.tables import (
    place_names,
    triage_decisions,
    triage_model_steps,
    triage_models,
    work_order_proposals,
)
from workorder.triage.model import load_model
from workorder.use_cases.activate_triage_model import activate_triage_model
from workorder.use_cases.ask_proposal import ask_proposal
from workorder.use_cases.go_back_to_model import go_back_to_model
from workorder.use_cases.keep_triage_model import KeepTriageModel, keep_triage_model

MODEL_BYTES_MAX = 64 * 1024 * 1024

router = APIRouter(prefix="/workorder/v1", tags=["triage"])

COLUMNS = [
    ExportColumn(name="text", head="诉求内容", width=60),
    ExportColumn(name="label", head="分类"),
    ExportColumn(name="department", head="承办单位", width=24),
    ExportColumn(name="number", head="编号", width=24),
    ExportColumn(name="step", head="环节"),
    ExportColumn(name="decided_at", head="决定时间", width=20),
    ExportColumn(name="proposed_label", head="建议分类"),
    ExportColumn(name="proposed_department", head="建议承办单位", width=24),
    ExportColumn(name="confidence", head="把握"),
    ExportColumn(name="label_accepted", head="分类采纳"),
    ExportColumn(name="department_accepted", head="承办单位采纳"),
]
"""The first three are what `make triage-train` learns from."""


@router.get(
    "/work-orders/{work_order_id}/proposals",
    response_model=Page[ProposalOut],
    operation_id="list_proposals",
)
async def list_proposals(
    work_order_id: UUID, call: Annotated[Call, allow(DISPATCHERS)], paging: Paging
) -> Response:
    """What was proposed for an order, the last first."""
    async with call.read() as tx:
        await order_queries.work_order_row(tx, work_order_id)
        t = work_order_proposals.c
        page = await page_of(
            tx,
            select(work_order_proposals).where(t.work_order_id == work_order_id),
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"proposals {work_order_id}",
            show=ProposalOut.model_validate,
        )
    return answer(page)


@router.post(
    "/work-orders/{work_order_id}/proposals",
    status_code=201,
    response_model=ProposalOut,
    operation_id="ask_proposal",
)
async def post_proposal(work_order_id: UUID, call: Annotated[Call, allow(DISPATCHERS)]) -> Response:
    """Ask anew, by the model, the list and the places in force now."""
    async with call.begin() as tx:
        proposed = await ask_proposal(work_order_id, tx)
        tx.answer(ProposalOut.model_validate(proposed), status=201)
    return tx.response


@router.get("/triage/decisions", response_model=Page[DecisionOut], operation_id="list_decisions")
async def list_decisions(
    call: Annotated[Call, allow(TRIAGE_READERS)],
    paging: Paging,
    period: InPeriod,
    label: Annotated[str | None, Query(max_length=64)] = None,
    step: Annotated[str | None, Query(max_length=48)] = None,
    label_accepted: bool | None = None,
    silent: bool | None = None,
) -> Response:
    """What people decided, beside what was proposed, newest first."""
    statement = queries.decisions_where(
        period, label=label, step=step, label_accepted=label_accepted, silent=silent
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[triage_decisions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"triage_decisions {period} {label} {step} {label_accepted} {silent}",
            show=DecisionOut.model_validate,
        )
    return answer(page)


@router.get(
    "/triage/decisions/export",
    operation_id="export_decisions",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_decisions(
    call: Annotated[Call, allow(TRIAGE_READERS)],
    period: InPeriod,
    label: Annotated[str | None, Query(max_length=64)] = None,
    format: ExportKind = "csv",
) -> Response:
    """Decisions with the masked text, as `make triage-train` takes them; hidden callers' orders stay out."""
    statement = queries.with_text(queries.decisions_where(period, label=label))
    return await export_of(
        call,
        statement,
        columns=COLUMNS,
        by=[triage_decisions.c.id],
        name="分派决定",
        kind=format,
    )


@router.get("/triage/scores", response_model=ScoresOut, operation_id="list_triage_scores")
async def list_scores(
    call: Annotated[Call, allow(TRIAGE_READERS)],
    period: InPeriod,
    by: Literal["month", "label"] = "month",
) -> Response:
    """How proposals did: accepted, silent, and how far a model falls short of what it promised."""
    async with call.read() as tx:
        rows = await queries.scores(tx, period, by)
        promised = await queries.promised_accuracy(tx)
    return answer(ScoresOut(scores=[_score(row._mapping, promised) for row in rows]))


def _score(row: Any, promised: dict[UUID, float]) -> ScoreOut:
    accepted_share = _share(row["accepted"], row["proposed"])
    accuracy = promised.get(row.get("model_id"))
    drift = None
    if accuracy is not None and accepted_share is not None:
        drift = round(accuracy - accepted_share, 4)
    return ScoreOut(
        month=row.get("month"),
        label=row.get("label"),
        model_id=row.get("model_id"),
        decisions=row["decisions"],
        silent=row["silent"],
        proposed=row["proposed"],
        accepted=row["accepted"],
        silent_share=_share(row["silent"], row["decisions"]),
        accepted_share=accepted_share,
        departments_proposed=row["departments_proposed"],
        departments_accepted=row["departments_accepted"],
        department_accepted_share=_share(row["departments_accepted"], row["departments_proposed"]),
        held_out_accuracy=accuracy,
        drift=drift,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


@router.get("/triage/models", response_model=Page[ModelOut], operation_id="list_triage_models")
async def list_models(call: Annotated[Call, allow(TRIAGE_READERS)], paging: Paging) -> Response:
    """Models, the newest first; one may be in force."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(triage_models),
            by=[triage_models.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="triage_models",
            show=ModelOut.of_row,
        )
    return answer(page)


@router.post(
    "/triage/models", status_code=201, response_model=ModelOut, operation_id="keep_triage_model"
)
async def post_model(
    call: Annotated[Call, allow(TRIAGE_KEEPERS)],
    file: Annotated[UploadFile, File()],
    note: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Hand in a model that `make triage-train` made: read first, so that nothing else is kept."""
    content = bytearray()
    async for piece in pieces_of(file):
        content += piece
        if len(content) > MODEL_BYTES_MAX:
            raise TooLargeError(
                "模型文件超过 64 MB，请减少标签或训练数据后重新训练",
                "The model is larger than 64 MB; train it on fewer labels or rows",
                code="file-too-large",
            )
    read = await asyncio.to_thread(lambda: load_model(io.BytesIO(content)))
    command = KeepTriageModel(
        content=bytes(content), facts=read.facts, origin="uploaded", note=note
    )
    async with call.begin() as tx:
        await _answer_model(tx, await keep_triage_model(command, tx), status=201)
    return tx.response


@router.get("/triage/models/{model_id}", response_model=ModelOut, operation_id="get_triage_model")
async def get_model(model_id: UUID, call: Annotated[Call, allow(TRIAGE_READERS)]) -> Response:
    """One model, with what it learnt from and how it did."""
    async with call.read() as tx:
        row = await queries.model_row(tx, model_id)
    return answer(ModelOut.of_row(row), etag=row.row_version)


@router.get(
    "/triage/models/{model_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    operation_id="get_triage_model_file",
)
async def get_model_file(model_id: UUID, call: Annotated[Call, allow(TRIAGE_KEEPERS)]) -> Response:
    """The model as a file: data, for `make triage-evaluate` or another city."""
    async with call.read() as tx:
        await queries.model_row(tx, model_id)
        content = await model_content(tx, model_id)
    headers = {"Content-Disposition": disposition(f"triage-{model_id}", "zip")}
    return Response(content=content, media_type="application/zip", headers=headers)


@router.get(
    "/triage/models/{model_id}/steps",
    response_model=Page[ModelStepOut],
    operation_id="list_triage_model_steps",
)
async def list_model_steps(
    model_id: UUID, call: Annotated[Call, allow(TRIAGE_READERS)], paging: Paging
) -> Response:
    """What happened to a model, oldest first."""
    async with call.read() as tx:
        await queries.model_row(tx, model_id)
        page = await page_of_steps(
            tx,
            triage_model_steps,
            of={"triage_model_id": model_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ModelStepOut,
        )
    return answer(page)


@router.post(
    "/triage/models/{model_id}/activations",
    status_code=201,
    response_model=ModelOut,
    operation_id="activate_triage_model",
)
async def post_activation(
    model_id: UUID, body: ModelReasonIn, call: Annotated[Call, allow(TRIAGE_KEEPERS)]
) -> Response:
    """Put it in force, by another person than handed it in; every process proposes by it within five seconds."""
    async with call.begin() as tx:
        await activate_triage_model(model_id, body.reason, tx)
        await _answer_model(tx, model_id, status=201)
    return tx.response


@router.post(
    "/triage/models/{model_id}/reversals",
    status_code=201,
    response_model=ModelOut,
    operation_id="go_back_to_model",
)
async def post_reversal(
    model_id: UUID, body: ModelReasonIn, call: Annotated[Call, allow(TRIAGE_KEEPERS)]
) -> Response:
    """Take the model in force back: the one before is in force again, and is the answer."""
    async with call.begin() as tx:
        before_id = await go_back_to_model(model_id, body.reason, tx)
        await _answer_model(tx, before_id, status=201)
    return tx.response


@router.post(
    "/triage/models/{model_id}/evaluations",
    status_code=202,
    response_model=JobOut,
    operation_id="evaluate_triage_model",
)
async def post_evaluation(
    model_id: UUID,
    call: Annotated[Call, allow(TRIAGE_KEEPERS)],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Hold a model against rows of `text`, `label` and optionally `department`; a job keeps the figures beside it."""
    async with call.read() as tx:
        await queries.model_row(tx, model_id)
    return await take_file(call, file, kind=EVALUATION, model_id=str(model_id))


@router.post(
    "/triage/trainings", status_code=202, response_model=JobOut, operation_id="train_triage_model"
)
async def post_training(body: TrainingIn, call: Annotated[Call, allow(TRIAGE_KEEPERS)]) -> Response:
    """Learn a new model from decisions, as a job in a process of its own; it is kept, and not put in force."""
    return await queue(call, kind=TRAINING, told=body.model_dump(mode="json"))


@router.get("/triage/places", response_model=Page[PlaceOut], operation_id="list_places")
async def list_places(
    call: Annotated[Call, allow({**DESKS, **ADMINISTRATORS})],
    paging: Paging,
    within: Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$")] = None,
) -> Response:
    """Names of places by which texts are read, by code."""
    statement = select(place_names)
    if within is not None:
        statement = statement.where(place_names.c.code.startswith(within))
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[place_names.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"places {within}",
            show=PlaceOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/triage/places/imports", status_code=202, response_model=JobOut, operation_id="import_places"
)
async def import_places(
    call: Annotated[Call, allow(ADMINISTRATORS)], file: Annotated[UploadFile, File()]
) -> Response:
    """Names of divisions, towns and villages from a file with the columns `code` and `name`; a job, row by row."""
    return await take_file(call, file, kind=PLACE_IMPORT)


async def _answer_model(tx: DoorTransaction, model_id: UUID, *, status: int) -> None:
    row = await queries.model_row(tx, model_id)
    tx.answer(ModelOut.of_row(row), status=status, etag=row.row_version)
