"""A row of history: who took a step, when, why, from which channel, and the state after it.

Rows are added, never changed. A service declares the table beside the one whose history it is, adds rows in
the transaction that takes the step, and answers them oldest first.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, DateTime, ForeignKey, Index, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import UUID

from chassis.cursors import Cursors
from chassis.ids import new_id
from chassis.paging import PageQuery, page_of
from chassis.schemas import Out, Page
from chassis.transaction import Transaction


class StepOut(Out):
    # A comment, as a docstring would stand in every contract: which kind of actor took a step is shown, who
    # it was stays inside. A service narrows `state` to its own states and adds its own columns.
    step: str
    state: str
    actor_kind: str
    reason: str
    channel: str
    taken_at: datetime


S = TypeVar("S", bound=StepOut)


def steps_table(
    metadata: MetaData, name: str, *, of: Table, column: str, extra: Sequence[Column[Any]] = ()
) -> Table:
    """The history of the rows of one table: `column` refers to its id, `extra` says what else a step keeps.

    The table has no reach of its own: it is read only after the row itself was read within reach.
    """
    parent = Column(column, UUID(as_uuid=True), ForeignKey(of.c.id), nullable=False)
    index = f"{name}_{column.removesuffix('_id')}"
    return _history(metadata, name, of=[parent], index=index, extra=extra)


def mixed_steps_table(metadata: MetaData, name: str) -> Table:
    """One history for several tables: a step is `of_id`, which is of some `kind`. Read as `steps_table` is."""
    parents = [Column("kind", Text, nullable=False), Column("of_id", Text, nullable=False)]
    return _history(metadata, name, of=parents, index=f"{name}_of", extra=())


def step_row(
    tx: Transaction, *, of: Mapping[str, Any], step: str, state: str, reason: str, **extra: Any
) -> dict[str, Any]:
    """The columns of a step that the caller of this transaction takes now; for rows written in bulk."""
    return {
        "id": new_id(),
        **of,
        "step": step,
        "state": state,
        **extra,
        "actor_kind": tx.principal.kind,
        "actor_id": tx.principal.subject,
        "reason": reason,
        "channel": tx.principal.channel,
        "taken_at": tx.now,
    }


def add_step(
    tx: Transaction,
    table: Table,
    *,
    of: Mapping[str, Any],
    step: str,
    state: str,
    reason: str,
    **extra: Any,
) -> None:
    """Gather one row of history, in the same statement as the change it tells of."""
    tx.insert(table, **step_row(tx, of=of, step=step, state=state, reason=reason, **extra))


async def page_of_steps(
    tx: Transaction,
    table: Table,
    *,
    of: Mapping[str, Any],
    paging: PageQuery,
    cursors: Cursors,
    show: type[S],
    but: Collection[str] = (),
) -> Page[S]:
    """What happened to one row, oldest first; the caller has read that row within reach before.

    `but`: steps that this caller is not shown.
    """
    statement = select(table).where(*(table.c[name] == value for name, value in of.items()))
    if but:
        statement = statement.where(table.c.step.not_in(sorted(but)))
    return await page_of(
        tx,
        statement,
        by=[table.c.id],
        paging=paging,
        cursors=cursors,
        kind=" ".join([table.name, *map(str, of.values())]),
        show=show.model_validate,
        descending=False,
    )


def changed_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What a change changes, for its row of history: what it said before, and what it says now."""
    said = [
        f"{name}: {_said(before[name])} → {_said(value)}"
        for name, value in after.items()
        if before[name] != value
    ]
    return "；".join(said)


def _history(
    metadata: MetaData,
    name: str,
    *,
    of: Sequence[Column[Any]],
    index: str,
    extra: Sequence[Column[Any]],
) -> Table:
    return Table(
        name,
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        *of,
        Column("step", Text, nullable=False),
        Column("state", Text, nullable=False),
        *extra,
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False),
        Index(index, *(column.name for column in of), "id"),
    )


def _said(value: Any) -> str:
    return "（空）" if value is None or value == "" else str(value)[:200]
