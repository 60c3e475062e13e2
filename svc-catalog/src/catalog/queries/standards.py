"""Reads of basic items and of guides' files."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from catalog.tables.audit import item_facts
from catalog.tables.items import published_items
from catalog.tables.standards import basic_items, guide_files, published_files, withdrawn_files


def basic_items_on(
    day: date, *, task_type: str = "", province: str = "", use_level: str = "", q: str = ""
) -> Select[Any]:
    """The list as it was in force on a day, each with the number of published items that carry it out."""
    t = basic_items.c
    found = select(basic_items, _implementations()).where(
        t.in_force_from <= day, or_(t.in_force_until.is_(None), t.in_force_until > day)
    )
    if task_type:
        found = found.where(t.task_type == task_type)
    if province:
        found = found.where(t.code.startswith(province, autoescape=True))
    if use_level:
        found = found.where(t.use_levels.contains([use_level]))
    if q:
        found = found.where(or_(t.name.contains(q, autoescape=True), t.code == q))
    return found


def basic_item(code: str) -> Select[Any]:
    return select(basic_items, _implementations()).where(basic_items.c.code == code)


def _implementations() -> Any:
    counted = (
        select(func.count())
        .select_from(item_facts)
        .where(item_facts.c.basic_code == basic_items.c.code)
    )
    return counted.scalar_subquery().label("implementations")


def own_files(file_id: str = "") -> Select[Any]:
    """The files of the caller's department, each with when and why it was withdrawn."""
    w = withdrawn_files.c
    found = select(
        guide_files, w.withdrawn_at, func.coalesce(w.reason, "").label("withdrawn_for")
    ).outerjoin(withdrawn_files, w.file_id == guide_files.c.id)
    return found.where(guide_files.c.id == file_id) if file_id else found


def public_file(file_id: str) -> Select[Any]:
    """A file that a published version named, under a name that it has there; `withdrawn_at`: nobody is shown it."""
    t = guide_files.c
    return (
        select(t.id, t.media_type, published_files.c.name, withdrawn_files.c.withdrawn_at)
        .join(published_files, published_files.c.file_id == t.id)
        .outerjoin(withdrawn_files, withdrawn_files.c.file_id == t.id)
        .where(t.id == file_id)
        .order_by(published_files.c.item_id)
        .limit(1)
    )


def items_naming(file_id: str) -> Select[Any]:
    """Items of which a published version named a file, for somebody to give them another."""
    p = published_items.c
    return (
        select(p.id, p.item_code, p.name, p.department, p.division)
        .join(published_files, published_files.c.item_id == p.id)
        .where(published_files.c.file_id == file_id)
    )
