"""The contracts and the pages for people."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from contracts.registry import ALL_FACTS

SERVICE = {
    "openapi": "3.1.0",
    "info": {"title": "事项目录 svc-catalog", "version": "1"},
    "paths": {
        "/healthz": {"get": {"operationId": "healthz", "responses": {}}},
        "/catalog/v1/items": {
            "get": {
                "operationId": "list_items",
                "tags": ["items"],
                "summary": "查事项 <script>alert(1)</script>",
                "x-policy": {"anyone": "all", "roles": {}, "assurance": 1},
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "string"}, "required": True}
                ],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Page"}}
                        },
                    }
                },
            },
            "post": {
                "operationId": "create_item",
                "x-policy": {"anyone": None, "roles": {"publisher": "department"}, "assurance": 2},
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                    }
                },
                "responses": {"201": {"description": "OK"}},
            },
        },
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "kind": {"enum": ["a", "b"]}},
            },
            "Page": {
                "type": "object",
                "properties": {
                    "results": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
                },
            },
        }
    },
}


@pytest.fixture
async def documented(open_door, upstream, upstream_url, serving):
    """Two services that describe themselves, and one that is down."""
    other = json.loads(json.dumps(SERVICE).replace("/catalog/", "/workorder/"))
    other["components"]["schemas"]["Item"]["properties"] = {"number": {"type": "integer"}}
    upstream.documents["/openapi.json"] = SERVICE

    class Other:
        async def __call__(self, scope, receive, send):
            body = json.dumps(other).encode()
            head = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body})

    async with serving(Other()) as other_url:
        upstreams = {
            "catalog": upstream_url,
            "workorder": other_url,
            "datashare": "http://127.0.0.1:9",
        }
        async with open_door(upstreams=upstreams) as door:
            yield door


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document, reference):
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


async def test_openapi_of_all_services_in_one(documented):
    document = (await documented.get("/openapi.json")).json()
    assert document["x-unavailable"] == ["datashare"]
    assert {"/catalog/v1/items", "/workorder/v1/items", "/oauth/token"} <= set(document["paths"])
    schemas = document["components"]["schemas"]
    assert "name" in schemas["catalog.Item"]["properties"]
    assert "number" in schemas["workorder.Item"]["properties"]
    for reference in references(document):
        resolve(document, reference)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert "catalog_list_items" in ids


async def test_openapi_is_kept_for_a_minute(documented):
    await documented.get("/openapi.json")
    asked = documented.upstream.requests
    await documented.get("/openapi.json")
    await documented.get("/docs")
    assert documented.upstream.requests == asked


async def test_docs_list_every_operation_and_stand_alone(documented):
    response = await documented.get("/docs")
    page = response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    document = (await documented.get("/openapi.json")).json()
    count = sum(len(path) for path in document["paths"].values())
    assert page.count("<details id=") - page.count('<details id="schema-') == count
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    assert "任何人（无需登录）" in page
    assert "事项管理员 publisher（本部门）；实名等级 2 及以上" in page
    assert "数据共享 (datashare)" in page, "the one that is down is named"
    assert "<script>alert(1)" not in page
    assert '<html lang="zh-CN">' in page
    assert "width=device-width" in page
    assert "prefers-color-scheme:dark" in page
    assert_stands_alone(response)


def assert_stands_alone(response):
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", response.text)
    assert "@@" not in response.text


async def test_board_arranges_and_keeps_no_figure(documented):
    response = await documented.get("/board")
    assert response.status_code == 200
    assert "/v1/indicators" in response.text
    assert "事项目录" in response.text
    assert_stands_alone(response)


@pytest.mark.parametrize("code", ["unavailable", "invalid-token", "materials-missing", "not-found"])
async def test_every_problem_type_has_a_page(door, code):
    response = await door.get(f"/problems/{code}")
    assert response.status_code == 200
    assert code in response.text
    assert "trace_id" in response.text
    assert_stands_alone(response)


async def test_odd_problem_codes_have_none(door):
    assert (await door.get("/problems/<script>")).status_code in {400, 404}
    assert (await door.get("/problems/")).status_code == 404


async def test_home_leads_to_the_docs(door):
    response = await door.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/docs")


async def test_local_routes_take_their_methods_only(door):
    response = await door.client.post("/docs")
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert (await door.client.head("/healthz")).status_code == 200


async def test_asyncapi_names_every_fact(door):
    document = (await door.get("/asyncapi.json")).json()
    assert document["asyncapi"].startswith("3.")
    assert set(document["channels"]) == {fact.TYPE for fact in ALL_FACTS}
    for reference in references(document):
        resolve(document, reference)


async def test_the_schema_that_an_event_names_is_there(door):
    for fact in ALL_FACTS:
        schema = (await door.get(f"/schemas/{fact.TYPE}.json")).json()
        Draft202012Validator.check_schema(schema)
    assert (await door.get("/schemas/no.such.fact.v1.json")).status_code == 404


async def test_ready_only_when_all_are(open_door, upstream_url):
    async with open_door(upstreams={"catalog": upstream_url}) as door:
        ready = await door.get("/readyz")
        assert (ready.status_code, ready.json()["upstreams"]["catalog"]["ready"]) == (200, True)
    upstreams = {"catalog": upstream_url, "evaluation": "http://127.0.0.1:9"}
    async with open_door(upstreams=upstreams) as door:
        response = await door.get("/readyz")
        assert response.status_code == 503
        told = {name: entry["ready"] for name, entry in response.json()["upstreams"].items()}
        assert told == {"catalog": True, "evaluation": False}
        assert (await door.get("/healthz")).status_code == 200


async def test_metrics_count_by_prefix_never_by_path(door):
    for number in range(5):
        await door.get(f"/catalog/v1/items/{number}")
    text = (await door.get("/metrics")).text
    assert 'gateway_requests_total{prefix="/catalog",status="200",upstream="catalog"} 5.0' in text
    assert "/items/" not in text
    assert 'gateway_request_duration_seconds_count{prefix="/catalog"} 5.0' in text


async def test_pages_are_compressed_for_who_takes_it(documented):
    plain = await documented.get("/docs", headers={"Accept-Encoding": "identity"})
    packed = await documented.get("/docs", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
