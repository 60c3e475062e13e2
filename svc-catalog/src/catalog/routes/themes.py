"""Lists of themes (主题分类) that guides are filed under: what rule 8 of publishing holds audience and themes against.

GET  /themes, /themes/export, /themes/{code}/steps   anyone
POST /themes, /themes/imports                        system_admin   a list in JSON, or a file as the export gives it
"""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile
from pydantic import ValidationError
from sqlalchemy import Select, select

from catalog.queries.items import one_row
from catalog.repository.themes import KIND
from catalog.routes.parameters import Administrator, Anyone
from catalog.schemas.themes import (
    ROWS_MAX,
    Audience,
    Reason,
    ThemeIn,
    ThemeOut,
    ThemesIn,
    ThemesOut,
    ThemeStepOut,
)
from catalog.tables.themes import theme_steps, themes
from catalog.use_cases.register_themes import ThemeRowsError, register_themes
from chassis.door import answer
from chassis.errors import FieldFault, InvalidError, TooLargeError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.workbooks import RowFault, media_type_of, read_rows

FILE_BYTES_MAX = 2 * 1024 * 1024
FAULTS_SHOWN_MAX = 100

router = APIRouter(prefix="/catalog/v1", tags=["themes"])

ThemeCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_YES_WORDS = {"是": True, "否": False, "": None}
_AUDIENCES = {"自然人": "person", "法人": "enterprise"}


def _yes(name: str) -> Any:
    return lambda row: "是" if getattr(row, name) else "否"


COLUMNS = (
    ExportColumn(name="code", head="主题编码"),
    ExportColumn(
        name="audience",
        head="对象",
        read=lambda row: "自然人" if row.audience == "person" else "法人",
    ),
    ExportColumn(name="name", head="名称", width=24),
    ExportColumn(name="name_en", head="英文名称", width=30),
    ExportColumn(name="position", head="顺序"),
    ExportColumn(name="source", head="来源", width=60),
    ExportColumn(name="verified", head="已核对", read=_yes("verified")),
    ExportColumn(name="in_use", head="在用", read=_yes("in_use")),
)
_NAMES = {column.head: column.name for column in COLUMNS} | {c.name: c.name for c in COLUMNS}


def _listed(audience: Audience | None, in_use: bool | None) -> Select[Any]:
    statement = select(themes)
    if audience is not None:
        statement = statement.where(themes.c.audience == audience)
    return statement if in_use is None else statement.where(themes.c.in_use.is_(in_use))


@router.get("/themes", response_model=Page[ThemeOut], operation_id="list_themes")
async def list_themes(
    call: Anyone,
    paging: Paging,
    *,
    audience: Audience | None = None,
    in_use: Annotated[bool | None, Query()] = None,
) -> Response:
    """Themes of persons and of enterprises, by audience and place in the list."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            _listed(audience, in_use),
            by=[themes.c.audience, themes.c.position, themes.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"themes {audience} {in_use}",
            show=ThemeOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/themes/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_themes",
)
async def export_themes(
    call: Anyone,
    *,
    audience: Audience | None = None,
    in_use: Annotated[bool | None, Query()] = None,
    format: ExportKind = "csv",
) -> Response:
    """The list as a table; `/themes/imports` takes it back."""
    return await export_of(
        call,
        _listed(audience, in_use),
        columns=COLUMNS,
        by=[themes.c.audience, themes.c.position, themes.c.code],
        kind=format,
        name="主题清单",
    )


@router.get(
    "/themes/{code}/steps", response_model=Page[ThemeStepOut], operation_id="list_theme_steps"
)
async def list_theme_steps(code: ThemeCode, call: Anyone, paging: Paging) -> Response:
    """What happened to a theme, oldest first; those of the first day have no steps yet."""
    async with call.read() as tx:
        await one_row(tx, select(themes).where(themes.c.code == code))
        page = await page_of_steps(
            tx,
            theme_steps,
            of={"kind": KIND, "of_id": code},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ThemeStepOut,
        )
    return answer(page)


@router.post("/themes", response_model=ThemesOut, operation_id="register_themes")
async def post_themes(body: ThemesIn, call: Administrator) -> Response:
    """Put themes on the list, correct them, or take them out of use (`in_use: false`) and back: all rows or none."""
    return await _registered([row.model_dump() for row in body.rows], call, reason=body.reason)


@router.post("/themes/imports", response_model=ThemesOut, operation_id="import_themes")
async def post_import(
    file: Annotated[UploadFile, File()], reason: Annotated[Reason, Form()], call: Administrator
) -> Response:
    """The same from a file (CSV, XLSX or JSON Lines) with the columns of the export: all rows or none."""
    media_type = media_type_of(file.filename or "")
    data = await file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise TooLargeError(
            "主题清单文件不能超过 2 MB，请拆分后导入", "The file is over 2 MB; split it"
        )
    call.covers(f"{hashlib.sha256(data).hexdigest()} {reason}")
    rows = await asyncio.to_thread(_rows_of, data, media_type)
    return await _registered(rows, call, reason=reason)


async def _registered(rows: list[dict[str, Any]], call: Administrator, *, reason: str) -> Response:
    async with call.begin() as tx:
        done = await register_themes(rows, tx, reason=reason)
        tx.answer(ThemesOut(added=done.added, corrected=done.corrected, unchanged=done.unchanged))
    return tx.response


def _rows_of(data: bytes, media_type: str) -> list[dict[str, Any]]:
    """Rows of a file; raises what concerns the whole file, or ThemeRowsError naming each faulty row's line."""
    rows: list[dict[str, Any]] = []
    faults: list[FieldFault] = []
    for row in read_rows(data, media_type=media_type, rows_max=ROWS_MAX):
        if isinstance(row, RowFault):
            faults.append(FieldFault(pointer=f"/{row.number}", code=row.code, zh=row.zh, en=row.en))
            continue
        try:
            rows.append(ThemeIn.model_validate(_values(row.values)).model_dump())
        except ValidationError as error:
            faults.extend(_fault(row.number, each) for each in error.errors())
    if faults:
        raise ThemeRowsError(faults=tuple(faults[:FAULTS_SHOWN_MAX]))
    if not rows:
        raise InvalidError("文件中没有数据行", "The file holds no rows", code="file-empty")
    return rows


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """A line as a theme: heads for people or names of the API, words or values; empty cells are left out."""
    values = {_NAMES.get(head, head): value for head, value in given.items()}
    values = {name: _AUDIENCES.get(value, value) for name, value in values.items()}
    for name in ("verified", "in_use"):
        if isinstance(values.get(name), str):
            values[name] = _YES_WORDS.get(values[name], values[name])
    if isinstance(values.get("position"), str) and values["position"].isdecimal():
        values["position"] = int(values["position"])
    return {name: value for name, value in values.items() if value not in ("", None)}


def _fault(number: int, error: Any) -> FieldFault:
    name = str(error["loc"][0]) if error["loc"] else ""
    head = next((column.head for column in COLUMNS if column.name == name), name)
    return FieldFault(
        pointer=f"/{number}/{name}",
        code="value-unusable",
        zh=f"第 {number} 行“{head}”有误或缺失，请参照导出的清单填写",
        en=f"Row {number}: {name}: {error['msg']}",
    )
