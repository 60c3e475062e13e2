"""Places named in a text: a division, town or village whose name stands there, told apart by what stands around it.

Names are written short: 桥东街道 is 桥东, a village's committee is left out. Many villages share a name, and many short
names are words of their own, so a short name of two characters counts only beside a place that it lies in.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NAME_CHARACTERS_MIN = 2
SHORT_IS_WEAK = 2
_LEVELS = (6, 9, 12)
_COMMITTEE = re.compile(r"(社区)?居民?委员会$|(村)?村?民委员会$|居委会$|村委会$")
_KIND = re.compile(r"(街道办事处|街道|地区|社区|县|区|市|镇|乡|村)$")


@dataclass(frozen=True, kw_only=True)
class FoundPlace:
    code: str
    name: str
    reasons: tuple[str, ...]
    """What stands in the text, in its order."""


@dataclass(frozen=True, kw_only=True)
class _Hit:
    code: str
    words: str
    is_whole: bool

    @property
    def weight(self) -> int:
        return len(self.words) * (2 if self.is_whole else 1)


class Gazetteer:
    """The names of a city's places, looked for in texts."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names`: code and name of each place; 6, 9 or 12 digits by its level."""
        self.names: Mapping[str, str] = dict(names)
        forms: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for code, name in self.names.items():
            for form, is_whole in _forms(name).items():
                forms[form].append((code, is_whole))
        self._forms: Mapping[str, list[tuple[str, bool]]] = dict(forms)
        self._longest = max(map(len, forms), default=0)

    def find(self, text: str, *, within: str = "") -> FoundPlace | None:
        """The one place that the text speaks of, as exactly as it can be told; None when it names none, or several.

        `within` is a prefix of codes that decides between places of the same name.
        """
        hits = self._hits(text)
        best = self._best(hits)
        if len(best) > 1 and within:
            best = [code for code in best if code.startswith(within)] or best
        code = best[0] if len(best) == 1 else self._common(best)
        if code is None:
            return None
        words = [hit.words for hit in hits.values() if code.startswith(hit.code)]
        if not words:
            words = [hit.words for hit in hits.values() if hit.code.startswith(code)]
        return FoundPlace(
            code=code,
            name=self.names[code],
            reasons=tuple(sorted(set(words), key=text.index)),
        )

    def _hits(self, text: str) -> Mapping[str, _Hit]:
        """The weightiest mention of each place that the text names, the longest names first."""
        found: dict[str, _Hit] = {}
        start = 0
        while start < len(text):
            form = self._form_at(text, start)
            for code, is_whole in self._forms.get(form, ()):
                hit = _Hit(code=code, words=form, is_whole=is_whole)
                if code not in found or hit.weight > found[code].weight:
                    found[code] = hit
            start += len(form) or 1
        return found

    def _form_at(self, text: str, start: int) -> str:
        for size in range(min(self._longest, len(text) - start), NAME_CHARACTERS_MIN - 1, -1):
            if text[start : start + size] in self._forms:
                return text[start : start + size]
        return ""

    def _best(self, hits: Mapping[str, _Hit]) -> list[str]:
        scores = {
            code: sum(hits[above].weight for above in _with_above(code) if above in hits)
            for code, hit in hits.items()
            if not self._is_weak(hit, hits)
        }
        most = max(scores.values(), default=0)
        return sorted(code for code, score in scores.items() if score == most)

    @staticmethod
    def _is_weak(hit: _Hit, hits: Mapping[str, _Hit]) -> bool:
        if hit.is_whole or len(hit.words) > SHORT_IS_WEAK or len(hit.code) == _LEVELS[0]:
            return False
        return not any(above in hits for above in _with_above(hit.code) if above != hit.code)

    def _common(self, codes: Sequence[str]) -> str | None:
        for size in reversed(_LEVELS[:-1]):
            prefixes = {code[:size] for code in codes}
            if len(prefixes) == 1 and (found := prefixes.pop()) in self.names:
                return found
        return None


def _with_above(code: str) -> Iterable[str]:
    return (code[:size] for size in _LEVELS if size <= len(code))


def _forms(name: str) -> dict[str, bool]:
    """How a name may stand in a text, and whether that is (nearly) the whole of it."""
    plain = _COMMITTEE.sub("", name)
    forms = {name: True}
    if plain != name:
        kind = "社区" if "社区" in name else "村"
        forms[plain if plain.endswith(kind) else plain + kind] = True
    bare = _KIND.sub("", plain)
    if len(bare) >= NAME_CHARACTERS_MIN:
        forms.setdefault(bare, False)
    return forms
