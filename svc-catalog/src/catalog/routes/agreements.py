"""Agreements with other cities, without which nothing is handled across their border.

GET  /agreements, /{id}, /{id}/steps   anyone
POST /agreements · PUT /{id}           system_admin; PUT with If-Match
"""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.queries import cross_region as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Administrator, Anyone, DivisionAsked
from catalog.schemas.channels import AgreementIn, AgreementOut, ChannelStepOut, NewAgreementIn
from catalog.tables.channels import agreements, channel_steps
from catalog.use_cases.change_agreement import change_agreement
from catalog.use_cases.register_agreement import register_agreement
from chassis.clock import local_date
from chassis.door import answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["cross-region"])


@router.get("/agreements", response_model=Page[AgreementOut], operation_id="list_agreements")
async def list_agreements(
    call: Anyone,
    paging: Paging,
    in_force: bool | None = None,
    partner_division: DivisionAsked = "",
    to: date | None = None,
) -> Response:
    """Agreements with other cities (协议); `in_force=false` lists those that have ended or not begun by `to` (today)."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.agreements_on(to or local_date(tx.now), in_force, partner_division),
            by=[agreements.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"agreements {in_force} {partner_division} {to}",
            show=AgreementOut.model_validate,
        )
    return answer(page)


@router.post(
    "/agreements", status_code=201, response_model=AgreementOut, operation_id="register_agreement"
)
async def post_agreement(body: NewAgreementIn, call: Administrator) -> Response:
    """Register an agreement with another city."""
    async with call.begin() as tx:
        agreement_id = await register_agreement(
            body.model_dump(exclude={"reason"}), tx, reason=body.reason
        )
        row = await one_row(tx, queries.one_agreement(agreement_id, local_date(tx.now)))
        tx.answer(
            AgreementOut.model_validate(row),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/agreements/{agreement_id}",
        )
    return tx.response


@router.get("/agreements/{agreement_id}", response_model=AgreementOut, operation_id="get_agreement")
async def get_agreement(agreement_id: UUID, call: Anyone) -> Response:
    """One agreement."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_agreement(agreement_id, local_date(tx.now)))
    return answer(AgreementOut.model_validate(row), etag=row.version)


@router.put(
    "/agreements/{agreement_id}", response_model=AgreementOut, operation_id="change_agreement"
)
async def put_agreement(agreement_id: UUID, body: AgreementIn, call: Administrator) -> Response:
    """Renew, end or correct an agreement. Needs `If-Match`."""
    call.if_match()
    async with call.begin() as tx:
        await change_agreement(
            agreement_id, body.model_dump(exclude={"reason"}), tx, reason=body.reason
        )
        row = await one_row(tx, queries.one_agreement(agreement_id, local_date(tx.now)))
        tx.answer(AgreementOut.model_validate(row), etag=row.version)
    return tx.response


@router.get(
    "/agreements/{agreement_id}/steps",
    response_model=Page[ChannelStepOut],
    operation_id="list_agreement_steps",
)
async def list_agreement_steps(agreement_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to an agreement, oldest first."""
    async with call.read() as tx:
        await one_row(tx, queries.one_agreement(agreement_id, local_date(tx.now)))
        page = await page_of_steps(
            tx,
            channel_steps,
            of={"kind": "agreement", "of_id": str(agreement_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ChannelStepOut,
        )
    return answer(page)
