"""Notices and endpoints in and out of PostgreSQL: written with the step that they tell of, addressed and sent later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update

from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.delivery import LEASE
from workorder.domain.notices import (
    ESCALATED_TO,
    INTERNAL,
    NOTED,
    WAITS_FOR,
    Want,
)
from workorder.domain.process.engine import Way
from workorder.domain.transfer import CLOSED, PUSHED_LINES, RESULT_WORDS, RETURNED, result_of
from workorder.domain.work_order import WorkOrder
from workorder.repository.transfers import handed_over_by_lines
from workorder.tables import delivery_endpoint_steps, delivery_endpoints, notices

SECRET_CONTEXT = "delivery_endpoints.secret"  # noqa: S105  the name of a context, no secret
SILENT = frozenset({"", "system", "applicant"})


@dataclass(frozen=True, kw_only=True)
class Alarmed:
    """One alarm that somebody is to be told of."""

    work_id: UUID
    kind: str
    to: str = ""
    """Of an escalation: whom its rule names."""
    waits_for: str = ""
    """Who has to act, where that is somebody else than the work itself waits for."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One message that is to be sent now, with where to."""

    position: int
    row: Mapping[str, Any]
    url: str
    keys: tuple[str, ...]
    transfer: Row[Any] | None = None
    """Of a result: with which transfer a line handed the matter over."""


async def note_way(
    tx: Transaction, order: WorkOrder, way: Way, form: Mapping[str, Any] | None = None
) -> None:
    """Whoever the rule names is told of this step, in its own commit; and a line of what it handed over."""
    if order.source in PUSHED_LINES:
        _note_result(tx, order, way, form or {})
    kinds = NOTED.intersection((way.step.records or way.step.code, *way.tells))
    if not kinds:
        return
    recipients: dict[str, list[str]] = await tx.rule("notice-recipients")
    department, division, detail = _where(order, form or {})
    for kind in sorted(kinds):
        told = {_recipient(each, order.waits_for or "") for each in recipients.get(kind, ())}
        for recipient in sorted(told - SILENT):
            _add_notice(
                tx,
                order,
                kind=kind,
                recipient=recipient,
                department=department,
                division=division,
                detail=detail,
            )


def _note_result(tx: Transaction, order: WorkOrder, way: Way, form: Mapping[str, Any]) -> None:
    """The line that handed it over is told how far it is: whatever the rules say, and at any hour."""
    kind = result_of(way.tells, state=order.state)
    if kind is None:
        return
    _add_notice(
        tx,
        order,
        kind=kind,
        recipient=order.source,
        department=order.department,
        division=order.division,
        detail=_how_it_ended(order, kind, form),
        # So that an older word of it never overwrites a newer one.
        sequence=order.version,
    )


def _how_it_ended(order: WorkOrder, kind: str, form: Mapping[str, Any]) -> str:
    """A code, and no word that anybody wrote: how it was closed, or why it was not accepted."""
    if kind == RETURNED:
        return str(form.get("reason_code", ""))
    return order.outcome.value if kind == CLOSED and order.outcome else ""


def _add_notice(
    tx: Transaction,
    order: WorkOrder,
    *,
    kind: str,
    recipient: str,
    department: str,
    division: str,
    detail: str,
    sequence: int = 0,
) -> None:
    tx.insert(
        notices,
        id=new_id(),
        kind=kind,
        todo_id=None,
        sequence=sequence,
        work_kind="work-order",
        above_id=order.id,
        number=order.number,
        process=order.kind,
        title=order.title,
        department=department,
        division=division,
        recipient=recipient,
        assignee=order.assignee or "",
        due_at=order.due_at,
        urgency=order.urgency,
        detail=detail,
        created_at=tx.now,
        state="new",
        tries=0,
        receipt="",
        error="",
    )


def _where(order: WorkOrder, form: Mapping[str, Any]) -> tuple[str, str, str]:
    """Whose it is, where, and what was ruled. A ruling on a return is told to who asked, wherever the order is now."""
    ruled = next((each for each in order.returns if each.is_ruled_now), None)
    if ruled is not None:
        return ruled.department, ruled.division, "granted" if ruled.is_granted else "denied"
    granted = form.get("granted")
    detail = "" if granted is None else "granted" if granted else "denied"
    return order.department, order.division, detail


def _recipient(named: str, waits_for: str) -> str:
    return waits_for if named == WAITS_FOR else named


async def note_alarms(tx: Transaction, book: str, alarms: Sequence[Alarmed]) -> None:
    """Whoever the rule names is told of alarms of one book, in one statement."""
    recipients: dict[str, list[str]] = await tx.rule("notice-recipients")
    rows = [
        (each.work_id, each.kind, _told_of_alarm(each, to))
        for each in alarms
        for to in recipients.get(each.kind, ())
    ]
    if rows:
        ids, kinds, told = zip(*rows, strict=True)
        values = {"ids": list(ids), "kinds": list(kinds), "told": list(told), "now": tx.now}
        await tx.execute(_NOTE_ALARMS[book], {**values, "silent": sorted(SILENT)})


def _told_of_alarm(alarmed: Alarmed, named: str) -> str:
    if named == ESCALATED_TO:
        return alarmed.to
    return alarmed.waits_for or named if named == WAITS_FOR else named


def _note_alarms(book: str, columns: str) -> str:
    return f"""
INSERT INTO notices (id, kind, sequence, work_kind, above_id, number, process, title, department, division, recipient,
    assignee, due_at, urgency, detail, created_at, state, tries, receipt, error)
SELECT uuidv7(), a.kind, 0, {columns}, '', CAST(:now AS timestamptz), 'new', 0, '', ''
FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:told AS text[])) AS a(id, kind, told)
JOIN {book} w ON w.id = a.id
CROSS JOIN LATERAL (
    SELECT coalesce(CASE WHEN a.told = 'waits-for' THEN w.waits_for ELSE a.told END, '') AS recipient
) AS r
WHERE r.recipient <> ALL (CAST(:silent AS text[]))
"""


_NOTE_ALARMS = {
    "work_orders": text(
        _note_alarms(
            "work_orders",
            "'work-order', w.id, w.number, w.kind, w.title, w.department, w.division, r.recipient, "
            "coalesce(w.assignee, ''), w.due_at, w.urgency",
        )
    ),
    "applications": text(
        _note_alarms(
            "applications",
            "'application', w.id, w.number, w.process, w.item_name, w.department, w.division, r.recipient, '', "
            "(w.due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', 'normal'",
        )
    ),
}
_ADDRESS = text(
    """
WITH fresh AS (
    SELECT position FROM notices WHERE state = 'new' ORDER BY position LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE notices n SET endpoint_id = e.id,
    state = CASE WHEN e.id IS NULL THEN 'kept' WHEN e.url = '' THEN 'feed'
        WHEN e.state = 'active' THEN 'waiting' ELSE 'held' END,
    try_at = CASE WHEN n.urgency = 'emergency' OR n.kind = ANY (CAST(:results AS text[]))
        THEN CAST(:now AS timestamptz) ELSE CAST(:rings_at AS timestamptz) END
FROM fresh LEFT JOIN notices f ON f.position = fresh.position
LEFT JOIN LATERAL (
    SELECT id, url, state FROM delivery_endpoints
    WHERE state <> 'off' AND verified_at IS NOT NULL AND CASE WHEN f.kind = ANY (CAST(:results AS text[]))
        THEN line = f.recipient AND EXISTS (
            SELECT 1 FROM case_transfers c WHERE c.work_order_id = f.above_id AND c.from_line = f.recipient)
        ELSE 'notices' = ANY(wants) AND (department = ''
            OR (department = f.department AND f.recipient = ANY (CAST(:internal AS text[])))) END
    ORDER BY department DESC LIMIT 1
) AS e ON true
WHERE n.position = fresh.position
"""
)
_TAKE = text(
    """
WITH due AS (
    SELECT n.position FROM notices n JOIN delivery_endpoints e ON e.id = n.endpoint_id
    WHERE n.state = 'waiting' AND n.try_at <= CAST(:now AS timestamptz) AND e.state = 'active'
        AND NOT EXISTS (
            SELECT 1 FROM notices b WHERE b.todo_id = n.todo_id AND b.position < n.position AND b.state = 'waiting')
        AND NOT EXISTS (
            SELECT 1 FROM notices b WHERE n.kind LIKE 'result-%' AND b.kind LIKE 'result-%'
                AND b.above_id = n.above_id AND b.position < n.position AND b.state = 'waiting')
    ORDER BY n.try_at, n.position LIMIT :most FOR UPDATE OF n SKIP LOCKED
)
UPDATE notices n SET tries = n.tries + 1, tried_at = CAST(:now AS timestamptz), try_at = CAST(:leased AS timestamptz)
FROM due, delivery_endpoints e WHERE n.position = due.position AND e.id = n.endpoint_id
RETURNING n.*, e.line, e.url, e.secret_encrypted, e.old_secret_encrypted, e.old_secret_until
"""
)


async def address_new(tx: Transaction, *, rings_at: datetime, most: int) -> int:
    """Say of new notices where they go and when; returns how many."""
    values = {
        "most": most,
        "now": tx.now,
        "rings_at": rings_at,
        "internal": list(INTERNAL),
        "results": list(RESULT_WORDS),
    }
    return (await tx.execute(_ADDRESS, values)).rowcount


async def take_due(tx: Transaction, *, most: int) -> list[Sending]:
    """Messages whose time has come, taken for a while; of one to-do, and of one matter of a line, only the oldest."""
    values = {"now": tx.now, "leased": tx.now + LEASE, "most": most}
    rows = await tx.all(_TAKE.bindparams(**values))
    results = [(row.above_id, row.line) for row in rows if row.line]
    handed_over = await handed_over_by_lines(tx, results) if results else {}
    return [
        Sending(
            position=row.position,
            row=dict(row._mapping),
            url=row.url,
            keys=keys_of(tx, row),
            transfer=handed_over.get((row.above_id, row.line)),
        )
        for row in sorted(rows, key=lambda row: row.position)
    ]


def keys_of(tx: Transaction, row: Row[Any]) -> tuple[str, ...]:
    """The secrets that a message to this endpoint is signed with: the old one beside the new for a while."""
    kept = [row.secret_encrypted]
    if row.old_secret_encrypted and row.old_secret_until and row.old_secret_until > tx.now:
        kept.append(row.old_secret_encrypted)
    return tuple(tx.keyring.decrypt(each, context=SECRET_CONTEXT) for each in kept)


async def get_endpoint(tx: Transaction, endpoint_id: UUID) -> Row[Any]:
    """An endpoint, locked until the end; raises NotFoundError."""
    statement = select(delivery_endpoints).where(delivery_endpoints.c.id == endpoint_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return row


async def endpoint_of(tx: Transaction, department: str, line: str = "") -> UUID | None:
    """The endpoint of a department, or of a line's system; of the city when both are empty."""
    t = delivery_endpoints.c
    statement = select(t.id).where(t.department == department, t.line == line)
    found: UUID | None = await tx.scalar(statement)
    return found


def store_endpoint(
    tx: Transaction, row: Row[Any], *, step: str, state: str, reason: str, **values: Any
) -> None:
    """Keep a changed endpoint with a row of its history."""
    tx.update(
        delivery_endpoints,
        match={"id": row.id, "version": row.version},
        state=state,
        version=row.version + 1,
        **values,
    )
    add_endpoint_step(tx, row.id, step=step, state=state, reason=reason)


def add_endpoint_step(
    tx: Transaction, endpoint_id: UUID, *, step: str, state: str, reason: str
) -> None:
    """One row of an endpoint's history."""
    add_step(
        tx,
        delivery_endpoint_steps,
        of={"delivery_endpoint_id": endpoint_id},
        step=step,
        state=state,
        reason=reason,
    )


async def hold_or_release(tx: Transaction, endpoint_id: UUID, *, is_held: bool) -> None:
    """What still has to go to an endpoint waits until it is switched on again; nothing is lost meanwhile."""
    t = notices.c
    before, after = ("waiting", "held") if is_held else ("held", "waiting")
    await tx.execute(
        update(notices)
        .where(t.endpoint_id == endpoint_id, t.state == before)
        .values(state=after, try_at=tx.now, tries=0)
    )


def wants_of(wants: Sequence[Want]) -> list[str]:
    """What an endpoint is sent, each once, in a fixed order."""
    return sorted(set(wants))
