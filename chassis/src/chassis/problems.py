"""Refusals as RFC 9457 problem documents: Chinese first, English for who asks for it. Framework-free."""

import json
from typing import Any, Literal

from chassis.errors import FieldFault, ProblemError

Language = Literal["zh", "en"]

MEDIA_TYPE = "application/problem+json"


def language_of(accept_language: str) -> Language:
    """English only when the caller likes it better than Chinese; every doubt is Chinese."""
    best: dict[str, float] = {}
    for part in accept_language.lower().split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().partition("-")[0]
        best[primary] = max(best.get(primary, 0.0), _weight(parameters))
    return "en" if best.get("en", 0.0) > max(best.get("zh", 0.0), best.get("*", 0.0)) else "zh"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def problem_document(
    error: ProblemError, *, language: Language | str, instance: str, trace_id: str | None
) -> dict[str, Any]:
    """The members of the answer's body; `type` is a path under the gateway that explains the problem."""
    is_english = language == "en"
    document: dict[str, Any] = {
        "type": f"/problems/{error.problem_code}",
        "title": error.title_en if is_english else error.title_zh,
        "status": error.status,
        "detail": error.en if is_english else error.zh,
        "instance": instance,
        "trace_id": trace_id or "",
    }
    if error.faults:
        document["errors"] = [_fault(fault, is_english=is_english) for fault in error.faults]
    return document


def _fault(fault: FieldFault, *, is_english: bool) -> dict[str, str]:
    return {
        "pointer": fault.pointer,
        "code": fault.code,
        "detail": fault.en if is_english else fault.zh,
    }


def render(
    error: ProblemError, *, language: Language | str, instance: str, trace_id: str | None
) -> bytes:
    """The same as UTF-8 JSON."""
    document = problem_document(error, language=language, instance=instance, trace_id=trace_id)
    return json.dumps(document, ensure_ascii=False).encode()
