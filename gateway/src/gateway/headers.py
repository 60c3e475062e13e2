"""Which headers pass the door. Names are judged once and the judgement remembered: this is the hot path.

Identity comes from the signed token and nowhere else; yet whoever stands behind may be configured to
believe a header, so every spelling of one is dropped here: case, `-`, `_`, `.`, and second copies.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.errors import BadRequestError
from gateway.problems import ambiguous_header

RawHeaders = Iterable[tuple[bytes, bytes]]

_DROPPED = frozenset(
    {
        # Replaced by ours, or by what the client library writes.
        *("authorization", "host", "traceparent", "content-length", "cookie", "baggage"),
        # Hop by hop.
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"),
        *("http2-settings", "via"),
        # Who is asking, and from where.
        *("forwarded", "from", "true-client-ip", "cf-connecting-ip", "on-behalf-of"),
        *("user", "roles", "role", "principal", "subject", "identity", "client-ip"),
        # Another method or address than the one that was judged.
        *("x-http-method", "x-method-override", "x-host", "x-url", "x-override-url"),
    }
)
_DROPPED_BEGINNINGS = (
    *("x-user", "x-auth", "x-forward", "x-real", "x-remote", "remote-", "x-yiwang", "x-principal"),
    *("x-role", "x-internal", "x-original", "x-rewrite", "x-client", "x-cluster", "x-subject"),
    *("x-identity", "x-account", "x-tenant", "x-kind", "x-assurance", "x-division", "x-depart"),
    *("x-scope", "x-jwt", "x-token", "x-access-token", "x-id-token", "x-ssl", "ssl-", "x-consumer"),
    *("x-credential", "x-on-behalf", "x-impersonat", "x-actor", "x-acting", "x-proxy", "proxy-"),
    *("x-ms-client", "x-amzn-oidc", "x-goog-auth", "x-envoy", "x-http-method-", "x-authenticated"),
    *("x-request-id", "x-deadline", "x-channel", "x-place", "x-sub", "x-email", "x-group", "x-b3-"),
    *("x-trace", "x-uid", "x-person", "x-staff", "x-partner", "x-verified", "x-trusted"),
)
_SINGLE = frozenset(
    {
        *(b"authorization", b"host", b"content-length", b"content-type", b"content-encoding"),
        *(b"idempotency-key", b"if-match", b"if-unmodified-since", b"range"),
    }
)
"""Two of these are two opinions; nobody may pick the one that suits."""

_PICKED = frozenset(
    {
        *(b"authorization", b"x-request-id", b"traceparent", b"content-length"),
        *(b"transfer-encoding", b"connection", b"accept-language", b"x-deadline-ms"),
        b"x-forwarded-for",
    }
)

_DROP, _FORWARD, _LOOK = 0, 1, 2
_NAMES_MAX = 4096
"""Names come from outside: the memory of judgements is bounded."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")


@dataclass(slots=True)
class Incoming:
    """A request's head, sorted: what goes on, and what the gateway itself reads."""

    forward: list[tuple[str, str]] = field(default_factory=list)
    picked: dict[bytes, bytes] = field(default_factory=dict)
    doubled: set[bytes] = field(default_factory=set)

    @property
    def request_id(self) -> str | None:
        """The caller's own, when there is one and it looks like one."""
        given = self.picked.get(b"x-request-id")
        if given is None or b"x-request-id" in self.doubled or not _REQUEST_ID.fullmatch(given):
            return None
        return given.decode("ascii")

    @property
    def traceparent(self) -> str | None:
        given = self.picked.get(b"traceparent")
        return None if given is None or b"traceparent" in self.doubled else given.decode("latin-1")

    @property
    def accept_language(self) -> str:
        return self.picked.get(b"accept-language", b"").decode("latin-1")

    @property
    def content_length(self) -> int | None:
        given = self.picked.get(b"content-length")
        return int(given) if given is not None and given.isdigit() else None

    @property
    def has_body(self) -> bool:
        return b"transfer-encoding" in self.picked or bool(self.content_length)


def is_dropped(name: str) -> bool:
    """Whether a request header of this name, in any spelling, stays outside."""
    if "_" in name:
        # Some servers read X_User as X-User; no honest client writes the former.
        return True
    plain = name.lower().replace(".", "-").strip("-")
    return plain in _DROPPED or plain.startswith(_DROPPED_BEGINNINGS)


_judged: dict[bytes, tuple[int, str]] = {}


def _judge(name: bytes) -> tuple[int, str]:
    text = name.decode("latin-1")
    verdict = _DROP if is_dropped(text) else _FORWARD
    if name in _PICKED or name in _SINGLE:
        verdict |= _LOOK
    if len(_judged) >= _NAMES_MAX:
        _judged.clear()
    _judged[name] = (verdict, text)
    return verdict, text


def sort_headers(raw: RawHeaders) -> Incoming:
    """Sort a request's headers; names must be lower case, as ASGI servers give them. Never refuses."""
    incoming = Incoming()
    forward, picked = incoming.forward, incoming.picked
    for name, value in raw:
        known = _judged.get(name)
        verdict, text = known if known is not None else _judge(name)
        if verdict & _LOOK:
            if name in picked:
                incoming.doubled.add(name)
            picked[name] = value
        if verdict & _FORWARD:
            forward.append((text, value.decode("utf-8", "surrogateescape")))
    if b"connection" in picked:
        _drop_named(incoming, picked[b"connection"])
    return incoming


def _drop_named(incoming: Incoming, connection: bytes) -> None:
    """Headers that `Connection` names belong to this hop only."""
    if connection in {b"keep-alive", b"close"}:
        return
    named = {part.strip().lower() for part in connection.decode("latin-1").split(",")}
    incoming.forward[:] = [pair for pair in incoming.forward if pair[0] not in named]


def refuse_ambiguous(incoming: Incoming) -> None:
    """Raise BadRequestError for a second copy of what must be single, or for bytes that are no text."""
    for doubled in incoming.doubled & _SINGLE:
        raise ambiguous_header(doubled.decode("ascii"))
    for name, value in incoming.forward:
        if not value.isascii() and any("\udc80" <= character <= "\udcff" for character in value):
            raise BadRequestError(
                f"请求头 {name} 不是 UTF-8 文字",
                f"The header {name} is not UTF-8 text",
                code="malformed-header",
            )


_ANSWER_DROPPED = frozenset(
    {
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-connection", "alt-svc"),
        *("server", "date", "x-powered-by", "x-request-id", "traceparent"),
    }
)

SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
NO_STORE = (b"cache-control", b"no-store")
HTML_POLICY = (
    b"content-security-policy",
    (
        b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
        b" form-action 'self'; frame-ancestors 'none'"
    ),
)

_answer_judged: dict[bytes, bytes] = {}
"""Raw name -> its lower case, empty when it is dropped."""


def answer_headers(raw: RawHeaders) -> list[tuple[bytes, bytes]]:
    """A service's answer headers as they go out: without hop-by-hop ones, with the security ones."""
    kept: list[tuple[bytes, bytes]] = []
    seen = {b"cache-control": b"", b"content-type": b"", b"content-security-policy": b""}
    for name, value in raw:
        lower = _answer_judged.get(name)
        if lower is None:
            lower = _judge_answer(name)
        if lower:
            kept.append((lower, value))
            if lower in seen:
                seen[lower] = value
    kept.extend(SECURITY)
    if not seen[b"cache-control"]:
        kept.append(NO_STORE)
    is_html = seen[b"content-type"].startswith(b"text/html")
    if is_html and not seen[b"content-security-policy"]:
        kept.append(HTML_POLICY)
    return kept


def _judge_answer(name: bytes) -> bytes:
    lower = name.lower()
    dropped = lower.decode("latin-1") in _ANSWER_DROPPED or lower in {key for key, _ in SECURITY}
    if len(_answer_judged) >= _NAMES_MAX:
        _answer_judged.clear()
    _answer_judged[name] = b"" if dropped else lower
    return _answer_judged[name]
