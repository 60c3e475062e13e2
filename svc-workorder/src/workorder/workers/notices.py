"""Telling people: to-dos that mirror what waits, notices sent to office platforms with receipts, parts delivered."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import structlog
from sqlalchemy import select

from chassis.clock import CITY_ZONE
from chassis.errors import ProblemError
from chassis.ids import new_id
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.transaction import Transaction
from workorder.domain.delivery import LEASE, answered
from workorder.domain.notices import networks_of, words_of
from workorder.domain.transfer import CLOSED, RETURNED
from workorder.repository.notices import Sending, keys_of, take_due
from workorder.repository.parts import delivered_parts
from workorder.settings import WorkOrderSettings
from workorder.tables import delivery_endpoints
from workorder.use_cases.address_notices import address_notices
from workorder.use_cases.keep_outcomes import Outcome, keep_outcomes
from workorder.use_cases.keep_verification import keep_verification
from workorder.use_cases.mirror_waits import mirror_waits
from workorder.use_cases.settle_parts import settle_parts
from workorder.webhooks import Answer, post_signed, sender

PAUSE_SECONDS = 2.0
SHARE_OF_A_CORE = 20
"""Comparing what waits with the to-dos takes at most one part in so many of a core, however much waits."""
SENDING_PAUSE_SECONDS = 1.0
BATCH = 50
CHALLENGE = "verification"

log = structlog.get_logger()


async def watch_waits(runtime: Runtime) -> None:
    """Keep the to-dos at what waits, for as long as the process lives."""
    while True:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await mirror(runtime)
            while await settle(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("to-dos paused", error=repr(error)[:200])
        await asyncio.sleep(max(PAUSE_SECONDS, SHARE_OF_A_CORE * (clock() - began)))


async def send_notices(runtime: Runtime) -> None:
    """Send what is due, and challenge new endpoints; several processes may do it side by side."""
    while True:
        try:
            await verify_endpoints(runtime)
            while await send_due(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("notices paused", error=repr(error)[:200])
        await asyncio.sleep(SENDING_PAUSE_SECONDS)


async def mirror(runtime: Runtime) -> None:
    """One comparison of what waits with the to-dos; then new notices are addressed."""
    await _in_commit(runtime, mirror_waits)
    while await _in_commit(runtime, address_notices):
        pass


async def _in_commit(runtime: Runtime, step: Callable[[Transaction], Awaitable[int]]) -> int:
    tx = runtime.begin_system()
    try:
        count = await step(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


async def settle(runtime: Runtime) -> int:
    """Parts that were delivered, each order in a commit of its own; returns how many orders moved."""
    tx = runtime.begin_system()
    try:
        found = await delivered_parts(tx, most=BATCH)
    finally:
        await tx.close()
    moved = 0
    for order_id, parts in found.items():
        tx = runtime.begin_system()
        try:
            moved += await settle_parts(order_id, parts, tx)
            await tx.commit()
        except ProblemError as error:
            # Somebody was faster, or its process refuses: the others need not wait for it.
            log.warning("part not settled", work_order_id=str(order_id), code=error.problem_code)
        finally:
            await tx.close()
    return moved


async def send_due(runtime: Runtime) -> int:
    """One round of messages: taken, sent side by side outside any transaction, and what became of them kept."""
    tx = runtime.begin_system()
    try:
        sendings = await take_due(tx, most=BATCH)
        await tx.commit()
    finally:
        await tx.close()
    if not sendings:
        return 0
    outcomes = await _sent(runtime, sendings)
    tx = runtime.begin_system()
    try:
        await keep_outcomes(outcomes, tx)
        await tx.commit()
    finally:
        await tx.close()
    return len(sendings)


async def _sent(runtime: Runtime, sendings: Sequence[Sending]) -> list[Outcome]:
    settings = cast("WorkOrderSettings", runtime.settings)
    networks = networks_of(settings.notice_networks)

    async with sender(networks) as session:

        async def send(each: Sending) -> Outcome:
            is_result = bool(each.row["line"])
            said = (result_message if is_result else message_of)(each, settings.public_url)
            body = json.dumps(said, ensure_ascii=False)
            answer = await post_signed(
                session,
                each.url,
                body.encode(),
                message_id=f"msg_{each.row['id']}",
                at=runtime.clock.now(),
                keys=each.keys,
                networks=networks,
            )
            return _outcome(each, answer)

        return await asyncio.gather(*(send(each) for each in sendings))


def _outcome(sending: Sending, answer: Answer) -> Outcome:
    row = sending.row
    return Outcome(
        position=sending.position,
        endpoint_id=row["endpoint_id"],
        tries=row["tries"],
        status=answer.status,
        body=answer.body,
        error="" if answer.is_taken else answer.error,
        above_id=row["above_id"],
        department=row["department"],
        line=row["line"],
    )


def result_message(sending: Sending, public_url: str) -> dict[str, Any]:
    """What a line is sent of a matter that it handed over: numbers, what became of it, when; nothing that anybody said."""
    row, transfer = sending.row, sending.transfer
    transfer_id = str(transfer.id) if transfer else None
    return {
        "type": row["kind"],
        "timestamp": row["created_at"].astimezone(CITY_ZONE).isoformat(),
        "data": {
            "id": str(row["id"]),
            "sequence": row["sequence"],
            "words": words_of(row["kind"]),
            "transfer_id": transfer_id,
            "case_no": transfer.case_no if transfer else "",
            "number": row["number"],
            "outcome": row["detail"] if row["kind"] == CLOSED else None,
            "reason_code": row["detail"] if row["kind"] == RETURNED else None,
            "link": f"{public_url.rstrip('/')}/workorder/v1/hotline/transfers-{row['line']}/{transfer_id}",
        },
    }


def message_of(sending: Sending, public_url: str) -> dict[str, Any]:
    """What a platform is sent: numbers, kinds, times, the masked title; nothing of a person but who has it in hand."""
    row = sending.row
    path = "applications" if row["work_kind"] == "application" else "work-orders"
    due_at = row["due_at"]
    return {
        "type": row["kind"],
        "timestamp": row["created_at"].astimezone(CITY_ZONE).isoformat(),
        "data": {
            "id": str(row["id"]),
            "todo_id": str(row["todo_id"]) if row["todo_id"] else None,
            "sequence": row["sequence"],
            "words": words_of(row["kind"]),
            "work_kind": row["work_kind"],
            "number": row["number"],
            "process": row["process"],
            "title": row["title"],
            "department": row["department"],
            "division": row["division"],
            "recipient": row["recipient"],
            "assignee": row["assignee"],
            "due_at": due_at.astimezone(CITY_ZONE).isoformat() if due_at else None,
            "urgency": row["urgency"],
            "detail": row["detail"],
            "link": f"{public_url.rstrip('/')}/workorder/v1/{path}/{row['above_id']}",
        },
    }


async def verify_endpoints(runtime: Runtime) -> int:
    """Challenge endpoints that are to be verified: one that says the challenge back is theirs. Returns how many."""
    rows = await _to_verify(runtime)
    settings = cast("WorkOrderSettings", runtime.settings)
    networks = networks_of(settings.notice_networks)
    for row, keys in rows:
        challenge = secrets.token_urlsafe(24)
        body = json.dumps({"type": CHALLENGE, "challenge": challenge}).encode()
        async with sender(networks) as session:
            answer = await post_signed(
                session,
                row.url,
                body,
                message_id=f"msg_{new_id()}",
                at=runtime.clock.now(),
                keys=keys,
                networks=networks,
            )
        trouble = answer.error if not answer.is_taken else _not_said_back(answer.body, challenge)
        tx = runtime.begin_system()
        try:
            await keep_verification(row.id, trouble, tx, url=row.url)
            await tx.commit()
        finally:
            await tx.close()
    return len(rows)


async def _to_verify(runtime: Runtime) -> list[tuple[Any, tuple[str, ...]]]:
    t = delivery_endpoints.c
    tx = runtime.begin_system()
    try:
        statement = (
            select(delivery_endpoints)
            .where(t.verify_at <= tx.now)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        rows = await tx.all(statement)
        for row in rows:
            # Nobody else's for a while; tried again when this process dies over it.
            await tx.execute(
                delivery_endpoints.update().where(t.id == row.id).values(verify_at=tx.now + LEASE)
            )
        found = [(row, keys_of(tx, row)) for row in rows]
        await tx.commit()
    finally:
        await tx.close()
    return found


def _not_said_back(body: str, challenge: str) -> str:
    is_back = (answered(body) or {}).get("challenge") == challenge
    return "" if is_back else "the challenge was not said back"


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (watch_waits, send_notices)
