"""A message on its way to another system: how often it is tried, and what an answer says. Pure; of every push alike."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

LEASE = timedelta(seconds=60)
"""How long a message that is being sent is nobody else's; after that its try is held to be lost with its process."""
RECEIPT_CHARACTERS_MAX = 200


def pause_after(tries: int, pauses: Sequence[int]) -> timedelta | None:
    """How long to wait after so many failures; None: given up."""
    return timedelta(seconds=pauses[tries - 1]) if tries <= len(pauses) else None


def answered(body: str) -> Mapping[str, Any] | None:
    """The JSON object that an answer holds; None when it holds none."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def receipt_of(body: str) -> str:
    """Their number for it, when they answer with `{"id": ...}`; nothing otherwise."""
    number = (answered(body) or {}).get("id")
    return str(number)[:RECEIPT_CHARACTERS_MAX] if isinstance(number, str | int) else ""
