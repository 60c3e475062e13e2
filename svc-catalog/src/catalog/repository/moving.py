"""Items that follow a power when it moves: the receiver's enters into force, the giver's leaves it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, tuple_

from catalog.domain.item import Item, ItemState
from catalog.domain.powers import PowerContent, Standing
from catalog.repository.in_force import enter_into_force, leave_force
from catalog.repository.items import (
    add_item,
    add_step,
    add_version,
    get_item,
    get_version,
    keep_departments,
    store_item,
)
from catalog.tables.items import items, published_items
from catalog.tables.powers import item_moves, power_versions
from catalog.tellings import tell_published, tell_withdrawn
from chassis.errors import FieldFault, NotFoundError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.guide import Guide


async def linked_items(tx: Transaction, power: PowerContent) -> list[UUID]:
    """The items in force that this department does by this power: those named, and those of its basic code."""
    t = published_items.c
    named: ColumnElement[bool] = t.id.in_(power.item_ids)
    if power.basic_code is not None:
        # 12 characters of the implementation code after the department's 18 and the level (domain.md 1.2).
        named = or_(named, func.substr(t.item_code, 20, 12) == power.basic_code)
    found = select(t.id).where(
        t.is_open, t.department == power.department, t.division == power.division, named
    )
    return [row.id for row in await tx.all(found.order_by(t.id))]


async def item_on_line(tx: Transaction, guide: Guide) -> UUID | None:
    """The item that a guide speaks of, drafts of others included: for who reaches everything."""
    t = items.c
    found = select(t.id).where(
        t.item_code == guide.item_code,
        t.division == guide.division,
        t.department == guide.department,
    )
    item_id: UUID | None = await tx.scalar(found)
    return item_id


async def published_on_line(
    tx: Transaction, item_code: str, division: str, department: str
) -> UUID | None:
    """The item that was published once under this code at this department, in force or not."""
    t = published_items.c
    found = select(t.id).where(
        t.department == department, t.division == division, t.item_code == item_code
    )
    item_id: UUID | None = await tx.scalar(found)
    return item_id


async def published_place(tx: Transaction, item_id: UUID) -> Row[Any] | None:
    """Code, department and division of an item that was published once, as the public knows them."""
    t = published_items.c
    found = select(t.id, t.item_code, t.department, t.department_name, t.division)
    return await tx.one_or_none(found.where(t.id == item_id))


async def guide_of(tx: Transaction, item_id: UUID) -> tuple[Item, Guide | None]:
    """An item, locked, and the last guide that was published of it."""
    item = await get_item(tx, item_id)
    if item.published_number is None:
        return item, None
    return item, (await get_version(tx, item_id, item.published_number)).guide


async def take_in(tx: Transaction, item_id: UUID, guide: Guide, *, why: str) -> Item:
    """Put a guide in force as the next version of an item, which is made when it is not there yet."""
    seen = None
    try:
        item = await get_item(tx, item_id)
        seen = item.version
    except NotFoundError:
        item = Item.create(guide, id=item_id, at=tx.now)
    version = item.take_over(guide, id=new_id(), by=tx.principal.subject, at=tx.now)
    if seen is None:
        add_item(tx, item)
    else:
        store_item(tx, item, seen=seen)
    add_version(tx, item, version)
    await keep_departments(tx, [guide])
    await enter_into_force(tx, [(item, version)])
    add_step(tx, item, step="moved-here", reason=why, number=version.number)
    tell_published(tx, item, version)
    return item


def note_return(tx: Transaction, item: Item, *, why: str) -> None:
    """An item that is open already is done for one more place: its page says so, its guide stays as it is."""
    item.take_step()
    store_item(tx, item)
    assert item.published_number is not None, "an open item was published"
    add_step(tx, item, step="moved-here", reason=why, number=item.published_number)


async def let_go(tx: Transaction, item_id: UUID, *, why: str) -> Item:
    """An item takes no new applications because its power is elsewhere; one that took none stays as it is."""
    item = await get_item(tx, item_id)
    if item.state is not ItemState.PUBLISHED:
        return item
    item.withdraw()
    number = item.published_number
    assert number is not None, "an item that can be withdrawn was published"
    version = await get_version(tx, item.id, number)
    store_item(tx, item)
    await leave_force(tx, item)
    add_step(tx, item, step="moved", reason=why, number=number)
    tell_withdrawn(tx, item, version)
    return item


async def moved_faults(tx: Transaction, guides: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order: an item whose power is elsewhere comes back by an adjustment, not by publishing."""
    lines = [(guide.item_code, guide.division, guide.department) for guide in guides]
    later = item_moves.alias()
    came_back = exists().where(
        later.c.to_item_id == item_moves.c.from_item_id, later.c.moved_at > item_moves.c.moved_at
    )
    found = (
        select(items.c.item_code, items.c.division, items.c.department)
        .join(item_moves, item_moves.c.from_item_id == items.c.id)
        .join(
            power_versions,
            and_(
                power_versions.c.adjustment_id == item_moves.c.adjustment_id,
                power_versions.c.in_force_until.is_(None),
                power_versions.c.standing.in_(
                    (Standing.DELEGATED_OUT, Standing.ENTRUSTED_OUT, Standing.CANCELLED)
                ),
                power_versions.c.department == items.c.department,
            ),
        )
        .where(
            tuple_(items.c.item_code, items.c.division, items.c.department).in_(lines), ~came_back
        )
    )
    gone = {tuple(row) for row in await tx.all(found)}
    fault = FieldFault(
        pointer="/guide/item_code",
        code="power-moved",
        zh="该事项的职权已调整到其他部门，不能再发布；如需恢复请先提出“收回”调整",
        en="The power behind this item is elsewhere; take it back by an adjustment first",
    )
    return [(fault,) if line in gone else () for line in lines]
