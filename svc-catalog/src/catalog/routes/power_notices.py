"""Notices (职权调整公告): adjustments of powers that were published.

GET  /power-notices, /{id}     anyone; what moved where, from when, by which document and law
"""

from uuid import UUID

from fastapi import APIRouter, Response

from catalog.queries.powers import AdjustmentFilter
from catalog.routes.parameters import Anyone
from catalog.routes.power_adjustments import Wanted, listed, shown
from catalog.schemas.powers import AdjustmentOut, AdjustmentRowOut
from chassis.paging import Paging
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["power adjustments"])


@router.get(
    "/power-notices", response_model=Page[AdjustmentRowOut], operation_id="list_power_notices"
)
async def get_notices(call: Anyone, paging: Paging, wanted: Wanted) -> Response:
    """职权调整公告: published adjustments, newest first."""
    public = AdjustmentFilter(**{**vars(wanted), "public": True})
    return await listed(call, paging, public, "power-notices")


@router.get(
    "/power-notices/{adjustment_id}",
    response_model=AdjustmentOut,
    operation_id="get_power_notice",
)
async def get_notice(adjustment_id: UUID, call: Anyone) -> Response:
    """One published adjustment: what moved where, from when, by which document and law."""
    return await shown(call, adjustment_id, public=True)
