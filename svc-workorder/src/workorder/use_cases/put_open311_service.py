from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.tables import open311_services, open311_steps


@dataclass(frozen=True, kw_only=True)
class PutService:
    code: str
    values: dict[str, Any]
    reason: str


async def put_open311_service(command: PutService, tx: Transaction) -> int:
    """Offer a service, change it, or take it from the list (`is_offered`); returns its version."""
    t = open311_services
    row = await tx.one_or_none(select(t).where(t.c.code == command.code).with_for_update())
    version = 1 if row is None else row.version + 1
    if row is None:
        tx.insert(t, code=command.code, version=version, **command.values)
    else:
        tx.expect(row.version)
        match = {"code": command.code, "version": row.version}
        tx.update(t, match=match, version=version, **command.values)
    add_step(
        tx,
        open311_steps,
        of={"kind": "service", "of_id": command.code},
        step="added" if row is None else "changed",
        state="offered" if command.values["is_offered"] else "withdrawn",
        reason=command.reason,
    )
    return version
