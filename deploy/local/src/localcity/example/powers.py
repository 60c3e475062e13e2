"""A small list of powers (权责清单): what the loader puts on the books, and what J5 moves down."""

from typing import Any

from localcity.example.divisions import CITY, FENGXI

STAGES = ("acceptance", "review", "decision", "delivery", "supervision")


def power_row(
    *, code: str, name: str, department: str, department_name: str, **changes: Any
) -> dict[str, Any]:
    """A permit of the city with every part that the list must have."""
    return {
        "code": code,
        "name": name,
        "kind": "01",
        "department": department,
        "department_name": department_name,
        "division": CITY,
        "level": "city",
        "power_source": "statutory",
        "legal_basis": [
            {"law": "中华人民共和国行政许可法", "article": "第十二条", "text": "可以设定行政许可。"}
        ],
        "responsibilities": [
            {"stage": stage, "duty": "依法定条件和时限履行本环节职责"} for stage in STAGES
        ],
        "accountability": [{"basis": "中华人民共和国行政许可法第七十二条"}],
        "supervision": "监督电话 0768-12345；法律途径：行政复议、行政诉讼",
        "flow_diagram": {"url": "https://example.org/flow/permit.png"},
        **changes,
    }


def example_powers(department: str, department_name: str) -> list[dict[str, Any]]:
    """Two of the city's own, and one that it carries out for 枫溪区."""
    named = {"department": department, "department_name": department_name}
    return [
        power_row(code="440190001000", name="公共场所卫生许可", **named),
        power_row(code="440190002000", name="户外广告设置许可", **named),
        power_row(code="440190003000", name="占用城市道路许可", managing_area=FENGXI, **named),
    ]
