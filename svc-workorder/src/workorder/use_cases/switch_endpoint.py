from typing import Literal
from uuid import UUID

from chassis.errors import ConflictError
from chassis.transaction import Transaction
from workorder.repository.notices import get_endpoint, hold_or_release, store_endpoint

Switch = Literal["on", "off"]


class AlreadySoError(ConflictError):
    code = "already-so"
    title_zh = "该推送地址已是此状态，无需再次操作"
    title_en = "The endpoint is in this state already"


async def switch_endpoint(endpoint_id: UUID, switch: Switch, reason: str, tx: Transaction) -> None:
    """Switch a platform off, or on again (a challenge first). What it has still to get is held, and comes then.

    On again also asks for another challenge of one that failed it. Raises AlreadySoError.
    """
    row = await get_endpoint(tx, endpoint_id)
    if switch == "off":
        if row.state == "off":
            raise AlreadySoError
        store_endpoint(tx, row, step="switched-off", state="off", reason=reason, verify_at=None)
        await hold_or_release(tx, endpoint_id, is_held=True)
        return
    if row.state == "active":
        raise AlreadySoError
    state, verify_at = ("unverified", tx.now) if row.url else ("active", None)
    store_endpoint(tx, row, step="switched-on", state=state, reason=reason, verify_at=verify_at)
