"""Rules that the law, or somebody's decision, sets: rows with their source, changed without a release.

A rule's rows are versions: the newest wins, the older ones say what held when. `verified` says whether a
person has read the source itself.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from chassis.errors import InvalidError, NotFoundError
from chassis.rule_shapes import check_rule, stated_shape

if TYPE_CHECKING:
    from chassis.transaction import Transaction

FRESH_SECONDS = 5.0
"""A change is seen by every process within this time."""


def rules_table(metadata: MetaData) -> Table:
    return Table(
        "rules",
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("value", JSONB, nullable=False),
        Column("unit", Text, nullable=False, server_default=""),
        Column("meaning", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("verified", Boolean, nullable=False),
        Column("changed_by", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("changed_at", DateTime(timezone=True), nullable=False),
    )


@dataclass(frozen=True, kw_only=True)
class RuleDefault:
    """A rule as a migration brings it: value, unit, what it means, where it comes from, whether read there."""

    code: str
    value: Any
    unit: str
    meaning: str
    source: str
    verified: bool


def seed_statement(table: Table, default: RuleDefault, at: datetime) -> Any:
    """For a migration: the first version of a rule."""
    return insert(table).values(
        code=default.code,
        version=1,
        value=default.value,
        unit=default.unit,
        meaning=default.meaning,
        source=default.source,
        verified=default.verified,
        changed_by="migration",
        reason="初始默认值",
        changed_at=at,
    )


@dataclass(kw_only=True)
class Rules:
    """The rules in force, as one process knows them."""

    table: Table
    shapes: Mapping[str, Any] = field(default_factory=dict)
    """What each code's value may look like, as the service declares it (chassis.rule_shapes)."""
    _known: dict[str, Any] = field(default_factory=dict)
    _stated: dict[str, dict[str, Any]] = field(default_factory=dict)
    _read_at: float = -1e9

    async def value(self, tx: "Transaction", code: str) -> Any:
        """The value in force; raises NotFoundError for a rule nobody has set."""
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._known = {row.code: row.value for row in await self.rows(tx)}
            self._read_at = time.monotonic()
        if code not in self._known:
            raise NotFoundError(
                f"规则 {code} 未设置", f"The rule {code} is not set", code="rule-not-set"
            )
        return self._known[code]

    async def rows(self, tx: "Transaction") -> list[Row[Any]]:
        """The newest version of every rule."""
        newest = (
            select(self.table)
            .ext(distinct_on(self.table.c.code))
            .order_by(self.table.c.code, self.table.c.version.desc())
        )
        return list(await tx.all(newest))

    def stated(self, code: str) -> dict[str, Any] | None:
        """The JSON Schema that the rule's value must have; None of a rule that nothing declares any more."""
        if code in self.shapes and code not in self._stated:
            self._stated[code] = stated_shape(self.shapes[code])
        return self._stated.get(code)

    def check(self, code: str, value: Any, *, before: Any, stated_at: str = "") -> None:
        """Raise RuleShapeError for a value that whoever reads the rule could not use; it says where the shape is read.

        Of a rule that nothing declares any more, only the kind of value is known: InvalidError when it is another.
        """
        if code in self.shapes:
            check_rule(self.shapes[code], value, stated_at=stated_at)
        elif type(value) is not type(before):
            raise InvalidError(
                f"规则 {code} 的值须与原值同类型",
                f"The value of {code} must keep its type",
                code="rule-type",
            )

    def forget(self) -> None:
        """Read again at the next use: after a change by this process."""
        self._read_at = -1e9
