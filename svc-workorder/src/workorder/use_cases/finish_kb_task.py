from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.knowledge import TaskClosedError, TaskOpenError
from workorder.repository.knowledge import add_task_step, close_task, task_row
from workorder.tables import kb_tasks


async def finish_kb_task(
    task_id: UUID, reason: str, tx: Transaction, *, take_back: bool = False
) -> None:
    """Nothing has to be done, and why (the answer is there already); `take_back` opens it again.

    Raises NotFoundError, TaskClosedError, TaskOpenError.
    """
    row = await task_row(tx, task_id)
    if not take_back:
        if row.closed_at is not None:
            raise TaskClosedError
        close_task(tx, row, outcome="dismissed", reason=reason)
        return
    if row.closed_at is None:
        raise TaskOpenError
    tx.update(
        kb_tasks,
        match={"id": row.id, "row_version": row.row_version},
        closed_at=None,
        outcome="",
        row_version=row.row_version + 1,
    )
    add_task_step(tx, row.id, step="taken-back", state="open", reason=reason)
