from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.repository.applications import (
    add_application_step,
    find_application,
    store_application,
)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What one way of gathering says of one material: found (by a certificate when one is named), or why not."""

    material_code: str
    way: Literal["certificate", "data"]
    certificate_id: UUID | None = None
    failure: str = ""


async def note_gathering(
    application_id: UUID, gathered: tuple[Gathered, ...], tx: Transaction
) -> bool:
    """Note what the gathering (免提交) found or did not find. False when the application is not here (yet).

    What comes after the applicant brought it herself, or after the end, changes nothing.
    """
    application = await find_application(tx, application_id)
    if application is None:
        return False
    changed = [each for each in gathered if _note(application, each)]
    if not changed:
        return True
    store_application(tx, application)
    for each in changed:
        step = "material-missing" if each.failure else "material-satisfied"
        words = each.failure or ("证照免提交" if each.way == "certificate" else "数据共享免提交")
        add_application_step(tx, application, step=step, reason=f"{each.material_code}：{words}")
    return True


def _note(application: Application, gathered: Gathered) -> bool:
    if gathered.failure:
        return application.fail_material(
            gathered.material_code, way=gathered.way, reason=gathered.failure
        )
    return application.satisfy_material(
        gathered.material_code, certificate_id=gathered.certificate_id
    )
