from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.proofs import AskedProof, cancelled_asked
from catalog.domain.publishing_rules import PublishingRule
from catalog.repository.audit import Found, guides_of, open_findings
from catalog.repository.proofs import known_proofs
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.guide import Guide


async def open_asking_guides(
    rule: PublishingRule, candidates: Sequence[Row[Any]], tx: Transaction, *, due_on: date
) -> int:
    """Open a finding for each guide in force and cancelled proof that it asks for; returns how many are new.

    Candidates were found by what a material is called or names; whether the guide may ask is judged here as it is
    judged before publishing, so that what is mended can be published.
    """
    guides = await guides_of(tx, sorted({row.item_id for row in candidates}))
    asked = await _asked(tx, guides)
    found = []
    for row in candidates:
        materials = asked.get((row.item_id, row.place))
        if not materials:
            continue
        found.append(
            Found(
                rule=rule,
                item=guides[row.item_id],
                place=row.place,
                fields=tuple(each.pointer for each in materials),
                what="；".join(each.what() for each in materials),
                how_to_mend=f"{materials[0].how_to_mend()}。{rule.mending()[0]}",
            )
        )
    return await open_findings(tx, found, due_on=due_on)


async def _asked(tx: Transaction, rows: Any) -> dict[tuple[UUID, str], list[AskedProof]]:
    guides = {item_id: Guide.model_validate(row.guide) for item_id, row in rows.items()}
    known = await known_proofs(tx, list(guides.values()))
    found: dict[tuple[UUID, str], list[AskedProof]] = defaultdict(list)
    for item_id, guide in guides.items():
        for asked in cancelled_asked(guide, known, local_date(tx.now)):
            found[(item_id, asked.proof.code)].append(asked)
    return found
