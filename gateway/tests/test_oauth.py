"""Partners' tokens: what svc-datashare vouches for, and nothing else."""

import json
import uuid

import pytest

from gateway.oauth import FORM_BYTES_MAX

SECRET = "s3cret+/="
PARTNER = "019a0000-0000-7000-8000-00000000aaaa"


@pytest.fixture
async def partner_door(open_door, upstream, upstream_url, answer):
    """A door whose svc-datashare knows one partner."""

    async def authenticate(scope, receive, send):
        upstream.asked = dict(scope["headers"])
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        told = json.loads(body)
        if told == {"client_id": "tax-bureau", "client_secret": SECRET}:
            known = {"client_id": "tax-bureau", "partner_id": PARTNER, "scopes": ["feed", "upload"]}
            await answer(send, 200, json.dumps(known).encode())
        else:
            await answer(send, 401, b"{}")

    upstream.behaviours["/datashare/v1/partner-authentications"] = authenticate
    upstreams = {"datashare": upstream_url, "catalog": upstream_url}
    async with open_door(upstreams=upstreams) as door:
        yield door


def form(**changes):
    told = {
        "grant_type": "client_credentials",
        "client_id": "tax-bureau",
        "client_secret": SECRET,
    } | changes
    return {key: value for key, value in told.items() if value is not None}


async def test_a_partner_gets_a_token_that_works(partner_door):
    door = partner_door
    response = await door.client.post("/oauth/token", data=form())
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    told = response.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == (
        "Bearer",
        3600,
        "feed upload",
    )
    assert (await door.get("/datashare/v1/feed", told["access_token"])).status_code == 200
    principal = door.principal("datashare")
    assert (principal.kind, principal.roles) == ("partner", {"partner"})
    assert (principal.subject, principal.client_id) == (PARTNER, "tax-bureau")
    assert principal.scopes == {"feed", "upload"}


async def test_basic_authentication_and_a_narrower_scope(partner_door):
    response = await partner_door.client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "scope": "feed"},
        auth=("tax-bureau", "s3cret%2B%2F%3D"),
    )
    assert response.status_code == 200
    assert response.json()["scope"] == "feed"


async def test_the_question_to_datashare_comes_from_the_gateway_itself(partner_door, upstream):
    await partner_door.client.post("/oauth/token", data=form())
    assert upstream.asked[b"content-type"] == b"application/json"
    bearer = upstream.asked[b"authorization"].decode()
    await partner_door.get("/catalog/v1/items")  # so that `principal` has a last request
    upstream.last.headers = [("authorization", bearer)]
    principal = partner_door.principal("datashare")
    assert (principal.kind, principal.roles) == ("system", {"gateway"})


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "x" * 200}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
        ({"scope": "feed admin"}, 400, "invalid_scope"),
        ({"client_assertion_type": "urn:x", "client_assertion": "a.b.c"}, 400, "invalid_client"),
    ],
)
async def test_refusals_are_oauth_errors(partner_door, changes, status, error):
    response = await partner_door.client.post("/oauth/token", data=form(**changes))
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.json()["error_description"].isascii()
    assert response.json()["detail"]
    if "client_assertion" in changes:
        assert "private_key_jwt" in response.json()["error_description"]
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Basic")


async def test_only_forms_of_a_reasonable_size(partner_door):
    as_json = await partner_door.client.post("/oauth/token", json=form())
    assert as_json.json()["error"] == "invalid_request"
    big = await partner_door.client.post("/oauth/token", data=form(scope="x" * FORM_BYTES_MAX))
    assert big.status_code == 413
    twice = await partner_door.client.post(
        "/oauth/token",
        content="grant_type=client_credentials&client_id=a&client_id=b&client_secret=c",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert twice.json()["error"] == "invalid_request"
    assert (await partner_door.get("/oauth/token")).status_code == 405


async def test_guessing_secrets_is_slowed_down(partner_door):
    answers = [
        await partner_door.client.post("/oauth/token", data=form(client_secret=str(number)))
        for number in range(62)
    ]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_fault_between_us_and_datashare_is_not_called_a_wrong_secret(
    partner_door, upstream, answer
):
    async def refuse(scope, receive, send):
        await answer(send, 415, b"{}")

    upstream.behaviours["/datashare/v1/partner-authentications"] = refuse
    response = await partner_door.client.post("/oauth/token", data=form())
    assert response.status_code == 503


async def test_without_datashare_there_are_no_tokens(door):
    response = await door.client.post("/oauth/token", data=form())
    assert response.status_code == 503


async def test_a_partner_key_signs_partners_only(door):
    """The key that signs partner tokens vouches for no other kind, and for no other role."""
    issuer = door.gateway.partner_tokens.issuer
    for changes in ({"kind": "staff"}, {"kind": "person"}, {"iss": door.issuer}):
        told = {"iss": issuer, "kind": "partner", "roles": ["partner"], "sub": str(uuid.uuid4())}
        token = door.token(door.gateway.keys.partner, **(told | changes))
        assert (await door.get("/catalog/v1/items", token)).status_code == 401, changes
    token = door.token(
        door.gateway.keys.partner, iss=issuer, kind="partner", roles=["partner", "auditor"]
    )
    assert (await door.get("/catalog/v1/items", token)).status_code == 200
    assert door.principal().roles == {"partner"}


async def test_discovery_says_what_is_offered(door):
    told = (await door.get("/.well-known/openid-configuration")).json()
    assert told["issuer"] == "http://yiwang.example"
    assert told["token_endpoint"] == "http://yiwang.example/oauth/token"
    assert told["grant_types_supported"] == ["client_credentials"]
