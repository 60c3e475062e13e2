from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.domain.channels import FiguresSaid
from catalog.repository.channel_figures import judge_figures, keep_figures
from chassis.transaction import Transaction

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

    Raises ChannelNotYoursError, FutureDayError, NothingReportedError, ChannelNotThereError, CorrectionReasonError,
    CumulativeFallsError.
    """
    wanted = {"": command.figures, **command.divisions}
    said = [
        FiguresSaid(day=command.day, division=division, figures=figures, reason=command.reason)
        for division, figures in wanted.items()
    ]
    judged = await judge_figures(tx, command.channel, said, scopes=tx.principal.scopes)
    for problem in judged.problems.values():
        raise problem
    await keep_figures(tx, judged)
