"""Doors: powers and responsibilities (权责清单). Their adjustment and the directory have modules beside this one.

GET  /power-types                          anyone; POST system_admin
GET  /powers, /powers/export, /powers/{id} anyone        `on`: as the list was at the end of a day
GET  /powers/{id}/versions/{n}, /history   anyone        in words
POST /powers                               system_admin: listed at once · publisher: drafts of the own department
GET  /power-drafts, /{id} · POST /power-drafts/{id}/publications     publisher, a second one
GET  /delegated-powers, /export            anyone        what was moved down, by receiving division
GET  /items/{id}/moves                     anyone        where an item went and came from
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from catalog.domain.power_words import LABELS, STANDING_WORDS, sentence
from catalog.domain.powers import Level, PowerContent, PowerSource, Standing, content_faults
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.queries.powers import PowerFilter
from catalog.repository.powers import stages_by_type
from catalog.schemas.items import KeptOut
from catalog.schemas.powers import (
    DelegatedPowerOut,
    FaultOut,
    ItemMoveOut,
    PowerChangeOut,
    PowerDraftOut,
    PowerOut,
    PowerRowOut,
    PowerRowsOut,
    PowersIn,
    PowerTypeOut,
    PowerTypesIn,
    PowerVersionOut,
    ReasonIn,
    words_of,
)
from catalog.tables.powers import item_moves, power_drafts, power_types, power_versions
from catalog.use_cases.list_powers import ListPowers, RowOutcome, list_powers
from catalog.use_cases.publish_power_draft import publish_power_draft
from catalog.use_cases.register_power_types import register_power_types
from chassis.clock import CITY_ZONE
from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import FieldFault, InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["powers"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Administrator = Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)]
Publisher = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
Lister = Annotated[
    Call, allow({Role.SYSTEM_ADMIN: Reach.ALL, Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)
]
CodeAsked = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")]


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


@router.post("/powers", response_model=PowerRowsOut, operation_id="register_powers")
async def post_powers(body: PowersIn, call: Lister) -> Response:
    """Rows of the list, each with its verdict: listed at once for an administrator, drafts for a publisher."""
    async with call.begin() as tx:
        is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
        since = tx.now
        if body.since is not None:
            since = datetime.combine(body.since, time(), CITY_ZONE)
        if since > tx.now:
            raise InvalidError(
                "列入日期不能晚于今天；将来生效的请提出调整",
                "`since` is not in the future; what is to hold later is an adjustment",
                code="since-in-future",
            )
        command = ListPowers(
            rows=body.rows,
            since=since,
            reason=body.reason,
            is_whole=body.atomic,
            as_drafts_of=None if is_admin else tx.principal.department,
        )
        outcomes = await list_powers(command, tx)
        refused = sum(outcome.outcome == "refused" for outcome in outcomes)
        tx.answer(
            PowerRowsOut(
                accepted=len(outcomes) - refused,
                refused=refused,
                results=[_row_out(outcome) for outcome in outcomes],
            )
        )
    return tx.response


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
async def get_power_version(
    power_id: UUID, number: Annotated[int, Path(ge=1, le=1_000_000)], call: Anyone
) -> Response:
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


@router.get("/power-drafts", response_model=Page[PowerDraftOut], operation_id="list_power_drafts")
async def get_drafts(call: Publisher, paging: Paging) -> Response:
    """Drafts of the own department, newest first."""
    async with call.read() as tx:
        stages = await stages_by_type(tx)
        page = await page_of(
            tx,
            queries.open_drafts(),
            by=[power_drafts.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="power-drafts",
            show=lambda row: _draft_out(row, call.principal.subject, stages),
        )
    return answer(page)


@router.get(
    "/power-drafts/{draft_id}", response_model=PowerDraftOut, operation_id="get_power_draft"
)
async def get_draft(draft_id: UUID, call: Publisher) -> Response:
    """One draft of the own department, with what still stands in the way of publishing it."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.open_drafts(draft_id))
        shown = _draft_out(row, call.principal.subject, await stages_by_type(tx))
    return answer(shown, etag=row.version)


@router.post(
    "/power-drafts/{draft_id}/publications",
    status_code=201,
    response_model=PowerOut,
    operation_id="publish_power_draft",
)
async def post_publication(draft_id: UUID, body: ReasonIn, call: Publisher) -> Response:
    """Put a draft on the list, by a second publisher of the department."""
    async with call.begin() as tx:
        power = await publish_power_draft(draft_id, body.reason, tx)
        row = await item_queries.one_row(tx, queries.power_version(power.id, None))
        tx.answer(
            power_out(row),
            status=201,
            etag=power.number,
            location=f"/catalog/v1/powers/{power.id}",
        )
    return tx.response


@router.get(
    "/delegated-powers",
    response_model=Page[DelegatedPowerOut],
    operation_id="list_delegated_powers",
)
async def get_delegated(
    call: Anyone, paging: Paging, period: InPeriod, level: Level = "county"
) -> Response:
    """Powers moved down to a level at the end of `to`, by receiving division: one row for each that the figures count."""
    async with call.read() as tx:
        found = _delegated(level, period, tx.now)
        page = await page_of(
            tx,
            found,
            by=[found.selected_columns.code, found.selected_columns.from_division],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"delegated-powers {level} {period}",
            show=DelegatedPowerOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/delegated-powers/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_delegated_powers",
)
async def export_delegated(
    call: Anyone, period: InPeriod, level: Level = "county", format: ExportKind = "csv"
) -> Response:
    """The same list as a table: CSV, XLSX or JSON Lines."""
    found = _delegated(level, period, call.runtime.clock.now())
    return await export_of(
        call,
        found,
        by=[found.selected_columns.code, found.selected_columns.from_division],
        columns=(
            ExportColumn(name="code", head="职权编码"),
            ExportColumn(name="name", head="职权名称"),
            ExportColumn(name="kind", head="职权类型"),
            ExportColumn(name="from_division", head="移交方区划"),
            ExportColumn(name="divisions", head="承接方区划"),
            ExportColumn(name="receivers", head="承接方数"),
        ),
        name="下放职权",
        kind=format,
    )


@router.get(
    "/items/{item_id}/moves", response_model=Page[ItemMoveOut], operation_id="list_item_moves"
)
async def get_moves(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Where an item's power went, and where it came from, oldest first."""
    async with call.read() as tx:
        await item_queries.one_row(tx, item_queries.published_item(item_id))
        page = await page_of(
            tx,
            queries.moves_of(item_id),
            by=[item_moves.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"item-moves {item_id}",
            show=ItemMoveOut.model_validate,
            descending=False,
        )
    return answer(page)


def _delegated(level: str, period: Period, now: datetime) -> Any:
    return queries.delegated(
        level,
        division=period.division,
        department=period.department,
        on=period.last_day,
        now=now,
    ).select()


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


def _row_out(outcome: RowOutcome) -> PowerRowOut:
    return PowerRowOut(
        number=outcome.number,
        outcome=outcome.outcome,
        id=outcome.id,
        faults=_faults_out(outcome.faults),
    )


def _faults_out(faults: Sequence[FieldFault]) -> list[FaultOut]:
    return [
        FaultOut(pointer=fault.pointer, code=fault.code, detail=fault.zh, detail_en=fault.en)
        for fault in faults
    ]


def _draft_out(row: Any, caller: str, stages: dict[str, tuple[str, ...]]) -> PowerDraftOut:
    content = PowerContent.model_validate(row.content)
    return PowerDraftOut(
        id=row.id,
        content=content,
        drafted_at=row.drafted_at,
        is_mine=caller in row.drafters,
        version=row.version,
        faults=_faults_out(content_faults(content, stages)),
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
