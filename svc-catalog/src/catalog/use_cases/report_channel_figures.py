from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.channels import (
    MEASURES,
    CorrectionReasonError,
    Span,
    check_day_figures,
    falling,
    may_report,
)
from catalog.repository.channels import (
    add_figures,
    close_alarm,
    current_figures,
    get_channel,
    neighbours,
)
from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.transaction import Transaction
from contracts.events.catalog import ChannelFiguresReported
from contracts.vocabulary import Role

Measures = Mapping[str, int | None]


@dataclass(frozen=True, kw_only=True)
class ReportChannelFigures:
    channel: str
    day: date
    figures: Measures
    divisions: Mapping[str, Measures]
    reason: str


async def report_channel_figures(command: ReportChannelFigures, tx: Transaction) -> None:
    """A channel's figures of a day; a correction keeps the earlier report, with who made it and why.

    Raises ChannelNotYoursError, FutureDayError, NothingReportedError, CorrectionReasonError.
    """
    principal = tx.principal
    may_report(command.channel, is_partner=Role.PARTNER in principal.roles, scopes=principal.scopes)
    channel = await get_channel(tx, command.channel)
    span = Span(since=channel.since, until=channel.until)
    today = local_date(tx.now)
    for figures in (command.figures, *command.divisions.values()):
        check_day_figures(command.day, figures, today=today, span=span)
    wanted = {"": command.figures, **command.divisions}
    known = await current_figures(tx, command.channel, command.day, list(wanted))
    changed = {d: f for d, f in wanted.items() if not _is_same(known.get(d), f)}
    if any(division in known for division in changed) and not command.reason:
        raise CorrectionReasonError
    if not command.reason:
        await _check_course(command, tx)
    first_id: UUID | None = None
    for division, figures in changed.items():
        values = {"channel": command.channel, "day": command.day, "division": division}
        report_id = await add_figures(
            tx,
            values | {measure: figures.get(measure) for measure in MEASURES},
            before=known.get(division),
            reason=command.reason,
        )
        first_id = first_id or report_id
    await close_alarm(tx, command.channel, command.day)
    if first_id is not None:
        _tell(command, tx, first_id)


async def _check_course(command: ReportChannelFigures, tx: Transaction) -> None:
    """Refuse a cumulative measure that falls, unless a reason is given."""
    before, after = await neighbours(tx, command.channel, command.day)
    kinds = await tx.rule("channel-measures")
    faults = falling(command.figures, before=before, after=after, kinds=kinds)
    if faults:
        raise InvalidError(
            "累计数与前后日期不一致，请核对；确属更正的请填写 reason",
            "A cumulative figure does not fit the days around it; check it, or say why in `reason`",
            code="cumulative-falls",
            faults=tuple(faults),
        )


def _is_same(row: Row[Any] | None, figures: Measures) -> bool:
    return row is not None and all(
        getattr(row, measure) == figures.get(measure) for measure in MEASURES
    )


def _tell(command: ReportChannelFigures, tx: Transaction, report_id: UUID) -> None:
    tx.tell(
        ChannelFiguresReported(
            channel=command.channel,
            day=command.day,
            users=command.figures.get("users"),
            visits=command.figures.get("visits"),
            cases=command.figures.get("cases"),
            reported_at=tx.now,
        ),
        aggregate_id=report_id,
        sequence=1,
    )
