"""The doors for systems outside: partners, their secrets, and the feed they read.

POST /partners, /{id}/secrets, /{id}/suspensions   system admin
GET  /partners, /{id}, /{id}/steps                 system admin, auditor
POST /partner-authentications                      the gateway only
GET  /feed                                         a partner, as far as its grant goes
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from chassis.door import Call, allow, answer
from chassis.errors import ProblemError
from chassis.identity import SYSTEM, Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps
from contracts.vocabulary import Role
from datashare import queries
from datashare.domain.partner import FeedNotGrantedError, Partner, PartnerRefusedError
from datashare.partner_secrets import is_secret, new_secret
from datashare.repository import find_partner, get_partner, partner_of_token
from datashare.schemas import (
    FactTypes,
    FeedOut,
    PartnerAuthenticationIn,
    PartnerAuthenticationOut,
    PartnerIn,
    PartnerOut,
    PartnerSecretOut,
    ReasonIn,
)
from datashare.tables import partners, steps
from datashare.use_cases.register_partner import RegisterPartner, register_partner
from datashare.use_cases.rotate_secret import rotate_secret
from datashare.use_cases.suspend_partner import suspend_partner

router = APIRouter(prefix="/datashare/v1")

ADMINS = {Role.SYSTEM_ADMIN: Reach.ALL}
READERS = {**ADMINS, Role.AUDITOR: Reach.ALL}
GATEWAY = "gateway"
WAIT_SECONDS_MAX = 25
POLL_SECONDS = 0.5
RETRY_MILLISECONDS = 1_000
EVENT_STREAM = "text/event-stream"


@router.post(
    "/partners", status_code=201, response_model=PartnerSecretOut, operation_id="register_partner"
)
async def post_partner(body: PartnerIn, call: Annotated[Call, allow(ADMINS)]) -> Response:
    """Let a partner in; its secret is in this answer and nowhere else."""
    secret, hashed = await new_secret()
    command = RegisterPartner(secret_hash=hashed, **dict(body))
    async with call.begin() as tx:
        partner = await register_partner(command, tx)
        tx.answer(
            _with_secret(partner, secret),
            status=201,
            etag=partner.version,
            location=f"/datashare/v1/partners/{partner.id}",
        )
    return tx.response


@router.get("/partners", response_model=Page[PartnerOut], operation_id="list_partners")
async def list_partners(call: Annotated[Call, allow(READERS)], paging: Paging) -> Response:
    """Every partner, newest first; without secrets."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.where_given(partners),
            by=[partners.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="partners",
            show=PartnerOut.model_validate,
        )
    return answer(page)


@router.get("/partners/{partner_id}", response_model=PartnerOut, operation_id="get_partner")
async def get_one_partner(partner_id: UUID, call: Annotated[Call, allow(READERS)]) -> Response:
    """One partner and what it may see."""
    async with call.read() as tx:
        row = await queries.row_by_id(tx, partners, partner_id)
    return answer(PartnerOut.model_validate(row), etag=row.version)


@router.get(
    "/partners/{partner_id}/steps",
    response_model=Page[StepOut],
    operation_id="list_partner_steps",
)
async def list_partner_steps(
    partner_id: UUID, call: Annotated[Call, allow(READERS)], paging: Paging
) -> Response:
    """What happened to a partner, oldest first."""
    async with call.read() as tx:
        await queries.row_by_id(tx, partners, partner_id)
        page = await page_of_steps(
            tx,
            steps,
            of={"kind": "partner", "of_id": str(partner_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)


@router.post(
    "/partners/{partner_id}/secrets",
    status_code=201,
    response_model=PartnerSecretOut,
    operation_id="rotate_partner_secret",
)
async def post_secret(
    partner_id: UUID, body: ReasonIn, call: Annotated[Call, allow(ADMINS)]
) -> Response:
    """A new secret; the old one ends at once."""
    secret, hashed = await new_secret()
    async with call.begin() as tx:
        partner = await get_partner(tx, partner_id)
        tx.expect(partner.version)
        partner = await rotate_secret(partner, secret_hash=hashed, reason=body.reason, tx=tx)
        tx.answer(_with_secret(partner, secret), status=201, etag=partner.version)
    return tx.response


@router.post(
    "/partners/{partner_id}/suspensions",
    status_code=201,
    response_model=PartnerOut,
    operation_id="suspend_partner",
)
async def post_suspension(
    partner_id: UUID, body: ReasonIn, call: Annotated[Call, allow(ADMINS)]
) -> Response:
    """Shut a partner out."""
    async with call.begin() as tx:
        partner = await get_partner(tx, partner_id)
        tx.expect(partner.version)
        partner = await suspend_partner(partner, reason=body.reason, tx=tx)
        tx.answer(PartnerOut.model_validate(partner), status=201, etag=partner.version)
    return tx.response


def _with_secret(partner: Partner, secret: str) -> PartnerSecretOut:
    out = PartnerOut.model_validate(partner)
    return PartnerSecretOut(client_secret=secret, **out.model_dump())


@router.post(
    "/partner-authentications",
    response_model=PartnerAuthenticationOut,
    operation_id="authenticate_partner",
)
async def post_authentication(
    body: PartnerAuthenticationIn, call: Annotated[Call, allow({GATEWAY: Reach.ALL})]
) -> Response:
    """Whether these are a partner's credentials. Wrong, unknown, suspended and expired look the same."""
    if call.principal.kind != SYSTEM:
        raise PartnerRefusedError
    async with call.read() as tx:
        partner = await find_partner(tx, body.client_id)
        now = tx.now
    matches = await is_secret(body.client_secret, partner.secret_hash if partner else None)
    if partner is None or not matches or not partner.in_force(now):
        raise PartnerRefusedError
    return answer(
        PartnerAuthenticationOut(
            client_id=partner.client_id, partner_id=partner.id, scopes=list(partner.scopes)
        )
    )


@router.get(
    "/feed",
    response_model=FeedOut,
    operation_id="read_feed",
    responses={200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
)
async def read_feed(
    call: Annotated[Call, allow({Role.PARTNER: Reach.ALL})],
    after: Annotated[str | None, Query(max_length=300)] = None,
    types: Annotated[list[FactTypes] | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    wait: Annotated[int, Query(ge=0, le=WAIT_SECONDS_MAX)] = 0,
) -> Response:
    """Facts after a cursor, as CloudEvents, in order. With `wait`, the answer is held until something comes.

    With `Accept: text/event-stream` they come one by one for 25 seconds, each with its cursor as `id`; a client
    that connects again goes on by itself (Last-Event-ID).
    """
    is_stream = EVENT_STREAM in call.request.headers.get("accept", "")
    if is_stream:
        after = call.request.headers.get("last-event-id") or after
    reading = FeedReading(call=call, types=_each_once(types or []), limit=limit, after=after)
    first = await reading.next()
    if is_stream:
        return StreamingResponse(
            _streamed(reading, first),
            media_type=EVENT_STREAM,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
    events = await _waited(reading, first, seconds=wait)
    return answer(FeedOut(results=[event.message for event in events], next_cursor=reading.cursor))


def _each_once(types: list[str]) -> tuple[str, ...]:
    """`types=a,b` and `types=a&types=b` say the same."""
    return tuple(dict.fromkeys(kind for joined in types for kind in joined.split(",") if kind))


@dataclass(frozen=True)
class FeedEvent:
    """One fact on the feed, with the cursor behind it."""

    cursor: str
    message: dict[str, Any]


@dataclass(kw_only=True)
class FeedReading:
    """A partner's way through the feed. Each look takes a connection and checks the grant anew."""

    call: Call
    types: tuple[str, ...]
    limit: int
    after: str | None

    @property
    def cursor(self) -> str:
        assert self.after is not None, "nothing was read yet"
        return self.after

    async def next(self) -> list[FeedEvent]:
        """What came since; raises FeedNotGrantedError, or BadRequestError for another's cursor."""
        call = self.call
        async with call.read() as tx:
            partner = await partner_of_token(
                tx, client_id=call.principal.client_id, subject=call.principal.subject
            )
            if partner is None:
                raise FeedNotGrantedError
            types = partner.types_to_read(self.types, at=tx.now)
            kind = f"feed {partner.client_id}"
            position = int(call.runtime.cursors.open(kind, self.after)[0] or 0) if self.after else 0
            head = max(await queries.feed_head(tx), position)
            found = await queries.feed_after(
                tx, partner, types=types, after=position, head=head, limit=self.limit
            )
        seal = call.runtime.cursors.seal
        # The cursor goes on even when nothing came, so that what is not granted is passed over once.
        self.after = seal(kind, [found[-1].position if len(found) == self.limit else head])
        return [FeedEvent(seal(kind, [row.position]), row.message) for row in found]

    async def until_something_may_have_come(self) -> None:
        """A short pause; over at once when the process is to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.call.runtime.draining.wait(), POLL_SECONDS)

    @property
    def is_ending(self) -> bool:
        return self.call.runtime.draining.is_set()


async def _waited(
    reading: FeedReading, events: list[FeedEvent], *, seconds: int
) -> list[FeedEvent]:
    ends_at = time.monotonic() + seconds
    while not events and time.monotonic() < ends_at and not reading.is_ending:
        await reading.until_something_may_have_come()
        events = await reading.next()
    return events


async def _streamed(reading: FeedReading, events: list[FeedEvent]) -> AsyncIterator[str]:
    """Server-sent events, for a while: a stream ends before a deadline cuts it, and the client comes again."""
    ends_at = time.monotonic() + WAIT_SECONDS_MAX
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    while True:
        for event in events:
            data = json.dumps(event.message, ensure_ascii=False, separators=(",", ":"))
            yield f"id: {event.cursor}\nevent: {event.message['type']}\ndata: {data}\n\n"
        if time.monotonic() >= ends_at or reading.is_ending:
            return
        await reading.until_something_may_have_come()
        try:
            events = await reading.next()
        except ProblemError:
            # The grant ended meanwhile: the stream ends, and whoever connects again is told why.
            return
