import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.datashare import DataRequestAnswered
from contracts.events.workorder import NeededMaterial
from datashare.domain.delivery import Answer, answer_request
from datashare.domain.grant import Grant, best_grant
from datashare.domain.resource import Resource
from datashare.repository import (
    DELIVERY_CONTEXT,
    grants_held,
    records_of,
    resources_by_code,
)
from datashare.tables import data_requests, deliveries
from datashare.tellings import LookUp, record_look_up


@dataclass(frozen=True, kw_only=True)
class AnswerDataRequests:
    """What an application needs from other departments, and who asks for it."""

    application_id: UUID
    item_code: str
    item_name: str
    subject_id: UUID
    department: str
    division: str
    needed: tuple[NeededMaterial, ...]


async def answer_data_requests(command: AnswerDataRequests, tx: Transaction) -> None:
    """Fetch what other departments hold on the applicant, each under a grant, and answer every need once."""
    wanted = {
        need.material_code: need.data_resource for need in command.needed if need.data_resource
    }
    if wanted:
        answered = await _answered_before(tx, command.application_id)
        wanted = {material: code for material, code in wanted.items() if material not in answered}
    if not wanted:
        return
    codes = tuple(set(wanted.values()))
    resources = await resources_by_code(tx, codes)
    held = await grants_held(tx, command.department, codes)
    found = await records_of(tx, command.subject_id, tuple(held)) if held else {}
    for material, code in wanted.items():
        resource = resources[code][0] if code in resources else None
        grant = best_grant(held.get(code, ()), item_code=command.item_code, at=tx.now)
        answer = answer_request(resource, grant=grant, record=found.get(code))
        request_id = _keep_answer(tx, command, material, code, grant, answer)
        if resource is not None and grant is not None and answer.outcome == "found":
            _hand_over(tx, command, request_id, material, resource, grant, answer)


async def _answered_before(tx: Transaction, application_id: UUID) -> set[str]:
    rows = await tx.all(
        select(data_requests.c.material_code).where(
            data_requests.c.application_id == application_id
        )
    )
    return {row.material_code for row in rows}


def _keep_answer(
    tx: Transaction,
    command: AnswerDataRequests,
    material: str,
    code: str,
    grant: Grant | None,
    answer: Answer,
) -> UUID:
    request_id = new_id()
    tx.insert(
        data_requests,
        id=request_id,
        application_id=command.application_id,
        material_code=material,
        resource_code=code,
        department=command.department,
        division=command.division,
        outcome=answer.outcome,
        grant_id=grant.id if grant is not None else None,
        answered_at=tx.now,
    )
    tx.tell(
        DataRequestAnswered(
            data_request_id=request_id,
            application_id=command.application_id,
            material_code=material,
            resource_code=code,
            outcome=answer.outcome,
            fields=answer.fields,
            answered_at=tx.now,
        ),
        aggregate_id=request_id,
        sequence=1,
        division=command.division,
        department=command.department,
    )
    return request_id


def _hand_over(
    tx: Transaction,
    command: AnswerDataRequests,
    request_id: UUID,
    material: str,
    resource: Resource,
    grant: Grant,
    answer: Answer,
) -> None:
    payload = json.dumps(answer.values, ensure_ascii=False)
    tx.insert(
        deliveries,
        id=new_id(),
        data_request_id=request_id,
        application_id=command.application_id,
        material_code=material,
        resource_code=resource.code,
        grant_id=grant.id,
        subject_id=command.subject_id,
        provider_department=resource.provider_department,
        department=command.department,
        division=command.division,
        payload_encrypted=tx.keyring.encrypt(payload, context=DELIVERY_CONTEXT),
        delivered_at=tx.now,
    )
    record_look_up(
        tx,
        LookUp(
            grant_id=grant.id,
            resource_code=resource.code,
            resource_name=resource.name,
            provider_department=resource.provider_department,
            requester_department=command.department,
            division=command.division,
            subject_id=command.subject_id,
            application_id=command.application_id,
            purpose=f"办理“{command.item_name}”，免交材料核验",
            fields=answer.fields,
        ),
    )
