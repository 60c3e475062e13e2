"""Whose a matter is (职责): the list by category and division, and what was ruled since.

The most exact division wins; a ruling that is younger than the row of the list goes before it, so that a disputed
field is not disputed again before a coordinator has taken the ruling into the list.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, InvalidError

DUTY_IMPORT = "responsibility-import"


class DutyTwiceError(ConflictError):
    code = "duty-twice"
    title_zh = "该分类和区划在此期间已有职责；请修改原有条目，或先写明其截止日期"
    title_en = (
        "The list has this category and division for these days; change that row, or end it first"
    )


class OutsideDivisionError(ForbiddenError):
    code = "outside-division"
    title_zh = "只能维护本辖区的职责清单；其他辖区请转该辖区督办员"
    title_en = "Keep the list of your own division; ask the coordinator of the other one"


class DaysReversedError(InvalidError):
    code = "days-reversed"
    title_zh = "截止日期早于开始日期，请改正"
    title_en = "It ends before it begins; mend the days"


class RulingAdoptedError(ConflictError):
    code = "ruling-adopted"
    title_zh = "该裁定已纳入职责清单，无需再次纳入"
    title_en = "The list has taken this ruling over already"


class NoOwnerRuledError(ConflictError):
    code = "no-owner-ruled"
    title_zh = "该裁定只说明不属于谁，没有指定承办单位，不能纳入清单；请直接维护清单"
    title_en = "This ruling says whose it is not, and names nobody; change the list itself"


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A row of the list; `reach` is what codes of the divisions below begin with."""

    id: UUID
    category: str
    reach: str
    department: str
    co_departments: tuple[str, ...]
    basis: str
    valid_from: date
    valid_until: date | None
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Ruled:
    category: str
    reach: str
    department: str
    number: str
    ruled_at: datetime


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who has a matter, and by what."""

    department: str
    by: Literal["list", "ruling"]
    reason: str
    co_departments: tuple[str, ...] = ()
    duty_id: UUID | None = None


@dataclass
class Duties:
    """All that is in force, remembered."""

    by_category: dict[str, list[Duty]] = field(default_factory=lambda: defaultdict(list))
    rulings: dict[str, list[Ruled]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, duties: Iterable[Duty], rulings: Iterable[Ruled]) -> "Duties":
        found = cls()
        for duty in duties:
            found.by_category[duty.category].append(duty)
        for ruling in rulings:
            found.rulings[ruling.category].append(ruling)
        return found

    @property
    def is_empty(self) -> bool:
        return not self.by_category and not self.rulings

    def owner(self, category: str, division: str, day: date) -> Owner | None:
        """Who has a category in a division on a day; None when neither the list nor a ruling says."""
        listed = [
            duty
            for duty in self.by_category.get(category, ())
            if division.startswith(duty.reach)
            and duty.valid_from <= day
            and (duty.valid_until is None or day <= duty.valid_until)
        ]
        best = max(listed, key=lambda duty: (len(duty.reach), duty.valid_from), default=None)
        ruled = [one for one in self.rulings.get(category, ()) if division.startswith(one.reach)]
        last = max(ruled, key=lambda one: one.ruled_at, default=None)
        if last is not None and (best is None or last.ruled_at >= best.changed_at):
            return Owner(department=last.department, by="ruling", reason=f"裁定 {last.number}")
        if best is None:
            return None
        return Owner(
            department=best.department,
            by="list",
            reason=best.basis or "职责清单",
            co_departments=best.co_departments,
            duty_id=best.id,
        )
