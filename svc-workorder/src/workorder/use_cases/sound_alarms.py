from collections.abc import Sequence

from chassis.envelope import Fact
from chassis.errors import ProblemError
from chassis.transaction import Telling, Transaction
from contracts.events.workorder import DeadlineEscalated, DeadlineMissed, DeadlineWarned
from workorder.domain.clock import ClockRules, alarm_after
from workorder.domain.part_returns import RULING_LATE
from workorder.repository.alarms import (
    Book,
    DueAlarm,
    OverWait,
    Told,
    due_alarms,
    end_waits,
    keep_told,
    move_alarms,
    over_waits,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.notices import Alarmed, note_alarms
from workorder.repository.part_returns import LateRuling, late_rulings, silence_rulings
from workorder.repository.processes import process_of
from workorder.repository.work_orders import get_work_order
from workorder.stepping import advance
from workorder.tellings import alarm_fact, late_ruling_fact, overstayed_fact

BATCH = 1_000
LATE_REASON = "协办退单逾期未裁定"
STEPS_BATCH = 50
"""Waits whose process takes a step when they are over: at most so many in one commit."""
BOOKS: tuple[Book, ...] = ("applications", "work_orders")
WORDS = {"yellow": "黄色预警：即将到期", "red": "红色预警：今日到期", "missed": "已超期"}


async def sound_alarms(tx: Transaction) -> int:
    """Give the alarms (预警、超期、升级) that are due, at most BATCH of each book; returns how many were moved on.

    Each is given exactly once: it stands on the row it belongs to, and moves on in the commit that tells of it. A
    machine's clock that is set back finds it moved on already.
    """
    rules = await clock_rules(tx)
    count = 0
    for book in BOOKS:
        alarms = await due_alarms(tx, book, limit=BATCH)
        if alarms:
            await _give(tx, book, alarms, rules)
        waits = await over_waits(tx, book, limit=BATCH)
        if waits:
            await _end(tx, book, waits)
        count += len(alarms) + len(waits)
    rulings = await late_rulings(tx, limit=BATCH)
    if rulings:
        await _tell_late(tx, rulings)
    return count + len(rulings)


async def _tell_late(tx: Transaction, rulings: Sequence[LateRuling]) -> None:
    """Returns of parts have waited for their ruling as long as they may: whoever has to rule is told, once."""
    told = [
        Told(
            of=each.of,
            step=RULING_LATE,
            reason=LATE_REASON,
            telling=_telling(each.of, late_ruling_fact(each.of, each.co_department, tx.now)),
        )
        for each in rulings
    ]
    await silence_rulings(tx, rulings)
    await keep_told(tx, "work_orders", told)
    alarmed = [
        Alarmed(work_id=each.of.id, kind="part-return-overstayed", waits_for=each.of.waits_for)
        for each in rulings
    ]
    await note_alarms(tx, "work_orders", alarmed)


async def _give(tx: Transaction, book: Book, alarms: Sequence[DueAlarm], rules: ClockRules) -> None:
    following = {
        each.id: alarm_after(each.level, each.due_on, rules, due_at=each.due_at) for each in alarms
    }
    told = []
    for each in alarms:
        fact = alarm_fact(each, tx.now, rules)
        if fact is not None:
            words = (
                WORDS.get(each.level) or f"超期升级提醒（第 {each.level.rpartition('-')[2]} 级）"
            )
            step = f"alarm-{each.level}"
            told.append(Told(of=each, step=step, reason=words, telling=_telling(each, fact)))
    await move_alarms(tx, book, following)
    await keep_told(tx, book, told)
    await note_alarms(tx, book, [_alarmed(each) for each in told])


async def _end(tx: Transaction, book: Book, waits: Sequence[OverWait]) -> None:
    """States have waited as long as they may: the process moves the work on, or whoever should act is told."""
    told, stepping = [], 0
    for wait in waits:
        process = await process_of(tx, wait.process, wait.process_version)
        state = process.definition.states_by_code[wait.state]
        if state.late and book == "work_orders":
            stepping += 1
            if stepping > STEPS_BATCH or await _is_moved_on(tx, wait, state.late):
                continue
        fact = overstayed_fact(wait, tx.now)
        reason = f"“{state.name}”已超过等待时限"
        told.append(Told(of=wait, step="wait-over", reason=reason, telling=_telling(wait, fact)))
    if told:
        await end_waits(tx, book, [each.of.id for each in told])
        await keep_told(tx, book, told)
        await note_alarms(tx, book, [_alarmed(each) for each in told])


def _alarmed(told: Told) -> Alarmed:
    match told.telling.fact:
        case DeadlineEscalated(to=to):
            return Alarmed(work_id=told.of.id, kind="escalated", to=to)
        case DeadlineWarned(level=level):
            return Alarmed(work_id=told.of.id, kind=level)
        case DeadlineMissed():
            return Alarmed(work_id=told.of.id, kind="missed")
    return Alarmed(work_id=told.of.id, kind="overstayed")


async def _is_moved_on(tx: Transaction, wait: OverWait, step: str) -> bool:
    """Take the step that its process names; False when it refuses, so that one cannot keep all others waiting."""
    order = await get_work_order(tx, wait.id)
    try:
        await advance(tx, order, step, actor=None, form={})
    except ProblemError:
        return False
    return True


def _telling(of: DueAlarm | OverWait, fact: Fact) -> Telling:
    return Telling(
        fact=fact,
        aggregate_id=of.id,
        sequence=of.version + 1,
        division=of.division,
        department=of.department,
    )
