"""The event door of svc-workorder: which facts are heard, and the use case each calls."""

from collections.abc import Sequence
from typing import Any

from chassis.consumers import Consumers, NotYetError, Told
from chassis.envelope import Fact
from chassis.transaction import Transaction
from contracts.events.catalog import (
    FindingClosed,
    FindingOpened,
    ItemVersionPublished,
    ItemVersionWithdrawn,
    PowerMoveAnnounced,
    PowerMoved,
)
from contracts.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    PresentationClaimed,
    PresentationRefused,
)
from contracts.events.datashare import DataRequestAnswered
from contracts.events.evaluation import RatingGiven
from contracts.registry import ALL_FACTS
from workorder.domain.knowledge import PublicGuide
from workorder.repository.fact_keys import is_named
from workorder.repository.kept_facts import Arrived
from workorder.use_cases.attach_certificate import attach_certificate
from workorder.use_cases.call_off_move import call_off_move
from workorder.use_cases.close_correction import close_correction
from workorder.use_cases.close_item import close_item
from workorder.use_cases.draw_articles import draw_articles, retire_drawn_articles
from workorder.use_cases.follow_fact import follow_fact
from workorder.use_cases.keep_item_versions import keep_item_versions
from workorder.use_cases.note_gathering import Gathered, note_gathering
from workorder.use_cases.note_move import NoteMove, note_move
from workorder.use_cases.note_revocation import note_revocation
from workorder.use_cases.open_correction import open_correction
from workorder.use_cases.open_rectification import OpenRectification, open_rectification

consumers = Consumers("workorder")

REFUSAL_WORDS = {
    "no-presentation": "未亮证，请上传此材料",
    "unknown": "亮证记录不存在，请上传此材料",
    "expired": "亮证已过期，请上传此材料",
    "used": "该次亮证已使用过，请上传此材料",
    "other-holder": "亮证人与申请人不一致，请上传此材料",
    "other-item": "亮证用途与本事项不符，请上传此材料",
    "no-certificate": "名下没有此类有效电子证照，请上传此材料",
}
ANSWER_WORDS = {
    "no-grant": "本部门尚无此项数据的使用授权，请上传此材料",
    "no-record": "共享数据中没有查到记录，请上传此材料",
    "unknown-resource": "共享目录中没有此项数据，请上传此材料",
}


@consumers.on_many([ItemVersionPublished])
async def know_item(told: Sequence[Told[ItemVersionPublished]], tx: Transaction) -> None:
    """Guides are public: applications are taken on them from now on. Lists of thousands come at once."""
    await keep_item_versions([each.fact for each in told], tx)


@consumers.on(ItemVersionWithdrawn)
async def close_known_item(told: Told[ItemVersionWithdrawn], tx: Transaction) -> None:
    """An item takes no new applications."""
    await close_item(told.fact, tx)


@consumers.on_many([ItemVersionPublished])
async def draw_answers(told: Sequence[Told[ItemVersionPublished]], tx: Transaction) -> None:
    """Guides are public: the knowledge base answers by them."""
    guides = [
        PublicGuide(
            item_id=each.fact.item_id,
            version=each.fact.version,
            guide=each.fact.guide,
            published_at=each.fact.published_at,
        )
        for each in told
    ]
    await draw_articles(guides, tx)


@consumers.on(ItemVersionWithdrawn)
async def retire_answers(told: Told[ItemVersionWithdrawn], tx: Transaction) -> None:
    """An item is withdrawn: the knowledge base no longer answers by its guide."""
    await retire_drawn_articles(told.fact.item_id, tx)


@consumers.on(PowerMoveAnnounced)
async def expect_move(told: Told[PowerMoveAnnounced], tx: Transaction) -> None:
    """A power will move at an instant: told ahead, so that the door closes to the second. Nothing opens early."""
    fact = told.fact
    if fact.is_called_off:
        await call_off_move(fact.adjustment_id, tx)
        return
    command = NoteMove(
        adjustment_id=fact.adjustment_id,
        items=fact.items,
        effective_at=fact.effective_at,
        is_in_force=False,
    )
    await note_move(command, tx)


@consumers.on(PowerMoved)
async def know_move(told: Told[PowerMoved], tx: Transaction) -> None:
    """A power moved: old items refuse and say where to apply, those in flight finish where they began."""
    fact = told.fact
    command = NoteMove(
        adjustment_id=fact.adjustment_id,
        items=fact.items,
        effective_at=fact.effective_at,
        is_in_force=True,
    )
    await note_move(command, tx)


@consumers.on(FindingOpened)
async def correct_guide(told: Told[FindingOpened], tx: Transaction) -> None:
    """The audit found something in a guide: its owner gets a correction order."""
    await open_correction(told.fact, tx)


@consumers.on(FindingClosed)
async def settle_correction(told: Told[FindingClosed], tx: Transaction) -> None:
    """It is mended, lawful or gone: the correction is closed."""
    await close_correction(told.fact, tx)


@consumers.on(PresentationClaimed)
async def note_claim(told: Told[PresentationClaimed], tx: Transaction) -> None:
    """Certificates stand in for materials (免提交)."""
    gathered = tuple(
        Gathered(
            material_code=claim.material_code,
            way="certificate",
            certificate_id=claim.certificate_id,
        )
        for claim in told.fact.claims
    )
    _must_be_here(await note_gathering(told.fact.application_id, gathered, tx), told)


@consumers.on(PresentationRefused)
async def note_refusal(told: Told[PresentationRefused], tx: Transaction) -> None:
    """Certificates could not stand in; unless data still may, the applicant has to bring it."""
    gathered = tuple(
        Gathered(
            material_code=code,
            way="certificate",
            failure=REFUSAL_WORDS.get(told.fact.reason, told.fact.reason),
        )
        for code in told.fact.material_codes
    )
    _must_be_here(await note_gathering(told.fact.application_id, gathered, tx), told)


@consumers.on(DataRequestAnswered)
async def note_answer(told: Told[DataRequestAnswered], tx: Transaction) -> None:
    """Another department's data stands in for a material, or does not."""
    fact = told.fact
    failure = ""
    if fact.outcome != "found":
        failure = ANSWER_WORDS.get(fact.outcome, fact.outcome)
    gathered = (Gathered(material_code=fact.material_code, way="data", failure=failure),)
    _must_be_here(await note_gathering(fact.application_id, gathered, tx), told)


@consumers.on(CertificateIssued)
async def note_certificate(told: Told[CertificateIssued], tx: Transaction) -> None:
    """A result was made; the last one delivers the application."""
    fact = told.fact
    if fact.application_id is not None:
        made = await attach_certificate(
            fact.application_id, fact.certificate_id, fact.type_code, tx
        )
        _must_be_here(made, told)


@consumers.on(CertificateRevoked)
async def note_certificate_revoked(told: Told[CertificateRevoked], tx: Transaction) -> None:
    """A result holds no longer: the application's history says so."""
    fact = told.fact
    if fact.application_id is not None:
        reason = f"电子证照 {fact.type_code} {fact.status.value}：{fact.reason_code}"
        _must_be_here(await note_revocation(fact.application_id, reason, tx), told)


@consumers.on(RatingGiven, when=lambda fact: fact.is_bad)
async def rectify_bad_rating(told: Told[RatingGiven], tx: Transaction) -> None:
    """A bad rating opens a rectification at the department that was rated; a good one asks for nothing."""
    fact = told.fact
    is_application = fact.rated_kind == "application"
    command = OpenRectification(
        rating_id=fact.rating_id,
        rater_id=fact.rater_id,
        application_id=fact.rated_id if is_application else None,
        item_code=fact.item_code,
        level=fact.level.value,
        reason_codes=fact.reason_codes,
        division=told.division,
        department=told.department,
    )
    await open_rectification(command, tx)


async def follow_named(told: Told[Fact], tx: Transaction) -> None:
    """Work whose process names this fact goes on by it, or will when it is there; what no process names is not read."""
    arrived = Arrived(
        fact=told.fact,
        event_id=told.event_id,
        division=told.division,
        department=told.department,
        told_at=told.envelope.time,
    )
    await follow_fact(arrived, tx)


for each_fact in ALL_FACTS:
    consumers.on(each_fact, awaits=is_named)(follow_named)


def _must_be_here(is_here: bool, told: Told[Any]) -> None:
    if not is_here:
        raise NotYetError(f"the application of event {told.event_id} is not here yet")
