from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.notices import EndpointTakenError, Network, Want, check_line, check_url
from workorder.repository.notices import (
    SECRET_CONTEXT,
    add_endpoint_step,
    endpoint_of,
    wants_of,
)
from workorder.tables import delivery_endpoints
from workorder.webhooks import new_secret


@dataclass(frozen=True, kw_only=True)
class RegisterEndpoint:
    department: str
    """Empty: the city's platform."""
    name: str
    url: str
    """Empty: the platform comes and reads the feed."""
    wants: Sequence[Want]
    needs_receipt: bool
    reason: str
    line: str = ""
    """Not empty: the system of this emergency line, and no office platform."""


async def register_endpoint(
    command: RegisterEndpoint, tx: Transaction, networks: Sequence[Network]
) -> tuple[UUID, str]:
    """Register a platform; it is challenged before anything is sent. Returns its id and its secret, shown this once.

    Raises UnsafeAddressError, LineEndpointError, EndpointTakenError.
    """
    check_line(command.line, department=command.department, url=command.url, wants=command.wants)
    if command.url:
        check_url(command.url, networks)
    if await endpoint_of(tx, command.department, command.line) is not None:
        raise EndpointTakenError
    endpoint_id, secret = new_id(), new_secret()
    is_pushed = bool(command.url)
    state = "unverified" if is_pushed else "active"
    tx.insert(
        delivery_endpoints,
        id=endpoint_id,
        department=command.department,
        line=command.line,
        name=command.name,
        url=command.url,
        secret_encrypted=tx.keyring.encrypt(secret, context=SECRET_CONTEXT),
        wants=wants_of(command.wants),
        needs_receipt=command.needs_receipt,
        state=state,
        trouble="",
        verify_at=tx.now if is_pushed else None,
        verified_at=None if is_pushed else tx.now,
        created_at=tx.now,
        version=1,
    )
    add_endpoint_step(tx, endpoint_id, step="registered", state=state, reason=command.reason)
    return endpoint_id, secret
