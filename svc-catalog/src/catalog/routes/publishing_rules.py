"""Publishing rules (发布规则): what must hold of a guide that is published.

GET  /publishing-rules, /{code}, /{code}/versions  anyone
GET  /publishing-facts                             anyone         what a rule's expression may ask
POST /publishing-rules                             system_admin   a new rule, checked before it counts
POST /publishing-rules/trials                      system_admin   what a new rule would find; nothing is kept
PUT  /publishing-rules/{code}                      system_admin   the next version, with If-Match
POST /publishing-rules/{code}/retirements, /reinstatements   system_admin   out of use, and taken up again
POST /publishing-rules/{code}/trials               system_admin   what it would find; nothing is kept
"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlalchemy import Row, select

from catalog.domain.guide_facts import FACTS
from catalog.domain.publishing_rules import PublishingRule, RuleKind, Severity, new_rule
from catalog.domain.rule_language import check_expression
from catalog.queries import audit as queries
from catalog.queries.items import one_row
from catalog.repository.audit import rule_of, with_lists
from catalog.routes.parameters import Administrator, Anyone
from catalog.schemas.audit import (
    FactOut,
    NewRuleIn,
    NewTrialIn,
    RuleIn,
    RuleOut,
    RuleReasonIn,
    RuleVersionOut,
    TrialExampleOut,
    TrialIn,
    TrialOut,
)
from catalog.tables.audit import publishing_rule_versions, publishing_rules
from catalog.use_cases.add_publishing_rule import add_publishing_rule
from catalog.use_cases.change_publishing_rule import change_publishing_rule
from catalog.use_cases.reinstate_publishing_rule import reinstate_publishing_rule
from catalog.use_cases.retire_publishing_rule import retire_publishing_rule
from chassis.door import DoorTransaction, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction

router = APIRouter(prefix="/catalog/v1", tags=["audit"])

RuleCode = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/publishing-rules", response_model=Page[RuleOut], operation_id="list_publishing_rules")
async def list_rules(
    call: Anyone,
    paging: Paging,
    *,
    severity: Severity | None = None,
    enabled: bool | None = None,
    retired: bool | None = None,
) -> Response:
    """What must hold of a published guide, in the order of the rules' codes."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.rules(severity=severity or "", enabled=enabled, retired=retired),
            by=[publishing_rules.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"publishing-rules {severity} {enabled} {retired}",
            show=RuleOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/publishing-facts", response_model=Page[FactOut], operation_id="list_publishing_facts")
async def list_facts(call: Anyone) -> Response:  # noqa: ARG001  the policy is the point
    """What a rule's expression may ask of a guide."""
    facts = [FactOut(name=name, kind=kind, meaning=words) for name, (kind, words) in FACTS.items()]
    return answer(Page[FactOut](results=facts))


@router.get("/publishing-rules/{code}", response_model=RuleOut, operation_id="get_publishing_rule")
async def get_rule(code: RuleCode, call: Anyone) -> Response:
    """One rule; its ETag is what a change names in If-Match."""
    async with call.read() as tx:
        row = await _rule_row(tx, code)
    return answer(RuleOut.model_validate(row), etag=row.version)


@router.get(
    "/publishing-rules/{code}/versions",
    response_model=Page[RuleVersionOut],
    operation_id="list_publishing_rule_versions",
)
async def list_rule_versions(code: RuleCode, call: Anyone, paging: Paging) -> Response:
    """Every version that a rule had, newest first, with why it was made."""
    t = publishing_rule_versions
    async with call.read() as tx:
        await _rule_row(tx, code)
        page = await page_of(
            tx,
            select(t).where(t.c.code == code),
            by=[t.c.version],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"publishing-rule-versions {code}",
            show=RuleVersionOut.model_validate,
        )
    return answer(page)


@router.put(
    "/publishing-rules/{code}", response_model=RuleOut, operation_id="change_publishing_rule"
)
async def put_rule(code: RuleCode, body: RuleIn, call: Administrator) -> Response:
    """The next version of a rule. Needs `If-Match`; an expression that cannot be used is refused, and says where."""
    call.if_match()
    async with call.begin() as tx:
        await change_publishing_rule(code, body.content(), tx, reason=body.reason)
        await _answer_rule(tx, code)
    return tx.response


@router.post(
    "/publishing-rules", status_code=201, response_model=RuleOut, operation_id="add_publishing_rule"
)
async def post_rule(body: NewRuleIn, call: Administrator) -> Response:
    """A new rule. What it asks is checked first; guides published before are found by the next audit.

    An unknown fact, field or list is told with the list of those that there are.
    """
    async with call.begin() as tx:
        await add_publishing_rule(body.code, body.content(), tx, reason=body.reason)
        await _answer_rule(tx, body.code, status=201)
    return tx.response


@router.post(
    "/publishing-rules/{code}/retirements",
    response_model=RuleOut,
    operation_id="retire_publishing_rule",
)
async def post_retirement(code: RuleCode, body: RuleReasonIn, call: Administrator) -> Response:
    """A rule that holds no longer; its history stays, and the next audit closes what is open of it."""
    async with call.begin() as tx:
        await retire_publishing_rule(code, tx, reason=body.reason)
        await _answer_rule(tx, code)
    return tx.response


@router.post(
    "/publishing-rules/{code}/reinstatements",
    response_model=RuleOut,
    operation_id="reinstate_publishing_rule",
)
async def post_reinstatement(code: RuleCode, body: RuleReasonIn, call: Administrator) -> Response:
    """Take a retired rule up again, as it was."""
    async with call.begin() as tx:
        await reinstate_publishing_rule(code, tx, reason=body.reason)
        await _answer_rule(tx, code)
    return tx.response


@router.post(
    "/publishing-rules/trials", response_model=TrialOut, operation_id="try_new_publishing_rule"
)
async def post_new_trial(body: NewTrialIn, call: Administrator) -> Response:
    """How many items in force a rule would find that is not there yet; nothing is kept."""
    content = body.model_dump(mode="json")
    check_expression(content["expression"], content["parameters"])
    async with call.read() as tx:
        return answer(await _tried(tx, new_rule(**content)))


@router.post(
    "/publishing-rules/{code}/trials",
    response_model=TrialOut,
    operation_id="try_publishing_rule",
)
async def post_trial(code: RuleCode, body: TrialIn, call: Administrator) -> Response:
    """How many items in force a rule would find, changed as the body says; nothing is kept."""
    async with call.read() as tx:
        rule = rule_of(await _rule_row(tx, code))
        changes = body.model_dump(mode="json", exclude_none=True)
        rule = replace(rule, **changes)
        if rule.kind is RuleKind.GUIDE:
            check_expression(rule.expression, rule.parameters)
        return answer(await _tried(tx, rule))


async def _tried(tx: Transaction, rule: PublishingRule) -> TrialOut:
    [with_its_lists] = await with_lists(tx, [rule])
    items, found, examples = await queries.tried(tx, with_its_lists)
    return TrialOut(
        code=rule.code,
        items=items,
        found=found,
        examples=[TrialExampleOut.model_validate(row) for row in examples],
    )


async def _answer_rule(tx: DoorTransaction, code: str, *, status: int = 200) -> None:
    await tx.flush()
    row = await _rule_row(tx, code)
    tx.answer(
        RuleOut.model_validate(row),
        status=status,
        etag=row.version,
        location=f"/catalog/v1/publishing-rules/{code}" if status == 201 else None,
    )


async def _rule_row(tx: Transaction, code: str) -> Row[Any]:
    return await one_row(tx, select(publishing_rules).where(publishing_rules.c.code == code))
