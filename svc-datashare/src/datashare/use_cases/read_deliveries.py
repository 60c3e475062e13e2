import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.transaction import Transaction
from datashare.domain.delivery import masked_by_level
from datashare.domain.resource import Resource
from datashare.repository import DELIVERY_CONTEXT, resources_by_code
from datashare.tables import deliveries
from datashare.tellings import LookUp, record_look_up

Handed = tuple[Row[Any], Resource, dict[str, Any]]
"""A delivery's row, its resource, and the values as they may be shown."""


async def read_deliveries(
    application_id: UUID, tx: Transaction, *, clear_for: str | None = None
) -> Sequence[Handed]:
    """What was fetched for an application, masked by level.

    With a purpose (`clear_for`) the values are shown as they are, and each reading is itself written down and
    told, so that the person sees who read it and what for.
    """
    statement = select(deliveries).where(deliveries.c.application_id == application_id)
    rows = await tx.all(statement.order_by(deliveries.c.id))
    resources = await resources_by_code(tx, [row.resource_code for row in rows]) if rows else {}
    handed = []
    for row in rows:
        resource, _ = resources[row.resource_code]
        values = json.loads(tx.keyring.decrypt(row.payload_encrypted, context=DELIVERY_CONTEXT))
        if clear_for is None:
            values = masked_by_level(values, resource.levels)
        else:
            record_look_up(tx, _look_up(row, resource, clear_for, tuple(values)))
        handed.append((row, resource, values))
    return handed


def _look_up(row: Row[Any], resource: Resource, purpose: str, fields: tuple[str, ...]) -> LookUp:
    return LookUp(
        grant_id=row.grant_id,
        resource_code=resource.code,
        resource_name=resource.name,
        provider_department=row.provider_department,
        requester_department=row.department,
        division=row.division,
        subject_id=row.subject_id,
        application_id=row.application_id,
        purpose=purpose,
        fields=fields,
    )
