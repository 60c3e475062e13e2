"""Text as search sees it: runs of characters, their neighbours, and how they sound.

Two-character grams find every Chinese word without a dictionary; the same grams over syllables find what was
typed by sound (homophones, pinyin, initials). Latin words and numbers are grams as they are.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

_RUN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff\U00020000-\U0003134f]+")
_LATIN = re.compile(r"[a-z]+")
GRAM_TEXT_CHARACTERS_MAX = 2_000
_SYLLABLE_LETTERS_MAX = 6


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """Full-width, upper case and punctuation do not count."""
    return "".join(runs(text))


def runs(text: str) -> list[str]:
    """Stretches of Chinese characters, or of latin letters and digits, between everything else."""
    return _RUN.findall(unicodedata.normalize("NFKC", text[:GRAM_TEXT_CHARACTERS_MAX]).lower())


def is_latin(run: str) -> bool:
    return _LATIN.fullmatch(run) is not None


def is_chinese(run: str) -> bool:
    return not run[0].isascii()


def pairs(text: str) -> list[str]:
    """Neighbouring characters, in order."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def character_grams(text: str) -> list[str]:
    """Two-character grams of the Chinese runs, and the other runs whole."""
    found: list[str] = []
    for run in runs(text):
        found.extend(pairs(run) if is_chinese(run) and len(run) > 1 else [run])
    return found


def sound_grams(text: str) -> list[str]:
    """Neighbouring syllables, `~hu kou`."""
    found: list[str] = []
    for run in runs(text):
        if is_chinese(run):
            found.extend(_joined(syllables(run)))
    return found


def index_grams(texts: Iterable[str]) -> list[str]:
    """Everything an item can be found by, sorted: characters, pairs, sounds, initials."""
    grams: set[str] = set()
    # What character_grams and sound_grams say, and initials (`^hk`), in one pass: it is done for each of many texts.
    for text in texts:
        for run in runs(text):
            if not is_chinese(run):
                grams.add(run)
                continue
            grams.update(run)
            grams.update(pairs(run))
            sounds = syllables(run)
            grams.update(_joined(sounds))
            initials = "".join(syllable[0] for syllable in sounds)
            grams.update(f"^{pair}" for pair in pairs(initials))
    return sorted(grams)


TIERS = (4, 6, 8, 11, 15, 22)
"""Lengths of names, in characters, up to which a tier goes; the last tier holds the longer ones."""


def tier_of(plain_name: str) -> int:
    return sum(len(plain_name) > most for most in TIERS)


def tiered(gram: str, tier: int) -> str:
    """A gram of names of one tier only: by it the short names that have a common word are found first."""
    return f"{tier}#{gram}"


def tiered_grams(name: str) -> list[str]:
    """The pairs of a name, as written and as they sound, each for its tier."""
    found = runs(name)
    tier = tier_of("".join(found))
    grams: set[str] = set()
    for run in found:
        if not is_chinese(run) or len(run) == 1:
            grams.add(run)
        else:
            grams.update(pairs(run))
            grams.update(_joined(syllables(run)))
    return sorted(tiered(gram, tier) for gram in grams)


def text_id(name: str, main_item: str, keywords: str) -> UUID:
    """The same for items that are known by the same text, whoever offers them."""
    whole = "\n".join((name, main_item, keywords)).encode()
    return UUID(bytes=hashlib.blake2b(whole, digest_size=16).digest())


def latin_grams(run: str) -> list[str]:
    """What a latin run may mean: itself, pinyin (`hukou`), or initials (`hk`)."""
    found = [run]
    if not is_latin(run):
        return found
    split = split_syllables(run)
    if len(split) > 1:
        found.extend(_joined([folded(syllable) for syllable in split]))
    else:
        found.extend(f"^{pair}" for pair in pairs(run))
    return found


def sounded(word: str) -> str:
    """A word as `sound_text` would hold it: its syllables between spaces."""
    return f" {' '.join(syllables(word))} "


def initials_of(word: str) -> str:
    return "".join(syllable[0] for syllable in syllables(word))


def sound_text(text: str, *, latin: bool) -> str:
    """How the Chinese runs of a text sound, or (`latin`) what its pinyin spells; runs kept apart."""
    found = []
    for run in runs(text):
        if latin and is_latin(run):
            found.append(" ".join(folded(syllable) for syllable in split_syllables(run)))
        elif not latin and is_chinese(run):
            found.append(" ".join(syllables(run)))
    return f" {' | '.join(found)} "


def _joined(sounds: list[str]) -> list[str]:
    return [f"~{a} {b}" for a, b in pairwise(sounds)]


def syllables(run: str) -> list[str]:
    """One syllable a character, without tones; a character without a known sound stands for itself."""
    return [_syllable(character) for character in run]


@lru_cache(maxsize=8_192)
def _syllable(character: str) -> str:
    sounds = _sounds().get(ord(character))
    return folded(_toneless(sounds.split(",", 1)[0])) if sounds else character


def folded(syllable: str) -> str:
    """Sounds that speakers of the south do not tell apart, and type one for the other: zh/z, ch/c, sh/s, -ng/-n."""
    if syllable[:2] in {"zh", "ch", "sh"}:
        syllable = syllable[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


@lru_cache(maxsize=1)
def _sounds() -> dict[int, str]:
    # One sound a character is enough here, and the phrase dictionary costs 20 MB.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415  loaded when first searched

    return PINYIN_DICT


def _toneless(sound: str) -> str:
    decomposed = unicodedata.normalize("NFD", sound).replace("u\u0308", "v")
    return "".join(letter for letter in decomposed if "a" <= letter <= "z")


@lru_cache(maxsize=1)
def _known_syllables() -> frozenset[str]:
    common = range(0x4E00, 0x9FA6)
    return frozenset(
        _toneless(sounds.split(",", 1)[0]) for code, sounds in _sounds().items() if code in common
    ) - {"", "n", "m", "ng", "hm"}


def split_syllables(run: str) -> list[str]:
    """`shebaoka` -> she, bao, ka; the fewest syllables; empty when it is no pinyin."""
    known = _known_syllables()
    best: list[list[str] | None] = [[], *([None] * len(run))]
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - _SYLLABLE_LETTERS_MAX), end):
            head = best[start]
            if head is None or run[start:end] not in known:
                continue
            here = best[end]
            if here is None or len(head) + 1 < len(here):
                best[end] = [*head, run[start:end]]
    return best[len(run)] or []
