"""Log lines: one JSON object each on stdout, without personal data.

Callers log one event name and fixed keys, ids only. The scrubbing here is the second line of defence: it hides
what looks like an identity or telephone number, and what stands under a personal key, wherever it comes from.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog

_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    r"|(?:\+?86)?1[3-9]\d{9}"
    r")(?![0-9A-Za-z])",
    re.ASCII,
)
_BEARER = re.compile(
    r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b[Bb]earer\s+\S+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
"""Signed tokens, bearer credentials, user and password inside an address."""
_PERSONAL_KEYS = frozenset(
    (
        "name",
        "full_name",
        "phone",
        "mobile",
        "telephone",
        "contact_phone",
        "id_number",
        "address",
        "email",
        "token",
        "access_token",
        "authorization",
        "cookie",
        "password",
        "secret",
        "client_secret",
        "api_key",
    )
)
_PERSONAL_ENDINGS = ("_phone", "_id_number", "_token", "_secret", "_password", "_authorization")
_HIDDEN = "***"
_DEPTH_MAX = 6
_CHARACTERS_MAX = 8_000


def scrub(value: Any, depth: int = 0) -> Any:
    """The same value with whatever looks personal hidden, in depth."""
    if isinstance(value, str):
        hidden = _PERSONAL.sub(_HIDDEN, _BEARER.sub(_HIDDEN, value))
        return hidden if len(hidden) <= _CHARACTERS_MAX else hidden[:_CHARACTERS_MAX] + "…"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return _HIDDEN if _PERSONAL.fullmatch(str(value)) else value
    if depth >= _DEPTH_MAX:
        return _HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _scrub_entry(str(key), entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(entry, depth + 1) for entry in value]
    return scrub(str(value), depth)


def _scrub_entry(key: str, value: Any, depth: int) -> Any:
    plain = key.lower().replace("-", "_")
    if value is not None and (plain in _PERSONAL_KEYS or plain.endswith(_PERSONAL_ENDINGS)):
        return _HIDDEN
    return scrub(value, depth)


class _Stdout:
    """Looks sys.stdout up each time, so that a stream that was replaced is followed."""

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    msg = log = debug = info = warning = warn = error = critical = exception = fatal = _write


class _StdoutHandler(logging.Handler):
    """The standard library's records (servers, drivers) as lines of the same kind."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            # Nowhere left to say it; a lost line must not stop the work.
            return


def configure(service: str, level: str, context: Callable[[], Mapping[str, str | None]]) -> None:
    """Send every log line of this process through here. `context` is asked for each line's trace keys."""
    number = logging.getLevelNamesMapping()[level.upper()]

    def add_context(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        event.update((key, value) for key, value in context().items() if value is not None)
        return event

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        add_context,
        structlog.processors.format_exc_info,
        _scrub_event,
    ]
    line = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, line],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Stdout(),
        cache_logger_on_first_use=True,
    )
    handler = _StdoutHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, line],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)


def _scrub_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # structlog's own keys hold the record itself; they are taken out before the line is written.
    return {
        key: value if key.startswith("_") else _scrub_entry(key, value, 0)
        for key, value in event.items()
    }
