"""What triage proposes for a work order: category, department and place, with its confidence and its reasons.

Made while the call is taken, because that is when the agent needs it: a message costs one to three milliseconds of
the processor and no round trip; the row goes to the books in the same statement as the order.
"""

import asyncio
from typing import Any

from chassis.clock import local_date
from chassis.identity import subtree_prefix
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.proposals import OTHERS_MAX, Proposed
from workorder.domain.work_order import WorkOrder
from workorder.repository.triage import Triage, add_proposal, triage_in_force

LONG_CHARACTERS = 600
"""From here on a thread reads the text: it takes longer than the loop may be held up."""


async def propose(tx: Transaction, order: WorkOrder, *, anew: bool = False) -> Proposed | None:
    """Propose and keep it; None when there is nothing to propose by. The order itself stays as it is."""
    triage = await triage_in_force(tx, anew=anew)
    if triage.is_empty:
        return None
    text = f"{order.title}\n{order.content}"
    if triage.model is not None and len(text) > LONG_CHARACTERS:
        said = await asyncio.to_thread(_said_by_model, triage, text)
    else:
        said = _said_by_model(triage, text)
    values: dict[str, Any] = {**said, **_place(triage, order, text)}
    # A category that people gave goes before a guess, and so does the list before the model.
    category = order.category or values["label"] or ""
    division = values["place"] or order.division
    owner = triage.duties.owner(category, division, local_date(tx.now)) if category else None
    if owner is not None:
        values |= {
            "department": owner.department,
            "department_confidence": None,
            "department_from": owner.by,
            "department_reasons": (owner.reason,),
            "co_departments": owner.co_departments,
            "responsibility_id": owner.duty_id,
        }
    proposed = Proposed(id=new_id(), model_id=triage.model_id, proposed_at=tx.now, **values)
    add_proposal(tx, order.id, proposed)
    return proposed


def _said_by_model(triage: Triage, text: str) -> dict[str, Any]:
    if triage.model is None:
        return {"label": None}
    ranked = triage.model.rank(text)
    best = ranked[0] if ranked else None
    is_sure = best is not None and best.confidence >= triage.model.heads["label"].threshold
    found: dict[str, Any] = {"label": None}
    if best is not None and is_sure:
        found = {
            "label": best.label,
            "confidence": best.confidence,
            "reasons": best.reasons,
            "others": tuple(
                {"label": one.label, "confidence": one.confidence}
                for one in ranked[1 : OTHERS_MAX + 1]
            ),
        }
    department = triage.model.propose(text, head="department")
    if department is not None:
        found |= {
            "department": department.label,
            "department_confidence": department.confidence,
            "department_from": "model",
            "department_reasons": department.reasons,
        }
    return found


def _place(triage: Triage, order: WorkOrder, text: str) -> dict[str, Any]:
    within = subtree_prefix(order.division)
    found = triage.places.find(f"{order.place}\n{text}", within=within)
    if found is None:
        return {"place": None}
    return {"place": found.code, "place_name": found.name, "place_reasons": found.reasons}
