"""A definition looked at as the service would run it: with the roles, rules and facts that there are, and its cases."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from chassis.errors import FieldFault, InvalidError, NotFoundError, TooLargeError
from chassis.transaction import Transaction
from contracts.registry import ALL_FACTS
from contracts.vocabulary import Role
from workorder.domain.process.check import Finding, findings_of
from workorder.domain.process.check_facts import FieldKind, kind_of
from workorder.domain.process.definition import DEFINITION_BYTES_MAX, Case, Definition
from workorder.domain.process.simulator import Simulated, simulate
from workorder.repository.calendar import clock_rules

FAULTS_MAX = 100
OWN_DOORS = frozenset({Role.CLERK, Role.REVIEWER})
"""Roles that take steps of applications, at doors of their own."""
FACTS: Mapping[str, Mapping[str, FieldKind]] = {
    fact.TYPE: {name: kind_of(each.annotation) for name, each in fact.model_fields.items()}
    for fact in ALL_FACTS
}
"""Every fact of the registry, with what its fields can be looked up by."""


class DefinitionTooLargeError(TooLargeError):
    code = "definition-too-large"
    title_zh = "流程定义超过 512 kB，请精简后再提交"
    title_en = "The definition is larger than 512 kB; make it smaller"


class DefinitionFaultyError(InvalidError):
    code = "definition-faulty"
    title_zh = "流程定义的结构有误，请按提示修改后重试"
    title_en = "The definition is not written as it has to be; mend what is named"


class FindingsError(InvalidError):
    code = "definition-findings"
    title_zh = "流程定义尚有问题，请逐项修改后再启用"
    title_en = "The definition has findings; mend each before it is put in force"


def parsed(body: Mapping[str, Any]) -> Definition:
    """A definition as it came in; raises DefinitionTooLargeError, DefinitionFaultyError."""
    if len(json.dumps(body, ensure_ascii=False).encode()) > DEFINITION_BYTES_MAX:
        raise DefinitionTooLargeError
    try:
        return Definition.model_validate(body)
    except ValidationError as error:
        faults = tuple(
            FieldFault(
                pointer="/definition/" + "/".join(str(part) for part in each["loc"]),
                code=each["type"],
                zh=f"此项不符合要求：{each['msg']}",
                en=each["msg"],
            )
            for each in error.errors(include_url=False, include_input=False)[:FAULTS_MAX]
        )
        raise DefinitionFaultyError(faults=faults) from error


async def known_rules(tx: Transaction, definition: Definition) -> dict[str, Any]:
    """The rules that a definition names, as far as there are any."""
    values: dict[str, Any] = {}
    for code in definition.rules:
        try:
            values[code] = await tx.rule(code)
        except NotFoundError:
            continue
    return values


async def check(tx: Transaction, definition: Definition, *, roles: Sequence[str]) -> list[Finding]:
    """Every finding; a definition without any is tried on its own cases, and each that fails is one."""
    values = await known_rules(tx, definition)
    found = await asyncio.to_thread(
        findings_of, definition, roles={*roles, *OWN_DOORS}, rules=values, facts=FACTS
    )
    if found or not definition.cases:
        return found
    results = await try_cases(tx, definition, definition.cases)
    return [_failed(place, result) for place, result in enumerate(results) if not result.passed]


async def try_cases(
    tx: Transaction, definition: Definition, cases: Sequence[Case]
) -> list[Simulated]:
    """Sample cases from now on; relies on a definition without findings."""
    values = await known_rules(tx, definition)
    rules = await clock_rules(tx)
    return await asyncio.to_thread(
        simulate, definition, cases, at=tx.now, clock_rules=rules, values=values
    )


def as_faults(findings: Sequence[Finding]) -> tuple[FieldFault, ...]:
    return tuple(
        FieldFault(pointer=each.where, code=each.code, zh=each.zh, en=each.en)
        for each in findings[:FAULTS_MAX]
    )


def _failed(place: int, result: Simulated) -> Finding:
    refusal = result.refusal
    if refusal is not None:
        zh = f"第 {refusal.place + 1} 步“{refusal.step}”被拒绝：{refusal.zh}"
        en = f"step {refusal.place + 1}, {refusal.step}, is refused: {refusal.en}"
    else:
        zh = "；".join(each[0] for each in result.failures)
        en = "; ".join(each[1] for each in result.failures)
    return Finding(
        code="case-failed", where=f"/cases/{place}", zh=f"样例“{result.name}”：{zh}", en=en
    )
