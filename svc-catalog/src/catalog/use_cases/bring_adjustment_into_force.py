from collections.abc import Sequence
from uuid import UUID

from catalog.domain.adjustments import KIND_WORDS, Adjustment, Receiver
from catalog.domain.item import ItemState
from catalog.domain.moving import received_guide, received_power
from catalog.domain.power_cuts import with_late_items
from catalog.domain.powers import Power, PowerContent, Standing
from catalog.repository.adjustments import (
    MovedGuide,
    add_moves,
    add_step,
    get_adjustment,
    guides_of,
    store_adjustment,
    store_parties,
)
from catalog.repository.moving import (
    guide_of,
    item_on_line,
    let_go,
    linked_items,
    note_return,
    take_in,
)
from catalog.repository.moving_facts import moves_back
from catalog.repository.power_cuts import merged_powers
from catalog.repository.powers import get_power, keep_listed, powers_at
from catalog.tellings_of_powers import tell_moved
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem
from contracts.guide import Guide


async def bring_adjustment_into_force(adjustment: Adjustment, tx: Transaction) -> None:
    """The effective minute has come (生效): list, items and facts change together, or not at all."""
    if adjustment.power_id is None:
        power, items = await _add(adjustment, tx)
        adjustment.power_id = power.id
    else:
        power = await get_power(tx, adjustment.power_id)
        if adjustment.kind != "take-back":
            power.check_in_force()
        items = await _EFFECTS[adjustment.kind](adjustment, power, tx)
    adjustment.take_effect(at=tx.now)
    store_adjustment(tx, adjustment)
    add_moves(tx, adjustment.id, [(item.from_item_id, item.to_item_id) for item in items])
    add_step(tx, adjustment, step="in-force", reason=_why(adjustment))
    tell_moved(tx, adjustment, power, items)


def _why(adjustment: Adjustment) -> str:
    words = KIND_WORDS[adjustment.kind]
    return f"职权{words}：{adjustment.terms.document_number}（{adjustment.number}）"


async def _list(
    adjustment: Adjustment, power: Power, content: PowerContent, standing: Standing, tx: Transaction
) -> None:
    """The next version of a power, holding from the effective minute."""
    seen = power.version if power.latest is not None else None
    power.list_as(
        content,
        id=new_id(),
        standing=standing,
        at=tx.now,
        since=adjustment.effective_at,
        why=_why(adjustment),
        adjustment_id=adjustment.id,
    )
    await keep_listed(tx, power, seen=seen)


async def _add(adjustment: Adjustment, tx: Transaction) -> tuple[Power, list[MovedItem]]:
    """新增、承接: a new line of the list, and the items that were drafted for it."""
    content = adjustment.terms.content
    assert content is not None, "an adjustment without a power names its content"
    power = Power.create(id=new_id(), at=tx.now)
    items = []
    for moved in await guides_of(tx, adjustment.id):
        assert moved.guide is not None, "what is new was drafted"
        items.append(await _take_in(adjustment, moved, moved.guide, tx))
    made = tuple(item.to_item_id for item in items if item.to_item_id is not None)
    content = content.model_copy(update={"item_ids": (*content.item_ids, *made)})
    await _list(adjustment, power, content, Standing.IN_FORCE, tx)
    return power, items


async def _take_in(
    adjustment: Adjustment, moved: MovedGuide, guide: Guide, tx: Transaction
) -> MovedItem:
    """The receiver's item in force; a draft that the receiver made meanwhile under this code is that item."""
    item_id = await item_on_line(tx, guide) or moved.to_item_id
    item = await take_in(tx, item_id, guide, why=_why(adjustment))
    return MovedItem(
        from_item_id=moved.from_item_id,
        to_item_id=item.id,
        to_division=guide.division,
        to_department=guide.department,
        to_item_code=guide.item_code,
        to_department_name=guide.department_name,
    )


async def _move_down(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """下放、委托: every receiver's items and powers come into force, the giver's leave it."""
    giver = power.content
    receivers = {p.receiver.department: p.receiver for p in adjustment.receivers}
    items = []
    for moved in await guides_of(tx, adjustment.id):
        guide = await _received(adjustment, moved, receivers[moved.department], tx)
        if guide is not None:
            items.append(await _take_in(adjustment, moved, guide, tx))
    names = "、".join(receiver.department_name for receiver in receivers.values())
    for item_id in sorted({item.from_item_id for item in items if item.from_item_id}):
        await let_go(tx, item_id, why=f"{_why(adjustment)}；现由{names}办理")
    contents = [
        received_power(giver, receiver, adjustment.kind).model_copy(
            update={"item_ids": _items_at(items, receiver.department)}
        )
        for receiver in receivers.values()
    ]
    known = await powers_at(tx, [content.line for content in contents])
    for content in contents:
        received = known.get(content.line) or Power.create(id=new_id(), at=tx.now)
        await _list(adjustment, received, content, Standing.IN_FORCE, tx)
    out = Standing.ENTRUSTED_OUT if adjustment.kind == "entrust" else Standing.DELEGATED_OUT
    await _list(adjustment, power, giver, out, tx)
    return items


async def _received(
    adjustment: Adjustment, moved: MovedGuide, receiver: Receiver, tx: Transaction
) -> Guide | None:
    """The receiver's own guide, else the giver's as it stands at this minute; None: it was never published."""
    if moved.guide is not None:
        return moved.guide
    assert moved.from_item_id is not None, "a guide without an origin was drafted"
    _, guide = await guide_of(tx, moved.from_item_id)
    if guide is None:
        return None
    return received_guide(guide, receiver, item_code=moved.to_item_code, kind=adjustment.kind)


def _items_at(items: list[MovedItem], department: str) -> tuple[UUID, ...]:
    return tuple(
        item.to_item_id
        for item in items
        if item.to_department == department and item.to_item_id is not None
    )


async def _take_back(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """收回: items and powers of those from whom it is taken end, and the giver exercises it again.

    Others who received it by the same adjustment keep it.
    """
    assert adjustment.terms.takes_back is not None, "a taking back names what it takes back"
    earlier = await get_adjustment(tx, adjustment.terms.takes_back)
    departments = [party.receiver.department for party in adjustment.receivers]
    earlier.be_taken_back(departments, by=adjustment.id, at=tx.now)
    store_adjustment(tx, earlier)
    store_parties(tx, earlier)
    step = "partly-taken-back" if earlier.holders else "superseded"
    add_step(tx, earlier, step=step, reason=_why(adjustment))
    items = await _items_back(adjustment, earlier, tx)
    for item_id in sorted({item.from_item_id for item in items if item.from_item_id}):
        await let_go(
            tx, item_id, why=f"{_why(adjustment)}；现由{power.content.department_name}办理"
        )
    for item_id in sorted({item.to_item_id for item in items if item.to_item_id}):
        item, guide = await guide_of(tx, item_id)
        assert guide is not None, "an item that moved was published"
        if item.state is ItemState.PUBLISHED:
            note_return(tx, item, why=_why(adjustment))
        else:
            await take_in(tx, item_id, guide, why=_why(adjustment))
    content = power.content
    if earlier.kind == "carry-out-for":
        items = await _mark(adjustment, power, None, tx)
        content = content.model_copy(update={"managing_area": None})
    lines = [
        (content.code, p.receiver.division, p.receiver.department) for p in adjustment.receivers
    ]
    for received in (await powers_at(tx, lines)).values():
        if received.standing is Standing.IN_FORCE:
            await _list(adjustment, received, received.content, Standing.CANCELLED, tx)
    await _list(adjustment, power, content, Standing.IN_FORCE, tx)
    return items


async def _items_back(
    adjustment: Adjustment, earlier: Adjustment, tx: Transaction
) -> list[MovedItem]:
    return [] if earlier.kind == "carry-out-for" else await moves_back(tx, adjustment)


async def _carry_out_for(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """代实施: nothing moves; list and guides say for which functional district it is carried out."""
    area = adjustment.terms.managing_area
    items = await _mark(adjustment, power, area, tx)
    content = power.content.model_copy(update={"managing_area": area})
    await _list(adjustment, power, content, Standing.IN_FORCE, tx)
    return items


async def _mark(
    adjustment: Adjustment, power: Power, area: str | None, tx: Transaction
) -> list[MovedItem]:
    for item_id in await linked_items(tx, power.content):
        _, guide = await guide_of(tx, item_id)
        assert guide is not None, "an item in force was published"
        marked = guide.model_copy(update={"managing_area": area, "effective_from": None})
        await take_in(tx, item_id, marked, why=_why(adjustment))
    return []


async def _change(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """变更要素: the next version of the line; its items are their department's to change."""
    content = adjustment.terms.content
    assert content is not None, "a change names its content"
    await _list(adjustment, power, content, Standing.IN_FORCE, tx)
    return []


async def _cancel(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """取消: the line ends, and its items take no new applications."""
    items = []
    for item_id in await linked_items(tx, power.content):
        await let_go(tx, item_id, why=_why(adjustment))
        items.append(
            MovedItem(from_item_id=item_id, to_item_id=None, to_division="", to_department="")
        )
    await _list(adjustment, power, power.content, Standing.CANCELLED, tx)
    return items


async def _merge(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """合并: one line with the items of all; the other lines end. Nobody else does anything."""
    content = adjustment.terms.content
    assert content is not None, "a merge names its content"
    merged = await merged_powers(tx, power, adjustment.terms)
    items = [item_id for one in merged for item_id in await linked_items(tx, one.content)]
    content = content.model_copy(
        update={"item_ids": tuple(dict.fromkeys((*content.item_ids, *items)))}
    )
    await _cut(adjustment, merged, [content], tx)
    return []


async def _split(adjustment: Adjustment, power: Power, tx: Transaction) -> list[MovedItem]:
    """拆分: several lines, each with its items; the old line ends, unless a part goes on under its code."""
    linked = await linked_items(tx, power.content)
    await _cut(adjustment, [power], with_late_items(adjustment.terms.parts, linked), tx)
    return []


async def _cut(
    adjustment: Adjustment, before: Sequence[Power], after: Sequence[PowerContent], tx: Transaction
) -> None:
    old = {power.content.line: power for power in before}
    known = {**await powers_at(tx, [content.line for content in after]), **old}
    for content in after:
        power = known.get(content.line) or Power.create(id=new_id(), at=tx.now)
        await _list(adjustment, power, content, Standing.IN_FORCE, tx)
    lines = {content.line for content in after}
    for line, power in old.items():
        if line not in lines:
            await _list(adjustment, power, power.content, Standing.CANCELLED, tx)


_EFFECTS = {
    "cancel": _cancel,
    "change": _change,
    "move-down": _move_down,
    "entrust": _move_down,
    "take-back": _take_back,
    "carry-out-for": _carry_out_for,
    "merge": _merge,
    "split": _split,
}
