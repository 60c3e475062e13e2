from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import ForbiddenError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.vocabulary import Role
from workorder.domain.staff_day import FILTERS_MAX, TooManyFiltersError
from workorder.repository.saved_filters import add_filter_step, filters_kept, own_filter
from workorder.tables import saved_filters


class SharedByHeadError(ForbiddenError):
    code = "shared-by-head"
    title_zh = "共享筛选条件须由部门负责人保存；您可以保存为自己的"
    title_en = "A filter for the whole department is saved by its head; keep it as your own instead"


@dataclass(frozen=True, kw_only=True)
class SaveFilter:
    name: str
    filter: Mapping[str, Any]
    is_shared: bool
    filter_id: UUID | None = None
    """None: a new one."""


async def save_filter(command: SaveFilter, tx: Transaction) -> UUID:
    """Keep a filter, or change one's own; a head may share it with the department. Returns its id."""
    if command.is_shared and Role.DEPARTMENT_HEAD not in tx.principal.roles:
        raise SharedByHeadError
    values = {
        "name": command.name,
        "filter": dict(command.filter),
        "is_shared": command.is_shared,
    }
    if command.filter_id is None:
        if await filters_kept(tx) >= FILTERS_MAX:
            raise TooManyFiltersError
        filter_id = new_id()
        tx.insert(
            saved_filters,
            id=filter_id,
            owner_id=UUID(tx.principal.owner_id),
            department=tx.principal.department,
            created_at=tx.now,
            removed_at=None,
            version=1,
            **values,
        )
        add_filter_step(tx, filter_id, step="saved", state="kept", reason=command.name)
        return filter_id
    row = await own_filter(tx, command.filter_id)
    tx.update(
        saved_filters,
        match={"id": row.id, "version": row.version},
        version=row.version + 1,
        **values,
    )
    add_filter_step(tx, row.id, step="changed", state="kept", reason=command.name)
    return command.filter_id
