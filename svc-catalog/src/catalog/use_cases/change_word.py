from collections.abc import Sequence

from catalog.domain.lexicon import Word
from catalog.repository.search import KeptWord, add_word_step, get_word, store_word
from chassis.transaction import Transaction


async def change_word(
    everyday: str, official: Sequence[str], reason: str, tx: Transaction
) -> KeptWord:
    """Say otherwise what a word means; raises NotFoundError, PreconditionError."""
    kept = await get_word(tx, everyday)
    tx.expect(kept.version)
    word = Word.of(everyday, tuple(dict.fromkeys(official)))
    store_word(tx, word, seen=kept.version)
    add_word_step(tx, word, step="changed", reason=reason)
    return KeptWord(word=word, version=kept.version + 1)
