"""Applications, their ledger and their attachments in and out of PostgreSQL. Never commits; never returns a row."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.blobs import StoredBlob
from chassis.encryption import mask_phone
from chassis.errors import FieldFault, InvalidError, NotFoundError
from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import DecisionOutcome
from workorder.domain.application import (
    Application,
    ApplicationResultState,
    ApplicationState,
)
from workorder.domain.clock import Stop
from workorder.domain.material import ApplicationMaterial, HandedIn
from workorder.tables import application_steps, applications, attachments, suspensions

FORM_CONTEXT = "applications.form"
CONTACT_CONTEXT = "applications.contact"

_NOT_PLAIN = frozenset({"materials", "results", "stops", "stored_version"})
_PLAIN = tuple(each.name for each in fields(Application) if each.name not in _NOT_PLAIN)
_CHANGING = (
    "state",
    "accepted_at",
    "clock_started_on",
    "due_on",
    "due_is_provisional",
    "correction_asked_at_intake",
    "correction_asked_in_review",
    "stop_count",
    "decided_at",
    "outcome",
    "decision_reason",
    "on_time",
    "working_days_used",
    "ended_at",
    "alarm_level",
    "alarm_at",
    "process",
    "process_version",
    "waits_for",
    "wait_until",
    "wait_limit_told",
    "counts",
    "version",
)


class AttachmentUnknownError(InvalidError):
    code = "attachment-unknown"
    title_zh = "引用的附件不存在或不是您上传的，请重新上传，见 errors"
    title_en = "An attachment is not there or not yours; upload it again, see errors"


def add_application(
    tx: Transaction, application: Application, *, form: dict[str, Any] | None, phone: str | None
) -> None:
    """Keep a new application; form and telephone are encrypted."""
    application.contact_masked = mask_phone(phone) if phone else None
    tx.insert(
        applications,
        form_encrypted=_sealed(tx, form),
        contact_encrypted=tx.keyring.encrypt(phone, context=CONTACT_CONTEXT) if phone else None,
        materials=[vars(each).copy() for each in application.materials],
        results=[vars(each).copy() for each in application.results],
        **{name: getattr(application, name) for name in _PLAIN},
    )


async def get_application(tx: Transaction, application_id: UUID) -> Application:
    """An application within reach with its ledger, locked until the end; raises NotFoundError."""
    application = await find_application(tx, application_id)
    if application is None:
        raise NotFoundError
    tx.expect(application.stored_version)
    return application


async def find_application(tx: Transaction, application_id: UUID) -> Application | None:
    """As `get_application`, None when it is not there."""
    statement = select(applications).where(applications.c.id == application_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        return None
    application = application_of(row)
    if application.stop_count:
        ledger = select(suspensions).where(suspensions.c.application_id == application_id)
        application.stops = [
            _stop(each) for each in await tx.all(ledger.order_by(suspensions.c.id))
        ]
    return application


async def lock_applications(tx: Transaction, ids: Sequence[UUID]) -> list[Application]:
    """Many applications with their ledgers, locked until the end; those that are gone are left out."""
    statement = select(applications).where(applications.c.id.in_(ids)).order_by(applications.c.id)
    return await _with_ledgers(tx, await tx.all(statement.with_for_update()))


async def open_applications(
    tx: Transaction, *, after: UUID | None, limit: int
) -> list[Application]:
    """Applications that have not ended, by id, with their ledgers; nothing is locked."""
    a = applications.c
    statement = select(applications).where(a.ended_at.is_(None))
    if after is not None:
        statement = statement.where(a.id > after)
    return await _with_ledgers(tx, await tx.all(statement.order_by(a.id).limit(limit)))


async def _with_ledgers(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Application]:
    found = [application_of(row) for row in rows]
    stopped = {each.id: each for each in found if each.stop_count}
    if stopped:
        ledger = select(suspensions).where(suspensions.c.application_id.in_(list(stopped)))
        for row in await tx.all(ledger.order_by(suspensions.c.id)):
            stopped[row.application_id].stops.append(_stop(row))
    return found


def store_application(tx: Transaction, application: Application, *, reason: str = "") -> None:
    """Keep a changed application and its ledger; raises PreconditionError at the end when somebody was faster.

    `reason` is why a stop that is new was made.
    """
    tx.update(
        applications,
        match={"id": application.id, "version": application.stored_version},
        materials=[vars(each).copy() for each in application.materials],
        results=[vars(each).copy() for each in application.results],
        **{name: getattr(application, name) for name in _CHANGING},
    )
    for stop in application.stops:
        _store_stop(tx, application, stop, reason)


def add_application_step(
    tx: Transaction, application: Application, *, step: str, reason: str
) -> None:
    """One row of history: who, when, why, from which channel, and the due date after it."""
    add_step(
        tx,
        application_steps,
        of={"application_id": application.id},
        step=step,
        state=application.state,
        reason=mask_text(reason),
        due_on=application.due_on,
    )


def _store_stop(tx: Transaction, application: Application, stop: Stop, reason: str) -> None:
    """A new entry of the ledger, or one that is over; what was written stays."""
    if not stop.is_kept:
        tx.insert(
            suspensions,
            id=stop.id,
            application_id=application.id,
            kind=stop.kind,
            asked_by=tx.principal.subject,
            reason=mask_text(reason),
            started_on=stop.started_on,
            started_at=stop.started_at,
            planned_until=stop.planned_until,
            ended_on=stop.ended_on,
            ended_at=stop.ended_at,
        )
    elif stop.ended_on is not None and not stop.is_kept_ended:
        tx.update(
            suspensions, match={"id": stop.id}, ended_on=stop.ended_on, ended_at=stop.ended_at
        )


def add_attachment(tx: Transaction, blob: StoredBlob) -> None:
    """Remember who uploaded a file."""
    tx.insert(
        attachments,
        id=new_id(),
        owner_id=UUID(tx.principal.owner_id),
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        media_type=blob.media_type,
        uploaded_at=tx.now,
    )


async def check_attachments(tx: Transaction, owner_id: str, handed: Sequence[HandedIn]) -> None:
    """Raise AttachmentUnknownError naming every file that this owner has not uploaded. Reads only when there is one."""
    named = {each.attachment_sha256 for each in handed if each.attachment_sha256}
    if not named:
        return
    statement = select(attachments.c.sha256).where(
        attachments.c.owner_id == UUID(owner_id), attachments.c.sha256.in_(sorted(named))
    )
    unknown = named - {row.sha256 for row in await tx.all(statement)}
    faults = tuple(
        FieldFault(
            pointer=f"/materials/{place}/attachment_sha256",
            code="unknown-attachment",
            zh="没有这个附件，请重新上传",
            en="there is no such attachment; upload it again",
        )
        for place, each in enumerate(handed)
        if each.attachment_sha256 in unknown
    )
    if faults:
        raise AttachmentUnknownError(faults=faults)


def application_of(row: Row[Any]) -> Application:
    """The application of a row, without its ledger: what lists show."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    plain["state"] = ApplicationState(row.state)
    plain["outcome"] = DecisionOutcome(row.outcome) if row.outcome else None
    return Application(
        materials=[ApplicationMaterial(**each) for each in row.materials],
        results=[ApplicationResultState(**each) for each in row.results],
        stored_version=row.version,
        **plain,
    )


def open_form(tx: Transaction, sealed: str | None, *, own: bool) -> dict[str, Any]:
    """The form as its reader sees it: whole for who wrote it, numbers that name a person masked for others."""
    if sealed is None:
        return {}
    form: dict[str, Any] = json.loads(tx.keyring.decrypt(sealed, context=FORM_CONTEXT))
    shown: dict[str, Any] = form if own else _masked(form)
    return shown


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: _masked(inner) for key, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _sealed(tx: Transaction, form: dict[str, Any] | None) -> str | None:
    if not form:
        return None
    return tx.keyring.encrypt(json.dumps(form, ensure_ascii=False), context=FORM_CONTEXT)


def _stop(row: Row[Any]) -> Stop:
    return Stop(
        id=row.id,
        kind=row.kind,
        started_on=row.started_on,
        started_at=row.started_at,
        planned_until=row.planned_until,
        ended_on=row.ended_on,
        ended_at=row.ended_at,
        is_kept=True,
        is_kept_ended=row.ended_on is not None,
    )
