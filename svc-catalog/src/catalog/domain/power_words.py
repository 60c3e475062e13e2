"""What changed between two versions of a power, in words."""

from catalog.domain.powers import Standing

LABELS = {
    "name": "职权名称",
    "kind": "职权类型",
    "sub_items": "子项",
    "department_name": "实施部门",
    "level": "行使层级",
    "power_source": "权力来源",
    "from_division": "来源区划",
    "legal_basis": "实施依据",
    "responsibilities": "责任事项",
    "accountability": "追责情形和依据",
    "supervision": "监督方式",
    "flow_diagram": "运行流程图",
    "managing_area": "代实施的功能区",
    "basic_code": "基本编码",
    "item_ids": "关联事项",
    "remarks": "备注",
}
STANDING_WORDS = {
    Standing.IN_FORCE: "在行",
    Standing.DELEGATED_OUT: "已下放",
    Standing.ENTRUSTED_OUT: "已委托",
    Standing.CANCELLED: "已取消",
}


def sentence(
    number: int,
    standing: Standing,
    *,
    before: Standing | None,
    area: str | None,
    why: str,
) -> str:
    """One version in one sentence: what it became and why."""
    words = STANDING_WORDS[standing]
    if area:
        words += f"，代{area}实施"
    if before is None:
        return f"第 {number} 版：列入权责清单，{words}。{why}"
    if before is standing:
        return f"第 {number} 版：{words}。{why}"
    return f"第 {number} 版：由“{STANDING_WORDS[before]}”变为“{words}”。{why}"
