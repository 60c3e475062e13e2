"""What changed between two versions of a guide, in words that a citizen or an officer reads.

Parts that have a code (materials, situations) or a name (steps, fees, results, …) are matched by it and not by their
place, so that a material put in front is one addition and not a change of all that follow.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from catalog.domain.guide_cells import Choice, Choices
from catalog.domain.guide_sheets import ITEM_COLUMNS, PART_SHEETS, Column
from contracts.guide import Guide

Kind = Literal["added", "removed", "changed", "moved"]

TEXT_SHOWN_MAX = 60

WORDS: Mapping[str, str] = {
    "item_code": "实施编码",
    "original_code": "原编码",
    "basic_code": "基本编码",
    "handling_code": "业务办理项编码",
    "use_level": "行使层级",
    "power_source": "权力来源",
    "agency_kind": "实施主体性质",
    "handling_kind": "办件类型",
    "handling_forms": "办理形式",
    "name": "名称",
    "main_item": "主项名称",
    "task_type": "事项类型",
    "department": "部门代码",
    "department_name": "实施部门",
    "division": "区划",
    "managing_area": "功能区",
    "audience": "服务对象",
    "statutory_days": "法定时限（工作日）",
    "promised_days": "承诺时限（工作日）",
    "visits": "到现场次数",
    "visit_reason": "到现场原因",
    "online_depth": "网办深度",
    "online_url": "网上办理地址",
    "legal_basis": "法律依据",
    "conditions": "受理条件",
    "situations": "情形",
    "materials": "申请材料",
    "steps": "办理流程",
    "special_procedures": "特别程序",
    "fees": "收费",
    "pays_online": "网上支付",
    "intermediary_services": "中介服务",
    "questions": "常见问题",
    "quantity_limit": "数量限制",
    "results": "审批结果",
    "windows": "办理窗口",
    "channels": "办理渠道",
    "phone": "咨询电话",
    "supervision_phone": "监督投诉电话",
    "hours": "办理时间",
    "cross_region": "通办范围",
    "cross_region_modes": "跨域通办方式",
    "takes_bookings": "支持预约",
    "sends_by_mail": "支持邮寄",
    "self_service": "支持自助终端",
    "proxy_allowed": "支持帮办代办",
    "one_window": "综合窗口受理",
    "keywords": "关键词",
    "themes": "主题",
    "life_events": "人生事件",
    "effective_from": "生效日期",
    # of parts
    "kind": "类型",
    "proof": "证明",
    "necessity": "必要性",
    "source": "来源渠道",
    "form": "材料形式",
    "originals": "原件份数",
    "copies": "复印件份数",
    "certificate_type": "对应证照",
    "data_resource": "对应数据",
    "exempt_seal": "免用印章",
    "exempt_signature": "免手写签名",
    "prefilled": "免填写",
    "prefilled_from": "代填字段及来源",
    "commitment": "告知承诺",
    "department_check": "部门核验",
    "exemption_ground": "免提交依据",
    "issuer": "出具单位",
    "basis": "依据",
    "fill_note": "填报须知",
    "acceptance_standard": "受理标准",
    "sample": "样表",
    "blank": "空白表",
    "applies_when": "适用情形",
    "text": "内容",
    "options": "选项",
    "working_days": "时限（工作日）",
    "handler": "办理人",
    "standard": "标准",
    "result": "结果",
    "amount_fen": "金额（分）",
    "reducible": "可减免",
    "reduction_note": "减免说明",
    "fee_note": "收费说明",
    "question": "问题",
    "answer": "答复",
    "law": "法律",
    "number": "文号",
    "article": "条款",
    "effective_on": "实施日期",
    "validity_years": "有效期（年）",
    "hall": "大厅",
    "address": "地址",
    "code": "代码",
    "scope": "范围",
    "mode": "方式",
    "divisions": "可递交的区划",
    "taken_in_by": "收件方",
    "decided_by": "审批方",
    "delivered_by": "送达方",
    "materials_travel": "材料流转",
    "agreement": "协议",
}
"""Each field as people call it."""


def _coded(columns: Sequence[Column]) -> dict[str, Mapping[str, str]]:
    return {
        column.field: column.codec.labels
        for column in columns
        if isinstance(column.codec, Choice | Choices)
    }


_OF_GUIDE = _coded(ITEM_COLUMNS)
_OF_PARTS = {sheet.field: _coded(sheet.columns) for sheet in PART_SHEETS}
"""Coded values as people call them, by field: the words of the workbook's drop-downs."""

_KEYS = {
    "materials": "code",
    "situations": "code",
    "steps": "code",
    "special_procedures": "name",
    "fees": "name",
    "intermediary_services": "name",
    "questions": "question",
    "results": "name",
    "windows": "name",
}
"""By what the parts of a field are matched; the others are compared by their whole content."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One change. `pointer` is into the later guide, or into the earlier one for what was removed."""

    pointer: str
    kind: Kind
    words: str
    before: Any
    after: Any


def differences(before: Guide, after: Guide) -> list[Difference]:
    """Every change from one guide to the other, in the order of the guide's fields; none when they are equal."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    asked = {"earlier": _asked(old), "later": _asked(new)}
    found: list[Difference] = []
    for name in Guide.model_fields:
        if old[name] == new[name]:
            continue
        if name in _KEYS:
            found.extend(_of_parts(name, old[name], new[name], asked))
        elif isinstance(new[name], list):
            found.extend(_of_values(name, old[name], new[name]))
        else:
            shown = (_worded(name, old[name]), _worded(name, new[name]))
            found.append(
                _changed((name,), _label(name), before=old[name], after=new[name], shown=shown)
            )
    return found


def _of_parts(
    name: str,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Mapping[str, str]],
) -> Iterator[Difference]:
    """Parts matched by key; a key that stands twice is told apart by its turn."""
    earlier, later = _by_key(name, old), _by_key(name, new)
    for key, (place, part) in earlier.items():
        if key not in later:
            yield Difference(
                pointer=_pointer((name, place)),
                kind="removed",
                words=f"删除{_label(name)}“{_title(part)}”",
                before=part,
                after=None,
            )
    for key, (place, part) in later.items():
        if key not in earlier:
            yield Difference(
                pointer=_pointer((name, place)),
                kind="added",
                words=f"新增{_label(name)}“{_title(part)}”",
                before=None,
                after=part,
            )
            continue
        was = earlier[key][1]
        for field in part:
            if part[field] != was[field]:
                whose = f"{_label(name)}“{_title(was)}”的{_label(field)}"
                shown = (
                    _field_worded(name, field, was[field], asked["earlier"]),
                    _field_worded(name, field, part[field], asked["later"]),
                )
                yield _changed(
                    (name, place, field), whose, before=was[field], after=part[field], shown=shown
                )
    yield from _moved(name, list(earlier), list(later), later)


def _moved(
    name: str,
    earlier: Sequence[tuple[str, int]],
    later: Sequence[tuple[str, int]],
    parts: Mapping[tuple[str, int], tuple[int, Mapping[str, Any]]],
) -> Iterator[Difference]:
    """Parts that stand in both, in another order: told once for the whole list."""
    stayed = [key for key in earlier if key in set(later)]
    now = [key for key in later if key in set(earlier)]
    if stayed == now:
        return
    order = "、".join(_title(parts[key][1]) for key in later)
    yield Difference(
        pointer=_pointer((name,)),
        kind="moved",
        words=f"{_label(name)}的顺序调整为：{order}",
        before=[list(key) for key in earlier],
        after=[list(key) for key in later],
    )


def _of_values(name: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Difference]:
    """Lists of plain values, or of parts without a key of their own; equal ones are matched in their order."""
    left = list(range(len(old)))
    stayed, added = [], []
    for place, value in enumerate(new):
        match = next((one for one in left if old[one] == value), None)
        if match is None:
            added.append((place, value))
        else:
            left.remove(match)
            stayed.append(match)
    for place in left:
        yield Difference(
            pointer=_pointer((name, place)),
            kind="removed",
            words=f"{_label(name)}删除：{_shown(_worded(name, old[place]))}",
            before=old[place],
            after=None,
        )
    for place, value in added:
        yield Difference(
            pointer=_pointer((name, place)),
            kind="added",
            words=f"{_label(name)}新增：{_shown(_worded(name, value))}",
            before=None,
            after=value,
        )
    if stayed != sorted(stayed):
        order = "、".join(_shown(_worded(name, value)) for value in new)
        yield Difference(
            pointer=_pointer((name,)),
            kind="moved",
            words=f"{_label(name)}的顺序调整为：{order}",
            before=list(old),
            after=list(new),
        )


def _by_key(
    name: str, parts: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int], tuple[int, Mapping[str, Any]]]:
    seen: dict[str, int] = {}
    found = {}
    for place, part in enumerate(parts):
        key = str(part[_KEYS[name]])
        turn = seen[key] = seen.get(key, -1) + 1
        found[(key, turn)] = (place, part)
    return found


def _changed(
    path: Path, whose: str, *, before: Any, after: Any, shown: tuple[Any, Any]
) -> Difference:
    return Difference(
        pointer=_pointer(path),
        kind="changed",
        words=f"{whose}由“{_shown(shown[0])}”改为“{_shown(shown[1])}”",
        before=before,
        after=after,
    )


def _asked(guide: Mapping[str, Any]) -> dict[str, str]:
    """The words of each question, and of each of its options by question and option."""
    words = {}
    for question in guide["situations"]:
        words[question["code"]] = question["text"]
        for option in question["options"]:
            words[f"{question['code']} {option['code']}"] = option["text"]
    return words


def _field_worded(name: str, field: str, value: Any, asked: Mapping[str, str]) -> Any:
    """The value of one field of a part, with people's words for its codes."""
    if field == "applies_when":
        return [
            f"{asked.get(question, question)}{'或'.join(asked.get(f'{question} {one}', one) for one in options)}"
            for question, options in value.items()
        ]
    return _by_label(_OF_PARTS[name].get(field, {}), value)


def _worded(name: str, value: Any) -> Any:
    """A value of the guide, or one of a list of it, with people's words for its codes."""
    if isinstance(value, dict):
        labels = _OF_PARTS.get(name, {})
        return {field: _by_label(labels.get(field, {}), one) for field, one in value.items()}
    return _by_label(_OF_GUIDE.get(name, {}), value)


def _by_label(labels: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return labels.get(str(value), value)
    return value


def _pointer(path: Path) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _label(name: str) -> str:
    return WORDS.get(name, name)


def _title(part: Mapping[str, Any]) -> str:
    return _shown(part.get("name") or part.get("text") or part.get("question") or part.get("law"))


def _shown(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        told = (
            value.get("name")
            or value.get("law")
            or value.get("text")
            or "、".join(map(_shown, value.values()))
        )
        return _cut(str(told))
    if isinstance(value, list):
        return _cut("、".join(_shown(one) for one in value))
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN_MAX else text[:TEXT_SHOWN_MAX] + "…"
