"""Applications (办件) through the HTTP door.

POST /applications                        own                 hand in
GET  /applications, /{id}, /steps, /suspensions, /form, /possible-steps
POST /{id}/materials, /corrections, /withdrawals              own
POST /{id}/acceptances, /refusals, /deliveries                clerk, division subtree
POST /{id}/correction-requests                                clerk before acceptance, reviewer after
POST /{id}/suspensions, /resumptions, /decisions              reviewer, department
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.identity import Principal
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import PrincipalKind, Role
from workorder.domain.application import Applicant, Application, ApplicationState, Submission
from workorder.domain.material import HandedIn
from workorder.domain.process.engine import possible_steps
from workorder.proceeding import actor_of, procedure_of
from workorder.queries import applications as queries
from workorder.repository.applications import application_of, open_form
from workorder.routes.policies import (
    APPLICANTS,
    APPLICATION_READERS,
    ASKERS,
    CLERKS,
    FORM_READERS,
    REVIEWERS,
)
from workorder.schemas.applications import (
    ApplicationIn,
    ApplicationOut,
    ApplicationStepOut,
    CorrectionIn,
    CorrectionRequestIn,
    DecisionIn,
    FormOut,
    MaterialIn,
    MaterialsIn,
    NoteIn,
    ReasonIn,
    SuspensionIn,
    SuspensionOut,
)
from workorder.schemas.work_orders import PossibleStepOut, PossibleStepsOut
from workorder.tables import application_steps, applications, suspensions
from workorder.use_cases.accept_application import accept_application
from workorder.use_cases.correct_application import CorrectApplication, correct_application
from workorder.use_cases.decide_application import DecideApplication, decide_application
from workorder.use_cases.deliver_application import deliver_application
from workorder.use_cases.hand_in_materials import hand_in_materials
from workorder.use_cases.refuse_acceptance import refuse_acceptance
from workorder.use_cases.request_correction import RequestCorrection, request_correction
from workorder.use_cases.resume_application import resume_application
from workorder.use_cases.submit_application import SubmitApplication, submit_application
from workorder.use_cases.suspend_application import SuspendApplication, suspend_application
from workorder.use_cases.withdraw_application import withdraw_application

router = APIRouter(prefix="/workorder/v1/applications", tags=["applications"])


@router.post("", status_code=201, response_model=ApplicationOut, operation_id="submit_application")
async def post_application(
    body: ApplicationIn, call: Annotated[Call, allow(APPLICANTS)]
) -> Response:
    """Hand in an application. The answer names the promised date and where each material stands."""
    command = SubmitApplication(
        item_id=body.item_id,
        item_code=body.item_code,
        applicant=_applicant(call.principal),
        submission=Submission(
            answers=dict(body.answers),
            handed=_handed(body.materials),
            presentation_id=body.presentation_id,
            channel=body.channel or call.principal.channel,
            place=call.principal.place,
        ),
        form=dict(body.form) or None,
        contact_phone=body.contact_phone,
    )
    async with call.begin() as tx:
        application = await submit_application(command, tx)
        tx.answer(
            ApplicationOut.of(application),
            status=201,
            etag=application.version,
            location=f"/workorder/v1/applications/{application.id}",
        )
    return tx.response


@router.get("", response_model=Page[ApplicationOut], operation_id="list_applications")
async def list_applications(
    call: Annotated[Call, allow(APPLICATION_READERS)],
    paging: Paging,
    state: ApplicationState | None = None,
    item_code: Annotated[str | None, Query(max_length=64)] = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Response:
    """Applications within the caller's reach, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.applications_where(
                tx,
                state=state,
                item_code=item_code,
                number=number,
                overdue=overdue,
                due_before=due_before,
            ),
            by=[applications.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"applications {state} {item_code} {number} {overdue} {due_before}",
            show=lambda row: ApplicationOut.of(application_of(row)),
        )
    return answer(page)


@router.get("/{application_id}", response_model=ApplicationOut, operation_id="get_application")
async def get_application(
    application_id: UUID, call: Annotated[Call, allow(APPLICATION_READERS)]
) -> Response:
    """One application within the caller's reach."""
    async with call.read() as tx:
        row = await queries.application_row(tx, application_id)
    return answer(ApplicationOut.of(application_of(row)), etag=row.version)


@router.get("/{application_id}/form", response_model=FormOut, operation_id="get_application_form")
async def get_application_form(
    application_id: UUID, call: Annotated[Call, allow(FORM_READERS)]
) -> Response:
    """What the applicant wrote: whole for themselves, with numbers that name a person masked for officials."""
    async with call.read() as tx:
        row = await queries.application_row(tx, application_id)
        own = str(row.applicant_id) == call.principal.owner_id
        form = open_form(tx, row.form_encrypted, own=own)
    return answer(FormOut(form=form))


@router.get(
    "/{application_id}/steps",
    response_model=Page[ApplicationStepOut],
    operation_id="list_application_steps",
)
async def list_application_steps(
    application_id: UUID, call: Annotated[Call, allow(APPLICATION_READERS)], paging: Paging
) -> Response:
    """What happened to an application, oldest first."""
    async with call.read() as tx:
        await queries.application_row(tx, application_id)
        page = await page_of_steps(
            tx,
            application_steps,
            of={"application_id": application_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ApplicationStepOut,
        )
    return answer(page)


@router.get(
    "/{application_id}/suspensions",
    response_model=Page[SuspensionOut],
    operation_id="list_suspensions",
)
async def list_suspensions(
    application_id: UUID, call: Annotated[Call, allow(APPLICATION_READERS)], paging: Paging
) -> Response:
    """When and why the clock stood still: the ledger from which the due date can be counted again."""
    async with call.read() as tx:
        await queries.application_row(tx, application_id)
        page = await page_of(
            tx,
            queries.suspensions_of(application_id),
            by=[suspensions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"suspensions {application_id}",
            show=SuspensionOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/{application_id}/possible-steps",
    response_model=PossibleStepsOut,
    operation_id="list_possible_application_steps",
)
async def list_possible_application_steps(
    application_id: UUID, call: Annotated[Call, allow(APPLICATION_READERS)]
) -> Response:
    """What the caller may do with it now, each step with the form it asks for."""
    async with call.read() as tx:
        application = application_of(await queries.application_row(tx, application_id))
        procedure = await procedure_of(tx, application)
        steps = possible_steps(
            procedure.definition,
            readings=application.readings(tx.now),
            actor=actor_of(tx),
            rules=procedure.values,
        )
    return answer(
        PossibleStepsOut(
            state=application.state,
            state_name=procedure.definition.states_by_code[application.state].name,
            steps=[
                PossibleStepOut(
                    code=step.code, name=step.name, name_en=step.name_en, form=step.form
                )
                for step in steps
            ],
        ),
        etag=application.version,
    )


@router.post(
    "/{application_id}/materials",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="hand_in_materials",
)
async def post_materials(
    application_id: UUID, body: MaterialsIn, call: Annotated[Call, allow(APPLICANTS)]
) -> Response:
    """Bring materials while the application is open: what the gathering did not find, for one."""
    async with call.begin() as tx:
        application = await hand_in_materials(application_id, _handed(body.materials), tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/acceptances",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="accept_application",
)
async def post_acceptance(application_id: UUID, call: Annotated[Call, allow(CLERKS)]) -> Response:
    """受理: the promised clock runs from here. Takes no body."""
    async with call.begin() as tx:
        application = await accept_application(application_id, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/refusals",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="refuse_acceptance",
)
async def post_refusal(
    application_id: UUID, body: ReasonIn, call: Annotated[Call, allow(CLERKS)]
) -> Response:
    """不予受理, with its reason."""
    async with call.begin() as tx:
        application = await refuse_acceptance(application_id, body.reason, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/correction-requests",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="request_correction",
)
async def post_correction_request(
    application_id: UUID, body: CorrectionRequestIn, call: Annotated[Call, allow(ASKERS)]
) -> Response:
    """补正: name everything missing at once, once in each stage; the clock stands still until it is corrected."""
    command = RequestCorrection(
        application_id=application_id, material_codes=body.material_codes, reason=body.reason
    )
    async with call.begin() as tx:
        application = await request_correction(command, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/corrections",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="correct_application",
)
async def post_correction(
    application_id: UUID, body: CorrectionIn, call: Annotated[Call, allow(APPLICANTS)]
) -> Response:
    """Hand in everything that was asked for; the clock goes on."""
    command = CorrectApplication(
        application_id=application_id, handed=_handed(body.materials), note=body.note
    )
    async with call.begin() as tx:
        application = await correct_application(command, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/suspensions",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="suspend_application",
)
async def post_suspension(
    application_id: UUID, body: SuspensionIn, call: Annotated[Call, allow(REVIEWERS)]
) -> Response:
    """特别程序: a hearing, an inspection or an expert review stops the clock."""
    command = SuspendApplication(
        application_id=application_id,
        procedure=body.procedure,
        reason=body.reason,
        until=body.until,
    )
    async with call.begin() as tx:
        application = await suspend_application(command, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/resumptions",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="resume_application",
)
async def post_resumption(
    application_id: UUID, call: Annotated[Call, allow(REVIEWERS)], body: NoteIn | None = None
) -> Response:
    """The special procedure is over; the clock goes on."""
    async with call.begin() as tx:
        application = await resume_application(application_id, _words(body), tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/decisions",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="decide_application",
)
async def post_decision(
    application_id: UUID, body: DecisionIn, call: Annotated[Call, allow(REVIEWERS)]
) -> Response:
    """Approve or refuse. An approval needs every required material; a refusal needs its reason."""
    command = DecideApplication(
        application_id=application_id, outcome=body.outcome, reason=body.reason
    )
    async with call.begin() as tx:
        application = await decide_application(command, tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/deliveries",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="deliver_application",
)
async def post_delivery(
    application_id: UUID, call: Annotated[Call, allow(CLERKS)], body: NoteIn | None = None
) -> Response:
    """送达 at the window; electronic results are delivered by themselves."""
    async with call.begin() as tx:
        application = await deliver_application(application_id, _words(body), tx)
        _answer(tx, application)
    return tx.response


@router.post(
    "/{application_id}/withdrawals",
    status_code=201,
    response_model=ApplicationOut,
    operation_id="withdraw_application",
)
async def post_withdrawal(
    application_id: UUID, call: Annotated[Call, allow(APPLICANTS)], body: NoteIn | None = None
) -> Response:
    """撤回, until it is decided."""
    async with call.begin() as tx:
        application = await withdraw_application(application_id, _words(body), tx)
        _answer(tx, application)
    return tx.response


def _answer(tx: DoorTransaction, application: Application) -> None:
    tx.answer(ApplicationOut.of(application), status=201, etag=application.version)


def _words(body: NoteIn | None) -> str:
    return body.reason if body is not None else ""


def _applicant(principal: Principal) -> Applicant:
    is_enterprise = (
        principal.kind == PrincipalKind.ENTERPRISE or Role.CITIZEN not in principal.roles
    )
    return Applicant(
        id=UUID(principal.owner_id),
        kind="enterprise" if is_enterprise else "person",
        submitted_by=UUID(principal.subject),
    )


def _handed(materials: tuple[MaterialIn, ...]) -> tuple[HandedIn, ...]:
    return tuple(
        HandedIn(code=each.code, attachment_sha256=each.attachment_sha256) for each in materials
    )
