"""The one list of facts. What is not here does not travel."""

from chassis.envelope import Fact
from contracts.events import catalog, certificate, datashare, evaluation, workorder

SERVICES = ("catalog", "workorder", "certificate", "evaluation", "datashare")

ALL_FACTS: tuple[type[Fact], ...] = (
    catalog.ItemVersionPublished,
    catalog.ItemVersionWithdrawn,
    workorder.ApplicationSubmitted,
    workorder.ApplicationAccepted,
    workorder.ApplicationCorrectionRequested,
    workorder.ApplicationCorrected,
    workorder.ApplicationSuspended,
    workorder.ApplicationResumed,
    workorder.ApplicationDecided,
    workorder.ApplicationDelivered,
    workorder.ApplicationWithdrawn,
    workorder.WorkOrderOpened,
    workorder.WorkOrderDispatched,
    workorder.WorkOrderReplied,
    workorder.WorkOrderClosed,
    workorder.WorkOrderReopened,
    workorder.DeadlineWarned,
    workorder.DeadlineMissed,
    workorder.RectificationClosed,
    certificate.CertificateIssued,
    certificate.CertificateRevoked,
    certificate.PresentationConsented,
    certificate.PresentationClaimed,
    certificate.PresentationRefused,
    certificate.SealUsed,
    evaluation.InvitationCreated,
    evaluation.RatingGiven,
    evaluation.RatingChanged,
    datashare.DataRequestAnswered,
    datashare.RecordLookedUp,
    datashare.GrantGiven,
)


def facts_of(service: str) -> tuple[type[Fact], ...]:
    """The facts that one service owns and tells."""
    return tuple(fact for fact in ALL_FACTS if fact.owner() == service)


FEED_ONLY: dict[str, str] = {}
"""Facts that only the partners' feed carries so far, and why they are told all the same."""
