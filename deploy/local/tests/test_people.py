"""The example people cover every role, and keep the rules on who may be what."""

from uuid import UUID

from contracts.vocabulary import Role
from localcity.example.people import principals


def test_every_role_has_its_principal():
    assert {str(role) for role in Role} <= set(principals())


def test_second_ones_are_other_people_and_the_second_officer_is_of_another_department():
    people = principals()
    for role in ("citizen", "publisher", "department_officer"):
        assert people[role]["sub"] != people[f"{role}_2"]["sub"]
    assert (
        people["department_officer"]["department"] != people["department_officer_2"]["department"]
    )


def test_everybody_is_somebody_else_with_one_role():
    people = principals()
    subjects = [UUID(claims["sub"]) for claims in people.values()]
    assert len(set(subjects)) == len(subjects)
    assert all(len(claims["roles"]) == 1 for claims in people.values())
