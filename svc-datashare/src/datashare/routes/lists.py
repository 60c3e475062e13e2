"""Lists of svc-datashare: one page of rows, one page of steps."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import Column, Select

from chassis.door import Call, answer
from chassis.paging import PageQuery, page_of
from chassis.steps import StepOut, page_of_steps
from datashare.tables import steps


async def page_answer(
    call: Call,
    statement: Select[Any],
    *,
    by: list[Column[Any]],
    paging: PageQuery,
    kind: str,
    show: Callable[[Any], Any],
    descending: bool = True,
) -> Response:
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=by,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=kind,
            show=show,
            descending=descending,
        )
    return answer(page)


async def steps_answer(call: Call, kind: str, of_id: UUID | str, paging: PageQuery) -> Response:
    async with call.read() as tx:
        page = await page_of_steps(
            tx,
            steps,
            of={"kind": kind, "of_id": str(of_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)
