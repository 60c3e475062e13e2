from catalog.domain.lexicon import Word
from catalog.repository.search import add_word_step, get_word, remove_word
from chassis.transaction import Transaction


async def drop_word(everyday: str, reason: str, tx: Transaction) -> None:
    """Forget a word; what it was stays in its history, and it can be added again. Raises NotFoundError."""
    kept = await get_word(tx, everyday)
    tx.expect(kept.version)
    await remove_word(tx, everyday)
    add_word_step(tx, Word.of(everyday, kept.word.official), step="removed", reason=reason)
