"""One item as the public reads it.

GET  /items/{id}, /versions, /steps    anyone; `version`: as an older version said it
POST /items/{id}/material-lists        anyone; what one's situation needs, what is spared. Nothing is kept
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.codes import to_guangdong
from catalog.domain.materials import NeededMaterial, needed_materials
from catalog.queries import items as queries
from catalog.queries.item_pages import item_page
from catalog.routes.item_files import CodesAsked
from catalog.routes.parameters import Anyone, VersionAsked
from catalog.schemas.items import (
    ExemptionOut,
    ItemOut,
    ItemStepOut,
    MaterialListIn,
    MaterialListOut,
    NeededMaterialOut,
    ShownGuide,
    VersionOut,
)
from catalog.tables.items import item_steps, item_versions
from chassis.door import answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.guide import Guide

router = APIRouter(prefix="/catalog/v1", tags=["items"])


@router.get(
    "/items/{item_id}",
    response_model=ItemOut,
    responses={304: {"description": "未变 Not modified"}},
    operation_id="get_item",
)
async def get_item(
    item_id: UUID,
    call: Anyone,
    version: VersionAsked = None,
    codes: CodesAsked = "national",
) -> Response:
    """The guide in force, or with `version` an earlier one; of an item whose power moved, where it is done now. `If-None-Match` with the ETag answers 304."""
    async with call.read() as tx:
        row = await queries.one_row(tx, item_page(item_id, version))
    if call.is_fresh(row.version):
        return answer(None, status=304, etag=row.version)
    item = item_out(row)
    if codes == "guangdong":
        item.guide = item.guide.model_copy(update={"task_type": to_guangdong(item.guide.task_type)})
    return answer(item, etag=row.version)


@router.get(
    "/items/{item_id}/versions",
    response_model=Page[VersionOut],
    operation_id="list_item_versions",
)
async def list_item_versions(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """The published versions of an item's guide, newest first."""
    async with call.read() as tx:
        item = await queries.one_row(tx, queries.published_item(item_id))
        page = await page_of(
            tx,
            queries.versions_of(item_id),
            by=[item_versions.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"item_versions {item_id}",
            show=lambda row: _version_out(row, item.published_number),
        )
    return answer(page)


@router.get(
    "/items/{item_id}/steps", response_model=Page[ItemStepOut], operation_id="list_item_steps"
)
async def list_item_steps(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to a published item, oldest first; who did it stays inside."""
    async with call.read() as tx:
        await queries.one_row(tx, queries.published_item(item_id))
        page = await page_of_steps(
            tx,
            item_steps,
            of={"item_id": item_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ItemStepOut,
        )
    return answer(page)


@router.post(
    "/items/{item_id}/material-lists",
    response_model=MaterialListOut,
    operation_id="make_material_list",
)
async def post_material_list(
    item_id: UUID, body: MaterialListIn, call: Anyone, version: VersionAsked = None
) -> Response:
    """The materials that one's answers call for, and which of them need not be brought, and why. Nothing is kept."""
    async with call.read() as tx:
        row = await queries.one_row(tx, queries.item_with_version(item_id, version))
    guide = Guide.model_validate(row.guide)
    needed = needed_materials(guide, body.answers)
    return answer(
        MaterialListOut(
            item_id=row.id,
            version=row.number,
            item_version_id=row.item_version_id,
            answers=body.answers,
            unanswered=[q.code for q in guide.situations if q.code not in body.answers],
            materials=[_needed_out(one) for one in needed],
            guide_materials=len(guide.materials),
        )
    )


def item_out(row: Any) -> ItemOut:
    """An item with the version that was read beside it."""
    return ItemOut(
        id=row.id,
        item_code=row.item_code,
        original_code=row.original_code,
        division=row.division,
        department=row.department,
        state=row.state,
        version=row.number,
        item_version_id=row.item_version_id,
        published_at=row.published_at,
        effective_from=row.effective_from,
        guide=ShownGuide.model_validate(row.guide),
        moved_to=row.moved_to,
        moved_from=row.moved_from,
    )


def _version_out(row: Any, published_number: int) -> VersionOut:
    return VersionOut(
        number=row.number,
        item_version_id=row.id,
        drafted_at=row.drafted_at,
        published_at=row.published_at,
        effective_from=row.effective_from,
        is_in_force=row.number == published_number,
    )


def _needed_out(needed: NeededMaterial) -> NeededMaterialOut:
    material = needed.material
    return NeededMaterialOut(
        code=material.code,
        name=material.name,
        necessity=material.necessity,
        form=material.form,
        originals=material.originals,
        copies=material.copies,
        certificate_type=material.certificate_type,
        data_resource=material.data_resource,
        is_exempt=bool(needed.exemptions),
        to_bring=needed.to_bring,
        exemptions=[
            ExemptionOut(kind=one.kind, why=one.why_zh, why_en=one.why_en)
            for one in needed.exemptions
        ],
    )
