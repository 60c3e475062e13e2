"""The event door of svc-certificate: which facts are heard, and the use case each calls."""

from certificate.repository.certificates import TypeUnknownError
from certificate.use_cases.claim_presentation import ClaimPresentation, claim_presentation
from certificate.use_cases.draft_result import DraftResult, draft_result
from certificate.use_cases.note_look_up import NoteLookUp, note_look_up
from certificate.use_cases.note_moved_issuers import NoteMovedIssuers, note_moved_issuers
from chassis.consumers import Consumers, NotYetError, Told
from chassis.transaction import Transaction
from contracts.events.catalog import PowerMoveAnnounced, PowerMoved
from contracts.events.datashare import RecordLookedUp
from contracts.events.workorder import ApplicationDecided, ApplicationSubmitted
from contracts.vocabulary import DecisionOutcome

consumers = Consumers("certificate")


@consumers.on(ApplicationSubmitted)
async def claim_materials(told: Told[ApplicationSubmitted], tx: Transaction) -> None:
    """Materials that a certificate may stand in for are claimed; the others are not ours."""
    fact = told.fact
    needed = tuple(
        (material.material_code, material.certificate_type)
        for material in fact.needed
        if material.certificate_type is not None
    )
    if not needed:
        return
    await claim_presentation(
        ClaimPresentation(
            presentation_id=fact.presentation_id,
            application_id=fact.application_id,
            applicant_id=fact.applicant_id,
            item_code=fact.item_code,
            item_name=fact.item_name,
            needed=needed,
            submitted_at=fact.submitted_at,
            division=told.division,
            department=told.department,
        ),
        tx,
    )


@consumers.on(ApplicationDecided)
async def draft_results(told: Told[ApplicationDecided], tx: Transaction) -> None:
    """An approval: each result that is a certificate is drafted; the worker makes and seals it."""
    fact = told.fact
    if fact.outcome is not DecisionOutcome.APPROVED:
        return
    for result in fact.results:
        if result.certificate_type is None:
            continue
        command = DraftResult(
            application_id=fact.application_id,
            application_number=fact.number,
            item_name=fact.item_name,
            applicant_id=fact.applicant_id,
            applicant_kind=fact.applicant_kind,
            type_code=result.certificate_type,
            validity_years=result.validity_years,
            division=told.division,
            item_code=fact.item_code,
            department=told.department,
            decided_at=fact.decided_at,
        )
        try:
            await draft_result(command, tx)
        except TypeUnknownError as error:
            raise NotYetError(f"type {result.certificate_type} is not registered yet") from error


@consumers.on(PowerMoveAnnounced)
async def expect_issuers(told: Told[PowerMoveAnnounced], tx: Transaction) -> None:
    """A power will move at an instant: told ahead, so that no decision of the receiver comes before the news."""
    fact = told.fact
    command = NoteMovedIssuers(
        adjustment_id=fact.adjustment_id,
        power_code=fact.power_code,
        kind=fact.kind,
        from_department=told.department,
        items=fact.items,
        effective_at=fact.effective_at,
        is_called_off=fact.is_called_off,
    )
    await note_moved_issuers(command, tx)


@consumers.on(PowerMoved)
async def know_issuers(told: Told[PowerMoved], tx: Transaction) -> None:
    """A power moved: who received it issues what it decides."""
    fact = told.fact
    command = NoteMovedIssuers(
        adjustment_id=fact.adjustment_id,
        power_code=fact.power_code,
        kind=fact.kind,
        from_department=fact.from_department,
        items=fact.items,
        effective_at=fact.effective_at,
        is_called_off=False,
    )
    await note_moved_issuers(command, tx)


@consumers.on(RecordLookedUp)
async def show_subject(told: Told[RecordLookedUp], tx: Transaction) -> None:
    """A record about somebody was read under a grant; they see it in their own list."""
    fact = told.fact
    await note_look_up(
        NoteLookUp(
            subject_id=fact.subject_id,
            resource_code=fact.resource_code,
            requester_department=fact.requester_department,
            application_id=fact.application_id,
            purpose=fact.purpose,
            fields=fact.fields,
        ),
        tx,
    )
