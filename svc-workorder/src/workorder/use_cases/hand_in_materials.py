from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.domain.material import HandedIn
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    check_attachments,
    get_application,
    store_application,
)


async def hand_in_materials(
    application_id: UUID, handed: tuple[HandedIn, ...], tx: Transaction
) -> Application:
    """The applicant brings materials (补交材料) while it is open: what the gathering did not find, for one."""
    application = await get_application(tx, application_id)
    await check_attachments(tx, tx.principal.owner_id, handed)
    form = {"materials": [vars(each) for each in handed]}
    application.hand_in(await procedure_of(tx, application, form), handed)
    store_application(tx, application)
    codes = "、".join(each.code for each in handed)
    add_application_step(tx, application, step="materials-handed-in", reason=f"申请人提交 {codes}")
    return application
