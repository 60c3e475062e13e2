"""What items spare their applicants (四免): proofs, copies, seals, signatures, fields.

GET  /exemptions               anyone; counts by kind and department, each opening to its items
GET  /items/{id}/exemptions    anyone; material by material, in words
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.materials import (
    SPARED,
    SPARED_WORDS,
    exemptions_of,
    is_four_exempt,
    is_show_code,
    is_spared,
    spared_counts,
    spared_kinds,
)
from catalog.domain.measures import ITEMS, items_sparing, materials_sparing
from catalog.queries import items as item_queries
from catalog.queries import proofs as queries
from catalog.routes.parameters import Anyone
from catalog.schemas.items import ExemptionOut
from catalog.schemas.proofs import (
    DepartmentExemptionsOut,
    ExemptionsOut,
    ItemExemptionsOut,
    MaterialExemptionsOut,
    SparedOut,
)
from chassis.door import answer
from chassis.indicators import InPeriod, Period
from contracts.guide import Guide

router = APIRouter(prefix="/catalog/v1", tags=["proofs"])


@router.get("/exemptions", response_model=ExemptionsOut, operation_id="get_exemptions")
async def get_exemptions(call: Anyone, period: InPeriod) -> Response:
    """What is spared, by kind and department, at the end of `to` or now; each count opens to the item list."""
    async with call.read() as tx:
        rows = await queries.exemptions_by_department(tx, period)
        way = await tx.rule("four-exempt-way")
    by_department: dict[str, dict[str, int]] = {}
    names: dict[str, str | None] = {}
    for row in rows:
        by_department.setdefault(row.department, {})[row.measure] = int(row.amount)
        names[row.department] = row.name
    total: dict[str, int] = {}
    for counts in by_department.values():
        for measure, amount in counts.items():
            total[measure] = total.get(measure, 0) + amount
    return answer(
        ExemptionsOut(
            last_day=period.last_day,
            way=way,
            kinds=_kinds(total, period, period.department),
            departments=[
                DepartmentExemptionsOut(
                    department=code,
                    department_name=names[code],
                    items=counts.get(ITEMS, 0),
                    kinds=_kinds(counts, period, code),
                )
                for code, counts in by_department.items()
            ],
        )
    )


def _kinds(counts: dict[str, int], period: Period, department: str) -> list[SparedOut]:
    filters = {
        "department": department,
        "division": period.division,
        "to": period.last_day.isoformat() if period.last_day else "",
    }
    query = "".join(f"&{name}={value}" for name, value in filters.items() if value)
    return [
        SparedOut(
            kind=kind,
            words=SPARED_WORDS[kind][0],
            words_en=SPARED_WORDS[kind][1],
            items=counts.get(items_sparing(kind), 0),
            materials=counts.get(materials_sparing(kind), 0),
            items_url=f"/catalog/v1/items?spares={kind}{query}",
        )
        for kind in SPARED
    ]


@router.get(
    "/items/{item_id}/exemptions",
    response_model=ItemExemptionsOut,
    operation_id="get_item_exemptions",
)
async def get_item_exemptions(item_id: UUID, call: Anyone) -> Response:
    """What an item in force spares its applicants, material by material, in words."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.guide_in_force(item_id))
        way = await tx.rule("four-exempt-way")
    guide = Guide.model_validate(row.guide)
    counts = spared_counts(guide)
    told = [
        (
            f"{counts[kind]} 份材料{SPARED_WORDS[kind][0]}",
            f"{counts[kind]}: {SPARED_WORDS[kind][1]}",
        )
        for kind in SPARED
        if counts[kind]
    ]
    return answer(
        ItemExemptionsOut(
            item_id=row.id,
            version=row.number,
            is_four_exempt=is_four_exempt(guide, way),
            is_show_code=is_show_code(guide),
            summary="，".join(zh for zh, _ in told) or "没有可以免交、免盖章、免签名或免填的材料",
            summary_en="; ".join(en for _, en in told) or "nothing is spared",
            counts=counts,
            materials=[_material_out(material) for material in guide.materials],
        )
    )


def _material_out(material: Any) -> MaterialExemptionsOut:
    return MaterialExemptionsOut(
        code=material.code,
        name=material.name,
        kinds=[kind for kind in SPARED if kind in spared_kinds(material)],
        to_bring=not is_spared(material),
        exemptions=[
            ExemptionOut(kind=one.kind, why=one.why_zh, why_en=one.why_en)
            for one in exemptions_of(material)
        ],
        ground=material.exemption_ground,
        prefilled_from=[f"{one.field} ← {one.source}" for one in material.prefilled_from],
    )
