from dataclasses import dataclass
from uuid import UUID

from certificate.repository.certificates import add_use
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class NoteLookUp:
    subject_id: UUID
    resource_code: str
    requester_department: str
    application_id: UUID | None
    purpose: str
    fields: tuple[str, ...]


async def note_look_up(command: NoteLookUp, tx: Transaction) -> None:
    """A department read a record about somebody under a grant: its subject sees that (谁查了我)."""
    add_use(
        tx,
        certificate_id=None,
        certificate_name=command.resource_code,
        holder_id=command.subject_id,
        department=None,
        way="data-look-up",
        used_by_department=command.requester_department,
        purpose=command.purpose,
        application_id=command.application_id,
        fields=command.fields,
    )
