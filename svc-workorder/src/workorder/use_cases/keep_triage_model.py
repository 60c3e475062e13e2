import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.proposals import KEPT
from workorder.tables import triage_model_files, triage_model_steps, triage_models


@dataclass(frozen=True, kw_only=True)
class KeepTriageModel:
    content: bytes
    facts: Mapping[str, Any]
    """As the model itself tells them; whoever calls has read it, so that it is one."""
    origin: Literal["uploaded", "trained"]
    note: str = ""
    evaluation: Mapping[str, Any] | None = None


async def keep_triage_model(command: KeepTriageModel, tx: Transaction) -> UUID:
    """Keep a model beside the one in force; a second person puts it in force. Returns its id."""
    model_id = new_id()
    tx.insert(
        triage_models,
        id=model_id,
        state=KEPT,
        origin=command.origin,
        note=command.note,
        sha256=hashlib.sha256(command.content).hexdigest(),
        size_bytes=len(command.content),
        facts=dict(command.facts),
        evaluation=command.evaluation,
        made_by=tx.principal.subject,
        made_at=tx.now,
        row_version=1,
    )
    # The file and the history refer to the row, which has to be there first.
    await tx.flush()
    tx.insert(triage_model_files, triage_model_id=model_id, content=command.content)
    add_step(
        tx,
        triage_model_steps,
        of={"triage_model_id": model_id},
        step=command.origin,
        state=KEPT,
        reason=command.note or command.origin,
    )
    return model_id
