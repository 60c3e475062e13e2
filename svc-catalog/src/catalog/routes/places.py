"""Divisions, departments and halls: everybody reads them, the system administrator registers them.

GET  /divisions, /departments, /halls      anyone
POST /divisions, /departments, /halls      system_admin    registered, or corrected by their code
"""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Table

from catalog.queries import items as queries
from catalog.routes.parameters import Administrator, Anyone, DivisionWithin
from catalog.schemas.items import (
    DepartmentOut,
    DepartmentsIn,
    DivisionOut,
    DivisionsIn,
    HallOut,
    HallsIn,
    KeptOut,
)
from catalog.tables.items import departments, divisions, halls
from catalog.use_cases.register_places import register_places
from chassis.door import Call, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["places"])


@router.get("/divisions", response_model=Page[DivisionOut], operation_id="list_divisions")
async def list_divisions(call: Anyone, paging: Paging, division: DivisionWithin = "") -> Response:
    """Divisions by code; with `division` it and everything below it."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.divisions_below(division),
            by=[divisions.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"divisions {division}",
            show=DivisionOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/departments", response_model=Page[DepartmentOut], operation_id="list_departments")
async def list_departments(call: Anyone, paging: Paging, division: DivisionWithin = "") -> Response:
    """Departments by code, of one division and everything below it."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.departments_in(division),
            by=[departments.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"departments {division}",
            show=DepartmentOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/halls", response_model=Page[HallOut], operation_id="list_halls")
async def list_halls(call: Anyone, paging: Paging, division: DivisionWithin = "") -> Response:
    """Halls by code: where to go, when, and whom to call."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.halls_in(division),
            by=[halls.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"halls {division}",
            show=HallOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post("/divisions", response_model=KeptOut, operation_id="register_divisions")
async def post_divisions(body: DivisionsIn, call: Administrator) -> Response:
    """Register divisions, or correct those with the same code."""
    return await _registered(divisions, body, call)


@router.post("/departments", response_model=KeptOut, operation_id="register_departments")
async def post_departments(body: DepartmentsIn, call: Administrator) -> Response:
    """Register departments, or correct those with the same code."""
    return await _registered(departments, body, call)


@router.post("/halls", response_model=KeptOut, operation_id="register_halls")
async def post_halls(body: HallsIn, call: Administrator) -> Response:
    """Register halls, or correct those with the same code."""
    return await _registered(halls, body, call)


async def _registered(
    table: Table, body: DivisionsIn | DepartmentsIn | HallsIn, call: Call
) -> Response:
    rows: list[dict[str, Any]] = [row.model_dump() for row in body.rows]
    async with call.begin() as tx:
        tx.answer(KeptOut(kept=await register_places(table, rows, tx)))
    return tx.response
