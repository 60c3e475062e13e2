"""Publishing rules (发布规则) as data: what must hold of a guide (rule_language.py says how), and the words when it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalog.domain.guide_facts import Facts
from catalog.domain.rule_language import Expression, RuleExpressionError, holds
from chassis.errors import ConflictError, FieldFault

RESERVED = ("proof", "moved", "trials")
"""Beginnings of codes by which other things than publishing rules refuse a guide, or that are doors."""


class Severity(StrEnum):
    REFUSE = "refuse"
    """A guide that breaks it is not published."""
    FINDING = "finding"
    """It may be published; the audit opens a finding."""


class RuleKind(StrEnum):
    GUIDE = "guide"
    """An expression over the facts of one guide."""
    DIVISIONS = "divisions"
    """The same item in other divisions: its pointers name what is compared."""
    CHANNELS = "channels"
    """What a channel really shows."""
    PROOFS = "proofs"
    """Cancelled proofs that guides in force still ask for."""


class RuleThereError(ConflictError):
    code = "publishing-rule-there"
    title_zh = "该编码的发布规则已存在；要修改请用 PUT，已停用的请用 reinstatements 恢复"
    title_en = "There is a rule of this code; change it with PUT, or take a retired one up again"


class RuleRetiredError(ConflictError):
    code = "publishing-rule-retired"
    title_zh = "该规则已停用；请先用 reinstatements 恢复后再修改"
    title_en = "The rule is retired; take it up again with reinstatements first"


class RuleNotRetiredError(ConflictError):
    code = "publishing-rule-not-retired"
    title_zh = "该规则没有停用，无须恢复；请刷新后查看"
    title_en = "The rule is not retired; read it again"


class ComparisonNotRetiredError(ConflictError):
    code = "publishing-rule-built-in"
    title_zh = "一致性比对是系统内置的规则，不能停用；可用 PUT 将 is_enabled 设为 false"
    title_en = "A comparison is built in and not retired; PUT can set is_enabled to false"


@dataclass(frozen=True, kw_only=True)
class PublishingRule:
    code: str
    version: int
    kind: RuleKind
    expression: Expression
    parameters: Mapping[str, Any]
    pointers: tuple[str, ...]
    message_zh: str
    message_en: str
    how_to_mend_zh: str
    how_to_mend_en: str
    severity: Severity
    is_enabled: bool
    is_retired: bool = False
    """Out of use until somebody takes it up again; not even changed meanwhile."""
    applies_to: tuple[str, ...] = ()
    """Task types; empty: every one."""

    def is_broken_by(self, facts: Facts) -> bool:
        """Whether a guide with these facts breaks it."""
        if self.kind is not RuleKind.GUIDE:
            return False
        if self.applies_to and facts["task_type"] not in self.applies_to:
            return False
        return not holds(self.expression, facts, self.parameters)

    def check_changeable(self) -> None:
        """Raise RuleRetiredError."""
        if self.is_retired:
            raise RuleRetiredError

    def check_retirable(self) -> None:
        """Raise RuleRetiredError or ComparisonNotRetiredError."""
        self.check_changeable()
        if self.kind is not RuleKind.GUIDE:
            raise ComparisonNotRetiredError

    def names_lists(self) -> bool:
        return any(isinstance(value, Mapping) for value in self.parameters.values())

    def with_lists(self, lists: Mapping[str, Sequence[str]]) -> "PublishingRule":
        """With what the lists hold that its parameters name."""
        values = {
            name: list(lists.get(value["list"], ())) if isinstance(value, Mapping) else value
            for name, value in self.parameters.items()
        }
        return replace(self, parameters=values)

    def words(self) -> tuple[str, str]:
        """What is wrong, with the parameters filled in."""
        shown = {
            name: "、".join(map(str, value)) if isinstance(value, list) else value
            for name, value in self.parameters.items()
        }
        return _filled_in(self.message_zh, shown), _filled_in(self.message_en, shown)

    def mending(self) -> tuple[str, str]:
        shown = {name: str(value) for name, value in self.parameters.items()}
        return _filled_in(self.how_to_mend_zh, shown), _filled_in(self.how_to_mend_en, shown)

    def fault(self) -> FieldFault:
        """As a publisher is told."""
        (zh, en), (mend_zh, mend_en) = self.words(), self.mending()
        return FieldFault(
            pointer=f"/guide{self.pointers[0]}",
            code=self.code,
            zh=f"{zh}；{mend_zh}",
            en=f"{en}; {mend_en}",
        )


def new_rule(
    *, expression: Expression, parameters: Mapping[str, Any], applies_to: Sequence[str]
) -> PublishingRule:
    """A rule that is not there yet, to be tried."""
    return PublishingRule(
        code="",
        version=0,
        kind=RuleKind.GUIDE,
        expression=expression,
        parameters=parameters,
        pointers=(),
        message_zh="",
        message_en="",
        how_to_mend_zh="",
        how_to_mend_en="",
        severity=Severity.FINDING,
        is_enabled=True,
        applies_to=tuple(applies_to),
    )


def _filled_in(text: str, parameters: Mapping[str, Any]) -> str:
    for name, value in parameters.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def check_code(code: str) -> None:
    """Raise RuleExpressionError for a code that begins as those of other refusals do; an import goes by it."""
    if code.split("-", maxsplit=1)[0] in RESERVED or code.startswith("cross-region"):
        fault = FieldFault(
            pointer="/code",
            code="code-reserved",
            zh=f"编码不能以 {'、'.join(RESERVED)} 或 cross-region 开头，请另取",
            en=f"A code does not begin with {', '.join(RESERVED)} or cross-region; take another",
        )
        raise RuleExpressionError(faults=(fault,))
