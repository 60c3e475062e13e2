"""Reads of items, their versions and places, for screens and lists; they never write."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    func,
    not_,
    or_,
    select,
    true,
)

from catalog.domain.drafts import ENDED, VersionState
from catalog.queries.history import open_on
from catalog.tables.history import item_spans
from catalog.tables.items import (
    departments,
    divisions,
    halls,
    item_versions,
    items,
    published_items,
)
from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.transaction import Transaction

_LISTED = tuple(column for column in published_items.c if column.name != "is_four_exempt")


@dataclass(frozen=True, kw_only=True)
class ItemFilter:
    """Which published items; what is left out filters nothing."""

    division: str = ""
    """With everything below it."""
    department: str = ""
    managing_area: str = ""
    task_type: str = ""
    audience: str = ""
    channel: str = ""
    on_application: bool | None = None
    four_exempt: bool | None = None
    show_code: bool | None = None
    one_window: bool | None = None
    cross_region: bool | None = None
    visits_max: int | None = None
    online_depth_min: int | None = None
    has_statutory_days: bool | None = None
    on_any_channel: bool | None = None
    theme: str = ""
    life_event: str = ""
    basic_code: str = ""
    use_level: str = ""
    handling_form: str = ""
    spares: str = ""
    """One of the four (四免) that some material is spared."""
    four_exempt_way: str = "any"
    """What makes an item four-exempt: the rule of that name."""
    last_day: date | None = None
    """In force at the end of this day; None: now."""


def conditions_of(wanted: ItemFilter, table: Table = published_items) -> list[ColumnElement[bool]]:
    """A filter as conditions on what is in force: on published items, or on spans at the filter's day."""
    return [*_in_force(wanted, table), *_facts(wanted, table)]


def _in_force(wanted: ItemFilter, table: Table) -> list[ColumnElement[bool]]:
    t = table.c
    if table is published_items:
        return [t.is_open.is_(True)]
    if wanted.last_day is None:
        return [t.valid_to.is_(None)]
    return [open_on(t.valid_from, t.valid_to, wanted.last_day)]


def _facts(wanted: ItemFilter, table: Table) -> list[ColumnElement[bool]]:
    t = table.c
    found: list[ColumnElement[bool]] = []
    if wanted.division:
        found.append(t.division.startswith(subtree_prefix(wanted.division), autoescape=True))
    for column, text in (
        (t.department, wanted.department),
        (t.managing_area, wanted.managing_area),
        (t.task_type, wanted.task_type),
        (t.basic_code, wanted.basic_code),
        (t.use_level, wanted.use_level),
    ):
        if text:
            found.append(column == text)
    for column, text in (
        (t.audience, wanted.audience),
        (t.channels, wanted.channel),
        (t.themes, wanted.theme),
        (t.life_events, wanted.life_event),
        (t.handling_forms, wanted.handling_form),
    ):
        if text:
            found.append(column.contains([text]))
    return [*found, *_flags(wanted, table), *_bounds(wanted, table)]


def _flags(wanted: ItemFilter, table: Table) -> list[ColumnElement[bool]]:
    t = table.c
    flags = (
        (t.is_on_application, wanted.on_application),
        (four_exempt_column(wanted, table), wanted.four_exempt),
        (t.is_show_code, wanted.show_code),
        (t.is_one_window, wanted.one_window),
        (t.is_cross_region, wanted.cross_region),
    )
    return [column.is_(flag) for column, flag in flags if flag is not None]


def four_exempt_column(wanted: ItemFilter, table: Table) -> Column[Any]:
    """Both readings of the rule are kept, so that a change of it counts at once and at every past date."""
    is_every = wanted.four_exempt_way == "every"
    return table.c["is_exempt_throughout" if is_every else "is_four_exempt"]


def _bounds(wanted: ItemFilter, table: Table) -> list[ColumnElement[bool]]:
    t = table.c
    found: list[ColumnElement[bool]] = []
    if wanted.spares:
        found.append(t[f"spared_{wanted.spares}s"] > 0)
    if wanted.visits_max is not None:
        found.append(t.visits <= wanted.visits_max)
    if wanted.online_depth_min is not None:
        found.append(t.online_depth >= wanted.online_depth_min)
    if wanted.has_statutory_days is not None:
        found.append((func.coalesce(t.statutory_days, 0) > 0) == wanted.has_statutory_days)
    if wanted.on_any_channel is not None:
        found.append((func.cardinality(t.channels) > 0) == wanted.on_any_channel)
    return found


async def with_rules(tx: Transaction, wanted: ItemFilter) -> ItemFilter:
    """The filter as the rules in force read it."""
    return replace(wanted, four_exempt_way=await tx.rule("four-exempt-way"))


def listed(wanted: ItemFilter) -> Select[Any]:
    """Items in force with the name of their division; with a day those that were in force at its end, as they were."""
    if wanted.last_day is not None:
        return _listed_at(wanted)
    return (
        select(
            *_LISTED,
            four_exempt_column(wanted, published_items).label("is_four_exempt"),
            divisions.c.name.label("division_name"),
        )
        .outerjoin(divisions, divisions.c.code == published_items.c.division)
        .where(*conditions_of(wanted))
    )


def list_order(wanted: ItemFilter) -> list[Column[Any]]:
    """What a list of items is ordered and continued by."""
    return [published_items.c.id if wanted.last_day is None else item_spans.c.item_id]


def _listed_at(wanted: ItemFilter) -> Select[Any]:
    guide = item_versions.c.guide
    return (
        select(
            *(c for c in item_spans.c if c.name not in {"id", "is_four_exempt"}),
            four_exempt_column(wanted, item_spans).label("is_four_exempt"),
            item_spans.c.item_id.label("id"),
            guide["name"].astext.label("name"),
            guide["item_code"].astext.label("item_code"),
            guide["original_code"].astext.label("original_code"),
            guide["main_item"].astext.label("main_item"),
            guide["department_name"].astext.label("department_name"),
            item_versions.c.published_at,
            published_items.c.keywords,
            divisions.c.name.label("division_name"),
        )
        .join(published_items, published_items.c.id == item_spans.c.item_id)
        .join(
            item_versions,
            and_(
                item_versions.c.item_id == item_spans.c.item_id,
                item_versions.c.number == item_spans.c.number,
            ),
        )
        .outerjoin(divisions, divisions.c.code == item_spans.c.division)
        .where(*conditions_of(wanted, item_spans))
    )


def item_with_version(item_id: UUID, number: int | None) -> Select[Any]:
    """An item and one published version of its guide: the one in force unless a number is given."""
    wanted = items.c.published_number if number is None else number
    return (
        select(
            items,
            item_versions.c.id.label("item_version_id"),
            item_versions.c.number,
            item_versions.c.guide,
            item_versions.c.published_at,
            item_versions.c.effective_from,
        )
        .join(
            item_versions,
            and_(item_versions.c.item_id == items.c.id, item_versions.c.number == wanted),
        )
        .where(items.c.id == item_id, item_versions.c.state == VersionState.PUBLISHED)
    )


async def one_row(tx: Transaction, statement: Select[Any]) -> Row[Any]:
    """Exactly one row; raises NotFoundError."""
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


def published_item(item_id: UUID) -> Select[Any]:
    """An item that was published once, withdrawn or not."""
    return select(items).where(items.c.id == item_id, items.c.published_number.is_not(None))


def versions_of(item_id: UUID) -> Select[Any]:
    return select(item_versions).where(
        item_versions.c.item_id == item_id, item_versions.c.state == VersionState.PUBLISHED
    )


def drafts_of(item_id: UUID) -> Select[Any]:
    """Versions that are not in force yet, in whichever state they wait; none that was discarded."""
    t = item_versions.c
    return select(item_versions).where(t.item_id == item_id, *_waiting())


def one_draft(item_id: UUID, number: int) -> Select[Any]:
    """A version that is not in force, a discarded one too: its content may begin another draft."""
    t = item_versions.c
    return select(item_versions).where(
        t.item_id == item_id, t.number == number, t.state != VersionState.PUBLISHED
    )


def _waiting() -> tuple[ColumnElement[bool], ...]:
    # The first condition alone is what the partial index asks for.
    t = item_versions.c
    return t.state != VersionState.PUBLISHED, t.state.not_in(ENDED)


def waiting_drafts(
    *, state: str, drafter: str, to_check_by: str, item_id: UUID | None = None
) -> Select[Any]:
    """Versions that wait, of every item within reach, or those discarded when asked for; `to_check_by`: submitted ones that this person did not write."""
    t = item_versions.c
    found = select(item_versions).where(t.state != VersionState.PUBLISHED)
    found = found.where(t.state == state) if state else found.where(*_waiting())
    if item_id is not None:
        found = found.where(t.item_id == item_id)
    if drafter:
        found = found.where(t.drafters.contains([drafter]))
    if to_check_by:
        found = found.where(
            t.state == VersionState.SUBMITTED, not_(t.drafters.contains([to_check_by]))
        )
    return found


def any_version(item_id: UUID, number: int) -> Select[Any]:
    """A version of an item within reach, in force or not."""
    return select(item_versions).where(
        item_versions.c.item_id == item_id, item_versions.c.number == number
    )


def divisions_below(division: str) -> Select[Any]:
    prefix = subtree_prefix(division)
    # A functional district has a code of letters; it lies where its parent lies.
    below = or_(divisions.c.code.startswith(prefix), divisions.c.parent.startswith(prefix))
    condition = below if division else true()
    return select(divisions).where(condition)


def departments_in(division: str) -> Select[Any]:
    condition = departments.c.division.startswith(subtree_prefix(division)) if division else true()
    return select(departments).where(condition)


def halls_in(division: str) -> Select[Any]:
    condition = halls.c.division.startswith(subtree_prefix(division)) if division else true()
    return select(halls).where(condition)


def hall(code: str) -> Select[Any]:
    return select(halls).where(halls.c.code == code)


def guides_after(item_id: UUID | None, *, limit: int) -> Select[Any]:
    """Guides in force, in the order of their items' ids, after the one last seen."""
    statement = (
        select(published_items.c.id, item_versions.c.guide)
        .join(
            item_versions,
            and_(
                item_versions.c.item_id == published_items.c.id,
                item_versions.c.number == published_items.c.number,
            ),
        )
        .where(published_items.c.is_open)
        .order_by(published_items.c.id)
        .limit(limit)
    )
    return statement if item_id is None else statement.where(published_items.c.id > item_id)
