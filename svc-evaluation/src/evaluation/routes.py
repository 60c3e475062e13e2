"""The HTTP door of svc-evaluation: path, policy, schema in and out, one call to a use case.

GET  /invitations                     own                    the invitations I hold
GET  /invitations/{code}              anyone with the code   what is rated, and the choices
POST /invitations/{code}/rating       anyone with the code   rate once
GET  /ratings, /ratings/{id}, /steps  own, department, division subtree
GET  /indicators, /rules              anyone
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from chassis.door import Call, allow, allow_anyone, answer
from chassis.identity import Reach
from chassis.indicators import InPeriod, indicator_router
from chassis.paging import Paging, page_of
from chassis.rule_routes import rule_router
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role
from evaluation import queries
from evaluation.domain.invitation import Invitation
from evaluation.domain.rating import Rating
from evaluation.repository import CODE_CONTEXT, get_invitation_by_code
from evaluation.schemas import (
    LEVEL_WORDS,
    InvitationOut,
    OpenInvitationOut,
    RatingIn,
    RatingOut,
    RatingStepOut,
)
from evaluation.tables import invitations, rating_steps, ratings
from evaluation.use_cases.give_rating import GiveRating, give_rating

router = APIRouter(prefix="/evaluation/v1")

InvitationCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]

RATERS = {Role.CITIZEN: Reach.OWN, Role.ENTERPRISE_AGENT: Reach.OWN}
READERS = {
    **RATERS,
    Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
    Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
    Role.EVALUATOR: Reach.DIVISION,
    Role.COORDINATOR: Reach.DIVISION,
    Role.AUDITOR: Reach.ALL,
}


@router.get("/invitations", response_model=Page[InvitationOut], operation_id="list_invitations")
async def list_invitations(call: Annotated[Call, allow(RATERS)], paging: Paging) -> Response:
    """The invitations the caller holds, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.own_invitations(call.principal.owner_id),
            by=[invitations.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="invitations",
            show=lambda row: _invitation_out(row, tx),
        )
    return answer(page)


@router.get("/invitations/{code}", response_model=OpenInvitationOut, operation_id="get_invitation")
async def get_invitation(
    code: InvitationCode, call: Annotated[Call, allow_anyone(reach=Reach.ALL)]
) -> Response:
    """What this invitation is for, and how it may be answered."""
    async with call.read() as tx:
        invitation = await get_invitation_by_code(tx, code)
        out = await _open_invitation_out(invitation, tx)
    return answer(out)


@router.post(
    "/invitations/{code}/rating",
    status_code=201,
    response_model=RatingOut,
    operation_id="give_rating",
)
async def post_rating(
    code: InvitationCode,
    body: RatingIn,
    call: Annotated[Call, allow_anyone(reach=Reach.ALL)],
) -> Response:
    """Rate the service, once. A bad rating needs a reason and opens a rectification by itself."""
    command = GiveRating(
        code=code, level=body.level, reason_codes=body.reason_codes, comment=body.comment
    )
    async with call.begin() as tx:
        rating = await give_rating(command, tx)
        tx.answer(
            _given_out(rating),
            status=201,
            etag=rating.version,
            location=f"/evaluation/v1/ratings/{rating.id}",
        )
    return tx.response


@router.get("/ratings", response_model=Page[RatingOut], operation_id="list_ratings")
async def list_ratings(
    call: Annotated[Call, allow(READERS)],
    period: InPeriod,
    paging: Paging,
    is_bad: bool | None = None,
) -> Response:
    """Ratings within the caller's reach, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.ratings_in(period, only_bad=is_bad),
            by=[ratings.c.given_at, ratings.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"ratings {period} {is_bad}",
            show=_rating_out,
        )
    return answer(page)


@router.get("/ratings/{rating_id}", response_model=RatingOut, operation_id="get_rating")
async def get_rating(rating_id: UUID, call: Annotated[Call, allow(READERS)]) -> Response:
    """One rating within the caller's reach."""
    async with call.read() as tx:
        row = await queries.rating_row(tx, rating_id)
    return answer(_rating_out(row), etag=row.version)


@router.get(
    "/ratings/{rating_id}/steps",
    response_model=Page[RatingStepOut],
    operation_id="list_rating_steps",
)
async def list_rating_steps(
    rating_id: UUID, call: Annotated[Call, allow(READERS)], paging: Paging
) -> Response:
    """What happened to a rating, oldest first: every state it was in, and why."""
    async with call.read() as tx:
        await queries.rating_row(tx, rating_id)
        page = await page_of_steps(
            tx,
            rating_steps,
            of={"rating_id": rating_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=RatingStepOut,
        )
    return answer(page)


def _invitation_out(row: Any, tx: Transaction) -> InvitationOut:
    columns = {name: getattr(row, name) for name in InvitationOut.model_fields if name != "code"}
    if row.state == "open" and tx.now >= row.expires_at:
        columns["state"] = "expired"
    code = tx.keyring.decrypt(row.code_encrypted, context=CODE_CONTEXT)
    return InvitationOut(code=code, **columns)


async def _open_invitation_out(invitation: Invitation, tx: Transaction) -> OpenInvitationOut:
    return OpenInvitationOut(
        rated_kind=invitation.rated.kind,
        rated_name=invitation.rated.name,
        state=invitation.state_at(tx.now),
        expires_at=invitation.expires_at,
        levels=LEVEL_WORDS,
        reasons=await tx.rule("bad-rating-reasons"),
    )


def _given_out(rating: Rating) -> RatingOut:
    """One that was given just now, as reading it back would show it."""
    rated = rating.rated
    return RatingOut(
        id=rating.id,
        rated_kind=rated.kind,
        rated_id=rated.id,
        rated_name=rated.name,
        item_code=rated.item_code,
        division=rated.division,
        department=rated.department,
        level=rating.level,
        is_bad=rating.level.is_bad,
        reason_codes=list(rating.reason_codes),
        comment=rating.comment_masked,
        state=rating.state,
        work_order_id=rating.work_order_id,
        given_at=rating.given_at,
        settled_at=rating.settled_at,
    )


def _rating_out(row: Any) -> RatingOut:
    columns = {name: getattr(row, name) for name in RatingOut.model_fields if name != "comment"}
    return RatingOut(comment=row.comment_masked, **columns)


ROUTERS = (
    router,
    indicator_router("evaluation", queries.INDICATORS),
    rule_router("evaluation", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
