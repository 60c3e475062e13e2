"""What changed between two versions of a guide: for anyone once both are published, for the department before that.

GET  /items/{id}/differences                   anyone      `from`, `to`: numbers of published versions
GET  /items/{id}/drafts/{number}/differences   publisher (own department)  a draft beside the version in force
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from catalog.domain.differences import differences
from catalog.queries import items as queries
from catalog.routes.parameters import Anyone, Publisher, VersionNumber
from catalog.schemas.items import DifferenceOut, DifferencesOut
from chassis.door import answer
from contracts.guide import Guide

router = APIRouter(prefix="/catalog/v1", tags=["reading"])


@router.get(
    "/items/{item_id}/differences",
    response_model=DifferencesOut,
    operation_id="list_item_differences",
)
async def list_differences(
    item_id: UUID,
    call: Anyone,
    *,
    earlier: Annotated[int, Query(alias="from", ge=1, le=1_000_000)],
    later: Annotated[int | None, Query(alias="to", ge=1, le=1_000_000)] = None,
) -> Response:
    """What changed from one published version to another, in words; without `to`, to the one in force."""
    async with call.read() as tx:
        before = await queries.one_row(tx, queries.item_with_version(item_id, earlier))
        after = await queries.one_row(tx, queries.item_with_version(item_id, later))
    return answer(
        _differences_out(item_id, (before.number, before.guide), (after.number, after.guide))
    )


@router.get(
    "/items/{item_id}/drafts/{number}/differences",
    response_model=DifferencesOut,
    operation_id="list_draft_differences",
)
async def list_draft_differences(
    item_id: UUID,
    number: VersionNumber,
    call: Publisher,
    earlier: Annotated[int | None, Query(alias="from", ge=1, le=1_000_000)] = None,
) -> Response:
    """What a draft would change: of the version in force, or of any other that is named in `from`."""
    async with call.read() as tx:
        after = await queries.one_row(tx, queries.any_version(item_id, number))
        wanted = (
            queries.item_with_version(item_id, None)
            if earlier is None
            else queries.any_version(item_id, earlier)
        )
        before = await queries.one_row(tx, wanted)
    return answer(
        _differences_out(item_id, (before.number, before.guide), (after.number, after.guide))
    )


def _differences_out(
    item_id: UUID, earlier: tuple[int, dict[str, object]], later: tuple[int, dict[str, object]]
) -> DifferencesOut:
    found = differences(Guide.model_validate(earlier[1]), Guide.model_validate(later[1]))
    return DifferencesOut(
        item_id=item_id,
        from_version=earlier[0],
        to_version=later[0],
        results=[
            DifferenceOut(
                pointer=one.pointer,
                kind=one.kind,
                words=one.words,
                before=one.before,
                after=one.after,
            )
            for one in found
        ],
    )
