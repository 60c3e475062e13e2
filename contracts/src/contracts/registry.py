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


_PROGRESS = "办理进度，供合作方（如 i潮州、粤省事）提醒申请人 progress, for partners' notices"
_HOTLINE = "工单进度，供合作方与省平台对接 progress, for partners and the province's exchange"

FEED_ONLY: dict[str, str] = {
    "workorder.application.accepted.v1": _PROGRESS,
    "workorder.application.correction-requested.v1": _PROGRESS,
    "workorder.application.corrected.v1": _PROGRESS,
    "workorder.application.suspended.v1": _PROGRESS,
    "workorder.application.resumed.v1": _PROGRESS,
    "workorder.application.withdrawn.v1": _PROGRESS,
    "workorder.work-order.dispatched.v1": _HOTLINE,
    "workorder.work-order.replied.v1": _HOTLINE,
    "workorder.work-order.closed.v1": _HOTLINE,
    "workorder.work-order.reopened.v1": _HOTLINE,
    "workorder.deadline.warned.v1": "催办提醒，供短信等通知系统 reminders, for notice systems",
    "workorder.deadline.missed.v1": "超期，供效能监督系统 overdue, for supervision systems",
    "certificate.presentation.consented.v1": "亮证授权留痕，供审计系统 consent given, for audit",
    "certificate.seal.used.v1": "用印留痕，供审计系统 seals used, for audit",
    "evaluation.invitation.created.v1": "评价邀请，供通知系统送达 invitations, for notice systems",
    "evaluation.rating.changed.v1": "差评整改进展，供监督系统 progress of bad ratings, for supervision",
    "datashare.grant.given.v1": "共享授权，供申请部门系统启用 grants, for the requester's systems",
}
"""Facts that only the partners' feed carries so far, and whom they are told for. A test keeps it true."""
