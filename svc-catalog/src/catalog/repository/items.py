"""Items, versions and places in and out of PostgreSQL. Never commits; never returns a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, Text, and_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.drafts import ENDED, VersionState
from catalog.domain.item import Item, ItemState, ItemVersion
from catalog.domain.materials import exemption_facts
from catalog.domain.words import index_grams, plain, text_id, tiered_grams
from catalog.tables.items import departments, item_steps, item_versions, items, published_items
from catalog.tables.search import search_texts
from chassis.bulk import JsonText
from chassis.errors import NotFoundError
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.guide import Guide
from contracts.vocabulary import ON_APPLICATION_TYPES

Columns = dict[str, Any]


def add_item(tx: Transaction, item: Item) -> None:
    tx.insert(items, **item_columns(item))


def add_version(tx: Transaction, item: Item, version: ItemVersion) -> None:
    tx.insert(item_versions, **version_columns(item, version))


def add_step(tx: Transaction, item: Item, *, step: str, reason: str, number: int) -> None:
    """One row of history: who, when, why, from which channel, about which version."""
    tx.insert(item_steps, **step_columns(tx, item, step=step, reason=reason, number=number))


async def get_item(tx: Transaction, item_id: UUID) -> Item:
    """An item within reach, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(select(items).where(items.c.id == item_id).with_for_update())
    if row is None:
        raise NotFoundError
    return _item(row)


async def get_version(tx: Transaction, item_id: UUID, number: int) -> ItemVersion:
    """A version within reach, locked until the end; raises NotFoundError."""
    statement = select(item_versions).where(
        item_versions.c.item_id == item_id, item_versions.c.number == number
    )
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    return _version(row)


async def discarded_item(tx: Transaction, guide: Guide) -> Item | None:
    """The item within reach that a guide speaks of, when its drafts were all discarded; locked until the end."""
    row = await tx.one_or_none(
        select(items)
        .where(
            items.c.item_code == guide.item_code,
            items.c.division == guide.division,
            items.c.department == guide.department,
            items.c.state == ItemState.DISCARDED,
        )
        .with_for_update()
    )
    return None if row is None else _item(row)


async def has_other_drafts(tx: Transaction, draft: ItemVersion) -> bool:
    """Whether another version of the same item waits to be published."""
    t = item_versions.c
    other = (t.item_id == draft.item_id, t.number != draft.number, t.state.not_in(ENDED))
    return bool(await tx.scalar(select(exists().where(*other))))


def store_item(tx: Transaction, item: Item, *, seen: int | None = None) -> None:
    """Keep a changed item; raises PreconditionError at the end when somebody was faster.

    `seen`: the version at which it was read, when it took more than one step since.
    """
    tx.update(
        items,
        match={"id": item.id, "version": seen or item.version - 1},
        original_code=item.original_code,
        state=item.state,
        published_number=item.published_number,
        latest_number=item.latest_number,
        version=item.version,
    )


def store_version(tx: Transaction, version: ItemVersion) -> None:
    tx.update(
        item_versions,
        match={"id": version.id, "version": version.version - 1},
        state=version.state,
        guide=version.guide.model_dump(mode="json"),
        drafters=list(version.drafters),
        published_by=version.published_by,
        published_at=version.published_at,
        effective_from=version.guide.effective_from,
        submitted_at=version.submitted_at,
        checked_by=version.checked_by,
        base_number=version.base_number,
        version=version.version,
    )


async def put_published(tx: Transaction, rows: Sequence[Columns]) -> None:
    """Lay out versions in force; the day of an item's first publication stays."""
    if not rows:
        return
    await _keep_texts(tx, rows)
    kept = ("first_published_at",)
    await tx.insert_many(published_items, rows, keys=("id",), kept=kept, is_awaited=False)


async def close_for_search(tx: Transaction, item: Item) -> None:
    """A withdrawn item is found no more; its page stays."""
    await tx.execute(
        published_items.update().where(published_items.c.id == item.id).values(is_open=False)
    )


async def add_rows(tx: Transaction, table: Table, rows: Sequence[Columns]) -> None:
    """Many rows of one table at once; not waited for."""
    await tx.insert_many(table, rows, is_awaited=False)


async def keep_departments(tx: Transaction, guides: Sequence[Guide]) -> None:
    """Departments that a list names and nobody registered; what is registered stays as it is."""
    rows = {
        guide.department: {
            "code": guide.department,
            "name": guide.department_name,
            "division": guide.division,
        }
        for guide in guides
    }
    if rows:
        statement = upsert(departments).on_conflict_do_nothing()
        await tx.execute(statement, [rows[code] for code in sorted(rows)])


@dataclass(frozen=True)
class KnownItem:
    """An item in the books, its guide in force, and the version after it that is not in force yet."""

    item: Item
    guide: Guide | None
    pending: Guide | None = None


@dataclass(kw_only=True)
class Known:
    """Items already in the books that a batch of rows may speak of."""

    by_original: dict[tuple[str, str], KnownItem] = field(default_factory=dict)
    by_code: dict[tuple[str, str, str], KnownItem] = field(default_factory=dict)

    def add(self, known: KnownItem) -> None:
        item = known.item
        self.by_code[(item.item_code, item.division, item.department)] = known
        if item.original_code is not None:
            self.by_original[(item.original_code, item.division)] = known

    def find(self, guide: Guide) -> KnownItem | None:
        """The item that a guide speaks of: by the code it came with, else by ours; either may be the other's."""
        original = guide.original_code or ""
        return (
            self.by_original.get((original, guide.division))
            or self.by_code.get((guide.item_code, guide.division, guide.department))
            or self.by_code.get((original, guide.division, guide.department))
            or self.by_original.get((guide.item_code, guide.division))
        )


async def known_items(tx: Transaction, guides: Sequence[Guide], *, is_trial: bool = False) -> Known:
    """Look up a batch in one query; the items found are locked until the end, unless it is a trial."""
    codes = sorted({g.item_code for g in guides} | {g.original_code or "" for g in guides})
    given = func.any(bindparam("codes", codes, type_=ARRAY(Text)))
    pending = item_versions.alias("pending")
    statement = (
        select(items, item_versions.c.guide.label("guide"), pending.c.guide.label("pending"))
        .outerjoin(
            item_versions,
            and_(
                item_versions.c.item_id == items.c.id,
                item_versions.c.number == items.c.published_number,
            ),
        )
        .outerjoin(
            pending,
            and_(
                pending.c.item_id == items.c.id,
                pending.c.number == items.c.latest_number,
                pending.c.state.not_in(ENDED),
            ),
        )
        .where((items.c.item_code == given) | (items.c.original_code == given))
        .order_by(items.c.id)
    )
    known = Known()
    for row in await tx.all(statement if is_trial else statement.with_for_update(of=items)):
        known.add(KnownItem(_item(row), _guide(row.guide), _guide(row.pending)))
    return known


def _guide(kept: Any) -> Guide | None:
    return Guide.model_validate(kept) if kept is not None else None


def item_columns(item: Item) -> Columns:
    return {
        "id": item.id,
        "item_code": item.item_code,
        "original_code": item.original_code,
        "division": item.division,
        "department": item.department,
        "state": item.state,
        "published_number": item.published_number,
        "latest_number": item.latest_number,
        "created_at": item.created_at,
        "version": item.version,
    }


def version_columns(item: Item, version: ItemVersion) -> Columns:
    return {
        "id": version.id,
        "item_id": version.item_id,
        "number": version.number,
        "department": item.department,
        "state": version.state,
        "guide": JsonText(version.guide.model_dump_json()),
        "drafters": list(version.drafters),
        "drafted_at": version.drafted_at,
        "published_by": version.published_by,
        "published_at": version.published_at,
        "effective_from": version.guide.effective_from,
        "submitted_at": version.submitted_at,
        "checked_by": version.checked_by,
        "base_number": version.base_number,
        "version": version.version,
    }


def step_columns(tx: Transaction, item: Item, *, step: str, reason: str, number: int) -> Columns:
    of = {"item_id": item.id}
    return step_row(tx, of=of, step=step, state=item.state, reason=reason, number=number)


def published_columns(item: Item, version: ItemVersion) -> Columns:
    """The version in force, as search and figures need it."""
    guide = version.guide
    keywords = " ".join(guide.keywords)
    return {
        "id": item.id,
        "is_open": True,
        "number": version.number,
        "item_code": guide.item_code,
        "original_code": guide.original_code,
        "name": guide.name,
        "plain_name": plain(guide.name)[:1000],
        "main_item": guide.main_item,
        "keywords": keywords,
        "department_name": guide.department_name,
        **guide_facts(guide),
        "text_id": text_id(guide.name, guide.main_item, keywords),
        "first_published_at": version.published_at,
        "published_at": version.published_at,
    }


def guide_facts(guide: Guide) -> Columns:
    """What figures and list filters ask of a version in force."""
    return {
        "division": guide.division,
        "department": guide.department,
        "managing_area": guide.managing_area,
        "task_type": guide.task_type,
        "audience": list(guide.audience),
        "channels": list(guide.channels),
        "themes": list(guide.themes),
        "life_events": list(guide.life_events),
        "online_depth": guide.online_depth,
        "visits": guide.visits,
        "promised_days": guide.promised_days,
        "statutory_days": guide.statutory_days,
        "is_on_application": guide.task_type in ON_APPLICATION_TYPES,
        **exemption_facts(guide),
        "is_one_window": guide.one_window,
        "is_cross_region": guide.cross_region != "none",
        "basic_code": guide.basic_code,
        "use_level": guide.use_level,
        "handling_forms": list(guide.handling_forms),
    }


def search_text_row(name: str, main_item: str, keywords: str) -> Columns:
    """The text that an item is known by, with everything it can be found by."""
    return {
        "id": text_id(name, main_item, keywords),
        "plain_name": plain(name)[:1000],
        "main_item": plain(main_item),
        "keywords": plain(keywords),
        "grams": [*index_grams((name, main_item, keywords)), *tiered_grams(name)],
    }


async def _keep_texts(tx: Transaction, rows: Sequence[Columns]) -> None:
    """Texts that no item has had yet; most items of a list share theirs with another division's."""
    wanted = {row["text_id"]: (row["name"], row["main_item"], row["keywords"]) for row in rows}
    ids = bindparam("ids", list(wanted), type_=ARRAY(PG_UUID(as_uuid=True)))
    known = await tx.all(select(search_texts.c.id).where(search_texts.c.id == func.any(ids)))
    missing = sorted(set(wanted) - {row.id for row in known})
    if missing:
        texts = [search_text_row(*wanted[each]) for each in missing]
        kept = tuple(texts[0])
        await tx.insert_many(search_texts, texts, keys=("id",), kept=kept, is_awaited=False)


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        item_code=row.item_code,
        original_code=row.original_code,
        division=row.division,
        department=row.department,
        state=ItemState(row.state),
        published_number=row.published_number,
        latest_number=row.latest_number,
        created_at=row.created_at,
        version=row.version,
    )


def _version(row: Row[Any]) -> ItemVersion:
    return ItemVersion(
        id=row.id,
        item_id=row.item_id,
        number=row.number,
        state=VersionState(row.state),
        guide=Guide.model_validate(row.guide),
        drafters=tuple(row.drafters),
        drafted_at=row.drafted_at,
        published_by=row.published_by,
        published_at=row.published_at,
        version=row.version,
        submitted_at=row.submitted_at,
        checked_by=row.checked_by,
        base_number=row.base_number,
    )


async def keep_places(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Register or correct divisions, departments or halls, by their code."""
    statement = upsert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "code"}
    by_code = {row["code"]: dict(row) for row in rows}
    ordered = [by_code[code] for code in sorted(by_code)]
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["code"], set_=changed), ordered
    )
