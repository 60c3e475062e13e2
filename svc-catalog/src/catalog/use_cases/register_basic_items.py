from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.domain.codes import basic_code_faults, read_basic_code
from catalog.repository.standards import (
    add_basic_item_steps,
    add_basic_items,
    basic_items_of,
    store_basic_item,
)
from chassis.errors import FieldFault, InvalidError
from chassis.ids import new_id
from chassis.steps import changed_in_words
from chassis.transaction import Transaction


class BasicItemRowsError(InvalidError):
    code = "basic-item-rows"
    title_zh = "基本目录清单有误，未作任何登记；请按 errors 逐行修改后重新提交"
    title_en = "The list of basic items has faults and nothing was registered; see errors"


@dataclass(kw_only=True)
class RegisteredBasicItems:
    added: int = 0
    corrected: int = 0
    unchanged: int = 0


async def register_basic_items(
    rows: Sequence[Mapping[str, Any]], tx: Transaction, *, reason: str
) -> RegisteredBasicItems:
    """Put basic items on the list (基本目录), or correct those with the same code: all rows or none."""
    faults = [fault for place, row in enumerate(rows) for fault in _faults(place, row, rows)]
    if faults:
        raise BasicItemRowsError(faults=tuple(faults))
    known = await basic_items_of(tx, {row["code"] for row in rows})
    done = RegisteredBasicItems()
    fresh, steps = [], []
    for row in rows:
        found = known.get(row["code"])
        if found is None:
            basic_item_id = new_id()
            fresh.append({"id": basic_item_id, **row, "version": 1})
            steps.append((basic_item_id, "registered", ""))
            done.added += 1
            continue
        words = changed_in_words({name: getattr(found, name) for name in row}, row)
        if not words:
            done.unchanged += 1
            continue
        store_basic_item(tx, found, **row)
        steps.append((found.id, "corrected", words))
        done.corrected += 1
    await add_basic_items(tx, fresh)
    await add_basic_item_steps(tx, steps, reason=reason)
    return done


def _faults(
    place: int, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> list[FieldFault]:
    faults = basic_code_faults(row["code"], f"/rows/{place}/code")
    parts = read_basic_code(row["code"])
    if parts is not None and parts.task_type != row["task_type"]:
        faults.append(
            FieldFault(
                pointer=f"/rows/{place}/task_type",
                code="code-disagrees",
                zh=f"事项类型与编码不一致：编码中为 {parts.task_type}",
                en=f"The task type inside the code is {parts.task_type}",
            )
        )
    first = next(other for other, one in enumerate(rows) if one["code"] == row["code"])
    if first != place:
        faults.append(
            FieldFault(
                pointer=f"/rows/{place}/code",
                code="code-twice",
                zh=f"编码与第 {first + 1} 行重复",
                en=f"The code stands in row {first + 1} already",
            )
        )
    return faults
