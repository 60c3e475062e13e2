from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from certificate.domain.certificate import Certificate, CertificateType, Holder, Issuer
from certificate.repository.certificates import (
    add_certificate,
    add_certificate_step,
    get_type,
    keep_seal,
)
from certificate.repository.keeping import receiver_of_type
from chassis.clock import CITY_ZONE
from chassis.errors import ForbiddenError
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction

NUMBER_PREFIX = "ZZ"


class TypeOfOtherDepartmentError(ForbiddenError):
    code = "type-of-other-department"
    title_zh = "该类证照由其他部门签发，请由签发部门办理"
    title_en = "Another department issues this type; ask that one"


@dataclass(frozen=True, kw_only=True)
class DraftCertificate:
    type_code: str
    holder_id: UUID
    holder: Holder
    fields: dict[str, str] = field(repr=False)
    valid_until: date | None


async def draft_certificate(command: DraftCertificate, tx: Transaction) -> Certificate:
    """Take an existing certificate into the books (证照入库); its document is made at once by the worker."""
    type = await get_type(tx, command.type_code)
    issuer = await _issuer(type, tx)
    certificate = Certificate.draft(
        type,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, tx.now.astimezone(CITY_ZONE).date()),
        holder_id=command.holder_id,
        holder=command.holder,
        fields=command.fields,
        at=tx.now,
        valid_until=command.valid_until,
        division=tx.principal.division if issuer else "",
        issuer=issuer,
    )
    add_certificate(tx, certificate)
    by = f"，职权已调整，由{issuer.department_name}办理" if issuer else ""
    add_certificate_step(tx, certificate, step="drafted", reason=f"证照入库{by}")
    return certificate


async def _issuer(type: CertificateType, tx: Transaction) -> Issuer | None:
    """None: the type's own department takes it in. Who received its power does so in its own name, with its own seal."""
    if type.department == tx.principal.department:
        return None
    keeper = await receiver_of_type(
        tx, type_code=type.code, origin=type.department, department=tx.principal.department
    )
    if keeper is None:
        raise TypeOfOtherDepartmentError
    await keep_seal(tx, keeper.department, keeper.department_name)
    return Issuer(department=keeper.department, department_name=keeper.department_name)
