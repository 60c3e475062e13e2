"""Batches go to the province's platform by themselves, where ops named one: signed, tried again, given up by name."""

import asyncio
from collections.abc import Mapping
from typing import cast

import structlog

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.domain.exchange_push import Outcome, Sending, outcome_of
from workorder.domain.notices import networks_of
from workorder.settings import WorkOrderSettings
from workorder.use_cases.begin_push import begin_push
from workorder.use_cases.end_push import end_push
from workorder.webhooks import post_signed, sender

PAUSE_SECONDS = 15.0
RETRIES = "notice-delivery"
"""The pauses are those of every message that goes out."""

log = structlog.get_logger()


async def push_for_ever(runtime: Runtime) -> None:
    """Send what is due, for as long as the process lives; without an address there is nothing to do."""
    while True:
        try:
            while await push_due(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("exchange push paused", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def push_due(runtime: Runtime) -> bool:
    """Send one batch, if any is due."""
    settings = cast("WorkOrderSettings", runtime.settings)
    if not settings.province_url:
        return False
    sending = await _begin(runtime)
    if sending is None:
        return False
    outcome = await _send(runtime, settings, sending)
    tx = runtime.begin_system()
    try:
        pauses = (await tx.rule(RETRIES))["pauses"]
        await end_push(tx, sending, outcome, pauses)
        await tx.commit()
    finally:
        await tx.close()
    log.info("exchange batch sent", batch_id=str(sending.batch_id), fault=outcome.fault)
    return True


async def _begin(runtime: Runtime) -> Sending | None:
    tx = runtime.begin_system()
    try:
        sending = await begin_push(tx, (await tx.rule(RETRIES))["pauses"])
        await tx.commit()
        return sending
    finally:
        await tx.close()


async def _send(runtime: Runtime, settings: WorkOrderSettings, sending: Sending) -> Outcome:
    networks = networks_of(settings.notice_networks)
    async with sender(networks) as session:
        answer = await post_signed(
            session,
            settings.province_url,
            sending.body,
            # The same for every try: the other side tells one that came twice by it.
            message_id=f"msg_{sending.batch_id}",
            at=runtime.clock.now(),
            keys=[settings.province_secret.get_secret_value()],
            networks=networks,
        )
    if not answer.is_taken:
        return Outcome(fault=answer.error)
    return outcome_of(answer.body, rows=sending.rows)


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (push_for_ever,)
