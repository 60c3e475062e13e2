"""Powers and responsibilities (权责清单) as the public reads them.

GET  /power-types                          anyone; POST system_admin
GET  /powers, /powers/export, /powers/{id} anyone        `on`: as the list was at the end of a day
GET  /powers/{id}/versions/{n}, /history   anyone        in words
Writing, adjustment, delegation and the directory have modules beside this one.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from catalog.domain.power_words import LABELS, STANDING_WORDS, sentence
from catalog.domain.powers import Level, PowerContent, PowerSource, Standing
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.queries.powers import PowerFilter
from catalog.routes.parameters import Administrator, Anyone, CodeAsked, VersionNumber
from catalog.schemas.items import KeptOut
from catalog.schemas.powers import (
    PowerChangeOut,
    PowerOut,
    PowerTypeOut,
    PowerTypesIn,
    PowerVersionOut,
    words_of,
)
from catalog.tables.powers import power_types, power_versions
from catalog.use_cases.register_power_types import register_power_types
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["powers"])


async def power_filter(
    period: InPeriod,
    *,
    kind: CodeAsked = "",
    code: CodeAsked = "",
    level: Level | None = None,
    managing_area: CodeAsked = "",
    power_source: PowerSource | None = None,
    standing: Standing | None = None,
    proxied: bool | None = None,
    on: date | None = None,
) -> PowerFilter:
    """The named filters of the list; `on`, or else `to`: as it was at the end of that day."""
    return PowerFilter(
        kind=kind,
        code=code,
        department=period.department,
        division=period.division,
        level=level or "",
        managing_area=managing_area,
        power_source=power_source or "",
        standing=standing or "",
        proxied=proxied,
        on=on or period.last_day,
    )


Wanted = Annotated[PowerFilter, Depends(power_filter)]


@router.get("/power-types", response_model=Page[PowerTypeOut], operation_id="list_power_types")
async def get_types(call: Anyone, paging: Paging) -> Response:
    """职权类型 by code, with the stages that each must answer for."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.types(),
            by=[power_types.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="power-types",
            show=PowerTypeOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post("/power-types", response_model=KeptOut, operation_id="register_power_types")
async def post_types(body: PowerTypesIn, call: Administrator) -> Response:
    """Register power types of the city's own, or correct those with the same code."""
    async with call.begin() as tx:
        kept = await register_power_types([row.model_dump() for row in body.rows], tx)
        tx.answer(KeptOut(kept=kept))
    return tx.response


@router.get("/powers", response_model=Page[PowerOut], operation_id="list_powers")
async def get_powers(call: Anyone, paging: Paging, wanted: Wanted) -> Response:
    """The list of powers, as it is or as it was at the end of a day; cancelled ones with `standing=cancelled`."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.powers_where(wanted, now=tx.now),
            by=[power_versions.c.power_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"powers {wanted}",
            show=power_out,
        )
    return answer(page)


COLUMNS = (
    ExportColumn(name="code", head="职权编码"),
    ExportColumn(name="name", head="职权名称"),
    ExportColumn(name="kind", head="职权类型"),
    ExportColumn(
        name="standing", head="状态", read=lambda row: STANDING_WORDS[Standing(row.standing)]
    ),
    ExportColumn(name="department", head="部门代码"),
    ExportColumn(
        name="department_name", head="实施部门", read=lambda row: row.content["department_name"]
    ),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="level", head="行使层级"),
    ExportColumn(name="power_source", head="权力来源"),
    ExportColumn(name="from_division", head="来源区划"),
    ExportColumn(name="managing_area", head="代实施区域"),
    ExportColumn(
        name="sub_items", head="子项", read=lambda row: words_of(row.content["sub_items"])
    ),
    ExportColumn(
        name="legal_basis", head="实施依据", read=lambda row: words_of(row.content["legal_basis"])
    ),
    ExportColumn(
        name="responsibilities",
        head="责任事项",
        read=lambda row: words_of(row.content["responsibilities"]),
    ),
    ExportColumn(
        name="accountability",
        head="追责情形和依据",
        read=lambda row: words_of(row.content["accountability"]),
    ),
    ExportColumn(name="supervision", head="监督方式", read=lambda row: row.content["supervision"]),
    ExportColumn(name="in_force_from", head="生效时间"),
    ExportColumn(name="number", head="版本"),
)


@router.get(
    "/powers/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_powers",
)
async def export_powers(call: Anyone, wanted: Wanted, format: ExportKind = "csv") -> Response:
    """The list as a table with the same filters: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.powers_where(wanted, now=call.runtime.clock.now()),
        by=[power_versions.c.power_id],
        columns=COLUMNS,
        name="权责清单",
        kind=format,
    )


@router.get("/powers/{power_id}", response_model=PowerOut, operation_id="get_power")
async def get_power(power_id: UUID, call: Anyone) -> Response:
    """A power as it is listed now."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.power_version(power_id, None))
    return answer(power_out(row), etag=row.number)


@router.get(
    "/powers/{power_id}/versions/{number}",
    response_model=PowerOut,
    operation_id="get_power_version",
)
async def get_power_version(power_id: UUID, number: VersionNumber, call: Anyone) -> Response:
    """A power as one version of the list said it."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.power_version(power_id, number))
    return answer(power_out(row), etag=row.number)


@router.get(
    "/powers/{power_id}/history",
    response_model=Page[PowerVersionOut],
    operation_id="list_power_history",
)
async def get_history(power_id: UUID, call: Anyone) -> Response:
    """Every version in words, oldest first: what changed, by which adjustment and document."""
    async with call.read() as tx:
        await item_queries.one_row(tx, queries.power_version(power_id, 1))
        found = queries.versions_of(power_id).order_by(power_versions.c.number)
        rows = list(await tx.all(found))
    pairs = zip([None, *rows[:-1]], rows, strict=True)
    return answer(Page(results=[_version_out(before, row) for before, row in pairs]))


def power_out(row: Any) -> PowerOut:
    content = PowerContent.model_validate(row.content)
    names = ("number", "standing", "in_force_from", "in_force_until", "listed_at")
    shown = ("code", "name", "kind", "division", "department", "level", "power_source")
    return PowerOut(
        id=row.power_id,
        content=content,
        department_name=content.department_name,
        from_division=row.from_division,
        managing_area=row.managing_area,
        **{name: getattr(row, name) for name in (*names, *shown)},
    )


def _version_out(before: Any, row: Any) -> PowerVersionOut:
    standing = Standing(row.standing)
    changes = []
    if before is not None:
        changes = [
            PowerChangeOut(
                field=name,
                label=label,
                before=words_of(before.content.get(name)),
                after=words_of(row.content.get(name)),
            )
            for name, label in LABELS.items()
            if before.content.get(name) != row.content.get(name)
        ]
    terms = row.adjustment_terms or {}
    return PowerVersionOut(
        number=row.number,
        standing=standing,
        in_force_from=row.in_force_from,
        in_force_until=row.in_force_until,
        words=sentence(
            row.number,
            standing,
            before=Standing(before.standing) if before is not None else None,
            area=row.managing_area,
            why=row.why,
        ),
        adjustment_id=row.adjustment_id,
        adjustment_number=row.adjustment_number,
        adjustment_kind=row.adjustment_kind,
        document_number=terms.get("document_number"),
        changes=changes,
    )
