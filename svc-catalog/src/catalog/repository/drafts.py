"""Why a version cannot be published: its codes, basic item and files, and every topic's rules."""

from catalog.domain.codes import agreement_faults, item_code_faults
from catalog.domain.item import GuideNotPublishableError
from catalog.repository.checks import publishing_faults
from catalog.repository.standards import basic_item_faults, file_faults
from chassis.errors import FieldFault
from chassis.transaction import Transaction
from contracts.guide import Guide


async def check_publishable(tx: Transaction, guide: Guide) -> None:
    """Raise GuideNotPublishableError, naming every fault, when a guide does not keep the publishing rules."""
    guides = [guide]
    faults = [
        *item_code_faults(guide.item_code),
        *agreement_faults(
            item_code=guide.item_code,
            basic_code=guide.basic_code,
            task_type=guide.task_type,
            department=guide.department,
            use_level=guide.use_level,
        ),
        *(await basic_item_faults(tx, guides))[0],
        *(await file_faults(tx, guides))[0],
        *(await publishing_faults(tx, guides))[0],
    ]
    if faults:
        raise GuideNotPublishableError(faults=tuple(map(_in_body, faults)))


def _in_body(fault: FieldFault) -> FieldFault:
    if fault.pointer.startswith("/guide"):
        return fault
    return FieldFault(pointer=f"/guide{fault.pointer}", code=fault.code, zh=fault.zh, en=fault.en)
