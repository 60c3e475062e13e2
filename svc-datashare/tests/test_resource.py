import pytest

from datashare.domain.delivery import HIDDEN, masked_by_level
from datashare.domain.resource import (
    Field,
    FieldLevel,
    FieldUnknownError,
    Resource,
    ResourceState,
    ResourceTermsMissingError,
    ShareType,
)


def resource(**changes):
    given = {
        "code": "household-register",
        "name": "居民户口登记信息",
        "provider_department": "11445100007014281A",
        "division": "445100",
        "fields": (
            Field(name="name", label="姓名", level=FieldLevel.L3),
            Field(name="kind", label="户别", level=FieldLevel.L2),
        ),
        "share_type": ShareType.CONDITIONAL,
        "conditions": "仅限核验",
        "law": "",
        "update_cycle": "daily",
        "state": ResourceState.OPEN,
    }
    return Resource(**{**given, **changes})


@pytest.mark.parametrize(
    "terms",
    [
        {"share_type": ShareType.CONDITIONAL, "conditions": ""},
        {"share_type": ShareType.NONE, "law": ""},
    ],
)
def test_terms_that_a_share_type_needs_are_asked_for(terms):
    with pytest.raises(ResourceTermsMissingError):
        resource(**terms)


def test_an_unconditional_resource_needs_no_terms():
    assert resource(share_type=ShareType.UNCONDITIONAL, conditions="").conditions == ""


def test_fields_are_chosen_once_each_in_the_catalogue_s_order():
    assert resource().chosen(("kind", "name", "kind")) == ("name", "kind")


def test_a_foreign_field_is_refused_by_its_place():
    with pytest.raises(FieldUnknownError) as caught:
        resource().chosen(("name", "phone"))
    assert [fault.pointer for fault in caught.value.faults] == ["/fields/1"]


def test_a_foreign_value_is_refused_by_its_row():
    with pytest.raises(FieldUnknownError) as caught:
        resource().check_values({"name": "王", "phone": "1"}, row=7)
    assert [fault.pointer for fault in caught.value.faults] == ["/rows/7/values/phone"]


@pytest.mark.parametrize(
    ("value", "level", "shown"),
    [
        ("家庭户", FieldLevel.L1, "家庭户"),
        (12, FieldLevel.L2, 12),
        ("林小敏", FieldLevel.L3, "林*敏"),
        ("林敏", FieldLevel.L3, "林*"),
        ("林", FieldLevel.L3, HIDDEN),
        ("4451020012345", FieldLevel.L4, HIDDEN),
        (None, FieldLevel.L4, None),
    ],
)
def test_values_are_masked_by_their_level(value, level, shown):
    assert masked_by_level({"x": value}, {"x": level}) == {"x": shown}


def test_a_value_whose_level_nobody_states_is_hidden():
    assert masked_by_level({"x": "anything"}, {}) == {"x": HIDDEN}
