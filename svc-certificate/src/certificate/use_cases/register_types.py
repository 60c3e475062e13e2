from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from certificate.domain.certificate import HolderKind
from certificate.repository.certificates import keep_seal
from certificate.repository.keeping import look_again
from certificate.tables import certificate_types
from chassis.errors import ForbiddenError
from chassis.transaction import Transaction

TYPES_MAX = 999


class OtherDepartmentError(ForbiddenError):
    code = "other-department"
    title_zh = "只能登记或签发本单位的证照，请由签发部门办理"
    title_en = "You may register and issue certificates of your own department only"


@dataclass(frozen=True, kw_only=True)
class RegisterType:
    code: str
    name: str
    type_identifier: str | None
    department: str
    department_name: str
    division: str
    holder_kind: HolderKind
    validity_years: int | None
    item_codes: tuple[str, ...]
    fields: tuple[dict[str, str], ...]
    template: str


async def register_types(
    commands: Sequence[RegisterType], tx: Transaction, *, only_department: str | None
) -> None:
    """Put types into the directory (证照目录), new or changed; each department with a type gets its seal."""
    for command in commands:
        if only_department is not None and command.department != only_department:
            raise OtherDepartmentError
        await _keep(command, tx)


async def _keep(command: RegisterType, tx: Transaction) -> None:
    known = await tx.one_or_none(
        select(certificate_types).where(certificate_types.c.code == command.code).with_for_update()
    )
    if known is not None and known.department != command.department:
        raise OtherDepartmentError
    identifier = command.type_identifier or (known.type_identifier if known else None)
    values = {
        "name": command.name,
        "type_identifier": identifier or await _next_identifier(command.department, tx),
        "department": command.department,
        "department_name": command.department_name,
        "division": command.division,
        "holder_kind": command.holder_kind,
        "validity_years": command.validity_years,
        "item_codes": list(command.item_codes),
        "fields": list(command.fields),
        "template": command.template,
        "changed_at": tx.now,
    }
    statement = insert(certificate_types).values(code=command.code, version=1, **values)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["code"],
            set_={**values, "version": certificate_types.c.version + 1},
        )
    )
    await keep_seal(tx, command.department, command.department_name)
    if set(command.item_codes) - set(known.item_codes if known else ()):
        await look_again(tx, command.item_codes)


async def _next_identifier(department: str, tx: Transaction) -> str:
    """The department's next type number; two at once: the second runs into the uniqueness and is refused."""
    last = await tx.scalar(
        select(func.max(certificate_types.c.type_identifier)).where(
            certificate_types.c.type_identifier.startswith(department, autoescape=True)
        )
    )
    number = int(str(last)[-3:]) + 1 if last else 1
    return f"{department}{number:03d}"
