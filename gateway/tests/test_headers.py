"""No spelling of an identity header gets past the door; ordinary headers do."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.headers import answer_headers, is_dropped, sort_headers

IDENTITY = [
    *("x-user", "x-user-id", "x-auth-user", "x-auth-request-email", "x-authenticated-user"),
    *("x-forwarded-for", "x-forwarded-user", "x-forwarded-host", "x-forwarded-proto", "forwarded"),
    *("x-real-ip", "x-remote-user", "remote-user", "x-yiwang-subject", "x-principal", "x-roles"),
    *("x-internal-token", "x-original-url", "x-original-uri", "x-rewrite-url", "x-client-cert"),
    *("proxy-authorization", "proxy-connection", "te", "trailer", "upgrade", "connection"),
    *("authorization", "x-ssl-client-s-dn", "x-http-method-override", "x-subject", "x-scope"),
]


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """An identity header with other case, and `_` or `.` for some of its `-`."""
    name = draw(st.sampled_from(IDENTITY))
    out = []
    for character in name:
        if character == "-":
            out.append(draw(st.sampled_from("-_.")))
        else:
            out.append(draw(st.sampled_from([character, character.upper()])))
    return "".join(out)


@given(spelled())
def test_every_spelling_is_dropped(name):
    assert is_dropped(name)
    sorted_ = sort_headers([(name.lower().encode(), b"root"), (name.lower().encode(), b"admin")])
    assert sorted_.forward == []


@pytest.mark.parametrize(
    "name",
    [
        *("accept", "accept-language", "content-type", "content-disposition", "idempotency-key"),
        *("if-match", "if-none-match", "range", "user-agent", "last-event-id", "prefer", "origin"),
        *("x-purpose", "webhook-id", "webhook-signature", "tracestate", "accept-encoding"),
    ],
)
def test_ordinary_headers_pass(name):
    assert not is_dropped(name)
    assert sort_headers([(name.encode(), b"1")]).forward == [(name, "1")]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(spelled(), min_size=1, max_size=6))
def test_over_the_wire_too(spellings):
    forwarded = sort_headers([(name.lower().encode(), b"x") for name in spellings]).forward
    assert forwarded == []


async def test_the_upstream_sees_only_what_we_say(door):
    lines = "".join(
        f"{name}: root\r\n"
        for name in (
            "X_User",
            "X.Auth.User",
            "X-USER-ID",
            "x-user-id",
            "X_Forwarded_For",
            "X-Roles",
        )
    )
    raw = await door.raw(
        f"GET /catalog/v1/items HTTP/1.1\r\nHost: evil.example\r\n{lines}"
        "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\n"
        "Cookie: session=1\r\nConnection: close, X-Purpose\r\nX-Purpose: look\r\n\r\n".encode()
    )
    assert raw.startswith(b"HTTP/1.1 200")
    seen = door.upstream.last
    assert seen.names == {
        *("host", "authorization", "x-request-id", "traceparent", "x-deadline-ms"),
        *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"),
    }
    assert seen.header("x-forwarded-for") == "127.0.0.1"
    assert seen.header("x-forwarded-host") == "yiwang.example"
    assert "evil" not in seen.header("host")
    assert door.principal().is_anonymous


async def test_the_address_is_believed_from_trusted_proxies_only(open_door):
    async with open_door(trusted_proxies=("127.0.0.0/8", "10.0.0.0/8")) as door:
        await door.get(
            "/catalog/v1/items", headers={"X-Forwarded-For": "6.6.6.6, 7.7.7.7, 10.1.1.1"}
        )
        assert door.upstream.last.header("x-forwarded-for") == "7.7.7.7"
        await door.get("/catalog/v1/items", headers={"X-Forwarded-For": "not-an-address"})
        assert door.upstream.last.header("x-forwarded-for") == "127.0.0.1"


async def test_a_header_that_is_no_text_is_refused(door):
    raw = await door.raw(b"GET /catalog/v1/x HTTP/1.1\r\nHost: x\r\nX-Purpose: \xff\xfe\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 400")
    raw = await door.raw(
        "GET /catalog/v1/x HTTP/1.1\r\nHost: x\r\nX-Purpose: 核对\r\n\r\n".encode()
    )
    assert raw.startswith(b"HTTP/1.1 200")
    assert door.upstream.last.header("x-purpose") == "核对"


def test_html_from_a_service_gets_a_policy_unless_it_has_one():
    plain = dict(answer_headers([(b"Content-Type", b"text/html")]))
    assert b"default-src 'none'" in plain[b"content-security-policy"]
    own = dict(
        answer_headers([(b"content-type", b"text/html"), (b"content-security-policy", b"own")])
    )
    assert own[b"content-security-policy"] == b"own"
