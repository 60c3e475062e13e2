from datetime import UTC, datetime

import pytest

from certificate.domain.revocation import (
    ReasonUnknownError,
    Revocation,
    RevocationDecidedError,
    RevocationState,
    SamePersonError,
)
from chassis.ids import new_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def proposed(**more):
    values = {
        "id": new_id(),
        "certificate_id": new_id(),
        "kind": "revoked",
        "reason_code": "penalty",
        "known_reasons": frozenset({"penalty"}),
        "reason": "处罚决定",
        "legal_basis": "《行政许可法》第八十条",
        "by": "issuer-1",
        "at": NOW,
    }
    return Revocation.propose(**{**values, **more})


def test_the_reason_is_one_of_the_rule():
    with pytest.raises(ReasonUnknownError):
        proposed(reason_code="made-up")


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_the_own_proposal(approve):
    revocation = proposed()
    with pytest.raises(SamePersonError):
        revocation.decide(approve=approve, by="issuer-1", at=NOW)
    assert revocation.state is RevocationState.PENDING


@pytest.mark.parametrize(
    ("approve", "state"), [(True, RevocationState.APPROVED), (False, RevocationState.DECLINED)]
)
def test_it_is_decided_once(approve, state):
    revocation = proposed()
    revocation.decide(approve=approve, by="keeper-1", at=NOW)
    assert (revocation.state, revocation.decided_by) == (state, "keeper-1")
    with pytest.raises(RevocationDecidedError):
        revocation.decide(approve=True, by="keeper-2", at=NOW)
