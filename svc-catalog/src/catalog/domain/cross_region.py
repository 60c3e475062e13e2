"""Handling elsewhere (跨域通办): what each declared mode must say, and how papers travel, in words.

| mode | 中文 | what it must say |
|---|---|---|
| online | 全程网办 | depth IV; nothing travels on paper |
| self-service | 自助办 | self-service is open; nothing travels on paper |
| separate-intake | 收受分离 | another takes in, the competent department decides; materials travel, by courier or electronically |
| proxy-intake | 代收代办 | another takes in and hands over on the applicant's behalf; materials travel |
| joint | 多地联办 | several places handle it together; materials travel |
"""

from collections.abc import Iterator

from chassis.errors import FieldFault
from chassis.identity import subtree_prefix
from contracts.guide import CrossRegionMode, Guide

SCOPES = {"same-city": "同城通办", "cross-city": "跨市通办", "cross-province": "跨省通办"}
MODES = {
    "online": "全程网办",
    "self-service": "自助办",
    "separate-intake": "收受分离",
    "proxy-intake": "代收代办",
    "joint": "多地联办",
}
_PAPERLESS = {"online", "self-service"}
_HANDED_OVER = {"separate-intake", "proxy-intake"}
_NOBODY = {"无", "-", "/", "—", "暂无", "none", "n/a", "待定", "略"}
_FULLY_ONLINE = 4
_CITY_DIGITS, _PROVINCE_DIGITS = 4, 2

_TRAVEL = {
    "electronic": "材料以电子形式流转",
    "courier": "纸质材料由快递寄送",
    "both": "材料可电子流转，也可快递寄送纸质件",
    "none": "无须流转材料",
}

UNDECLARED = FieldFault(
    pointer="/guide/cross_region_modes",
    code="modes-undeclared",
    zh="写明了通办范围，未写明怎样通办；请补充 cross_region_modes（谁收件、谁审批、谁送达、材料如何流转）",
    en="It says how far it reaches and not how; declare who takes in, decides, delivers, and how papers travel",
)
"""An item that says how far it reaches and not how: listed, and no bar to publishing."""


def faults(guide: Guide) -> tuple[FieldFault, ...]:
    """Everything that is wrong with a guide's declared modes, each with its place and how to mend it."""
    found: list[FieldFault] = []
    if guide.cross_region_modes and guide.cross_region == "none":
        found.append(
            FieldFault(
                pointer="/guide/cross_region",
                code="cross-region-undeclared",
                zh="已写明通办方式，cross_region（通办范围）不能为 none；请填写通办范围，或删去通办方式",
                en="Modes are declared while `cross_region` is none; say how far it reaches, or take the modes out",
            )
        )
    seen: set[tuple[str, str, str]] = set()
    for place, mode in enumerate(guide.cross_region_modes):
        found.extend(_faults_of(guide, mode, f"/guide/cross_region_modes/{place}"))
        for division in mode.divisions:
            key = (mode.scope, mode.mode, division)
            if key in seen:
                found.append(_twice(f"/guide/cross_region_modes/{place}/divisions", division))
            seen.add(key)
    return tuple(found)


def places_of(guide: Guide) -> Iterator[tuple[int, CrossRegionMode, str]]:
    """Each place where an applicant may hand in: the mode's position, the mode, the division; none twice."""
    for place, mode in enumerate(guide.cross_region_modes):
        for division in dict.fromkeys(mode.divisions):
            yield place, mode, division


def path_in_words(mode: CrossRegionMode) -> str:
    """Who takes in, who decides, who delivers, and how the papers travel, for the applicant and the clerk."""
    travel = _TRAVEL[mode.materials_travel]
    if mode.mode == "online":
        return f"网上申请，{mode.taken_in_by}收件，{mode.decided_by}审批，{mode.delivered_by}送达；{travel}"
    if mode.mode == "self-service":
        return f"在自助终端申请，{mode.taken_in_by}收件，{mode.decided_by}审批，{mode.delivered_by}送达；{travel}"
    return (
        f"向{mode.taken_in_by}递交，{travel}至{mode.decided_by}，由{mode.decided_by}审批，"
        f"{mode.delivered_by}送达结果（{MODES[mode.mode]}）"
    )


def needs_agreement(mode: CrossRegionMode) -> bool:
    """Whether the mode stands on an agreement: always between cities, elsewhere when it names one."""
    return mode.scope == "cross-city" or bool(mode.agreement)


def _faults_of(guide: Guide, mode: CrossRegionMode, at: str) -> Iterator[FieldFault]:
    yield from _who(mode, at)
    yield from _travel(mode, at)
    yield from _ways_open(guide, mode, at)
    yield from _places(guide, mode, at)
    if mode.mode in _HANDED_OVER and mode.taken_in_by == mode.decided_by:
        yield FieldFault(
            pointer=f"{at}/taken_in_by",
            code="taken-in-by-decider",
            zh=f"{MODES[mode.mode]}须由受理地单位收件，不能与审批单位相同；请填写收件单位",
            en="Taking in and deciding are apart in this mode; name who takes in at the other place",
        )
    if mode.mode in _HANDED_OVER and mode.decided_by != guide.department_name:
        yield FieldFault(
            pointer=f"{at}/decided_by",
            code="decided-by-another",
            zh=f"{MODES[mode.mode]}不改变审批权限，审批单位应为本事项的实施部门（{guide.department_name}）",
            en="Handing in elsewhere does not move the power; the item's own department decides",
        )


def _who(mode: CrossRegionMode, at: str) -> Iterator[FieldFault]:
    words = {"taken_in_by": "收件单位", "decided_by": "审批单位", "delivered_by": "送达单位"}
    for name, zh in words.items():
        if getattr(mode, name).strip().lower() in _NOBODY:
            yield FieldFault(
                pointer=f"{at}/{name}",
                code="who-missing",
                zh=f"请写明{zh}的名称",
                en=f"Name who it is: `{name}`",
            )


def _travel(mode: CrossRegionMode, at: str) -> Iterator[FieldFault]:
    if mode.mode in _PAPERLESS and mode.materials_travel in {"courier", "both"}:
        yield FieldFault(
            pointer=f"{at}/materials_travel",
            code="paper-travels-online",
            zh=f"{MODES[mode.mode]}不应寄送纸质材料；请改为 electronic 或 none，或改用收受分离",
            en="Nothing travels on paper in this mode; use electronic or none, or declare separate intake",
        )
    if mode.mode not in _PAPERLESS and mode.materials_travel == "none":
        yield FieldFault(
            pointer=f"{at}/materials_travel",
            code="travel-missing",
            zh=f"{MODES[mode.mode]}须写明材料如何送到审批单位：电子流转（electronic）或快递（courier）",
            en="Say how materials reach who decides: electronic, courier or both",
        )


def _ways_open(guide: Guide, mode: CrossRegionMode, at: str) -> Iterator[FieldFault]:
    if mode.mode == "online" and guide.online_depth < _FULLY_ONLINE:
        yield FieldFault(
            pointer=f"{at}/mode",
            code="online-depth-too-low",
            zh="全程网办须网办深度达到四级；请改 online_depth，或改用其他通办方式",
            en="Handling online needs depth 4; raise `online_depth`, or declare another mode",
        )
    if mode.mode == "self-service" and not guide.self_service:
        yield FieldFault(
            pointer=f"{at}/mode",
            code="self-service-closed",
            zh="该事项未开通自助办理（self_service）；请先开通，或改用其他通办方式",
            en="The item is not open to self-service; open it, or declare another mode",
        )


def _places(guide: Guide, mode: CrossRegionMode, at: str) -> Iterator[FieldFault]:
    for place, division in enumerate(mode.divisions):
        pointer = f"{at}/divisions/{place}"
        if subtree_prefix(division) == subtree_prefix(guide.division):
            yield FieldFault(
                pointer=pointer,
                code="own-division",
                zh="在本地办理不是跨域通办，请删去本地区划",
                en="Handing in at home is not handling elsewhere; take the own division out",
            )
        elif _scope_of(guide.division, division) != mode.scope:
            scope = SCOPES[_scope_of(guide.division, division)]
            yield FieldFault(
                pointer=pointer,
                code="scope-and-division",
                zh=f"{division} 与本地的关系属于{scope}，与所写的{SCOPES[mode.scope]}不符；请分开声明",
                en=f"{division} is {_scope_of(guide.division, division)} from here; declare it under that scope",
            )


def _scope_of(own: str, other: str) -> str:
    if own[:_PROVINCE_DIGITS] != other[:_PROVINCE_DIGITS]:
        return "cross-province"
    return "same-city" if own[:_CITY_DIGITS] == other[:_CITY_DIGITS] else "cross-city"


def _twice(pointer: str, division: str) -> FieldFault:
    return FieldFault(
        pointer=pointer,
        code="division-twice",
        zh=f"{division} 在同一通办范围和方式下重复，请删去一处",
        en=f"{division} stands twice under this scope and mode; take one out",
    )
