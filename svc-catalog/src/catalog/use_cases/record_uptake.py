from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from catalog.tables.powers import movable_powers, power_uptake_steps, power_uptakes
from chassis.clock import local_date
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError, NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import Role


class TakenUpAlreadyError(ConflictError):
    code = "taken-up-already"
    title_zh = "该区县已承接此项；如需变更镇街，请先结束原承接"
    title_en = "This county took the entry up already; end that first to change its towns"


class CountyNotYoursError(ForbiddenError):
    code = "county-not-yours"
    title_zh = "只能登记本区县的承接情况"
    title_en = "Uptakes are recorded by the county's own coordinator"


@dataclass(frozen=True, kw_only=True)
class RecordUptake:
    movable_id: UUID
    division: str
    towns: tuple[str, ...]
    taken_on: date
    document_number: str
    reason: str


async def record_uptake(command: RecordUptake, tx: Transaction) -> UUID:
    """A county takes up an entry of the directory for its towns (承接); by its coordinator. Returns the uptake's id."""
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    if not is_admin and tx.principal.division != command.division:
        raise CountyNotYoursError
    entry = await tx.one_or_none(
        select(movable_powers).where(movable_powers.c.id == command.movable_id).with_for_update()
    )
    if entry is None:
        raise NotFoundError
    _check(command, today=local_date(tx.now))
    open_one = select(power_uptakes.c.id).where(
        power_uptakes.c.movable_id == command.movable_id,
        power_uptakes.c.division == command.division,
        power_uptakes.c.ended_on.is_(None),
    )
    if await tx.scalar(open_one) is not None:
        raise TakenUpAlreadyError
    uptake_id = new_id()
    tx.insert(
        power_uptakes,
        id=uptake_id,
        movable_id=command.movable_id,
        division=command.division,
        towns=sorted(set(command.towns)),
        taken_on=command.taken_on,
        document_number=command.document_number,
        recorded_at=tx.now,
        ended_on=None,
        version=1,
    )
    of = {"uptake_id": uptake_id}
    add_step(tx, power_uptake_steps, of=of, step="taken-up", state="open", reason=command.reason)
    return uptake_id


def _check(command: RecordUptake, *, today: date) -> None:
    """Raise InvalidError for towns elsewhere, and for a day to come."""
    faults = [
        FieldFault(
            pointer=f"/towns/{place}",
            code="outside",
            zh="镇街须在本区县之内",
            en="a town lies inside the county",
        )
        for place, town in enumerate(command.towns)
        if not town.startswith(command.division) or town == command.division
    ]
    if command.taken_on > today:
        faults.append(
            FieldFault(
                pointer="/taken_on",
                code="future",
                zh="承接日期不能晚于今天",
                en="it was taken up by today at the latest",
            )
        )
    if faults:
        raise InvalidError(faults=tuple(faults), code="uptake-faulty")
