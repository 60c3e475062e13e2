"""The smallest whole service, for the chassis' own tests: people keep notes; another reader copies them."""

from pathlib import Path as FilePath
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Response
from prometheus_client import Gauge
from pydantic import Field
from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid, select
from sqlalchemy import text as sql_text

from chassis.consumers import Consumers, NotYetError, ParkError, Told
from chassis.database import chassis_tables
from chassis.door import Call, allow, allow_anyone, answer
from chassis.envelope import Fact
from chassis.errors import NotFoundError
from chassis.identity import Reach
from chassis.ids import new_id
from chassis.job_routes import job_router
from chassis.jobs import JobRun, RowVerdict, enqueue_job
from chassis.paging import Paging, page_of
from chassis.rule_routes import rule_router
from chassis.schemas import In, Out, Page
from chassis.service import Service
from chassis.steps import StepOut, add_step, page_of_steps, steps_table
from chassis.transaction import Transaction

metadata = MetaData()
chassis_tables(metadata)
notes = Table(
    "notes",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
note_steps = steps_table(
    metadata,
    "note_steps",
    of=notes,
    column="note_id",
    extra=[Column("version", Integer, nullable=False)],
)
copies = Table(
    "copies",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("note_id", Uuid(), nullable=False),
    Column("sequence", Integer, nullable=False),
)


class NoteWritten(Fact):
    """A note was written or changed."""

    TYPE: ClassVar[str] = "notes.note.written.v1"

    note_id: UUID
    text: str


class NoteIn(In):
    text: str = Field(min_length=1, max_length=200)


class NoteOut(Out):
    id: UUID
    text: str
    version: int


class NoteStepOut(StepOut):
    version: int


router = APIRouter(prefix="/notes/v1")
OWNERS = {"writer": Reach.OWN, "head": Reach.DEPARTMENT, "chief": Reach.DIVISION}


def tell(tx: Transaction, note_id: UUID, text: str, version: int) -> None:
    tx.tell(NoteWritten(note_id=note_id, text=text), aggregate_id=note_id, sequence=version)
    add_step(
        tx,
        note_steps,
        of={"note_id": note_id},
        step="written" if version == 1 else "changed",
        state="kept",
        reason=text,
        version=version,
    )


@router.post("/notes", status_code=201, response_model=NoteOut, operation_id="write_note")
async def post_note(body: NoteIn, call: Annotated[Call, allow(OWNERS)]) -> Response:
    note_id = new_id()
    async with call.begin() as tx:
        tx.insert(
            notes,
            id=note_id,
            owner_id=call.principal.owner_id,
            department=call.principal.department,
            division=call.principal.division,
            text=body.text,
            version=1,
        )
        tell(tx, note_id, body.text, 1)
        tx.answer(NoteOut(id=note_id, text=body.text, version=1), status=201, etag=1)
    return tx.response


@router.put("/notes/{note_id}", response_model=NoteOut, operation_id="change_note")
async def put_note(note_id: UUID, body: NoteIn, call: Annotated[Call, allow(OWNERS)]) -> Response:
    async with call.begin() as tx:
        row = await tx.one_or_none(select(notes).where(notes.c.id == note_id))
        if row is None:
            raise NotFoundError
        call.match(row.version)
        version = row.version + 1
        tx.update(
            notes, match={"id": note_id, "version": row.version}, text=body.text, version=version
        )
        tell(tx, note_id, body.text, version)
        tx.answer(NoteOut(id=note_id, text=body.text, version=version), etag=version)
    return tx.response


@router.get("/notes", response_model=Page[NoteOut], operation_id="list_notes")
async def list_notes(call: Annotated[Call, allow(OWNERS)], paging: Paging) -> Response:
    """Every note, with no filter at all: reach is the database's."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(notes),
            by=[notes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="notes",
            show=NoteOut.model_validate,
        )
    return answer(page)


@router.get(
    "/notes/{note_id}/steps", response_model=Page[NoteStepOut], operation_id="list_note_steps"
)
async def list_note_steps(
    note_id: UUID, call: Annotated[Call, allow(OWNERS)], paging: Paging
) -> Response:
    async with call.read() as tx:
        if await tx.one_or_none(select(notes).where(notes.c.id == note_id)) is None:
            raise NotFoundError
        page = await page_of_steps(
            tx,
            note_steps,
            of={"note_id": note_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=NoteStepOut,
        )
    return answer(page)


@router.post("/counts", status_code=202, response_model=NoteOut, operation_id="count_notes")
async def post_count(body: NoteIn, call: Annotated[Call, allow(OWNERS)]) -> Response:
    async with call.begin() as tx:
        job_id = enqueue_job(tx, call.runtime, kind="count", input={"text": body.text}, total=10)
        tx.answer(NoteOut(id=job_id, text=body.text, version=1), status=202)
    return tx.response


@router.get("/open", response_model=Page[NoteOut], operation_id="open_door")
async def get_open(call: Annotated[Call, allow_anyone()]) -> Response:
    async with call.read() as tx:
        rows = await tx.all(select(notes))
    return answer(Page[NoteOut](results=[NoteOut.model_validate(row) for row in rows]))


@router.get("/slow", response_model=Page[NoteOut], operation_id="read_slowly")
async def get_slowly(call: Annotated[Call, allow(OWNERS)]) -> Response:
    """Takes a second in the database, and says on /metrics that it is at it."""
    in_flight = SLOW.setdefault(
        "gauge", Gauge("notes_slow_in_flight", "", registry=call.runtime.metrics.registry)
    )
    in_flight.set(1)
    async with call.read() as tx:
        await tx.execute(sql_text("SELECT pg_sleep(1.5)"))
    return answer(Page[NoteOut](results=[]))


SLOW: dict[str, Gauge] = {}
consumers = Consumers("notes")


@consumers.on(NoteWritten)
async def copy_note(told: Told[NoteWritten], tx: Transaction) -> None:
    if told.fact.text == "poison":
        raise ParkError("poison is never copied")
    if told.fact.text == "not yet":
        raise NotYetError("wait")
    tx.insert(copies, note_id=told.fact.note_id, sequence=told.sequence)


async def count_job(run: JobRun) -> None:
    for number in range(run.done, 10):
        if run.input["text"] == "die" and number == 5 and run.done == 5 and not DIED:
            DIED.append(number)
            raise ConnectionResetError("the process dies here")
        tx = run.begin()
        try:
            await run.advance(tx, [RowVerdict(number=number, verdict="accepted")])
        finally:
            await tx.close()


DIED: list[int] = []

SERVICE = Service(
    name="notes",
    title="Notes",
    routers=(
        router,
        job_router("notes", OWNERS),
        rule_router("notes", {"chief": Reach.ALL}),
    ),
    metadata=metadata,
    migrations=FilePath(__file__).parent / "notes",
    facts=(NoteWritten,),
    consumers=consumers,
    rule_shapes={"words-max": Annotated[int, Field(ge=1, le=9)]},
    jobs={"count": count_job},
)
