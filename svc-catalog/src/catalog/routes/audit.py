"""Doors: publishing rules, findings, audits, consistency, and what channels show.

GET  /publishing-rules, /{code}, /{code}/versions, /publishing-facts   anyone
PUT  /publishing-rules/{code}, POST /{code}/trials                     system_admin
POST /audits                                                           system_admin, coordinator
GET  /audits, /findings/summary, /guide-completeness                   anyone
GET  /findings, /findings/export, /{id}, /{id}/steps                   publisher and department (own), coordinator (below), all
POST /findings/{id}/acceptances, /acceptance-ends                      coordinator (below), system_admin
GET  /items/{id}/consistency                                           anyone
POST /channel-copies                                                   partner, publisher (own department), system_admin
"""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row, select

from catalog.domain.consistency import Content, content_of, differences
from catalog.domain.guide_facts import FACTS
from catalog.domain.publishing_rules import RuleKind, Severity, check_expression
from catalog.queries import audit as queries
from catalog.queries.audit import FindingFilter
from catalog.queries.items import one_row
from catalog.repository.audit import guides_of, rule_of
from catalog.repository.auditing import AUDIT
from catalog.schemas.audit import (
    AcceptanceEndIn,
    AcceptanceIn,
    AuditOut,
    ChannelStandingOut,
    CompletenessOut,
    ConsistencyOut,
    CopiesIn,
    CopiesOut,
    DivisionStandingOut,
    FactOut,
    FindingCountOut,
    FindingDayOut,
    FindingOut,
    FindingStepOut,
    FindingSummaryOut,
    Outcome,
    RuleIn,
    RuleOut,
    RuleVersionOut,
    TrialExampleOut,
    TrialIn,
    TrialOut,
)
from catalog.tables.audit import (
    audit_tallies,
    audits,
    finding_steps,
    findings,
    publishing_rule_versions,
    publishing_rules,
)
from catalog.use_cases.accept_finding import AcceptFinding, accept_finding
from catalog.use_cases.change_publishing_rule import change_publishing_rule
from catalog.use_cases.end_finding_acceptance import end_finding_acceptance
from catalog.use_cases.report_channel_copies import CopySaid, report_channel_copies
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.job_routes import JobOut
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.guide import Guide
from contracts.vocabulary import Role

HISTORY_DAYS_MAX = 366

router = APIRouter(prefix="/catalog/v1", tags=["audit"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Admin = Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)]
Judge = Annotated[
    Call,
    allow({Role.COORDINATOR: Reach.DIVISION, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2),
]
FindingReader = Annotated[
    Call,
    allow(
        {
            Role.PUBLISHER: Reach.DEPARTMENT,
            Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
            Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
            Role.COORDINATOR: Reach.DIVISION,
            Role.INSPECTOR: Reach.DIVISION,
            Role.AUDITOR: Reach.ALL,
            Role.SYSTEM_ADMIN: Reach.ALL,
        }
    ),
]
CopyReporter = Annotated[
    Call,
    allow(
        {Role.PARTNER: Reach.ALL, Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL},
        assurance=0,
    ),
]
RuleCode = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
RuleName = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,64}$")]

FINDING_COLUMNS = (
    ExportColumn(name="rule", head="规则", width=24),
    ExportColumn(name="item_code", head="事项编码", width=34),
    ExportColumn(name="item_name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="what", head="问题", width=60),
    ExportColumn(name="how_to_mend", head="整改办法", width=40),
    ExportColumn(name="fields", head="位置", width=30),
    ExportColumn(name="due_on", head="整改期限"),
    ExportColumn(name="state", head="状态"),
    ExportColumn(name="outcome", head="结果"),
    ExportColumn(name="opened_at", head="发现时间", width=26),
    ExportColumn(name="closed_at", head="关闭时间", width=26),
    ExportColumn(name="id", head="编号", width=36, read=lambda row: str(row.id)),
)


@router.get("/publishing-rules", response_model=Page[RuleOut], operation_id="list_publishing_rules")
async def list_rules(
    call: Anyone,
    paging: Paging,
    *,
    severity: Severity | None = None,
    enabled: bool | None = None,
) -> Response:
    """What must hold of a published guide, in the order of the rules' codes."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.rules(severity=severity or "", enabled=enabled),
            by=[publishing_rules.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"publishing-rules {severity} {enabled}",
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
async def put_rule(code: RuleCode, body: RuleIn, call: Admin) -> Response:
    """The next version of a rule. Needs `If-Match`; an expression that cannot be used is refused, and says where."""
    call.if_match()
    content = body.model_dump(mode="json", exclude={"reason"})
    async with call.begin() as tx:
        await change_publishing_rule(code, content, tx, reason=body.reason)
        await tx.flush()
        row = await _rule_row(tx, code)
        tx.answer(RuleOut.model_validate(row), etag=row.version)
    return tx.response


@router.post(
    "/publishing-rules/{code}/trials",
    response_model=TrialOut,
    operation_id="try_publishing_rule",
)
async def post_trial(code: RuleCode, body: TrialIn, call: Admin) -> Response:
    """How many items in force a rule would find, changed as the body says; nothing is kept."""
    async with call.read() as tx:
        rule = rule_of(await _rule_row(tx, code))
        changes = body.model_dump(mode="json", exclude_none=True)
        rule = replace(rule, **changes)
        if rule.kind is RuleKind.GUIDE:
            check_expression(rule.expression, rule.parameters)
        items, found, examples = await queries.tried(tx, rule)
    return answer(
        TrialOut(
            code=code,
            items=items,
            found=found,
            examples=[TrialExampleOut.model_validate(row) for row in examples],
        )
    )


@router.post("/audits", status_code=202, response_model=JobOut, operation_id="start_audit")
async def post_audit(call: Judge) -> Response:
    """Look over all items in force; a job, whose progress counts rules."""
    async with call.begin() as tx:
        job_id = enqueue_job(tx, call.runtime, kind=AUDIT, input={})
        path = f"/catalog/v1/jobs/{job_id}"
        job = JobOut(
            id=job_id,
            kind=AUDIT,
            state="queued",
            done=0,
            total=None,
            accepted=0,
            remarked=0,
            refused=0,
            error=None,
            created_at=tx.now,
            started_at=None,
            finished_at=None,
            rows=f"{path}/rows",
        )
        tx.answer(job, status=202, location=path)
    return tx.response


@router.get("/audits", response_model=Page[AuditOut], operation_id="list_audits")
async def list_audits(call: Anyone, paging: Paging) -> Response:
    """Audits, newest first, with what each opened and closed."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(audits),
            by=[audits.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="audits",
            show=AuditOut.model_validate,
        )
    return answer(page)


@router.get("/findings", response_model=Page[FindingOut], operation_id="list_findings")
async def list_findings(
    call: FindingReader,
    paging: Paging,
    period: InPeriod,
    *,
    rule: RuleName = "",
    state: Literal["open", "closed"] | None = None,
    outcome: Outcome | None = None,
    item: UUID | None = None,
    overdue: bool | None = None,
    consistency: bool | None = None,
    open: Annotated[bool | None, Query(description="在 to 当日终了时 At the end of `to`")] = None,
) -> Response:
    """Findings within reach, newest first. With `open` and `to`: those open at the end of that day."""
    wanted = FindingFilter(
        rule=rule,
        state=state or "",
        outcome=outcome or "",
        item_id=item,
        is_overdue=overdue,
        is_consistency=consistency,
        is_open=open,
        period=period,
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.findings_where(wanted, today=local_date(tx.now)),
            by=[findings.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"findings {wanted}",
            show=FindingOut.model_validate,
        )
    return answer(page)


@router.get(
    "/findings/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_findings",
)
async def export_findings(
    call: FindingReader,
    period: InPeriod,
    *,
    rule: RuleName = "",
    state: Literal["open", "closed"] | None = None,
    overdue: bool | None = None,
    format: ExportKind = "csv",
) -> Response:
    """Findings within reach as a table to keep."""
    wanted = FindingFilter(rule=rule, state=state or "", is_overdue=overdue, period=period)
    today = local_date(call.runtime.clock.now())
    return await export_of(
        call,
        queries.findings_where(wanted, today=today),
        columns=FINDING_COLUMNS,
        by=[findings.c.id],
        kind=format,
        name="审计问题清单",
    )


@router.get(
    "/findings/summary", response_model=FindingSummaryOut, operation_id="summarize_findings"
)
async def get_summary(
    call: Anyone,
    period: InPeriod,
    days: Annotated[int, Query(ge=1, le=HISTORY_DAYS_MAX)] = 30,
) -> Response:
    """Counts only: open by department and rule, and day by day how they come down to nought."""
    async with call.read() as tx:
        today = local_date(tx.now)
        counts = await queries.counts_open(tx, period, today)
        history = await queries.history(
            tx, period, days=days, today=min(period.last_day or today, today)
        )
        audit = await queries.last_audit(tx)
    return answer(
        FindingSummaryOut(
            open=sum(row.open for row in counts),
            overdue=sum(row.overdue for row in counts),
            counts=[FindingCountOut.model_validate(row) for row in counts],
            days=[FindingDayOut(**each) for each in history],
            last_audit_at=audit.finished_at if audit is not None else None,
        )
    )


@router.get(
    "/guide-completeness",
    response_model=Page[CompletenessOut],
    operation_id="list_guide_completeness",
)
async def list_completeness(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """How complete guides are, by department, as the last audit up to `to` counted."""
    async with call.read() as tx:
        audit = await queries.last_audit(tx, period.last_day)
        if audit is None:
            return answer(Page[CompletenessOut](results=[]))
        page = await page_of(
            tx,
            queries.completeness_by_department(audit.id, period),
            by=[audit_tallies.c.department, audit_tallies.c.division],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"guide-completeness {audit.id} {period}",
            show=_completeness,
            descending=False,
        )
    return answer(page)


@router.get("/findings/{finding_id}", response_model=FindingOut, operation_id="get_finding")
async def get_finding(finding_id: UUID, call: FindingReader) -> Response:
    """One finding, with its differences field by field."""
    async with call.read() as tx:
        row = await _finding_row(tx, finding_id)
    return answer(FindingOut.model_validate(row), etag=row.version)


@router.get(
    "/findings/{finding_id}/steps",
    response_model=Page[FindingStepOut],
    operation_id="list_finding_steps",
)
async def list_finding_steps(finding_id: UUID, call: FindingReader, paging: Paging) -> Response:
    """What happened to a finding, oldest first."""
    async with call.read() as tx:
        await _finding_row(tx, finding_id)
        page = await page_of_steps(
            tx,
            finding_steps,
            of={"finding_id": finding_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=FindingStepOut,
        )
    return answer(page)


@router.post(
    "/findings/{finding_id}/acceptances",
    status_code=201,
    response_model=FindingOut,
    operation_id="accept_finding",
)
async def post_acceptance(finding_id: UUID, body: AcceptanceIn, call: Judge) -> Response:
    """Judge a difference lawful, with its basis, until a day; it stays quiet until then."""
    command = AcceptFinding(
        finding_id=finding_id, reason=body.reason, basis=body.basis, until=body.until
    )
    async with call.begin() as tx:
        await accept_finding(command, tx)
        await _answer_finding(tx, finding_id)
    return tx.response


@router.post(
    "/findings/{finding_id}/acceptance-ends",
    status_code=201,
    response_model=FindingOut,
    operation_id="end_finding_acceptance",
)
async def post_acceptance_end(finding_id: UUID, body: AcceptanceEndIn, call: Judge) -> Response:
    """Take an acceptance back; the next audit opens the finding again if it is still so."""
    async with call.begin() as tx:
        await end_finding_acceptance(finding_id, tx, reason=body.reason)
        await _answer_finding(tx, finding_id)
    return tx.response


@router.get(
    "/items/{item_id}/consistency",
    response_model=ConsistencyOut,
    operation_id="get_item_consistency",
)
async def get_consistency(item_id: UUID, call: Anyone) -> Response:
    """An item in force beside the same item elsewhere, and beside what each of its channels shows."""
    async with call.read() as tx:
        facts = await one_row(tx, queries.facts_row(item_id))
        divisions = await queries.divisions_with(tx, facts)
        guide = Guide.model_validate((await guides_of(tx, [item_id]))[item_id].guide)
        copies = {row.channel: row for row in await tx.all(queries.copies_of(item_id))}
    channels = sorted({*guide.channels, *copies})
    return answer(
        ConsistencyOut(
            item_id=item_id,
            group=facts.group_key,
            divisions=[DivisionStandingOut(**each) for each in divisions],
            channels=[_standing(guide, channel, copies.get(channel)) for channel in channels],
        )
    )


@router.post("/channel-copies", response_model=CopiesOut, operation_id="report_channel_copies")
async def post_copies(body: CopiesIn, call: CopyReporter) -> Response:
    """What channels really show of items; all rows or none. The guide itself does not change."""
    rows = [
        CopySaid(
            item_id=row.item_id,
            channel=row.channel,
            materials=tuple(row.materials),
            conditions=tuple(row.conditions),
        )
        for row in body.rows
    ]
    async with call.begin() as tx:
        kept, differing = await report_channel_copies(rows, tx)
        tx.answer(CopiesOut(kept=kept, differing=differing))
    return tx.response


async def _rule_row(tx: Transaction, code: str) -> Row[Any]:
    return await one_row(tx, select(publishing_rules).where(publishing_rules.c.code == code))


async def _finding_row(tx: Transaction, finding_id: UUID) -> Row[Any]:
    return await one_row(tx, select(findings).where(findings.c.id == finding_id))


async def _answer_finding(tx: Any, finding_id: UUID) -> None:
    await tx.flush()
    row = await _finding_row(tx, finding_id)
    tx.answer(
        FindingOut.model_validate(row),
        status=201,
        etag=row.version,
        location=f"/catalog/v1/findings/{finding_id}",
    )


def _completeness(row: Row[Any]) -> CompletenessOut:
    share = round(row.filled / row.mandatory, 4) if row.mandatory else None
    return CompletenessOut(
        department=row.department,
        division=row.division,
        items=row.items,
        filled=row.filled,
        mandatory=row.mandatory,
        share=share,
    )


def _standing(guide: Guide, channel: str, copy: Row[Any] | None) -> ChannelStandingOut:
    if copy is None:
        return ChannelStandingOut(
            channel=channel, standing="unknown", reported_at=None, differences=[]
        )
    found = differences(Content.of(guide), content_of(copy.content))
    return ChannelStandingOut(
        channel=channel,
        standing="differs" if found else "consistent",
        reported_at=copy.reported_at,
        differences=[each.as_json() for each in found],
    )
