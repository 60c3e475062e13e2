from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.ids import new_id
from datashare.domain.delivery import answer_request
from datashare.domain.grant import Grant, GrantRevokedError, GrantState, best_grant
from datashare.domain.grant_request import (
    Decision,
    FieldsBeyondRequestError,
    GrantRequest,
    GrantRequestDecidedError,
    GrantRequestState,
    OwnRequestError,
    ResourceClosedError,
    ValidUntilPassedError,
    decision_of_rule,
)
from datashare.domain.resource import (
    Field,
    FieldLevel,
    FieldUnknownError,
    Resource,
    ResourceState,
    ShareType,
)

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=365)
ITEM = "11445102MB2X00020M4440118009000"


def resource(**changes):
    given = {
        "code": "household-register",
        "name": "居民户口登记信息",
        "provider_department": "P0",
        "division": "445100",
        "fields": tuple(
            Field(name=name, label=name, level=FieldLevel.L3) for name in ("a", "b", "c")
        ),
        "share_type": ShareType.CONDITIONAL,
        "conditions": "仅限核验",
        "law": "某法第一条",
        "update_cycle": "daily",
        "state": ResourceState.OPEN,
    }
    return Resource(**{**given, **changes})


def request(of=None, fields=("b", "a")):
    return GrantRequest.submit(
        of or resource(),
        id=new_id(),
        number="GX-260302-00000001-A",
        requester_department="R0",
        requested_by="steward",
        division="445102",
        item_code=ITEM,
        fields=fields,
        purpose="核验",
        legal_basis="某规定",
        at=NOW,
        due_on=date(2026, 3, 16),
    )


def decision(**changes):
    return Decision(
        **{"reason": "同意", "legal_basis": "条例", "decided_by": "approver", **changes}
    )


def grant(**changes):
    given = {
        "id": new_id(),
        "request_id": new_id(),
        "resource_code": "household-register",
        "requester_department": "R0",
        "provider_department": "P0",
        "division": "445102",
        "item_code": ITEM,
        "fields": ("a",),
        "purpose": "核验",
        "legal_basis": "条例",
        "state": GrantState.ACTIVE,
        "given_at": NOW,
        "valid_until": LATER,
        "version": 1,
    }
    return Grant(**{**given, **changes})


def test_an_approval_gives_what_was_asked():
    asked = request()
    given = asked.approve(decision(), grant_id=new_id(), at=NOW, until=LATER)
    assert (asked.state, asked.version) == (GrantRequestState.APPROVED, 2)
    assert (given.fields, given.valid_until, given.item_code) == (("a", "b"), LATER, ITEM)


def test_an_approval_may_give_part_and_a_day_of_its_own():
    day = NOW + timedelta(days=3)
    given = request().approve(
        decision(fields=("a",), valid_until=day), grant_id=new_id(), at=NOW, until=LATER
    )
    assert (given.fields, given.valid_until) == (("a",), day)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"fields": ("c",)}, FieldsBeyondRequestError),
        ({"valid_until": NOW}, ValidUntilPassedError),
        ({"decided_by": "steward"}, OwnRequestError),
    ],
)
def test_an_approval_stays_within_bounds(changes, error):
    asked = request()
    with pytest.raises(error):
        asked.approve(decision(**changes), grant_id=new_id(), at=NOW, until=LATER)
    assert asked.state is GrantRequestState.SUBMITTED


def test_a_request_is_decided_once():
    asked = request()
    asked.refuse(decision(), at=NOW)
    with pytest.raises(GrantRequestDecidedError):
        asked.approve(decision(), grant_id=new_id(), at=NOW, until=LATER)
    with pytest.raises(GrantRequestDecidedError):
        asked.refuse(decision(), at=NOW)


def test_a_closed_resource_and_a_foreign_field_cannot_be_asked_for():
    with pytest.raises(ResourceClosedError):
        request(resource(state=ResourceState.CLOSED))
    with pytest.raises(FieldUnknownError):
        request(fields=("a", "z"))


def test_the_share_type_decides_where_it_can():
    assert decision_of_rule(resource()) is None
    assert decision_of_rule(resource(share_type=ShareType.UNCONDITIONAL)) is not None
    refused = decision_of_rule(resource(share_type=ShareType.NONE))
    assert refused is not None
    assert refused.legal_basis == "某法第一条"


def test_a_grant_holds_for_its_item_and_its_time():
    assert grant().covers(item_code=ITEM, at=NOW)
    assert not grant().covers(item_code="other", at=NOW)
    assert grant(item_code=None).covers(item_code="other", at=NOW)
    assert not grant().covers(item_code=ITEM, at=LATER)
    assert not grant(given_at=LATER).covers(item_code=ITEM, at=NOW)


def test_a_grant_is_revoked_once():
    given = grant()
    given.revoke()
    assert not given.covers(item_code=ITEM, at=NOW)
    with pytest.raises(GrantRevokedError):
        given.revoke()


def test_the_narrower_grant_is_used_first():
    narrow, wide = grant(), grant(item_code=None, given_at=NOW - timedelta(days=1))
    assert best_grant((wide, narrow), item_code=ITEM, at=NOW) is narrow
    assert best_grant((wide, narrow), item_code="other", at=NOW) is wide
    assert best_grant((), item_code=ITEM, at=NOW) is None


def test_only_granted_fields_are_handed_over():
    answer = answer_request(resource(), grant=grant(), record={"a": 1, "b": 2})
    assert (answer.outcome, answer.values) == ("found", {"a": 1})


@pytest.mark.parametrize(
    ("of", "given", "record", "outcome"),
    [
        (None, grant(), {}, "unknown-resource"),
        (resource(state=ResourceState.CLOSED), grant(), {}, "unknown-resource"),
        (resource(), None, {}, "no-grant"),
        (resource(share_type=ShareType.NONE), grant(), {}, "no-grant"),
        (resource(), grant(), None, "no-record"),
    ],
)
def test_each_way_to_find_nothing_has_its_name(of, given, record, outcome):
    answer = answer_request(of, grant=given, record=record)
    assert (answer.outcome, answer.values) == (outcome, {})
