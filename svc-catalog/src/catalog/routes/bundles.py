"""Bundles (一件事): several items behind one form.

GET  /bundles, /bundles/{id}, /versions, /steps, /reviews   anyone
POST /bundles/{id}/material-lists                           anyone        nothing is kept
POST /bundles · POST /bundles/{id}/drafts · PUT …/{n}       publisher     of the lead department
GET  /bundle-drafts                                         publisher
POST /bundles/{id}/publications · /withdrawals              publisher     publication by a second person

The reach of a publisher is everything here, because members are other departments' items; whose bundle it is is held
against the caller in repository/bundles.py.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from catalog.domain.bundles import EVERYWHERE, BundleContent, BundleVersion
from catalog.domain.merging import needed_in
from catalog.queries import bundles as queries
from catalog.queries.bundles import BundleFilter
from catalog.schemas.bundles import (
    BundleDraftOut,
    BundleHitOut,
    BundleIn,
    BundleMaterialListIn,
    BundleMaterialListOut,
    BundleMaterialOut,
    BundleMemberOut,
    BundleOptionOut,
    BundleOut,
    BundlePublicationIn,
    BundleQuestionOut,
    BundleReviewOut,
    BundleStepOut,
    BundleVersionOut,
    BundleWithdrawalIn,
    PlaceOut,
)
from catalog.tables.bundles import bundle_reviews, bundle_steps, bundle_versions, bundles
from catalog.use_cases.add_bundle_draft import add_bundle_draft
from catalog.use_cases.change_bundle_draft import change_bundle_draft
from catalog.use_cases.create_bundle import create_bundle
from catalog.use_cases.publish_bundle import publish_bundle
from catalog.use_cases.withdraw_bundle import withdraw_bundle
from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import ConflictError, InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["bundles"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Lead = Annotated[Call, allow({Role.PUBLISHER: Reach.ALL}, assurance=2)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]

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
    life_event: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
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
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """The version in force, or an earlier one, with what its members come to together."""
    async with call.read() as tx:
        found = await _bundle_out(tx, bundle_id, version)
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


@router.post(
    "/bundles", status_code=201, response_model=BundleDraftOut, operation_id="create_bundle"
)
async def post_bundle(body: BundleIn, call: Lead) -> Response:
    """Write a new bundle that the own department leads; it is public once a second person publishes it."""
    async with call.begin() as tx:
        _, draft = await create_bundle(body.bundle, tx)
        _answer_draft(tx, draft)
    return tx.response


@router.get(
    "/bundle-drafts", response_model=Page[BundleDraftOut], operation_id="list_bundle_drafts"
)
async def list_drafts(call: Lead, paging: Paging) -> Response:
    """Drafts of the bundles that the own department leads, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.bundle_drafts(call.principal.department),
            by=[bundle_versions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"bundle_drafts {call.principal.department}",
            show=lambda row: _draft_out(row, call.principal.subject),
        )
    return answer(page)


@router.post(
    "/bundles/{bundle_id}/drafts",
    status_code=201,
    response_model=BundleDraftOut,
    operation_id="add_bundle_draft",
)
async def post_draft(bundle_id: UUID, body: BundleIn, call: Lead) -> Response:
    """Draft the next version; the one in force stays in force until the draft is published."""
    async with call.begin() as tx:
        _, draft = await add_bundle_draft(bundle_id, body.bundle, tx)
        _answer_draft(tx, draft)
    return tx.response


@router.put(
    "/bundles/{bundle_id}/drafts/{number}",
    response_model=BundleDraftOut,
    operation_id="change_bundle_draft",
)
async def put_draft(bundle_id: UUID, number: Number, body: BundleIn, call: Lead) -> Response:
    """Replace a draft's content. Needs `If-Match`. Whoever changes a draft may not publish it."""
    call.if_match()
    async with call.begin() as tx:
        draft = await change_bundle_draft(bundle_id, number, body.bundle, tx)
        tx.answer(_draft_of(draft, call.principal.subject), etag=draft.version)
    return tx.response


@router.post(
    "/bundles/{bundle_id}/publications",
    status_code=201,
    response_model=BundleOut,
    operation_id="publish_bundle",
)
async def post_publication(bundle_id: UUID, body: BundlePublicationIn, call: Lead) -> Response:
    """Put a draft in force: a second publisher of the lead department, none of its drafters."""
    async with call.begin() as tx:
        bundle, _ = await publish_bundle(bundle_id, body.number, tx)
        await tx.flush()
        found = await _bundle_out(tx, bundle_id, body.number)
        location = f"/catalog/v1/bundles/{bundle_id}?version={body.number}"
        tx.answer(found, status=201, etag=bundle.version, location=location)
    return tx.response


@router.post(
    "/bundles/{bundle_id}/withdrawals",
    status_code=201,
    response_model=BundleOut,
    operation_id="withdraw_bundle",
)
async def post_withdrawal(bundle_id: UUID, body: BundleWithdrawalIn, call: Lead) -> Response:
    """Close a bundle; its members stay open one by one. A later version takes it up again."""
    async with call.begin() as tx:
        bundle = await withdraw_bundle(bundle_id, body.reason, tx)
        await tx.flush()
        tx.answer(await _bundle_out(tx, bundle_id, None), status=201, etag=bundle.version)
    return tx.response


def _answer_draft(tx: Any, draft: BundleVersion) -> None:
    tx.answer(
        _draft_of(draft, tx.principal.subject),
        status=201,
        etag=draft.version,
        location=f"/catalog/v1/bundles/{draft.bundle_id}/drafts/{draft.number}",
    )


def _draft_of(draft: BundleVersion, caller: str) -> BundleDraftOut:
    return BundleDraftOut(
        bundle_id=draft.bundle_id,
        number=draft.number,
        state=draft.state,
        bundle=draft.content,
        places=_places(draft.merged),
        drafted_at=draft.drafted_at,
        is_mine=caller in draft.drafters,
    )


def _draft_out(row: Any, caller: str) -> BundleDraftOut:
    return BundleDraftOut(
        bundle_id=row.bundle_id,
        number=row.number,
        state=row.state,
        bundle=BundleContent.model_validate(row.content),
        places=_places(row.merged),
        drafted_at=row.drafted_at,
        is_mine=caller in row.drafters,
    )


async def _bundle_out(tx: Any, bundle_id: UUID, number: int | None) -> BundleOut:
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
        places=_places(row.merged),
    )


def _places(merged: dict[str, Any]) -> list[PlaceOut]:
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
