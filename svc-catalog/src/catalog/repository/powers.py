"""Powers and their versions in and out of PostgreSQL. Never commits; never returns a row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.powers import Power, PowerContent, PowerVersion, Standing
from catalog.tables.powers import power_drafts, power_types, power_versions, powers
from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.transaction import Transaction

Line = tuple[str, str, str]
Columns = dict[str, Any]


async def stages_by_type(tx: Transaction) -> dict[str, tuple[str, ...]]:
    """Of every type known, the stages that its powers must answer for."""
    rows = await tx.all(select(power_types.c.code, power_types.c.stages))
    return {row.code: tuple(row.stages) for row in rows}


async def keep_types(tx: Transaction, rows: Sequence[Columns]) -> None:
    """Register or correct power types by their code."""
    statement = upsert(power_types)
    changed = {
        name: statement.excluded[name] for name in ("name", "stages", "source", "changed_at")
    }
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["code"], set_=changed),
        [{**row, "changed_at": tx.now} for row in rows],
    )


async def get_power(tx: Transaction, power_id: UUID) -> Power:
    """A listed power with its latest version, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(_with_latest().where(powers.c.id == power_id))
    if row is None:
        raise NotFoundError
    return _power(row)


async def powers_at(tx: Transaction, lines: Sequence[Line]) -> dict[Line, Power]:
    """The powers on these lines (code, division, department) that are listed, locked until the end."""
    codes = bindparam("codes", sorted({line[0] for line in lines}), type_=ARRAY(Text))
    wanted = set(lines)
    found = _with_latest().where(powers.c.code == func.any(codes)).order_by(powers.c.id)
    listed = [_power(row) for row in await tx.all(found)]
    return {power.content.line: power for power in listed if power.content.line in wanted}


def _with_latest() -> Select[Any]:
    return (
        select(
            powers,
            power_versions.c.id.label("version_id"),
            power_versions.c.content,
            power_versions.c.adjustment_id,
            power_versions.c.why,
            power_versions.c.listed_at,
            power_versions.c.in_force_from,
        )
        .join(
            power_versions,
            and_(
                power_versions.c.power_id == powers.c.id,
                power_versions.c.number == powers.c.number,
            ),
        )
        .with_for_update(of=powers)
    )


async def keep_listed(tx: Transaction, power: Power, *, seen: int | None) -> None:
    """Keep a power whose latest version was just listed; `seen`: its version when it was read, None when it is new."""
    latest = power.latest
    assert latest is not None, "only a listed power is kept"
    content = latest.content
    if seen is None:
        code, division, department = content.line
        tx.insert(
            powers,
            id=power.id,
            code=code,
            division=division,
            department=department,
            standing=power.standing,
            number=power.number,
            created_at=power.created_at,
            version=power.version,
        )
    else:
        tx.update(
            powers,
            match={"id": power.id, "version": seen},
            standing=power.standing,
            number=power.number,
            version=power.version,
        )
        # Before the next version, of which there is one open at a time.
        await tx.execute(
            update(power_versions)
            .where(power_versions.c.power_id == power.id, power_versions.c.in_force_until.is_(None))
            .values(in_force_until=latest.in_force_from)
        )
    tx.insert(power_versions, **_version_columns(latest))


def _version_columns(version: PowerVersion) -> Columns:
    content = version.content
    return {
        "id": version.id,
        "power_id": version.power_id,
        "number": version.number,
        "standing": version.standing,
        "code": content.code,
        "name": content.name,
        "kind": content.kind,
        "division": content.division,
        "department": content.department,
        "level": content.level,
        "power_source": content.power_source,
        "from_division": content.from_division,
        "managing_area": content.managing_area,
        "content": content.model_dump(mode="json"),
        "adjustment_id": version.adjustment_id,
        "why": version.why,
        "listed_at": version.listed_at,
        "in_force_from": version.in_force_from,
        "in_force_until": None,
    }


def _power(row: Row[Any]) -> Power:
    latest = PowerVersion(
        id=row.version_id,
        power_id=row.id,
        number=row.number,
        standing=Standing(row.standing),
        content=PowerContent.model_validate(row.content),
        adjustment_id=row.adjustment_id,
        in_force_from=row.in_force_from,
        listed_at=row.listed_at,
        why=row.why,
    )
    return Power(
        id=row.id,
        standing=Standing(row.standing),
        latest=latest,
        number=row.number,
        created_at=row.created_at,
        version=row.version,
    )


async def keep_draft(tx: Transaction, content: PowerContent) -> UUID:
    """A draft of a line that is not listed yet; a second one of the same line replaces its content."""
    line = (
        power_drafts.c.code == content.code,
        power_drafts.c.division == content.division,
        power_drafts.c.department == content.department,
        power_drafts.c.listed_at.is_(None),
    )
    known = await tx.one_or_none(select(power_drafts).where(*line).with_for_update())
    by = tx.principal.subject
    if known is None:
        draft_id = new_id()
        tx.insert(
            power_drafts,
            id=draft_id,
            code=content.code,
            division=content.division,
            department=content.department,
            content=content.model_dump(mode="json"),
            drafters=[by],
            drafted_at=tx.now,
            listed_at=None,
            version=1,
        )
        return draft_id
    tx.update(
        power_drafts,
        match={"id": known.id, "version": known.version},
        content=content.model_dump(mode="json"),
        drafters=list(dict.fromkeys([*known.drafters, by])),
        drafted_at=tx.now,
        version=known.version + 1,
    )
    return UUID(str(known.id))


async def get_draft(tx: Transaction, draft_id: UUID) -> tuple[PowerContent, tuple[str, ...], int]:
    """An open draft within reach, locked: its content, who wrote in it, its version; raises NotFoundError."""
    found = select(power_drafts).where(
        power_drafts.c.id == draft_id, power_drafts.c.listed_at.is_(None)
    )
    row = await tx.one_or_none(found.with_for_update())
    if row is None:
        raise NotFoundError
    return PowerContent.model_validate(row.content), tuple(row.drafters), row.version


def close_draft(tx: Transaction, draft_id: UUID, version: int) -> None:
    tx.update(
        power_drafts,
        match={"id": draft_id, "version": version},
        listed_at=tx.now,
        version=version + 1,
    )
