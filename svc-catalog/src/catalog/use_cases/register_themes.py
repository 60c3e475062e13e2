from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.repository.themes import add_theme_steps, add_themes, store_theme, themes_of
from chassis.errors import FieldFault, InvalidError
from chassis.steps import changed_in_words
from chassis.transaction import Transaction


class ThemeRowsError(InvalidError):
    code = "theme-rows"
    title_zh = "主题清单有误，未作任何登记；请按 errors 逐行修改后重新提交"
    title_en = "The list of themes has faults and nothing was registered; see errors"


@dataclass(kw_only=True)
class RegisteredThemes:
    added: int = 0
    corrected: int = 0
    unchanged: int = 0


async def register_themes(
    rows: Sequence[Mapping[str, Any]], tx: Transaction, *, reason: str
) -> RegisteredThemes:
    """Put themes on the list, correct those with the same code, or take them out of use: all rows or none.

    Guides follow at their next publication, and published ones at the next audit. A theme stays one of persons or
    one of enterprises; raises ThemeRowsError.
    """
    known = await themes_of(tx, {row["code"] for row in rows})
    if faults := [each for place in range(len(rows)) for each in _faults(place, rows, known)]:
        raise ThemeRowsError(faults=tuple(faults))
    done = RegisteredThemes()
    fresh, steps = [], []
    for row in rows:
        found, state = known.get(row["code"]), "in-use" if row["in_use"] else "retired"
        if found is None:
            fresh.append(row)
            steps.append((row["code"], "registered", state, ""))
            done.added += 1
            continue
        words = changed_in_words({name: getattr(found, name) for name in row}, row)
        if not words:
            done.unchanged += 1
            continue
        store_theme(tx, found, row)
        steps.append((row["code"], _step(found.in_use, is_in_use=row["in_use"]), state, words))
        done.corrected += 1
    await add_themes(tx, fresh)
    await add_theme_steps(tx, steps, reason=reason)
    return done


def _step(was_in_use: bool, *, is_in_use: bool) -> str:
    if was_in_use == is_in_use:
        return "corrected"
    return "reinstated" if is_in_use else "retired"


def _faults(
    place: int, rows: Sequence[Mapping[str, Any]], known: Mapping[str, Any]
) -> list[FieldFault]:
    row = rows[place]
    faults = []
    first = next(other for other, one in enumerate(rows) if one["code"] == row["code"])
    if first != place:
        faults.append(
            FieldFault(
                pointer=f"/rows/{place}/code",
                code="code-twice",
                zh=f"编码与第 {first + 1} 行重复",
                en=f"The code stands in row {first + 1} already",
            )
        )
    found = known.get(row["code"])
    if found is not None and found.audience != row["audience"]:
        faults.append(
            FieldFault(
                pointer=f"/rows/{place}/audience",
                code="audience-changed",
                zh="同一编码不能改换自然人、法人；请另用编码登记，并将原主题停用",
                en="A code stays with its audience; register another code and take this one out of use",
            )
        )
    return faults
