"""What publishing rules may ask of a guide (办事指南): one flat record, computed once when it enters into force."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from contracts.guide import Fee, Guide

FactKind = Literal["number", "text", "texts", "flag"]
Facts = Mapping[str, Any]

FACTS: dict[str, tuple[FactKind, str]] = {
    "name": ("text", "事项名称"),
    "material_names": ("texts", "各材料名称"),
    "result_names": ("texts", "各审批结果名称"),
    "task_type": ("text", "事项类型"),
    "handling_kind": ("text", "办件类型"),
    "handling_forms": ("texts", "办理形式"),
    "audience": ("texts", "服务对象"),
    "themes": ("texts", "主题分类"),
    "channels": ("texts", "办理渠道"),
    "promised_days": ("number", "承诺时限（工作日）"),
    "statutory_days": ("number", "法定时限（工作日）"),
    "visits": ("number", "到现场次数"),
    "visit_reason_characters": ("number", "到现场原因字数"),
    "online_depth": ("number", "网办深度"),
    "is_online": ("flag", "可网上办理"),
    "phone": ("text", "咨询电话"),
    "supervision_phone": ("text", "监督电话"),
    "hours": ("text", "办理时间"),
    "windows": ("number", "窗口数"),
    "materials": ("number", "材料数"),
    "conditions": ("number", "受理条件数"),
    "catch_all_conditions": ("number", "兜底条款数"),
    "laws": ("number", "设定依据数"),
    "steps": ("number", "办理步骤数"),
    "step_days": ("number", "步骤时限合计"),
    "delivery_days": ("number", "制证送达时限合计"),
    "questions": ("number", "常见问题数"),
    "results": ("number", "审批结果数"),
    "named_results": ("number", "有名称的审批结果数"),
    "results_without_sample": ("number", "缺样本的审批结果数"),
    "fees": ("number", "收费项目数"),
    "fees_without_basis": ("number", "缺依据的收费项目数"),
    "fees_without_standard": ("number", "缺标准的收费项目数"),
    "pays_online": ("flag", "网上支付"),
}
"""Name to kind and words. A number or text may be missing (null): then no comparison with it holds."""

FIELDS = (
    "item_code",
    "basic_code",
    "use_level",
    "power_source",
    "agency_kind",
    "handling_kind",
    "handling_forms",
    "audience",
    "promised_days",
    "statutory_days",
    "legal_basis",
    "conditions",
    "materials",
    "steps",
    "results",
    "fees",
    "windows",
    "channels",
    "phone",
    "supervision_phone",
    "hours",
    "questions",
    "themes",
    "online_url",
)
"""Fields of a guide that may be mandatory (rule `mandatory-guide-fields`), each with its bit in a mask."""

TEXT_CHARACTERS_MAX = 300
CATCH_ALL = (
    "其他材料",
    "其他条件",
    "其他情形",
    "其它材料",
    "其它条件",
    "其它情形",
    "需要的其他",
)
"""Wording of a clause that leaves everything open (兜底条款)."""
_OPEN_ENDED = re.compile("|".join(map(re.escape, CATCH_ALL)))
_NO_RESULT = ("", "无", "没有", "不涉及")
_NUMBERS_ALWAYS_FILLED = ("promised_days", "audience", "item_code")


def facts_of(guide: Guide) -> dict[str, Any]:
    """The record of a guide; its keys are those of FACTS."""
    return {
        "name": _short(guide.name),
        "material_names": [_short(each.name) for each in guide.materials],
        "result_names": [_short(each.name) for each in guide.results],
        "task_type": guide.task_type.value,
        "handling_kind": guide.handling_kind or "",
        "handling_forms": list(guide.handling_forms),
        "audience": list(guide.audience),
        "themes": list(guide.themes),
        "channels": list(guide.channels),
        "promised_days": guide.promised_days,
        "statutory_days": guide.statutory_days,
        "visits": guide.visits,
        "visit_reason_characters": len(guide.visit_reason.strip()),
        "online_depth": guide.online_depth,
        "is_online": "online" in guide.handling_forms or guide.online_depth >= 3,
        "phone": _short(guide.phone),
        "supervision_phone": _short(guide.supervision_phone),
        "hours": _short(_hours(guide)),
        **_counts(guide),
        **_results(guide),
        "pays_online": guide.pays_online,
    }


def _counts(guide: Guide) -> dict[str, int]:
    last = {"making", "delivery"}
    return {
        "windows": len(guide.windows),
        "materials": len(guide.materials),
        "conditions": sum(bool(each.strip()) for each in guide.conditions),
        "catch_all_conditions": sum(map(_is_catch_all, guide.conditions))
        + sum(_is_catch_all(each.name) for each in guide.materials),
        "laws": len(guide.legal_basis),
        "steps": len(guide.steps),
        "step_days": sum(each.working_days for each in guide.steps),
        "delivery_days": sum(each.working_days for each in guide.steps if each.code in last),
        "questions": len(guide.questions),
        "fees": len(guide.fees),
        "fees_without_basis": sum(not each.basis.strip() for each in guide.fees),
        "fees_without_standard": sum(not _has_standard(each) for each in guide.fees),
    }


def _has_standard(fee: Fee) -> bool:
    """An amount is a standard; so is a text that says how it is reckoned."""
    return fee.amount_fen > 0 or bool(fee.standard.strip())


def _results(guide: Guide) -> dict[str, int]:
    named = [each for each in guide.results if each.name.strip() not in _NO_RESULT]
    return {
        "results": len(guide.results),
        "named_results": len(named),
        "results_without_sample": sum(
            each.sample is None and each.certificate_type is None for each in named
        ),
    }


def filled_fields(guide: Guide) -> list[str]:
    return [name for name in FIELDS if is_filled(guide, name)]


def is_filled(guide: Guide, name: str) -> bool:
    """Whether a field says anything; a promise of nought days (即办) does."""
    if name in _NUMBERS_ALWAYS_FILLED:
        return True
    if name == "hours":
        return bool(_hours(guide))
    if name == "fees":
        return True  # none: free of charge
    found = getattr(guide, name)
    return bool(found.strip()) if isinstance(found, str) else found not in (None, ())


def mask_of(names: Any) -> int:
    """Fields as bits; a name that is no field of FIELDS counts for nothing."""
    return sum(1 << FIELDS.index(name) for name in set(names) if name in FIELDS)


def _hours(guide: Guide) -> str:
    return guide.hours.strip() or "；".join(dict.fromkeys(each.hours for each in guide.windows))


def _is_catch_all(text: str) -> bool:
    return _OPEN_ENDED.search(text) is not None


def _short(text: str) -> str:
    return text.strip()[:TEXT_CHARACTERS_MAX]
