"""Supervision items (监管事项) and the months for which behaviour data (监管行为数据) is reported."""

import re
from datetime import date, timedelta

from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError

KINDS = ("inspection", "penalty", "compulsion", "other")
"""行政检查, 行政处罚, 行政强制, 其他."""
MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_DECEMBER = 12
_LAST_DUE_DAY = 28


class FutureMonthError(InvalidError):
    code = "future-month"
    title_zh = "不能报送未来月份的监管行为数据，请核对 month"
    title_en = "A month that has not begun cannot be reported; check `month`"


class SupervisionRowsError(InvalidError):
    code = "rows-faulty"
    title_zh = "有数据行有误，全部未收；请按 errors 逐行修改后重报"
    title_en = "Some rows are faulty and none was taken; see errors, mend them and send all again"


class SupervisionDepartmentError(ForbiddenError):
    code = "department-not-yours"
    title_zh = "只能登记和报送本部门的监管事项；其他部门的请由该部门或系统管理员办理"
    title_en = "Only supervision items of your own department; let that department do it"


class SupervisionReasonError(InvalidError):
    code = "correction-needs-reason"
    title_zh = "有事项本月已报送，更正须填写 reason 说明原因；原报数据保留"
    title_en = "Some items are reported for this month already; a correction says why in `reason`"


class SupervisionRemovedError(ConflictError):
    code = "item-removed"
    title_zh = "该监管事项已移出清单；如需恢复，请登记时填写新的 listed_from"
    title_en = "The item is off the list; register it again to take it up"


def first_day(month: str) -> date:
    """2026-11 -> 2026-11-01."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    return _next_month(first_day(month)) - timedelta(days=1)


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def month_before(day: date) -> str:
    """The month before that of a day."""
    return month_of(day.replace(day=1) - timedelta(days=1))


def due_on(month: str, due_day: int) -> date:
    """The last day on which a month's report is in time: this day of the next month."""
    return _next_month(first_day(month)).replace(day=min(max(due_day, 1), _LAST_DUE_DAY))


def check_month(month: str, *, today: date) -> None:
    """Raise FutureMonthError for a month that has not begun."""
    if month > month_of(today):
        raise FutureMonthError


def row_fault(place: int, name: str, code: str, zh: str, en: str) -> FieldFault:
    return FieldFault(pointer=f"/rows/{place}/{name}", code=code, zh=zh, en=en)


def _next_month(first: date) -> date:
    if first.month == _DECEMBER:
        return date(first.year + 1, 1, 1)
    return date(first.year, first.month + 1, 1)
