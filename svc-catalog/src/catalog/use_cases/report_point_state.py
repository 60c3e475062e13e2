from catalog.domain.halls import PointState
from catalog.repository.halls import add_hall_step, check_place, end_place_intakes, get_point
from catalog.tables.halls import service_points
from chassis.clock import local_date
from chassis.errors import ConflictError
from chassis.transaction import Transaction


async def report_point_state(code: str, state: str, tx: Transaction, *, reason: str) -> int:
    """A kiosk is broken, works again, or is withdrawn; returns its new version. Withdrawn ones do not come back."""
    point = await get_point(tx, code)
    check_place(tx, point.hall)
    tx.expect(point.version)
    if point.state == PointState.WITHDRAWN:
        raise ConflictError(
            "该点已撤除，如重新设置请另行登记",
            "It was withdrawn; register a new one",
            code="point-withdrawn",
        )
    today = local_date(tx.now)
    is_gone = state == PointState.WITHDRAWN
    tx.update(
        service_points,
        match={"id": point.id, "version": point.version},
        state=state,
        until_day=max(today, point.from_day) if is_gone else point.until_day,
        version=point.version + 1,
        changed_at=tx.now,
    )
    if is_gone:
        await end_place_intakes(tx, point.id, today)
    add_hall_step(tx, "point", str(point.id), step="reported", state=state, reason=reason)
    return int(point.version) + 1
