"""What departments do on application: main items (主项) by kind of department, written for the example city.

A line reads: type, audience (P person, E enterprise, B both), name, and `@` the certificate type of its result.
"""

from dataclasses import dataclass
from functools import cache

from localcity.example.wording import KINDS

PERSON, ENTERPRISE = "person", "enterprise"
_AUDIENCES: dict[str, tuple[str, ...]] = {
    "P": (PERSON,),
    "E": (ENTERPRISE,),
    "B": (PERSON, ENTERPRISE),
}
_SUBJECTS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One main item: what it is, whoever handles it."""

    name: str
    task_type: str
    audience: tuple[str, ...]
    main_number: int
    """Digits 5 to 9 of the basic code."""
    law: str
    certificate_type: str | None

    @property
    def is_for_person(self) -> bool:
        return PERSON in self.audience


@dataclass(frozen=True, kw_only=True)
class DepartmentKind:
    """A department as every level of the city has it, with what it does."""

    key: str
    name: str
    levels: str
    """Where it stands: c city, d county and district, f 枫溪区."""
    subjects: tuple[Subject, ...]


@cache
def department_kinds() -> tuple[DepartmentKind, ...]:
    """All kinds of departments, in the order of the list."""
    blocks = (block.strip().splitlines() for block in KINDS.strip().split("\n\n"))
    return tuple(_kind(number, block) for number, block in enumerate(blocks, start=1))


def _kind(number: int, block: list[str]) -> DepartmentKind:
    key, name, levels, law = block[0].split()
    return DepartmentKind(
        key=key,
        name=name,
        levels=levels,
        subjects=tuple(
            _subject(line, main_number=number * _SUBJECTS_MAX + place, law=law)
            for place, line in enumerate(block[1:], start=1)
        ),
    )


def _subject(line: str, *, main_number: int, law: str) -> Subject:
    task_type, audience, name, *rest = line.split()
    return Subject(
        name=name,
        task_type=task_type,
        audience=_AUDIENCES[audience],
        main_number=main_number,
        law=next((word for word in rest if not word.startswith("@")), law),
        certificate_type=next((word[1:] for word in rest if word.startswith("@")), None),
    )
