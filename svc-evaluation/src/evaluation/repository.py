"""Invitations and ratings in and out of PostgreSQL. Never commits; never returns a row."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.errors import NotFoundError
from chassis.ids import code_hash, new_secret_code
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import RatingLevel
from evaluation.domain.invitation import Invitation, InvitationState, RatedService
from evaluation.domain.rating import Rating, RatingState
from evaluation.tables import invitations, rating_steps, ratings

CODE_CONTEXT = "invitations.code"
COMMENT_CONTEXT = "ratings.comment"


class InvitationUnknownError(NotFoundError):
    code = "invitation-unknown"
    title_zh = "没有这个评价邀请，请核对链接或二维码"
    title_en = "There is no such invitation; check the link or code"


def add_invitation(tx: Transaction, invitation: Invitation) -> None:
    """Keep a new invitation, with a fresh unguessable code."""
    code = new_secret_code()
    tx.insert(
        invitations,
        id=invitation.id,
        code_hash=code_hash(code),
        code_encrypted=tx.keyring.encrypt(code, context=CODE_CONTEXT),
        state=invitation.state,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        version=invitation.version,
        **_rated_columns(invitation.rated),
    )


async def is_invited(tx: Transaction, rated: RatedService) -> bool:
    """Whether somebody was asked to rate this service already."""
    t = invitations.c
    statement = select(t.id).where(t.rated_kind == rated.kind, t.rated_id == rated.id)
    return await tx.scalar(statement) is not None


async def get_invitation_by_code(tx: Transaction, code: str) -> Invitation:
    """The invitation behind a code, to look at; raises InvitationUnknownError."""
    return _found(
        await tx.one_or_none(select(invitations).where(invitations.c.code_hash == code_hash(code)))
    )


async def take_invitation_by_code(tx: Transaction, code: str) -> Invitation:
    """The invitation behind a code, locked until the end, to use; raises InvitationUnknownError."""
    return _found(await tx.locked(invitations, code_hash=code_hash(code)))


def _found(row: Any | None) -> Invitation:
    if row is None:
        raise InvitationUnknownError
    return _invitation(row)


def store_invitation(tx: Transaction, invitation: Invitation) -> None:
    """Keep a changed invitation; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        invitations,
        match={"id": invitation.id, "version": invitation.version - 1},
        state=invitation.state,
        version=invitation.version,
    )


def add_rating(tx: Transaction, rating: Rating, *, comment: str | None) -> None:
    """Keep a new rating; the comment as said is encrypted, the masked one is for lists."""
    tx.insert(
        ratings,
        id=rating.id,
        invitation_id=rating.invitation_id,
        level=rating.level,
        is_bad=rating.level.is_bad,
        reason_codes=list(rating.reason_codes),
        comment_encrypted=tx.keyring.encrypt(comment, context=COMMENT_CONTEXT) if comment else None,
        comment_masked=rating.comment_masked,
        state=rating.state,
        given_at=rating.given_at,
        version=rating.version,
        **_rated_columns(rating.rated),
    )


async def get_rating(tx: Transaction, rating_id: UUID) -> Rating:
    """A rating within reach, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(select(ratings).where(ratings.c.id == rating_id).with_for_update())
    if row is None:
        raise NotFoundError
    return _rating(row)


def store_rating(tx: Transaction, rating: Rating) -> None:
    tx.update(
        ratings,
        match={"id": rating.id, "version": rating.version - 1},
        state=rating.state,
        work_order_id=rating.work_order_id,
        settled_at=rating.settled_at,
        version=rating.version,
    )


def add_rating_step(tx: Transaction, rating: Rating, *, step: str, reason: str) -> None:
    """One row of history: who, when, why, from which channel."""
    of = {"rating_id": rating.id}
    add_step(tx, rating_steps, of=of, step=step, state=rating.state, reason=reason)


def _rated_columns(rated: RatedService) -> dict[str, Any]:
    return {
        "rated_kind": rated.kind,
        "rated_id": rated.id,
        "rated_name": rated.name,
        "item_code": rated.item_code,
        "applicant_id": rated.applicant_id,
        "division": rated.division,
        "department": rated.department,
        "channel": rated.channel,
    }


def _rated(row: Any) -> RatedService:
    return RatedService(
        kind=row.rated_kind,
        id=row.rated_id,
        name=row.rated_name,
        item_code=row.item_code,
        applicant_id=row.applicant_id,
        division=row.division,
        department=row.department,
        channel=row.channel,
    )


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=row.id,
        rated=_rated(row),
        state=InvitationState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        version=row.version,
    )


def _rating(row: Row[Any]) -> Rating:
    return Rating(
        id=row.id,
        invitation_id=row.invitation_id,
        rated=_rated(row),
        level=RatingLevel(row.level),
        reason_codes=tuple(row.reason_codes),
        state=RatingState(row.state),
        given_at=row.given_at,
        work_order_id=row.work_order_id,
        settled_at=row.settled_at,
        version=row.version,
        comment_masked=row.comment_masked,
    )
