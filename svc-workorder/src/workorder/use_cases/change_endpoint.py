from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.notices import Network, Want, check_line, check_url
from workorder.repository.notices import (
    get_endpoint,
    hold_or_release,
    store_endpoint,
    wants_of,
)


@dataclass(frozen=True, kw_only=True)
class ChangeEndpoint:
    endpoint_id: UUID
    name: str
    url: str
    wants: Sequence[Want]
    needs_receipt: bool
    reason: str


async def change_endpoint(
    command: ChangeEndpoint, tx: Transaction, networks: Sequence[Network]
) -> None:
    """Change a platform; a new address is challenged first, and what is to be sent waits for that.

    Raises UnsafeAddressError, LineEndpointError.
    """
    if command.url:
        check_url(command.url, networks)
    row = await get_endpoint(tx, command.endpoint_id)
    check_line(row.line, department=row.department, url=command.url, wants=command.wants)
    is_moved = bool(command.url) and command.url != row.url and row.state != "off"
    state = "unverified" if is_moved else row.state
    store_endpoint(
        tx,
        row,
        step="changed",
        state=state,
        reason=command.reason,
        name=command.name,
        url=command.url,
        wants=wants_of(command.wants),
        needs_receipt=command.needs_receipt,
        verify_at=tx.now if is_moved else row.verify_at,
    )
    if is_moved:
        await hold_or_release(tx, row.id, is_held=True)
