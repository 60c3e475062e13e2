"""One list of materials for a whole bundle (一件事).

POST /bundles/{id}/material-lists      anyone; what one's situation needs, each thing once. Nothing is kept
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.bundles import EVERYWHERE
from catalog.domain.merging import needed_in
from catalog.queries import bundles as queries
from catalog.routes.parameters import Anyone
from catalog.schemas.bundles import BundleMaterialListIn, BundleMaterialListOut, BundleMaterialOut
from chassis.door import answer
from chassis.errors import ConflictError, InvalidError

router = APIRouter(prefix="/catalog/v1", tags=["bundles"])


@router.post(
    "/bundles/{bundle_id}/material-lists",
    response_model=BundleMaterialListOut,
    operation_id="make_bundle_material_list",
)
async def post_material_list(bundle_id: UUID, body: BundleMaterialListIn, call: Anyone) -> Response:
    """One list of materials for the whole bundle, each once, with who needs it and what is spared. Nothing is kept."""
    async with call.read() as tx:
        row = await queries.bundle_row(tx, bundle_id)
        gone = await queries.withdrawn_members(tx, row)
    if row.state != "published" or gone:
        raise ConflictError(
            "该一件事有事项已停办，暂不能联办；请分别办理各事项或咨询牵头部门",
            "A member of this bundle is withdrawn; apply for the items one by one, or ask the lead department",
            code="bundle-out-of-use",
        )
    place = _place(row.merged, body.division)
    needed, unanswered = needed_in(row.merged[place], body.answers)
    materials = [BundleMaterialOut.model_validate(one) for one in needed]
    return answer(
        BundleMaterialListOut(
            bundle_id=row.id,
            version=row.number,
            division=place,
            answers=body.answers,
            unanswered=unanswered,
            materials=materials,
            to_bring=sum(one.to_bring for one in materials),
            asked_one_by_one=sum(len(one.needed_by) for one in materials),
            needs_review=row.needs_review,
            form=row.content["form"],
        )
    )


def _place(merged: dict[str, Any], division: str | None) -> str:
    if EVERYWHERE in merged:
        return EVERYWHERE
    if division not in merged:
        known = "、".join(sorted(merged))
        raise InvalidError(
            f"请选择办理区划：{known}",
            f"Choose a division: {', '.join(sorted(merged))}",
            code="division-needed",
        )
    return str(division)
