"""What is wrong with a definition, said so that whoever drafted it can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: a stable code, where, and in two languages what and how to mend it."""

    code: str
    where: str
    """A JSON Pointer into the definition."""
    zh: str
    en: str
