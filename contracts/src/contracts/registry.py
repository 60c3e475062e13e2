"""The one list of facts. What is not here does not travel."""

from chassis.envelope import Fact
from contracts.events import catalog, certificate, datashare, evaluation, workorder

SERVICES = ("catalog", "workorder", "certificate", "evaluation", "datashare")

ALL_FACTS: tuple[type[Fact], ...] = (
    catalog.ItemVersionPublished,
    catalog.ItemVersionWithdrawn,
    catalog.DraftSubmitted,
    catalog.DraftReturned,
    catalog.FindingOpened,
    catalog.FindingClosed,
    catalog.PowerMoveAnnounced,
    catalog.PowerMoved,
    catalog.ProofCancelled,
    catalog.HallChanged,
    catalog.AppointmentBooked,
    catalog.AppointmentCancelled,
    catalog.ChannelFiguresReported,
    catalog.BundlePublished,
    catalog.EnterprisePolicyPublished,
    catalog.EnterprisePolicyMatched,
    catalog.SupervisionReported,
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
    "catalog.draft.submitted.v1": "待复核提醒 a draft waits for its check",
    "catalog.draft.returned.v1": "退回提醒 a draft came back to who wrote it",
    "catalog.proof.cancelled.v1": "证明取消，供各渠道同步 channels drop the proof",
    "catalog.hall.changed.v1": "大厅信息，供各渠道与地图 channels and maps",
    "catalog.appointment.booked.v1": "预约，供叫号系统 queue systems",
    "catalog.appointment.cancelled.v1": "取消预约，供叫号系统 queue systems",
    "catalog.channel-figures.reported.v1": "渠道日报 daily figures of channels",
    "catalog.bundle.published.v1": "一件事上线，供各渠道 channels",
    "catalog.enterprise-policy.published.v1": "惠企政策，供粤商通等 channels for enterprises",
    "catalog.enterprise-policy.matched.v1": "政策匹配，供通知系统 notices",
    "catalog.supervision.reported.v1": "监管数据报送，供省“互联网+监管” the province's supervision system",
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
