from collections.abc import Sequence

from catalog.domain.lexicon import Word
from catalog.repository.search import add_word as keep
from catalog.repository.search import add_word_step, find_word
from chassis.errors import ConflictError
from chassis.transaction import Transaction


class WordThereError(ConflictError):
    code = "word-there"
    title_zh = "该词已登记；如需更改请用 PUT /everyday-words/{词}"
    title_en = "This word is there already; change it with PUT /everyday-words/{word}"


async def add_word(everyday: str, official: Sequence[str], reason: str, tx: Transaction) -> Word:
    """Teach search a word that people use; raises WordThereError."""
    if await find_word(tx, everyday) is not None:
        raise WordThereError
    word = Word.of(everyday, tuple(dict.fromkeys(official)))
    keep(tx, word)
    add_word_step(tx, word, step="added", reason=reason)
    return word
