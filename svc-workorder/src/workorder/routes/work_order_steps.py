"""Steps of work orders (工单办理步骤) through the HTTP door.

GET  /work-orders/{id}/possible-steps    whoever may read it        what the caller may do now, with the forms
POST /work-orders/{id}/steps             whoever may take a step    any step of its process, by its code
POST /work-orders/{id}/{noun}            by the table below         the hotline's steps, each with a body of its own

Each noun is the same step as `POST …/steps` with its code: the definition in force decides in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.identity import Reach
from workorder.domain.process.engine import possible_steps
from workorder.domain.work_order import WorkOrder
from workorder.proceeding import actor_of
from workorder.queries import work_orders as queries
from workorder.repository.calendar import clock_rules
from workorder.repository.processes import process_of, rule_values
from workorder.repository.work_orders import complete, work_order_of
from workorder.routes.policies import (
    DEPARTMENTS,
    DISPATCHERS,
    HEADS,
    HOTLINE,
    LEADS,
    STEP_TAKERS,
    SUPERVISORS,
    URGERS,
    VISITORS,
    WORK_ORDER_READERS,
)
from workorder.schemas.hotline import (
    ApprovalIn,
    ExclusionIn,
    PartReturnIn,
    PartRulingIn,
    RepeatIn,
    UrgencyIn,
)
from workorder.schemas.work_orders import (
    AnswerIn,
    DispatchIn,
    ExtensionIn,
    HandOverIn,
    MergeIn,
    NotedStepIn,
    NoteStepIn,
    OwnerDecisionIn,
    PossibleStepOut,
    PossibleStepsOut,
    ReasonStepIn,
    RefusalIn,
    ReplyIn,
    ReturnIn,
    ReviewIn,
    RulingIn,
    StepFormIn,
    StepIn,
    SuspensionIn,
    TaskReplyIn,
    VisitIn,
    WorkOrderOut,
)
from workorder.use_cases.take_step import TakeStep, take_step

router = APIRouter(prefix="/workorder/v1/work-orders/{work_order_id}", tags=["work orders"])


@router.get("/possible-steps", response_model=PossibleStepsOut, operation_id="list_possible_steps")
async def list_possible_steps(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)]
) -> Response:
    """What the caller may do with it now, each step with the form it asks for."""
    async with call.read() as tx:
        order = await complete(tx, work_order_of(await queries.work_order_row(tx, work_order_id)))
        process = await process_of(tx, order.process, order.process_version)
        definition = process.definition
        steps = possible_steps(
            definition,
            readings=order.readings(tx.now, await clock_rules(tx), part_of=tx.principal.department),
            actor=actor_of(tx),
            rules=await rule_values(tx, definition),
        )
    return answer(
        PossibleStepsOut(
            state=order.state,
            state_name=definition.states_by_code[order.state].name,
            steps=[
                PossibleStepOut(
                    code=step.code, name=step.name, name_en=step.name_en, form=step.form
                )
                for step in steps
            ],
        ),
        etag=order.version,
    )


@router.post("/steps", status_code=201, response_model=WorkOrderOut, operation_id="take_step")
async def post_step(
    work_order_id: UUID, body: StepIn, call: Annotated[Call, allow(STEP_TAKERS)]
) -> Response:
    """Take a step of the work's process; which there are, `possible-steps` says."""
    command = TakeStep(work_order_id=work_order_id, step=body.step, form=body.form)
    async with call.begin() as tx:
        _answer(tx, await take_step(command, tx))
    return tx.response


@dataclass(frozen=True, kw_only=True)
class StepNoun:
    """A step of the hotline with a path and a body of its own."""

    noun: str
    step: str
    operation_id: str
    body: type[StepFormIn]
    policy: Mapping[Any, Reach]
    says: str


def _noun(
    noun: str,
    step: str,
    operation_id: str,
    body: type[StepFormIn],
    policy: Mapping[Any, Reach],
    says: str,
) -> StepNoun:
    return StepNoun(
        noun=noun, step=step, operation_id=operation_id, body=body, policy=policy, says=says
    )


NOUNS = (
    _noun(
        "dispatches",
        "dispatch",
        "dispatch_work_order",
        DispatchIn,
        DISPATCHERS,
        "派单: a department has it, with a due date by the order's type; with `co_departments`, several have it.",
    ),
    _noun(
        "signatures",
        "sign",
        "sign_work_order",
        NoteStepIn,
        DEPARTMENTS,
        "签收: read, and worked on.",
    ),
    _noun(
        "hand-overs",
        "hand-over",
        "hand_over_work_order",
        HandOverIn,
        DEPARTMENTS,
        "转办: a colleague of the department goes on with it; the reason stays on record.",
    ),
    _noun(
        "task-signatures",
        "sign-task",
        "sign_task",
        NoteStepIn,
        DEPARTMENTS,
        "协办签收: one's part of a joint order.",
    ),
    _noun(
        "task-replies",
        "finish-task",
        "finish_task",
        TaskReplyIn,
        DEPARTMENTS,
        "协办办结: one's part is done.",
    ),
    _noun(
        "part-returns",
        "request-part-return",
        "request_part_return",
        PartReturnIn,
        DEPARTMENTS,
        "协办退单: one's part is not this department's; somebody rules, and the others work on.",
    ),
    _noun(
        "part-return-withdrawals",
        "take-part-return-back",
        "take_part_return_back",
        NoteStepIn,
        DEPARTMENTS,
        "撤回协办退单: before anybody ruled; the part goes on.",
    ),
    _noun(
        "part-return-rulings",
        "rule-on-part-return",
        "rule_on_part_return",
        PartRulingIn,
        DISPATCHERS,
        "协办退单裁定: granted, another department may have it; denied, it cannot be returned again.",
    ),
    _noun(
        "returns",
        "request-return",
        "request_return",
        ReturnIn,
        DEPARTMENTS,
        "申请退单: not this department's; the hotline rules, and after several the coordinator decides.",
    ),
    _noun(
        "return-rulings",
        "rule-on-return",
        "rule_on_return",
        RulingIn,
        HOTLINE,
        "退单裁定: granted, it is dispatched anew; denied, it cannot be returned again.",
    ),
    _noun(
        "owner-decisions",
        "decide-owner",
        "decide_owner",
        OwnerDecisionIn,
        SUPERVISORS,
        "裁定承办单位: after several returns somebody is named, and it stays there.",
    ),
    _noun(
        "extensions",
        "request-extension",
        "request_extension",
        ExtensionIn,
        DEPARTMENTS,
        "申请延期: once, before the due date.",
    ),
    _noun(
        "extension-rulings",
        "rule-on-extension",
        "rule_on_extension",
        RulingIn,
        HOTLINE,
        "延期审批: granted, the due date moves; the reason is told to the caller.",
    ),
    _noun("urges", "urge", "urge_work_order", NoteStepIn, URGERS, "催办: somebody waits for it."),
    _noun(
        "supervisions",
        "supervise",
        "supervise_work_order",
        ReasonStepIn,
        SUPERVISORS,
        "督办: looked at until it is closed.",
    ),
    _noun(
        "suspensions",
        "suspend",
        "suspend_work_order",
        SuspensionIn,
        SUPERVISORS,
        "中止计时: on the ledger, with who, why, from when until when.",
    ),
    _noun(
        "resumptions",
        "resume",
        "resume_work_order",
        NoteStepIn,
        {**SUPERVISORS, **DEPARTMENTS},
        "恢复计时: the clock goes on.",
    ),
    _noun(
        "replies",
        "reply",
        "reply_to_work_order",
        ReplyIn,
        DEPARTMENTS,
        "回复: the department says what it did; the caller is asked before it is closed.",
    ),
    _noun(
        "reviews",
        "review",
        "review_reply",
        ReviewIn,
        HOTLINE,
        "审核回复: passed, or back to the department.",
    ),
    _noun(
        "visits",
        "visit",
        "visit_caller",
        VisitIn,
        VISITORS,
        "回访: satisfied closes the loop; not satisfied sends it round again.",
    ),
    _noun(
        "missed-visits",
        "miss-visit",
        "miss_visit",
        NotedStepIn,
        HOTLINE,
        "回访未接通: tried; after several tries it is closed without a visit.",
    ),
    _noun(
        "reopenings",
        "reopen",
        "reopen_work_order",
        ReasonStepIn,
        URGERS,
        "重新办理: a closed order goes round again, and the department is told.",
    ),
    _noun(
        "answers",
        "answer",
        "answer_work_order",
        AnswerIn,
        HOTLINE,
        "直接答复: the hotline answers at once, and the order is closed.",
    ),
    _noun(
        "refusals",
        "refuse",
        "refuse_work_order",
        RefusalIn,
        HOTLINE,
        "不予受理: not the hotline's to handle; the caller is told the right way.",
    ),
    _noun(
        "cancellations",
        "cancel",
        "cancel_work_order",
        ReasonStepIn,
        VISITORS,
        "撤诉: whoever raised it takes it back.",
    ),
    _noun(
        "merges",
        "merge",
        "merge_work_order",
        MergeIn,
        HOTLINE,
        "并单: it goes on in another order, and the voice is counted there.",
    ),
    _noun(
        "merge-reversals",
        "unmerge",
        "take_merge_back",
        ReasonStepIn,
        LEADS,
        "撤销并单: it is an order of its own again.",
    ),
    _noun(
        "approvals",
        "approve",
        "approve_reply",
        ApprovalIn,
        HEADS,
        "审核本单位回复: the department's head lets the reply go, or sends it back.",
    ),
    _noun(
        "supervision-ends",
        "end-supervision",
        "end_supervision",
        ReasonStepIn,
        SUPERVISORS,
        "解除督办: it is an order like others again.",
    ),
    _noun(
        "repeat-marks",
        "mark-repeat",
        "mark_repeat",
        RepeatIn,
        HOTLINE,
        "标记重复诉求: raised again after another; each goes its own way.",
    ),
    _noun(
        "repeat-mark-reversals",
        "unmark-repeat",
        "take_repeat_mark_back",
        ReasonStepIn,
        HOTLINE,
        "取消重复标记: another matter after all.",
    ),
    _noun(
        "urgency-changes",
        "change-urgency",
        "change_urgency",
        UrgencyIn,
        DISPATCHERS,
        "调整紧急程度: the clock starts anew by the new limit; an emergency is told at once.",
    ),
    _noun(
        "satisfaction-exclusions",
        "exclude-satisfaction",
        "exclude_from_satisfaction",
        ExclusionIn,
        LEADS,
        "行政调解、执法办案类: one side's satisfaction is not pursued; `none` takes it back.",
    ),
)


def _add(noun: StepNoun) -> None:
    async def post(work_order_id: UUID, body: StepFormIn, call: Call) -> Response:
        command = TakeStep(work_order_id=work_order_id, step=noun.step, form=body.form())
        async with call.begin() as tx:
            _answer(tx, await take_step(command, tx))
        return tx.response

    post.__doc__ = noun.says
    post.__annotations__.update(body=noun.body, call=Annotated[Call, allow(noun.policy)])
    router.add_api_route(
        f"/{noun.noun}",
        post,
        methods=["POST"],
        status_code=201,
        response_model=WorkOrderOut,
        operation_id=noun.operation_id,
    )


def _answer(tx: DoorTransaction, order: WorkOrder) -> None:
    tx.answer(WorkOrderOut.of(order), status=201, etag=order.version)


for _each in NOUNS:
    _add(_each)
