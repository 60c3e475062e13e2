"""What stands in the way of merging or splitting powers, as the list is now. Never commits."""

from catalog.domain.adjustments import Kind, Terms
from catalog.domain.faults import field_fault
from catalog.domain.power_cuts import merge_faults, split_faults
from catalog.domain.powers import Power, PowerContent, Standing, content_faults
from catalog.repository.moving import linked_items
from catalog.repository.powers import get_power, powers_at, stages_by_type
from chassis.errors import FieldFault
from chassis.transaction import Transaction


async def merged_powers(tx: Transaction, power: Power, terms: Terms) -> list[Power]:
    """The powers that go into one, the adjusted one first, all in force; raises PowerNotInForceError, NotFoundError."""
    powers = [power]
    for power_id in terms.merges:
        other = await get_power(tx, power_id)
        other.check_in_force()
        powers.append(other)
    return powers


async def contents_faults(tx: Transaction, terms: Terms) -> list[FieldFault]:
    """Each mandatory part that is missing in the powers that terms name whole."""
    named = [("/terms/content", terms.content)] if terms.content is not None else []
    named += [(f"/terms/parts/{place}", part) for place, part in enumerate(terms.parts)]
    if not named:
        return []
    stages = await stages_by_type(tx)
    return [
        fault
        for pointer, content in named
        for fault in content_faults(content, stages, pointer=pointer)
    ]


async def cut_faults(
    tx: Transaction, kind: Kind, power: Power | None, terms: Terms
) -> list[FieldFault]:
    """For a merge or split, everything that is wrong with it; nothing for other kinds."""
    if power is None or kind not in {"merge", "split"}:
        return []
    if kind == "merge":
        if terms.content is None:
            return []
        contents = [each.content for each in await merged_powers(tx, power, terms)]
        becoming = [terms.content]
        found = merge_faults(contents, terms.content)
    else:
        contents, becoming = [power.content], list(terms.parts)
        found = split_faults(power.content, terms.parts, await linked_items(tx, power.content))
    return [*found, *await _taken(tx, contents, becoming)]


async def _taken(
    tx: Transaction, before: list[PowerContent], becoming: list[PowerContent]
) -> list[FieldFault]:
    """Lines that another power in force has already."""
    own = {content.line for content in before}
    wanted = [content.line for content in becoming if content.line not in own]
    known = await powers_at(tx, wanted) if wanted else {}
    return [
        field_fault(
            "/terms",
            "power-listed",
            f"编码 {line[0]} 已在清单中，请另用编码",
            "this code is on the list already; take another",
        )
        for line, other in known.items()
        if other.standing is not Standing.CANCELLED
    ]
