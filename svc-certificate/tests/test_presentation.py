from datetime import UTC, datetime, timedelta

import pytest

from certificate.domain.presentation import (
    NothingToShowError,
    Presentation,
    PresentationExpiredError,
    PresentationState,
    PresentationUsedError,
)
from chassis.ids import new_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOLDER, LATE = new_id(), NOW + timedelta(seconds=60)


def presentation(**more):
    values = {
        "id": new_id(),
        "holder_id": HOLDER,
        "purpose": "申请",
        "item_code": "item-1",
        "certificate_ids": (new_id(),),
        "at": NOW,
        "seconds": 60,
    }
    return Presentation.consent(**{**values, **more})


def test_a_consent_names_a_certificate():
    with pytest.raises(NothingToShowError):
        presentation(certificate_ids=())


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, None),
        ({"holder_id": new_id()}, "other-holder"),
        ({"item_code": "item-2"}, "other-item"),
        ({"at": LATE}, "expired"),
        ({"at": LATE - timedelta(microseconds=1)}, None),
    ],
)
def test_an_application_uses_it_only_as_consented(more, reason):
    asked = {"holder_id": HOLDER, "item_code": "item-1", "at": NOW, **more}
    assert presentation().refusal(**asked) == reason


@pytest.mark.parametrize("step", ["claim", "refuse", "scan", "withdraw"])
def test_it_is_used_up_by_any_step(step):
    shown = presentation()
    take = {
        "claim": lambda: shown.claim(application_id=new_id()),
        "refuse": lambda: shown.refuse(application_id=new_id()),
        "scan": lambda: shown.scan(at=NOW),
        "withdraw": lambda: shown.withdraw(at=NOW),
    }
    take[step]()
    assert shown.version == 2
    assert shown.refusal(holder_id=HOLDER, item_code="item-1", at=NOW) == "used"
    for again in take.values():
        with pytest.raises(PresentationUsedError):
            again()


def test_it_is_neither_scanned_nor_withdrawn_after_its_time():
    shown = presentation()
    assert shown.state_at(LATE) is PresentationState.EXPIRED
    with pytest.raises(PresentationExpiredError):
        shown.scan(at=LATE)
    with pytest.raises(PresentationExpiredError):
        shown.withdraw(at=LATE)
