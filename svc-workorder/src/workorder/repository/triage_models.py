"""Triage models in and out of PostgreSQL. Never commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.proposals import ACTIVE
from workorder.tables import triage_model_files, triage_model_steps, triage_models


async def locked_model(tx: Transaction, model_id: UUID) -> Row[Any] | None:
    statement = select(triage_models).where(triage_models.c.id == model_id)
    return await tx.one_or_none(statement.with_for_update())


async def active_model(tx: Transaction) -> Row[Any] | None:
    """The one in force, locked until the end."""
    statement = select(triage_models).where(triage_models.c.state == ACTIVE)
    return await tx.one_or_none(statement.with_for_update())


async def model_content(tx: Transaction, model_id: UUID) -> bytes:
    t = triage_model_files.c
    return bytes(await tx.scalar(select(t.content).where(t.triage_model_id == model_id)))


async def set_model_state(
    tx: Transaction, row: Row[Any], state: str, *, step: str, reason: str, **values: Any
) -> None:
    """One model to another state, in the history; sent at once, because only one may be in force at a time."""
    tx.update(
        triage_models,
        match={"id": row.id, "row_version": row.row_version},
        state=state,
        row_version=row.row_version + 1,
        **values,
    )
    add_model_step(tx, row.id, step=step, state=state, reason=reason)
    await tx.flush()


def keep_evaluation(tx: Transaction, row: Row[Any], evaluation: Mapping[str, Any]) -> None:
    tx.update(
        triage_models,
        match={"id": row.id, "row_version": row.row_version},
        evaluation=dict(evaluation),
        row_version=row.row_version + 1,
    )
    words = f"准确率 {evaluation['top1_accuracy']}，{evaluation['rows']} 行"
    add_model_step(tx, row.id, step="evaluated", state=row.state, reason=words)


def add_model_step(tx: Transaction, model_id: UUID, *, step: str, state: str, reason: str) -> None:
    add_step(
        tx,
        triage_model_steps,
        of={"triage_model_id": model_id},
        step=step,
        state=state,
        reason=reason,
    )
