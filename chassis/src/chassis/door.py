"""The HTTP door: who calls, what the route lets them do, and the transaction opened in the open.

    @router.post("/orders", status_code=201, response_model=OrderOut)
    async def post_order(body: OrderIn, call: Annotated[Call, allow({"agent": Reach.NOTHING})]) -> Response:
        async with call.begin() as tx:
            order = await create_order(CreateOrder(...), tx)
            tx.answer(OrderOut.of(order), status=201, etag=order.version, location=f"/x/v1/orders/{order.id}")
        return tx.response

With an `Idempotency-Key`, the answer is kept in the same commit as the write. Nothing is looked up first: a
repeat runs into the key's uniqueness, or into the step already taken, and then gets the first answer again.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.errors import (
    BadRequestError,
    InvalidError,
    PreconditionError,
    PreconditionRequiredError,
    ProblemError,
)
from chassis.identity import EVERYTHING, Policy, Principal, Reach, Scope
from chassis.query_names import check_query_names
from chassis.runtime import Runtime
from chassis.transaction import Transaction

IDEMPOTENCY_KEY_CHARACTERS_MAX = 200
ETAG_CHARACTERS_MAX = 40
ANSWER_CONTEXT = "idempotency_keys.body"


class AnsweredBeforeError(Exception):
    """Not a fault: this key was answered; the first answer goes out again."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


def answer(
    body: BaseModel | None,
    *,
    status: int = 200,
    etag: int | str | None = None,
    location: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer, rendered once by pydantic (FastAPI does not look at it again)."""
    response = Response(
        content=body.model_dump_json() if body is not None else b"",
        status_code=status,
        media_type="application/json" if body is not None else None,
        headers=dict(headers or {}),
    )
    if etag is not None:
        response.headers["ETag"] = f'"{etag}"'
    if location is not None:
        response.headers["Location"] = location
    return response


@dataclass(kw_only=True)
class DoorTransaction(Transaction):
    """A transaction that also carries the route's answer."""

    _response: Response | None = None

    def answer(
        self,
        body: BaseModel | None,
        *,
        status: int = 200,
        etag: int | str | None = None,
        location: str | None = None,
    ) -> None:
        """The answer of this route, fixed before the commit, so that it can be kept with the key."""
        self._response = answer(body, status=status, etag=etag, location=location)

    def respond(self, response: Response) -> None:
        """The answer of a route whose format is another standard's; kept with the key all the same."""
        self._response = response

    @property
    def is_answered(self) -> bool:
        return self._response is not None

    @property
    def response(self) -> Response:
        assert self._response is not None, "the route did not call tx.answer"
        return self._response


@dataclass(kw_only=True)
class Call:
    """One admitted request: the principal, their scope on this route, and the way to a transaction."""

    request: Request
    runtime: Runtime
    principal: Principal
    scope: Scope
    key: str | None = None
    fingerprint: bytes = b""
    _fields: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DoorTransaction]:
        """One transaction, committed at the end of the block; on any exception nothing is kept."""
        tx = self._transaction(self.scope)
        try:
            yield tx
            # A POST that only asks (a verification) answers by itself, and a key means nothing to it.
            if self.key is not None and tx.is_answered:
                self._keep(tx)
            await tx.commit()
        except (ProblemError, IntegrityError):
            await tx.close()
            await self._answered_before()
            raise
        finally:
            await tx.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DoorTransaction]:
        """A transaction for reading; nothing is committed."""
        tx = self._transaction(self.scope)
        try:
            yield tx
        finally:
            await tx.close()

    def covers(self, content: str) -> None:
        """Say what an upload holds (its SHA-256), before `begin`: a key covers the file, not only its length."""
        self.fingerprint = hashlib.sha256(content.encode()).digest()

    def _transaction(self, scope: Scope) -> DoorTransaction:
        tx = self.runtime.begin(self.principal, scope, kind=DoorTransaction)
        if self.request.method != "GET" and "if-match" in self.request.headers:
            tx.expected = self.if_match()
        return tx

    def if_match(self) -> str:
        """The version the caller saw; raises PreconditionRequiredError without the header."""
        text = self.request.headers.get("if-match")
        if text is None:
            raise PreconditionRequiredError
        tag = text.strip().removeprefix("W/").strip('"')
        if not tag or len(tag) > ETAG_CHARACTERS_MAX or "," in tag:
            raise BadRequestError(
                "If-Match 格式有误", "If-Match cannot be read", code="bad-if-match"
            )
        return tag

    def match(self, version: int) -> None:
        """Raise PreconditionError unless the caller saw this version. `*` matches any."""
        seen = self.if_match()
        if seen not in {"*", str(version)}:
            raise PreconditionError

    def is_fresh(self, etag: int | str) -> bool:
        """Whether the caller already holds this version (If-None-Match)."""
        tags = self.request.headers.get("if-none-match", "")
        return any(tag.strip().removeprefix("W/") in {f'"{etag}"', "*"} for tag in tags.split(","))

    def _key_id(self) -> bytes:
        path = self.request.scope["path"]
        parts = (
            self.principal.owner_id,
            self.principal.subject,
            self.request.method,
            path,
            self.key,
        )
        return hashlib.sha256("\n".join(str(part) for part in parts).encode()).digest()

    def _keep(self, tx: DoorTransaction) -> None:
        response = tx.response
        kept = {
            name: response.headers[name]
            for name in ("etag", "location", "content-type")
            if name in response.headers
        }
        body = bytes(response.body).decode()
        tx.insert(
            self.runtime.table("idempotency_keys"),
            id=self._key_id(),
            fingerprint=self.fingerprint,
            status=response.status_code,
            headers=kept,
            body=self.runtime.keyring.encrypt(body, context=ANSWER_CONTEXT),
            created_at=tx.now,
        )

    async def _answered_before(self) -> None:
        """Raise AnsweredBeforeError when this key has an answer; InvalidError when it had another body."""
        if self.key is None:
            return
        keys = self.runtime.table("idempotency_keys")
        tx = self._transaction(EVERYTHING)
        try:
            row = await tx.one_or_none(select(keys).where(keys.c.id == self._key_id()))
        finally:
            await tx.close()
        if row is None:
            return
        if row.fingerprint != self.fingerprint:
            raise InvalidError(
                "同一 Idempotency-Key 已用于另一份内容，请换一个新键再提交",
                "This Idempotency-Key was used with another body; use a fresh key",
                code="idempotency-key-reused",
            )
        response = Response(
            content=self.runtime.keyring.decrypt(row.body, context=ANSWER_CONTEXT),
            status_code=row.status,
            headers={**row.headers, "Idempotency-Replayed": "true"},
        )
        raise AnsweredBeforeError(response)


class Guard:
    """A route's policy as a dependency; found by the tests, by OpenAPI (`x-policy`) and by the start-up check."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    async def __call__(self, request: Request) -> Call:
        principal = cast("Principal", request.scope["principal"])
        scope = self.policy.admit(principal)
        check_query_names(request)
        key, fingerprint = None, b""
        if request.method == "POST":
            key = request.headers.get("idempotency-key")
        if key is not None:
            if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
                raise BadRequestError(
                    f"Idempotency-Key 应为 1 至 {IDEMPOTENCY_KEY_CHARACTERS_MAX} 个字符",
                    f"Idempotency-Key must have 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} characters",
                    code="bad-idempotency-key",
                )
            fingerprint = hashlib.sha256(await _body_for_fingerprint(request)).digest()
        return Call(
            request=request,
            runtime=cast("Runtime", request.app.state.runtime),
            principal=principal,
            scope=scope,
            key=key,
            fingerprint=fingerprint,
        )


async def _body_for_fingerprint(request: Request) -> bytes:
    """The body as sent; for an upload its length, because a stream is read only once: see `Call.covers`."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return request.headers.get("content-length", "").encode()
    return await request.body()


def allow(roles: Mapping[str, Reach], *, assurance: int = 1) -> Any:
    """The policy of a route, written beside its path: role to reach, and the least real-name level."""
    return Depends(Guard(Policy(roles=dict(roles), assurance=assurance)))


def allow_anyone(*, reach: Reach = Reach.NOTHING, roles: Mapping[str, Reach] | None = None) -> Any:
    """A route that needs no sign-in; `reach` is what an anonymous caller's query may see."""
    return Depends(Guard(Policy(roles=dict(roles or {}), anyone=reach)))
