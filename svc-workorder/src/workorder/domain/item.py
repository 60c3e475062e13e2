"""What this service knows of an item (事项): the guide as it was told, so that applications need no catalog."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.errors import ConflictError, FieldFault, InvalidError
from contracts.guide import Guide

ItemState = Literal["published", "withdrawn"]


class ItemUnknownError(InvalidError):
    code = "item-unknown"
    title_zh = "没有这个事项，请从办事指南重新进入"
    title_en = "There is no such item; start again from its guide"


class ItemWithdrawnError(ConflictError):
    code = "item-withdrawn"
    title_zh = "该事项已停止受理新申请，请查看办事指南的最新说明"
    title_en = "This item takes no new applications; see its guide for what holds now"


@dataclass(frozen=True, kw_only=True)
class NewPlace:
    """Where an item whose power moved is applied for now."""

    item_id: UUID
    item_code: str
    department: str
    department_name: str


class ItemMovedError(ConflictError):
    """The power moved (职权调整); the words name each department that takes applications now."""

    code = "item-moved"
    title_zh = "该事项的职权已调整，原部门不再受理新申请，请查看办事指南的最新说明"
    title_en = "The power behind this item moved and it takes no new applications; see its guide"

    def __init__(self, places: tuple[NewPlace, ...]) -> None:
        zh = "、".join(f"{place.department_name}（事项编码 {place.item_code}）" for place in places)
        en = ", ".join(f"{place.item_code} ({place.department_name})" for place in places)
        super().__init__(
            f"该事项的职权已调整，请向现在的实施部门申请：{zh}",
            f"The power behind this item moved; apply there instead: {en}",
            faults=tuple(
                FieldFault(
                    pointer="/item_id",
                    code="moved-to",
                    zh=f"/catalog/v1/items/{place.item_id}",
                    en=f"/catalog/v1/items/{place.item_id}",
                )
                for place in places
            ),
        )


class ItemNotForYouError(InvalidError):
    code = "item-not-for-you"
    title_zh = "该事项不面向您的申请人类型，请核对服务对象后换用个人或企业身份办理"
    title_en = "This item is not for this kind of applicant; apply as a person or an enterprise, as its guide says"


class SituationUnansweredError(InvalidError):
    """Every situation question that has no answer, or one that is not among its options."""

    code = "situation-unanswered"
    title_zh = "请先回答全部情形问题，见 errors"
    title_en = "Answer every situation question first; see errors"


@dataclass(frozen=True, kw_only=True)
class KnownItem:
    """The newest version of an item that was told."""

    item_id: UUID
    item_version_id: UUID
    version: int
    state: ItemState
    guide: Guide
    closes_at: datetime | None = None
    """From this instant its power is elsewhere; the applicant's instant is held against it, not the telling."""
    moved_to: tuple[NewPlace, ...] = ()

    def check_open(self, applicant_kind: str, *, at: datetime) -> None:
        """Raise ItemMovedError, ItemWithdrawnError or ItemNotForYouError when none can be taken at this instant."""
        if self.closes_at is not None and at >= self.closes_at:
            raise ItemMovedError(self.moved_to) if self.moved_to else ItemWithdrawnError()
        if self.state == "withdrawn":
            raise ItemWithdrawnError
        if applicant_kind not in self.guide.audience:
            raise ItemNotForYouError

    def check_answers(self, answers: Mapping[str, str]) -> None:
        """Raise SituationUnansweredError naming every question without a good answer, and every unknown one."""
        faults = []
        for question in self.guide.situations:
            given = answers.get(question.code)
            if given is None:
                faults.append(_fault(question.code, "missing", f"请回答：{question.text}"))
            elif given not in {option.code for option in question.options}:
                faults.append(_fault(question.code, "enum", f"请从选项中选择：{question.text}"))
        known = {question.code for question in self.guide.situations}
        faults += [
            _fault(code, "unknown-question", "办事指南中没有这个问题")
            for code in answers
            if code not in known
        ]
        if faults:
            raise SituationUnansweredError(faults=tuple(faults))

    @property
    def clock_days(self) -> int:
        """Working days of the clock: what is promised, and never more than the law allows."""
        promised, statutory = self.guide.promised_days, self.guide.statutory_days
        return promised if statutory is None else min(promised, statutory)


_WORDS = {
    "missing": "this question has no answer",
    "enum": "choose one of the question's options",
    "unknown-question": "the guide has no such question",
}


def _fault(question: str, code: str, zh: str) -> FieldFault:
    return FieldFault(pointer=f"/answers/{question}", code=code, zh=zh, en=_WORDS[code])
