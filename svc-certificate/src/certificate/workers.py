"""The loops: one passes what is in force to who received its power; the other makes documents: takes drafts, renders and seals outside any transaction, then issues each once.

A draft is leased by its `make_after`. When the process dies in between, the lease runs out and the draft is made
again: bytes kept twice harm nobody, and the books take the first one only.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update

from certificate.documents.making import Making, make_document
from certificate.documents.pki import IssuerKeys, read_issuer_keys
from certificate.domain.certificate import CertificateNotDraftError
from certificate.domain.keeping import KeeperMove
from certificate.repository.certificates import (
    VERIFY_CODE_CONTEXT,
    certificate_of,
    drafts_due,
    type_of,
)
from certificate.repository.keeping import next_due_move
from certificate.settings import CertificateSettings
from certificate.tables import certificate_types, certificates
from certificate.use_cases.issue_certificate import IssueCertificate, issue_certificate
from certificate.use_cases.take_over_certificates import take_over_certificates
from chassis.blobs import PDF
from chassis.errors import PreconditionError
from chassis.runtime import Runtime
from chassis.weather import is_weather

LEASE = timedelta(seconds=60)
BACKOFF_MAX = timedelta(hours=1)
TAKEN_MAX = 4
IDLE_SECONDS = 0.3
LOOK_SECONDS = 20.0
PDF_BYTES_MAX = 8 * 1024 * 1024

log = structlog.get_logger()


async def make_documents(runtime: Runtime) -> None:
    """Make documents until the process drains."""
    while not runtime.draining.is_set():
        if not await make_due(runtime):
            await asyncio.sleep(IDLE_SECONDS)


async def make_due(runtime: Runtime) -> int:
    """Make the documents that are due, a few at a time; returns how many were taken."""
    taken = await take_due(runtime)
    keys = issuer_keys(runtime)
    for making in taken:
        await _make(runtime, making, keys)
    return len(taken)


def issuer_keys(runtime: Runtime) -> IssuerKeys:
    settings = runtime.settings
    assert isinstance(settings, CertificateSettings)
    return read_issuer_keys(settings.pki_dir)


async def take_due(runtime: Runtime) -> list[Making]:
    """Lease due drafts, so that no other worker takes them meanwhile."""
    tx = runtime.begin_system()
    try:
        rows = await tx.all(drafts_due(tx.now, TAKEN_MAX))
        if not rows:
            return []
        codes = {row.type_code for row in rows}
        types = await tx.all(select(certificate_types).where(certificate_types.c.code.in_(codes)))
        by_code = {row.code: type_of(row) for row in types}
        await tx.execute(
            update(certificates)
            .where(certificates.c.id.in_([row.id for row in rows]))
            .values(make_after=tx.now + LEASE, make_attempts=certificates.c.make_attempts + 1)
        )
        await tx.commit()
        return [
            Making(
                certificate=certificate_of(row, tx.keyring),
                type=by_code[row.type_code],
                verify_code=tx.keyring.decrypt(
                    row.verify_code_encrypted, context=VERIFY_CODE_CONTEXT
                ),
                public_url=runtime.settings.public_url,
                at=tx.now,
            )
            for row in rows
        ]
    finally:
        await tx.close()


async def _make(runtime: Runtime, making: Making, keys: IssuerKeys) -> None:
    try:
        pdf = await asyncio.to_thread(make_document, making, keys)
        blob = await runtime.blobs.put(pdf, limit_bytes=PDF_BYTES_MAX, allowed=frozenset({PDF}))
        await _issue(runtime, making, blob.sha256)
    except (CertificateNotDraftError, PreconditionError):
        log.info("made twice, issued once", certificate_id=str(making.certificate.id))
    except Exception as error:
        if is_weather(error):
            raise  # the lease runs out, and it is made again
        # The words of the error may quote the page: only its kind is logged.
        log.error(
            "document not made",
            certificate_id=str(making.certificate.id),
            fault=type(error).__name__,
        )
        await _put_off(runtime, making, type(error).__name__)


async def _issue(runtime: Runtime, making: Making, sha256: str) -> None:
    command = IssueCertificate(
        certificate_id=making.certificate.id, pdf_sha256=sha256, issued_at=making.at
    )
    tx = runtime.begin_system()
    try:
        await issue_certificate(command, tx)
        await tx.commit()
    finally:
        await tx.close()


async def take_over_moved(runtime: Runtime) -> None:
    """Pass what is in force to who received its power, for as long as the process lives."""
    while not runtime.draining.is_set():
        try:
            count = await take_over_due(runtime)
            if count:
                log.info("certificates taken over", moves=count)
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("taking over paused", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def take_over_due(runtime: Runtime) -> int:
    """Carry out every move whose minute has come, piece by piece; returns how many moves."""
    count = 0
    while True:
        tx = runtime.begin_system()
        try:
            move = await next_due_move(tx)
        finally:
            await tx.close()
        if move is None:
            return count
        await _take_over(runtime, move)
        count += 1


async def _take_over(runtime: Runtime, move: KeeperMove) -> None:
    after: UUID | None = None
    while True:
        tx = runtime.begin_system()
        try:
            after = await take_over_certificates(tx, move, after=after)
            await tx.commit()
        finally:
            await tx.close()
        if after is None:
            return


async def _put_off(runtime: Runtime, making: Making, fault: str) -> None:
    """Tried again later and later; the issuer sees what is wrong in the certificate's `make_fault`."""
    tx = runtime.begin_system()
    try:
        attempts = await tx.scalar(
            select(certificates.c.make_attempts).where(certificates.c.id == making.certificate.id)
        )
        pause = min(timedelta(seconds=30) * 2 ** min(int(attempts or 0), 10), BACKOFF_MAX)
        await tx.execute(
            update(certificates)
            .where(certificates.c.id == making.certificate.id)
            .values(make_after=tx.now + pause, make_fault=fault)
        )
        await tx.commit()
    finally:
        await tx.close()
