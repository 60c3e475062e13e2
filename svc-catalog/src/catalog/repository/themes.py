"""Lists of themes in and out of PostgreSQL. Never commits."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from catalog.tables.themes import theme_steps, themes
from chassis.steps import step_row
from chassis.transaction import Transaction

KIND = "theme"
_LISTS = {"person-themes": "person", "enterprise-themes": "enterprise"}


async def theme_lists(tx: Transaction) -> dict[str, list[str]]:
    """The codes in use, by the names under which publishing rules ask for them."""
    t = themes.c
    rows = await tx.all(select(t.code, t.audience).where(t.in_use).order_by(t.code))
    found = {
        name: [row.code for row in rows if row.audience == audience]
        for name, audience in _LISTS.items()
    }
    return {**found, "themes": [row.code for row in rows]}


async def themes_of(tx: Transaction, codes: Collection[str]) -> dict[str, Row[Any]]:
    """Themes by code, locked until the end."""
    statement = select(themes).where(themes.c.code.in_(sorted(codes))).order_by(themes.c.code)
    return {row.code: row for row in await tx.all(statement.with_for_update())}


async def add_themes(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    await tx.insert_many(themes, [{**row, "version": 1, "changed_at": tx.now} for row in rows])


def store_theme(tx: Transaction, row: Row[Any], values: Mapping[str, Any]) -> None:
    match = {"code": row.code, "version": row.version}
    tx.update(themes, match=match, **values, version=row.version + 1, changed_at=tx.now)


async def add_theme_steps(
    tx: Transaction, steps: Sequence[tuple[str, str, str, str]], *, reason: str
) -> None:
    """Each: the theme's code, the step, the state after it, and what changed in words."""
    rows = [
        step_row(
            tx,
            of={"kind": KIND, "of_id": code},
            step=step,
            state=state,
            reason="；".join(part for part in (reason, words) if part)[:2_000],
        )
        for code, step, state, words in steps
    ]
    await tx.insert_many(theme_steps, rows)
