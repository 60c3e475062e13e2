"""Who keeps a certificate (管理机关): who issued it, until the power behind it moves (职权调整). Pure.

The receiver takes over what is in force: it changes and ends it from then on, because whoever goes on exercising a power
answers for what was done under it (行政诉讼法第二十六条第六款 [K]). In whose name a certificate was issued never changes, and
the giver goes on reading what it issued. What is not in force any more, or not yet, stays where it began.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import ForbiddenError, InvalidError

BASIC_CODE_FROM, BASIC_CODE_CHARACTERS = 19, 12
"""基本编码 within an item's code: after the department (18) and the level (1), domain.md 1.2."""
ITEM_CODE_CHARACTERS = 31


class KeptByOtherError(ForbiddenError):
    code = "kept-by-other"
    title_zh = "该证照由其他部门管理，请由其办理"
    title_en = "Another department keeps this certificate; ask that one"


class NotAReceiverError(InvalidError):
    code = "not-a-receiver"
    title_zh = "证照只能移交给职权调整的承接部门，或退回给移交部门；请核对职权调整"
    title_en = "It passes only to a department that received the power from yours, or back; look at the adjustment"


@dataclass(frozen=True, kw_only=True)
class Keeper:
    department: str
    department_name: str


@dataclass(frozen=True, kw_only=True)
class KeeperMove:
    """One receiver of a power: what `giver` keeps of it passes to `receiver` at `since`."""

    adjustment_id: UUID
    power_code: str
    giver: str
    receiver: Keeper
    division: str
    since: datetime


def power_of(item_code: str) -> str:
    """The power behind an item, by its code; a code that is none of the national ones is its own."""
    if len(item_code) < ITEM_CODE_CHARACTERS:
        return item_code
    return item_code[BASIC_CODE_FROM : BASIC_CODE_FROM + BASIC_CODE_CHARACTERS]
