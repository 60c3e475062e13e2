"""What one connection of the load generator does, over and over. Chosen by name, so that a plan is plain JSON."""

import json
import random
import uuid
from collections.abc import Callable, Generator
from typing import Any

import words

CREATED = 201
Script = Generator[tuple[str, bytes], tuple[int, bytes], None]


class WrongAnswerError(Exception):
    """The answer is not what the script can go on with."""


def make(name: str, *, number: int, **arguments: Any) -> Script:
    """The script of this name for the connection of this number, each with random words of its own.

    Of an argument `shares` each connection is given its own, as `share`.
    """
    if "shares" in arguments:
        arguments["share"] = arguments.pop("shares")[number]
    made: Script = SCRIPTS[name](
        random.Random(number * 7919 + arguments.pop("seed", 1)), **arguments
    )
    return made


def head(method: str, path: str, *, host: str, token: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join(lines).encode() + b"\r\n"


def post(head: bytes, body: bytes) -> bytes:
    """A POST with a key of its own."""
    return (
        b"%sContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
        % (
            head,
            uuid.uuid4().hex.encode(),
            len(body),
            body,
        )
    )


def get(_: random.Random, *, host: str, path: str, token: str = "") -> Script:
    """The same GET for ever."""
    request = head("GET", path, host=host, token=token) + b"\r\n"
    while True:
        yield "get", request


def write(rng: random.Random, *, host: str, path: str, token: str = "") -> Script:
    """A hotline order after the other."""
    start = head("POST", path, host=host, token=token)
    while True:
        yield "write", post(start, order_body(rng)[1])


def order_body(rng: random.Random) -> tuple[words.Saying, bytes]:
    said = words.saying(rng)
    body = {
        "type": "complaint",
        "title": said.title,
        "content": said.content,
        "category": "city.environment",
        "channel": "phone",
    }
    return said, json.dumps(body, ensure_ascii=False).encode()


def lifecycle(
    rng: random.Random, *, host: str, agent: str, officer: str, department: str
) -> Script:
    """Create, assign, resolve, search: four calls, the search by the caller's address must find the order."""
    base = "/workorder/v1"
    creating = head("POST", f"{base}/hotline-orders", host=host, token=agent)
    dispatch = json.dumps({"department": department, "reason": "按职责派单"}).encode()
    reply = json.dumps({"outcome": "solved", "text": "已到现场处理完毕并告知来电人。"}).encode()
    while True:
        said, body = order_body(rng)
        status, made = yield "create", post(creating, body)
        if status != CREATED:
            continue
        order_id = _id_of(made)
        path = f"{base}/work-orders/{order_id}"
        yield "assign", post(head("POST", f"{path}/dispatches", host=host, token=agent), dispatch)
        yield "resolve", post(head("POST", f"{path}/replies", host=host, token=officer), reply)
        query = _encoded(said.search)
        searching = head("GET", f"{base}/work-orders?q={query}&limit=20", host=host, token=agent)
        _, found = yield "search", searching + b"\r\n"
        if order_id.encode() not in found:
            raise WrongAnswerError("the search did not find the order")


def search(rng: random.Random, *, host: str, token: str, broad: bool) -> Script:
    """Searches alone: by a street and house (few rows), or by a trouble (one row in thirty)."""
    while True:
        said = words.saying(rng)
        asked = said.title.split()[2] if broad else said.search
        path = f"/workorder/v1/work-orders?q={_encoded(asked)}&limit=20"
        yield "search", head("GET", path, host=host, token=token) + b"\r\n"


def paths(
    rng: random.Random, *, host: str, call: str, paths: list[str], etag: str = "", token: str = ""
) -> Script:
    """One of many GETs at random; with `etag` as somebody who has it already, with `token` as whose it is."""
    known = f"If-None-Match: {etag}\r\n".encode() if etag else b""
    while True:
        yield call, head("GET", rng.choice(paths), host=host, token=token) + known + b"\r\n"


def _id_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        raise WrongAnswerError("no order was made") from None


def _encoded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


SCRIPTS: dict[str, Callable[..., Script]] = {
    "get": get,
    "write": write,
    "lifecycle": lifecycle,
    "search": search,
    "paths": paths,
}
