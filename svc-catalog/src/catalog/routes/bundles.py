"""Bundles (一件事): several items behind one form, as the public reads them.

GET  /bundles, /export, /{id}                      anyone
GET  /bundles/{id}/versions, /steps, /reviews      anyone
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from catalog.domain.bundles import BundleContent
from catalog.queries import bundles as queries
from catalog.queries.bundles import BundleFilter
from catalog.routes.parameters import Anyone, CodeAsked, VersionAsked
from catalog.schemas.bundles import (
    BundleHitOut,
    BundleMemberOut,
    BundleOptionOut,
    BundleOut,
    BundleQuestionOut,
    BundleReviewOut,
    BundleStepOut,
    BundleVersionOut,
    PlaceOut,
)
from catalog.tables.bundles import bundle_reviews, bundle_steps, bundle_versions, bundles
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["bundles"])

COLUMNS = (
    ExportColumn(name="code", head="编码", width=20),
    ExportColumn(name="name", head="一件事名称", width=32),
    ExportColumn(name="life_event", head="人生/经营事件"),
    ExportColumn(name="audience", head="服务对象", read=lambda row: "、".join(row.audience)),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="department", head="牵头部门编码", width=22),
    ExportColumn(
        name="department_name",
        head="牵头部门",
        width=28,
        read=lambda row: row.content["department_name"],
    ),
    ExportColumn(name="members", head="事项数", read=lambda row: len(row.content["members"])),
    ExportColumn(name="needs_review", head="待复核"),
    ExportColumn(name="published_at", head="发布时间", width=20),
)


async def bundle_filter(
    period: InPeriod,
    *,
    audience: Annotated[str, Query(pattern=r"^(person|enterprise)?$")] = "",
    life_event: CodeAsked = "",
    item: UUID | None = None,
    needs_review: bool | None = None,
    q: Annotated[str, Query(max_length=100)] = "",
) -> BundleFilter:
    """The named filters of lists of bundles; `to`: open at the end of that day."""
    return BundleFilter(
        division=period.division,
        department=period.department,
        audience=audience,
        life_event=life_event,
        item=item,
        needs_review=needs_review,
        q=q,
        last_day=period.last_day,
    )


Wanted = Annotated[BundleFilter, Depends(bundle_filter)]


@router.get("/bundles", response_model=Page[BundleHitOut], operation_id="list_bundles")
async def list_bundles(call: Anyone, paging: Paging, wanted: Wanted) -> Response:
    """Bundles open to applications, newest first; `needs_review=true` with a department is its owner's list."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.bundles_listed(wanted),
            by=[bundles.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"bundles {wanted}",
            show=_hit_out,
        )
    return answer(page)


@router.get(
    "/bundles/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_bundles",
)
async def export_bundles(call: Anyone, wanted: Wanted, format: ExportKind = "csv") -> Response:
    """The list as a table: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.bundles_listed(wanted),
        by=[bundles.c.id],
        columns=COLUMNS,
        kind=format,
        name="一件事清单",
    )


@router.get("/bundles/{bundle_id}", response_model=BundleOut, operation_id="get_bundle")
async def get_bundle(
    bundle_id: UUID,
    call: Anyone,
    version: VersionAsked = None,
) -> Response:
    """The version in force, or an earlier one, with what its members come to together."""
    async with call.read() as tx:
        found = await bundle_out(tx, bundle_id, version)
        row = await queries.bundle_row(tx, bundle_id, version)
    return answer(found, etag=row.version)


@router.get(
    "/bundles/{bundle_id}/versions",
    response_model=Page[BundleVersionOut],
    operation_id="list_bundle_versions",
)
async def list_versions(bundle_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Published versions, newest first."""
    async with call.read() as tx:
        await queries.bundle_row(tx, bundle_id)
        page = await page_of(
            tx,
            queries.bundle_versions_of(bundle_id),
            by=[bundle_versions.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"bundle_versions {bundle_id}",
            show=BundleVersionOut.model_validate,
        )
    return answer(page)


@router.get(
    "/bundles/{bundle_id}/steps",
    response_model=Page[BundleStepOut],
    operation_id="list_bundle_steps",
)
async def list_steps(bundle_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to a published bundle, oldest first."""
    async with call.read() as tx:
        await queries.bundle_row(tx, bundle_id)
        page = await page_of_steps(
            tx,
            bundle_steps,
            of={"bundle_id": bundle_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=BundleStepOut,
        )
    return answer(page)


@router.get(
    "/bundles/{bundle_id}/reviews",
    response_model=Page[BundleReviewOut],
    operation_id="list_bundle_reviews",
)
async def list_reviews(bundle_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Which members changed or were withdrawn since a version was published, newest first."""
    async with call.read() as tx:
        await queries.bundle_row(tx, bundle_id)
        page = await page_of(
            tx,
            queries.bundle_reviews_of(bundle_id),
            by=[bundle_reviews.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"bundle_reviews {bundle_id}",
            show=BundleReviewOut.model_validate,
        )
    return answer(page)


async def bundle_out(tx: Any, bundle_id: UUID, number: int | None) -> BundleOut:
    row = await queries.bundle_row(tx, bundle_id, number)
    return BundleOut(
        id=row.id,
        code=row.code,
        division=row.division,
        department=row.department,
        state=row.state,
        version=row.number,
        published_at=row.published_at,
        needs_review=row.needs_review,
        withdrawn_members=await queries.withdrawn_members(tx, row),
        bundle=BundleContent.model_validate(row.content),
        places=places_out(row.merged),
    )


def places_out(merged: dict[str, Any]) -> list[PlaceOut]:
    return [
        PlaceOut(
            division=division,
            members=[BundleMemberOut.model_validate(one) for one in place["members"]],
            order=place["order"],
            questions=[
                BundleQuestionOut(
                    code=one["code"],
                    text=one["text"],
                    options=[BundleOptionOut.model_validate(each) for each in one["options"]],
                    asked_by=[target["member"] for target in one["targets"]],
                )
                for one in place["questions"]
            ],
            materials=len(place["materials"]),
            member_materials=sum(len(one["sources"]) for one in place["materials"]),
            working_days=place["working_days"],
            working_days_one_by_one=place["working_days_one_by_one"],
            longest_path=place["longest_path"],
            visits=place["visits"],
        )
        for division, place in sorted(merged.items())
    ]


_HIT_NAMES = (
    "id",
    "code",
    "name",
    "life_event",
    "audience",
    "division",
    "department",
    "needs_review",
    "published_at",
)


def _hit_out(row: Any) -> BundleHitOut:
    return BundleHitOut(
        summary=row.content["summary"],
        department_name=row.content["department_name"],
        version=row.number,
        members=len(row.content["members"]),
        **{name: getattr(row, name) for name in _HIT_NAMES},
    )
