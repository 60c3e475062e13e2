from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from catalog.repository.halls import (
    add_hall_step,
    check_place,
    end_place_intakes,
    get_point,
    placed,
)
from catalog.tables.halls import service_points
from catalog.tables.items import halls
from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction


async def keep_service_point(
    values: Mapping[str, Any], tx: Transaction, *, reason: str, code: str | None = None
) -> UUID:
    """Put a kiosk, helper point or mail desk on the register, or change the one with this code."""
    check_place(tx, values["hall"])
    await _check_hall(tx, values["hall"])
    columns = placed(values)
    if code is None:
        columns["from_day"] = columns["from_day"] or local_date(tx.now)
        _check_days(columns)
        point_id = new_id()
        tx.insert(
            service_points,
            id=point_id,
            **columns,
            state="in-service",
            version=1,
            changed_at=tx.now,
        )
        add_hall_step(
            tx, "point", str(point_id), step="registered", state="in-service", reason=reason
        )
        return point_id
    before = await get_point(tx, code)
    check_place(tx, before.hall)
    tx.expect(before.version)
    columns["from_day"] = columns["from_day"] or before.from_day
    _check_days(columns)
    tx.update(
        service_points,
        match={"id": before.id, "version": before.version},
        **columns,
        version=before.version + 1,
        changed_at=tx.now,
    )
    if columns["until_day"] is not None:
        await end_place_intakes(tx, before.id, columns["until_day"])
    add_hall_step(tx, "point", str(before.id), step="changed", state=before.state, reason=reason)
    point_id = before.id
    assert isinstance(point_id, UUID)
    return point_id


async def _check_hall(tx: Transaction, hall: str | None) -> None:
    if (
        hall is not None
        and await tx.scalar(select(halls.c.code).where(halls.c.code == hall)) is None
    ):
        raise InvalidError(
            f"没有编码为 {hall} 的大厅，请先登记大厅",
            f"There is no hall {hall}; have it registered first",
            code="no-such-hall",
        )


def _check_days(columns: Mapping[str, Any]) -> None:
    if columns["until_day"] is not None and columns["until_day"] < columns["from_day"]:
        raise InvalidError(
            "撤除日期早于启用日期，请核对",
            "It would go before it came; check the days",
            code="point-days-reversed",
        )
