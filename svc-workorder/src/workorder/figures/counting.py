"""Counting rows, the same for every figure."""

from sqlalchemy import (
    ColumnElement,
    func,
    select,
)

from chassis.transaction import Transaction


async def count_of(tx: Transaction, conditions: list[ColumnElement[bool]]) -> int:
    return int(await tx.scalar(select(func.count()).where(*conditions)) or 0)
