"""What pydantic finds wrong, as faults with words for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import FieldFault

FAULTS_NAMED_MAX = 100

_WORDS = {
    "missing": "缺少此项",
    "extra_forbidden": "没有此项，请检查拼写",
    "string_too_short": "内容过短",
    "string_too_long": "内容过长",
    "string_pattern_mismatch": "格式不符",
    "enum": "不在可选值之内",
    "literal_error": "不在可选值之内",
    "uuid_parsing": "不是有效的编号",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "date_from_datetime_parsing": "应为日期，如 2026-01-31",
    "datetime_from_date_parsing": "应为时间，如 2026-01-31T08:00:00+08:00",
    "time_parsing": "应为时刻，如 08:30",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
    "too_long": "项数过多",
    "too_short": "项数过少",
}


def faults_of(
    found: Sequence[Mapping[str, Any]], *, under: Sequence[str] = ()
) -> tuple[FieldFault, ...]:
    """The faults that pydantic names, as far as they are named; `under`: where in the body the value stands."""
    return tuple(
        FieldFault(
            pointer=_pointer([*under, *each["loc"]]),
            code=str(each["type"]),
            zh=_words(each),
            en=str(each["msg"]),
        )
        for each in found[:FAULTS_NAMED_MAX]
    )


def _words(fault: Mapping[str, Any]) -> str:
    return _WORDS.get(str(fault["type"]), "内容有误") + "（" + str(fault["msg"])[:200] + "）"


def _pointer(location: Sequence[Any]) -> str:
    """A JSON Pointer for the body, `query/name` or `path/name` for the rest."""
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    if parts and parts[0] == "body":
        return "/" + "/".join(parts[1:]) if len(parts) > 1 else ""
    return "/".join(parts)
