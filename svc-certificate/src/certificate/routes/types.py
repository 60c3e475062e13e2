"""Certificate types (证照目录) and seals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from certificate import queries
from certificate.schemas import (
    CertificateTypeIn,
    CertificateTypeOut,
    CertificateTypesIn,
    SealOut,
    SealUseOut,
)
from certificate.tables import certificate_types, seal_uses, seals
from certificate.use_cases.register_types import RegisterType, register_types
from chassis.door import Call, DoorTransaction, allow, allow_anyone, answer
from chassis.errors import FieldFault, InvalidError
from chassis.identity import Principal, Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/certificate/v1")

DIVISION_UNKNOWN = "445100"
"""The city itself, for a type registered by a caller without a division."""

KEEPERS = {
    Role.SEAL_KEEPER: Reach.DEPARTMENT,
    Role.ISSUER: Reach.DEPARTMENT,
    Role.AUDITOR: Reach.ALL,
}


@router.get(
    "/certificate-types",
    response_model=Page[CertificateTypeOut],
    operation_id="list_certificate_types",
)
async def list_certificate_types(
    call: Annotated[Call, allow_anyone()],
    paging: Paging,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The directory of types; public, because guides point into it."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.types_like(q),
            by=[certificate_types.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"certificate_types {q}",
            show=CertificateTypeOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/certificate-types",
    response_model=Page[CertificateTypeOut],
    operation_id="register_certificate_types",
)
async def post_certificate_types(
    body: CertificateTypesIn,
    call: Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL, Role.ISSUER: Reach.DEPARTMENT})],
) -> Response:
    """Register types, new or changed. An issuer registers those of the own department only."""
    free = Role.SYSTEM_ADMIN in call.principal.roles
    commands = [_command(entry, call.principal) for entry in body.certificate_types]
    async with call.begin() as tx:
        await register_types(
            commands, tx, only_department=None if free else call.principal.department
        )
        tx.answer(await _types_out(tx, [command.code for command in commands]))
    return tx.response


def _command(entry: CertificateTypeIn, principal: Principal) -> RegisterType:
    department = entry.department or principal.department
    if not department:
        fault = FieldFault(
            pointer="/certificate_types/department",
            code="missing",
            zh="缺少签发部门",
            en="The issuing department is missing",
        )
        raise InvalidError(faults=(fault,))
    return RegisterType(
        code=entry.code,
        name=entry.name,
        type_identifier=entry.type_identifier,
        department=department,
        department_name=entry.department_name,
        division=entry.division or principal.division or DIVISION_UNKNOWN,
        holder_kind=entry.holder_kind,
        validity_years=entry.validity_years,
        item_codes=entry.item_codes,
        fields=tuple(field.model_dump() for field in entry.fields),
        template=entry.template,
    )


async def _types_out(tx: DoorTransaction, codes: list[str]) -> Page[CertificateTypeOut]:
    rows = await tx.all(
        select(certificate_types)
        .where(certificate_types.c.code.in_(codes))
        .order_by(certificate_types.c.code)
    )
    return Page(results=[CertificateTypeOut.model_validate(row) for row in rows])


@router.get("/seals", response_model=Page[SealOut], operation_id="list_seals")
async def list_seals(call: Annotated[Call, allow(KEEPERS)], paging: Paging) -> Response:
    """The seals within the caller's reach."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(seals),
            by=[seals.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="seals",
            show=SealOut.model_validate,
        )
    return answer(page)


@router.get("/seals/{seal_id}/uses", response_model=Page[SealUseOut], operation_id="list_seal_uses")
async def list_seal_uses(
    seal_id: UUID, call: Annotated[Call, allow(KEEPERS)], paging: Paging
) -> Response:
    """Every document that a seal was used on (用印记录), newest first."""
    async with call.read() as tx:
        await queries.seal_row(tx, seal_id)
        page = await page_of(
            tx,
            queries.uses_of_seal(seal_id),
            by=[seal_uses.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"seal_uses {seal_id}",
            show=SealUseOut.model_validate,
        )
    return answer(page)
