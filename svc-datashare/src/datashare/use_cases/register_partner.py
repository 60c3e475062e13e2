import secrets
from dataclasses import dataclass
from datetime import datetime

from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.registry import ALL_FACTS
from datashare.domain.partner import FactTypeUnknownError, Partner, PartnerState
from datashare.repository import add_partner, add_step


@dataclass(frozen=True, kw_only=True)
class RegisterPartner:
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    types: tuple[str, ...]
    divisions: tuple[str, ...]
    departments: tuple[str, ...]
    valid_from: datetime | None
    valid_until: datetime
    legal_basis: str


async def register_partner(command: RegisterPartner, tx: Transaction) -> Partner:
    """Let a system outside in (合作方接入), for the facts, places and time that its legal basis covers."""
    if not set(command.types) <= {fact.TYPE for fact in ALL_FACTS}:
        raise FactTypeUnknownError
    partner = Partner(
        id=new_id(),
        client_id=f"partner-{secrets.token_hex(6)}",
        name=command.name,
        secret_hash=command.secret_hash,
        scopes=command.scopes,
        types=command.types,
        divisions=command.divisions,
        departments=command.departments,
        valid_from=command.valid_from or tx.now,
        valid_until=command.valid_until,
        legal_basis=command.legal_basis,
        state=PartnerState.ACTIVE,
        version=1,
    )
    add_partner(tx, partner)
    add_step(
        tx,
        "partner",
        partner.id,
        step="registered",
        state=partner.state,
        reason=partner.legal_basis,
    )
    return partner
