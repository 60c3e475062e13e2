from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from evaluation.domain.invitation import (
    Invitation,
    InvitationExpiredError,
    InvitationState,
    InvitationUsedError,
    RatedService,
)

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ID = UUID(int=1)
SERVED = RatedService(
    kind="application",
    id=UUID(int=2),
    name="食品经营许可",
    item_code="X",
    applicant_id=UUID(int=3),
    division="445102",
    department="D",
    channel="web",
)


def an_invitation() -> Invitation:
    return Invitation.create(id=ID, rated=SERVED, at=AT, open_days=30)


def test_it_is_used_once():
    invitation = an_invitation()
    invitation.use(at=AT)
    with pytest.raises(InvitationUsedError):
        invitation.use(at=AT)
    assert (invitation.state, invitation.version) == (InvitationState.USED, 2)


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(days=30) - timedelta(seconds=1), InvitationState.OPEN),
        (timedelta(days=30), InvitationState.EXPIRED),
    ],
)
def test_it_ends_to_the_second(after, state):
    assert an_invitation().state_at(AT + after) is state


def test_an_expired_one_is_not_used():
    invitation = an_invitation()
    with pytest.raises(InvitationExpiredError):
        invitation.use(at=AT + timedelta(days=31))
    assert invitation.version == 1


def test_a_used_one_stays_used_after_its_time():
    invitation = an_invitation()
    invitation.use(at=AT)
    assert invitation.state_at(AT + timedelta(days=99)) is InvitationState.USED
