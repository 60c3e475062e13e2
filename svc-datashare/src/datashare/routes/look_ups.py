"""Look-ups (查询记录): who saw what; and deliveries, which leave one when read in clear."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, allow, answer
from chassis.indicators import InPeriod
from chassis.masking import mask_text
from chassis.paging import Paging
from chassis.schemas import Page
from datashare import queries
from datashare.routes.lists import page_answer
from datashare.routes.policies import (
    LOOK_UP_READERS,
    REVIEWERS,
    ClearNeedsPurposeError,
    CodeFilter,
)
from datashare.schemas import (
    DeliveredFieldOut,
    DeliveryOut,
    LookUpOut,
)
from datashare.tables import look_ups
from datashare.use_cases.read_deliveries import Handed, read_deliveries

router = APIRouter(prefix="/datashare/v1")


@router.get("/look-ups", response_model=Page[LookUpOut], operation_id="list_look_ups")
async def list_look_ups(
    call: Annotated[Call, allow(LOOK_UP_READERS)],
    paging: Paging,
    period: InPeriod,
    application_id: UUID | None = None,
    resource_code: CodeFilter = "",
) -> Response:
    """谁查了我: a person sees every reading of their records; a department those it made or was asked for."""
    return await page_answer(
        call,
        queries.where_given(
            look_ups, application_id=application_id, resource_code=resource_code
        ).where(*queries.in_period(look_ups, period, queries.LOOK_UPS)),
        by=[look_ups.c.id],
        paging=paging,
        kind=f"look_ups {period} {application_id} {resource_code}",
        show=LookUpOut.model_validate,
    )


@router.get("/look-ups/{look_up_id}", response_model=LookUpOut, operation_id="get_look_up")
async def get_look_up(look_up_id: UUID, call: Annotated[Call, allow(LOOK_UP_READERS)]) -> Response:
    """One reading within reach."""
    async with call.read() as tx:
        row = await queries.row_by_id(tx, look_ups, look_up_id)
    return answer(LookUpOut.model_validate(row))


@router.get("/deliveries", response_model=Page[DeliveryOut], operation_id="list_deliveries")
async def list_deliveries(
    call: Annotated[Call, allow(REVIEWERS)],
    application_id: UUID,
    clear: bool = False,
    purpose: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What was fetched for an application: masked, or in clear for a purpose, which its subject then sees."""
    if clear and len(purpose.strip()) < 2:
        raise ClearNeedsPurposeError
    async with call.begin() as tx:
        clear_for = mask_text(purpose.strip()) if clear else None
        handed = await read_deliveries(application_id, tx, clear_for=clear_for)
        tx.answer(Page[DeliveryOut](results=[_delivery(one, masked=not clear) for one in handed]))
    return tx.response


def _delivery(handed: Handed, *, masked: bool) -> DeliveryOut:
    row, resource, values = handed
    return DeliveryOut(
        id=row.id,
        application_id=row.application_id,
        material_code=row.material_code,
        resource_code=resource.code,
        resource_name=resource.name,
        provider_department=row.provider_department,
        grant_id=row.grant_id,
        masked=masked,
        fields=[
            DeliveredFieldOut(
                name=field.name, label=field.label, level=field.level, value=values[field.name]
            )
            for field in resource.fields
            if field.name in values
        ],
        delivered_at=row.delivered_at,
    )
