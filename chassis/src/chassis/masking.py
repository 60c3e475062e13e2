"""Free text with personal data masked: what lists, search and events may show of what somebody said."""

import re

# Numbers that name a person: identity numbers (18 or 15 digits), mobile and fixed telephones, bank cards.
_PERSONAL_NUMBERS = re.compile(
    r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9](?:[\s-]?[0-9]{4}){2}|0[0-9]{2,3}[-\s]?[0-9]{7,8}|[0-9]{16,19})(?![0-9])"
)
# Every repetition has an end and begins only where a word does: the text comes from anybody, at any length.
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)


def mask_text(text: str) -> str:
    """The text with every number that names a person reduced to its first three signs and stars."""

    def masked(match: re.Match[str]) -> str:
        found = match.group(0)
        return found[:3] + "*" * (len(found) - 3)

    return _EMAIL.sub("***@***", _PERSONAL_NUMBERS.sub(masked, text))
