from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.transaction import Transaction
from datashare.domain.resource import Resource, ResourceOfOtherError
from datashare.repository import add_step, resource_columns, resources_by_code
from datashare.tables import data_resources


@dataclass(frozen=True, kw_only=True)
class Registered:
    created: int
    changed: int
    unchanged: int


async def register_resources(resources: Sequence[Resource], tx: Transaction) -> Registered:
    """Enter resources into the catalogue (编目), or bring them up to date; a code keeps its first provider."""
    known = await resources_by_code(tx, [resource.code for resource in resources])
    created = changed = 0
    for resource in resources:
        before = known.get(resource.code)
        if before is not None and before[0] == resource:
            continue
        if before is not None and before[0].provider_department != resource.provider_department:
            raise ResourceOfOtherError
        version = 1 if before is None else before[1] + 1
        created, changed = created + (before is None), changed + (before is not None)
        await _put(tx, resource, version)
        step = "registered" if before is None else "changed"
        reason = "目录登记" if before is None else "目录更新"
        add_step(tx, "resource", resource.code, step=step, state=resource.state, reason=reason)
    return Registered(
        created=created, changed=changed, unchanged=len(resources) - created - changed
    )


async def _put(tx: Transaction, resource: Resource, version: int) -> None:
    columns = {**resource_columns(resource), "changed_at": tx.now, "version": version}
    statement = upsert(data_resources).values(columns)
    kept = {name: value for name, value in columns.items() if name != "code"}
    await tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=kept))
