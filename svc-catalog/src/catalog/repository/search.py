"""Everyday words and vain searches in and out of PostgreSQL."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.lexicon import Word
from catalog.tables.items import everyday_words
from catalog.tables.search import search_misses, word_steps
from chassis.errors import NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction

KIND = "everyday-word"


@dataclass(frozen=True, kw_only=True)
class KeptWord:
    word: Word
    version: int


async def find_word(tx: Transaction, everyday: str) -> KeptWord | None:
    statement = select(everyday_words).where(everyday_words.c.everyday == everyday)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        return None
    return KeptWord(word=Word.of(row.everyday, tuple(row.official)), version=row.version)


async def get_word(tx: Transaction, everyday: str) -> KeptWord:
    """A word, locked until the end; raises NotFoundError."""
    kept = await find_word(tx, everyday)
    if kept is None:
        raise NotFoundError
    return kept


def add_word(tx: Transaction, word: Word) -> None:
    tx.insert(
        everyday_words,
        everyday=word.everyday,
        official=list(word.official),
        sound=word.sound,
        initials=word.initials,
        version=1,
        changed_at=tx.now,
    )


def store_word(tx: Transaction, word: Word, *, seen: int) -> None:
    """Keep a changed word; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        everyday_words,
        match={"everyday": word.everyday, "version": seen},
        official=list(word.official),
        sound=word.sound,
        initials=word.initials,
        version=seen + 1,
        changed_at=tx.now,
    )


async def remove_word(tx: Transaction, everyday: str) -> None:
    await tx.execute(everyday_words.delete().where(everyday_words.c.everyday == everyday))


def add_word_step(tx: Transaction, word: Word, *, step: str, reason: str) -> None:
    add_step(
        tx,
        word_steps,
        of={"kind": KIND, "of_id": word.everyday},
        step=step,
        state=" ".join(word.official),
        reason=reason,
    )


async def count_miss(tx: Transaction, query: str, day: date) -> None:
    statement = upsert(search_misses).values(day=day, query=query, times=1)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "query"], set_={"times": search_misses.c.times + 1}
        )
    )
