from collections.abc import Mapping, Sequence
from typing import Any

from catalog.domain.proofs import ProofStatus, Ruling, StandInMissingError, ruling_faults
from catalog.repository.items import add_rows
from catalog.repository.proofs import check_yours, lock_proofs, period_columns, proof_columns
from catalog.tables.proofs import proof_periods, proof_steps, proofs
from chassis.errors import FieldFault, InvalidError
from chassis.ids import new_id
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.vocabulary import Role


async def register_proofs(rows: Sequence[Mapping[str, Any]], tx: Transaction) -> tuple[int, int]:
    """Put proofs on the list (列入清单), all rows or none; returns how many are new and how many were corrected.

    The list is published by its authority before it comes here (docs/decisions/0009), so an administrator's new
    row may be cancelled already, from a day in the past. A row of an entry that is there corrects its words; its status changes by a
    proposal that a second person confirms. Raises ProofNotYoursError, StandInMissingError, InvalidError (a code twice).
    """
    _check(rows)
    if Role.SYSTEM_ADMIN not in tx.principal.roles:
        _check_retained(rows)
    for row in rows:
        check_yours(tx, row["department"])
    known = await lock_proofs(tx, [row["code"] for row in rows])
    fresh, periods, steps = [], [], []
    for row in rows:
        proof_id = known.get(row["code"])
        if proof_id is not None:
            changed = proofs.update().where(proofs.c.id == proof_id)
            await tx.execute(changed.values(**proof_columns(row), version=proofs.c.version + 1))
            steps.append(_step(tx, proof_id, "corrected", "", "更正清单"))
            continue
        proof_id = new_id()
        fresh.append(
            {
                "id": proof_id,
                "code": row["code"],
                **proof_columns(row),
                "listed_from": row["effective_from"],
                "version": 1,
            }
        )
        periods.append(period_columns(proof_id, _ruling(row), row["effective_from"]))
        steps.append(_step(tx, proof_id, "listed", row["status"], row["document"] or "列入清单"))
    await add_rows(tx, proofs, fresh)
    await add_rows(tx, proof_periods, periods)
    await add_rows(tx, proof_steps, steps)
    return len(fresh), len(rows) - len(fresh)


def _check_retained(rows: Sequence[Mapping[str, Any]]) -> None:
    """A department cancels by a proposal that a second person confirms, never by a row."""
    faults = tuple(
        FieldFault(
            pointer=f"/rows/{index}/status",
            code="cancellation-proposed-only",
            zh="部门登记的证明须为保留状态；取消请另行提出",
            en="A department lists what is retained; propose the cancellation",
        )
        for index, row in enumerate(rows)
        if row["status"] == ProofStatus.CANCELLED
    )
    if faults:
        raise InvalidError(
            "已取消的证明由系统管理员按公布的清单登记；部门请先登记为保留，再提出取消、由第二人确认",
            "Proofs cancelled already are listed by the administrator; list it as retained and propose to cancel it",
            code="cancellation-proposed-only",
            faults=faults,
        )


def _check(rows: Sequence[Mapping[str, Any]]) -> None:
    seen: dict[str, int] = {}
    doubled: list[FieldFault] = []
    missing: list[FieldFault] = []
    for index, row in enumerate(rows):
        first = seen.setdefault(row["code"], index)
        if first != index:
            doubled.append(
                FieldFault(
                    pointer=f"/rows/{index}/code",
                    code="code-twice",
                    zh=f"编码 {row['code']} 与第 {first + 1} 行重复",
                    en=f"The code {row['code']} stands in row {first + 1} already",
                )
            )
        missing += ruling_faults(_ruling(row), pointer=f"/rows/{index}")
    if doubled:
        raise InvalidError(
            "清单中有重复编码，请改正后再提交",
            "Codes stand twice; mend and send again",
            code="code-twice",
            faults=tuple(doubled),
        )
    if missing:
        raise StandInMissingError(faults=tuple(missing))


def _ruling(row: Mapping[str, Any]) -> Ruling:
    names = ("stands_in", "certificate_type", "data_resource", "commitment_text", "document")
    return Ruling(status=ProofStatus(row["status"]), **{name: row[name] for name in names})


def _step(tx: Transaction, proof_id: Any, step: str, state: str, reason: str) -> dict[str, Any]:
    return step_row(tx, of={"proof_id": proof_id}, step=step, state=state, reason=reason)
