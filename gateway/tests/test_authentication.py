"""Whose word is taken, and what becomes of it behind the door."""

import time
import uuid

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, RSAKey

from chassis.errors import UnavailableError
from gateway.issuer_keys import FRESH_SECONDS, USABLE_SECONDS, JwksKeys

PATH = "/catalog/v1/items"


async def test_without_a_token_the_caller_is_anonymous(door):
    assert (await door.get(PATH)).status_code == 200
    principal = door.principal()
    assert principal.is_anonymous
    assert principal.roles == frozenset()
    assert principal.subject == "00000000-0000-0000-0000-000000000000"


async def test_a_good_token_becomes_a_short_internal_one_for_that_service(door):
    token = door.token(roles=["citizen"], client_id="app-1", department="D-1", scope="a b")
    assert (await door.get(PATH, token)).status_code == 200
    principal = door.principal("catalog")
    assert principal.subject == "019a0000-0000-7000-8000-000000000001"
    assert principal.roles == {"citizen"}
    assert (principal.kind, principal.assurance, principal.division) == ("person", 3, "445102")
    assert (principal.client_id, principal.department) == ("app-1", "D-1")
    assert principal.scopes == {"a", "b"}
    assert principal.expires_at <= time.time() + 121
    assert token not in door.upstream.last.header("authorization")
    catalog_token = door.upstream.last.header("authorization")
    await door.get(PATH, token)
    assert door.upstream.last.header("authorization") == catalog_token, "given again while young"
    await door.get("/workorder/v1/orders", token)
    assert door.principal("workorder").subject == principal.subject
    assert door.upstream.last.header("authorization") != catalog_token


async def test_an_outside_issuers_token_is_taken_too(door):
    assert (await door.get(PATH, door.foreign_token())).status_code == 200
    assert door.principal().roles == {"citizen"}


async def test_rs256_is_taken_from_a_strong_key_only(door):
    strong = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig"}, private=True)
    door.publish_keys(strong, weak)
    for key, status in ((strong, 200), (weak, 401)):
        token = jwt.encode(
            {"alg": "RS256", "kid": key.kid},
            door.claims(iss=door.issuer),
            key,
            algorithms=["RS256"],
        )
        assert (await door.get(PATH, token)).status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 9_999_999_999},
        {"iat": 9_999_999_999},
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "https://unknown.example"},
        {"iss": None},
        {"iss": "yiwang-gateway"},
        {"kind": "system"},
        {"kind": "anonymous"},
        {"kind": "king"},
        {"sub": None},
        {"sub": 7},
        {"sub": "00000000-0000-0000-0000-000000000000"},
        {"assurance": "high"},
        {"department": "a\nb"},
        {"roles": 7},
        {"scope": 'a"b'},
        {"on_behalf_of": "somebody"},
    ],
)
async def test_a_token_that_says_wrong_things_is_401(door, changes):
    response = await door.get(PATH, door.token(**changes))
    assert response.status_code == 401, changes
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["type"] == "/problems/invalid-token"
    assert door.upstream.seen == []


async def test_leeway_is_thirty_seconds(door):
    now = int(time.time())
    assert (await door.get(PATH, door.token(exp=now - 20))).status_code == 200
    assert (await door.get(PATH, door.token(exp=now - 40))).status_code == 401
    assert (await door.get(PATH, door.token(nbf=now + 20))).status_code == 200


async def test_forged_tokens_are_401(door, new_key, unsigned):
    forger = new_key("local-1")
    unknown = new_key("nobody-knows")
    public = door.local_key.as_dict(private=False)
    confused = OctKey.import_key(str(public))
    tampered = door.token()
    head, _, signature = tampered.split(".")
    other_claims = unsigned({}, door.claims(roles=["auditor"])).split(".")[1]
    tokens = [
        door.token(forger),
        door.token(unknown),
        unsigned({"alg": "none"}, door.claims()),
        unsigned({"alg": "none", "kid": "local-1"}, door.claims()),
        unsigned({"alg": "ES256", "kid": "local-1"}, door.claims(), b"\x00" * 64),
        f"{head}.{other_claims}.{signature}",
        jwt.encode(
            {"alg": "HS256", "kid": "local-1"}, door.claims(), confused, algorithms=["HS256"]
        ),
        # The outside issuer's key under the local issuer's name, and the other way round.
        door.token(door.issuer_key),
        door.foreign_token(door.local_key),
        # The gateway's own keys make no outside tokens.
        door.token(door.gateway.keys.internal),
        door.token(door.gateway.keys.internal, iss="yiwang-gateway", aud="catalog"),
        door.token(door.gateway.keys.partner),
        *("rubbish", "a.b.c", "..", "e30.e30.", "x" * 9000),
    ]
    for token in tokens:
        assert (await door.get(PATH, token)).status_code == 401, token[:80]
    for value in ("Basic abc", "Bearer", "bearer x y", "", "token"):
        response = await door.client.get(PATH, headers={"Authorization": value})
        assert response.status_code == 401, value
    assert door.upstream.seen == []


async def test_roles_that_nobody_may_bring_are_left_out(door):
    token = door.token(roles=["citizen", "gateway", "postgres", 7])
    assert (await door.get(PATH, token)).status_code == 200
    assert door.principal().roles == {"citizen"}


async def test_a_subject_that_is_no_uuid_becomes_the_same_one_each_time(door):
    first = door.foreign_token(sub="zhang-san")
    second = door.foreign_token(sub="zhang-san", jti="other")
    await door.get(PATH, first)
    subject = door.principal().subject
    await door.get(PATH, second)
    assert door.principal().subject == subject
    assert uuid.UUID(subject)
    await door.get(PATH, door.foreign_token(sub="li-si"))
    assert door.principal().subject != subject


async def test_an_issuer_cannot_say_more_than_it_may(open_door):
    async with open_door() as plain:
        address = plain.gateway.settings.upstreams["catalog"]
    issuer = {
        "issuer": "https://idp.example",
        "jwks_uri": f"{address}/jwks",
        "kinds": ["person", "enterprise"],
        "roles": ["citizen", "enterprise_agent", "proxy"],
    }
    async with open_door(issuers=(issuer,)) as door:
        staff = await door.get(PATH, door.foreign_token(kind="staff", roles=["auditor"]))
        person = await door.get(PATH, door.foreign_token(roles=["citizen", "auditor"]))
        assert (staff.status_code, person.status_code) == (401, 200)
        assert door.principal().roles == {"citizen"}


async def test_keys_rotate_without_a_restart(door, new_key):
    assert (await door.get(PATH, door.foreign_token())).status_code == 200
    fresh = new_key("outside-2")
    keys = door.gateway.application._authentication._issuers[door.issuer].keys
    door.publish_keys(door.issuer_key, fresh)
    early = await door.get(PATH, door.foreign_token(fresh))
    assert early.status_code == 401, "fetched a moment ago: made-up ids do not reach the issuer"
    keys._tried_at = keys._read_at = time.monotonic() - 11
    assert (await door.get(PATH, door.foreign_token(fresh))).status_code == 200
    assert (await door.get(PATH, door.foreign_token(jti="again"))).status_code == 200


async def test_no_keys_to_be_had_is_503_never_a_pass(door):
    del door.upstream.documents["/jwks"]
    response = await door.get(PATH, door.foreign_token())
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/issuer-unreachable"
    assert (await door.get(PATH, door.token())).status_code == 200, "other issuers go on"


async def test_the_local_issuer_is_nobody_unless_switched_on(open_door):
    async with open_door(local_issuer=False) as door:
        assert (await door.get(PATH, door.token())).status_code == 401
        published = (await door.get("/.well-known/jwks.json")).json()["keys"]
        assert "local-1" not in {key["kid"] for key in published}


async def test_published_keys_are_public_ones(door):
    published = (await door.get("/.well-known/jwks.json")).json()["keys"]
    assert len(published) == 3
    assert all("d" not in key and key["kid"] and key["alg"] == "ES256" for key in published)


async def test_a_route_that_needs_a_sign_in_says_so(door):
    response = await door.client.post("/catalog/v1/imports", content=b"x")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert door.upstream.seen == []


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_keys_age_are_read_again_and_expire(new_key):
    clock, key = Clock(), new_key("k")
    published = {"keys": [key.as_dict(private=False)]}
    answers = [published]
    asked = []

    async def fetch(address):
        asked.append(address)
        if answers[-1] is None:
            raise OSError
        return answers[-1]

    keys = JwksKeys("https://idp.example/jwks", fetch, now=clock)
    assert await keys.find("k") is not None
    assert await keys.find("k") is not None
    assert len(asked) == 1
    clock.now += FRESH_SECONDS + 1
    answers.append({"keys": [new_key("other").as_dict(private=False)]})
    assert await keys.find("k") is None, "withdrawn"
    answers.append(None)
    clock.now += FRESH_SECONDS + 1
    assert await keys.find("other") is not None, "still believed while the issuer cannot be asked"
    clock.now += USABLE_SECONDS
    with pytest.raises(UnavailableError):
        await keys.find("other")


async def test_made_up_key_ids_do_not_hammer_the_issuer(new_key):
    clock = Clock()
    asked = []

    async def fetch(address):
        asked.append(address)
        return {"keys": [new_key("k").as_dict(private=False)]}

    keys = JwksKeys("https://idp.example/jwks", fetch, now=clock)
    for number in range(100):
        assert await keys.find(f"made-up-{number}") is None
        clock.now += 0.5
    assert len(asked) <= 6
