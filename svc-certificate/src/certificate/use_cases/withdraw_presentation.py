from uuid import UUID

from certificate.domain.presentation import Presentation
from certificate.repository.certificates import find_presentation, store_presentation
from chassis.errors import NotFoundError
from chassis.transaction import Transaction


async def withdraw_presentation(presentation_id: UUID, tx: Transaction) -> Presentation:
    """The holder takes the consent back before anybody used it."""
    presentation = await find_presentation(tx, presentation_id)
    if presentation is None:
        raise NotFoundError
    presentation.withdraw(at=tx.now)
    store_presentation(tx, presentation)
    return presentation
