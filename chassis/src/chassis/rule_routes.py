"""Rules as people read and change them: list, history, a new version with its reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, JsonValue
from sqlalchemy import select

from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import NotFoundError
from chassis.identity import Reach
from chassis.schemas import In, Out, Page

RuleCode = Annotated[str, Path(pattern=r"^[a-z0-9_.-]{1,64}$")]


class RuleOut(Out):
    code: str
    version: int
    value: JsonValue
    unit: str
    meaning: str
    source: str
    verified: bool
    changed_by: str
    reason: str
    changed_at: datetime
    value_schema: dict[str, JsonValue] | None
    """The JSON Schema that a new value must have; null when nothing reads the rule any more."""


class RuleChangeIn(In):
    """A new version of a rule: the value keeps its shape; the source says where the law says so."""

    value: JsonValue
    source: str = Field(min_length=1, max_length=2_000)
    verified: bool
    reason: str = Field(min_length=1, max_length=2_000)


def rule_router(service: str, changers: Mapping[str, Reach]) -> APIRouter:
    """Routes under `/{service}/v1/rules`: anyone reads, with the shape that a value must have; `changers` change."""
    router = APIRouter(prefix=f"/{service}/v1/rules", tags=["rules"])

    @router.get("", response_model=Page[RuleOut], operation_id="list_rules")
    async def list_rules(call: Annotated[Call, allow_anyone()]) -> Response:
        """Every rule in force, with its source and what a value of it must look like."""
        async with call.read() as tx:
            rows = await call.runtime.rules.rows(tx)
        return answer(Page[RuleOut](results=[_shown(row, call) for row in rows]))

    @router.get("/{code}", response_model=Page[RuleOut], operation_id="get_rule_history")
    async def get_rule_history(code: RuleCode, call: Annotated[Call, allow_anyone()]) -> Response:
        """All versions of one rule, newest first: what held when, and why it was changed."""
        async with call.read() as tx:
            rows = await _versions(tx, call, code)
        page = Page[RuleOut](results=[_shown(row, call) for row in rows])
        return answer(page, etag=rows[0].version)

    @router.put("/{code}", response_model=RuleOut, operation_id="change_rule")
    async def change_rule(
        code: RuleCode, body: RuleChangeIn, call: Annotated[Call, allow(changers, assurance=3)]
    ) -> Response:
        """Put a new version in force. Needs `If-Match` with the version it replaces."""
        async with call.begin() as tx:
            newest = (await _versions(tx, call, code))[0]
            call.match(newest.version)
            path = f"/{service}/v1/rules/{code}"
            call.runtime.rules.check(code, body.value, before=newest.value, stated_at=path)
            changed = {
                "code": code,
                "version": newest.version + 1,
                "value": body.value,
                "unit": newest.unit,
                "meaning": newest.meaning,
                "source": body.source,
                "verified": body.verified,
                "changed_by": tx.principal.subject,
                "reason": body.reason,
                "changed_at": tx.now,
            }
            tx.insert(call.runtime.table("rules"), **changed)
            stated = call.runtime.rules.stated(code)
            tx.answer(RuleOut(**changed, value_schema=stated), etag=newest.version + 1)
        call.runtime.rules.forget()
        return tx.response

    return router


def _shown(row: Any, call: Call) -> RuleOut:
    stated = call.runtime.rules.stated(row.code)
    return RuleOut.model_validate({**row._mapping, "value_schema": stated})


async def _versions(tx: Any, call: Call, code: str) -> Any:
    rules = call.runtime.table("rules")
    rows = await tx.all(select(rules).where(rules.c.code == code).order_by(rules.c.version.desc()))
    if not rows:
        raise NotFoundError
    return rows
