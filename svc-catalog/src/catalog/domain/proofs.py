"""The list of proofs (证明清单): what may still be demanded, and what stands in for what may not.

retained ── cancellation proposed ── confirmed by another ──▶ cancelled from its day ── reinstated by law ──▶ retained

change   proposed ─ confirm (a second person) ─▶ confirmed ─ revoke, before its day ─▶ revoked
            ├─ return, with a reason ─▶ returned
            └─ take back ─▶ taken-back

优化营商环境条例第四十四条 [V]: outside of the list no proof may be demanded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal
from uuid import UUID

from catalog.domain.materials import is_spared
from catalog.domain.words import plain
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from contracts.guide import Guide, Material

StandsIn = Literal["nothing", "certificate", "data", "commitment", "department-check"]
STANDS_IN_WORDS: dict[str, tuple[str, str]] = {
    "nothing": ("直接取消，无需提交", "nothing: it is no longer needed"),
    "certificate": ("电子证照", "an electronic certificate"),
    "data": ("部门数据共享核验", "another department's data"),
    "commitment": ("书面告知承诺", "a written commitment"),
    "department-check": ("部门自行核查", "the department's own check"),
}
_NAME_ENDS = ("原件", "复印件", "材料", "文件", "书")
_IN_BRACKETS = re.compile(r"[（(【\[〔][^）)】\]〕]*[）)】\]〕]")


class ProofStatus(StrEnum):
    RETAINED = "retained"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    CANCEL = "cancel"
    REINSTATE = "reinstate"


class ChangeState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    TAKEN_BACK = "taken-back"
    REVOKED = "revoked"


class ProofSecondPersonError(ForbiddenError):
    code = "second-person-needed"
    title_zh = "须由另一名工作人员确认，提出人不能确认自己的提议"
    title_en = "A second person confirms; who proposed it cannot"


class ProofNotYoursError(ForbiddenError):
    code = "proof-of-another-department"
    title_zh = "该证明由其他部门索要，请由该部门或系统管理员办理"
    title_en = "Another department demands this proof; let it, or an administrator, take this step"


class ProofStatusError(ConflictError):
    code = "proof-status"
    title_zh = "证明的当前状态不允许此调整：已取消的才能恢复，保留的才能取消"
    title_en = "Only a retained proof is cancelled, and only a cancelled one reinstated"


class ChangeOpenError(ConflictError):
    code = "proof-change-open"
    title_zh = "该证明已有待确认的调整，请先确认、退回或撤回"
    title_en = "A change of this proof waits already; confirm, return or take it back first"


class ChangeDecidedError(ConflictError):
    code = "proof-change-decided"
    title_zh = "该调整已处理，不能再办理此步骤；如需再调整请另行提出"
    title_en = "This change is decided; propose another one"


class ChangeInForceError(ConflictError):
    code = "proof-change-in-force"
    title_zh = "该调整已生效，不能撤销；如需改回请另行提出"
    title_en = "This change is in force and cannot be revoked; propose the opposite"


class EffectiveDayPastError(InvalidError):
    code = "effective-day-past"
    title_zh = "生效日期不能早于今天，请改为今天或以后的日期"
    title_en = "The effective day lies in the past; choose today or later"


class StandInMissingError(InvalidError):
    code = "stand-in-missing"
    title_zh = "取消证明须写明以什么替代，请按 errors 补充"
    title_en = "Say what stands in for the proof; see errors"


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What holds of a proof: retained, or cancelled with what stands in."""

    status: ProofStatus
    stands_in: StandsIn | None = None
    certificate_type: str | None = None
    data_resource: str | None = None
    commitment_text: str = ""
    """The template of the commitment (告知承诺书)."""
    document: str = ""
    """The document that decided it, such as 潮府办函〔2023〕1号."""


@dataclass(kw_only=True)
class ProofChange:
    """A cancellation or reinstatement on its way."""

    id: UUID
    proof_id: UUID
    kind: ChangeKind
    state: ChangeState
    ruling: Ruling
    effective_from: date
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    version: int = 1

    def confirm(self, *, by: str, at: datetime, today: date) -> None:
        """Raises ChangeDecidedError, ProofSecondPersonError, EffectiveDayPastError."""
        self._check_open()
        if by == self.proposed_by:
            raise ProofSecondPersonError
        check_day(self.effective_from, today)
        self._decide(ChangeState.CONFIRMED, by=by, at=at)

    def give_back(self, *, by: str, at: datetime) -> None:
        """退回 by another, or taken back (撤回) by who proposed it; raises ChangeDecidedError."""
        self._check_open()
        own = by == self.proposed_by
        self._decide(ChangeState.TAKEN_BACK if own else ChangeState.RETURNED, by=by, at=at)

    def revoke(self, *, by: str, at: datetime, today: date) -> None:
        """撤销 before its day has come; raises ChangeDecidedError, ChangeInForceError."""
        if self.state is not ChangeState.CONFIRMED:
            raise ChangeDecidedError
        if self.effective_from <= today:
            raise ChangeInForceError
        self._decide(ChangeState.REVOKED, by=by, at=at)

    def _check_open(self) -> None:
        if self.state is not ChangeState.PROPOSED:
            raise ChangeDecidedError

    def _decide(self, state: ChangeState, *, by: str, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at = state, by, at
        self.version += 1


def check_day(effective_from: date, today: date) -> None:
    """Raise EffectiveDayPastError for a day before today."""
    if effective_from < today:
        raise EffectiveDayPastError


def check_kind(kind: ChangeKind, status: ProofStatus) -> None:
    """Raise ProofStatusError when a proof of this status cannot change so."""
    wanted = ProofStatus.RETAINED if kind is ChangeKind.CANCEL else ProofStatus.CANCELLED
    if status is not wanted:
        raise ProofStatusError


def check_ruling(ruling: Ruling, *, pointer: str = "") -> None:
    """Raise StandInMissingError when a cancellation does not say what stands in."""
    faults = tuple(ruling_faults(ruling, pointer=pointer))
    if faults:
        raise StandInMissingError(faults=faults)


def ruling_faults(ruling: Ruling, *, pointer: str) -> Iterable[FieldFault]:
    if ruling.status is ProofStatus.RETAINED:
        return
    needed = {
        "certificate": ("certificate_type", ruling.certificate_type, "证照类型"),
        "data": ("data_resource", ruling.data_resource, "数据资源"),
        "commitment": ("commitment_text", ruling.commitment_text.strip(), "承诺书文本"),
    }
    name, given, word = needed.get(
        str(ruling.stands_in), ("stands_in", ruling.stands_in, "替代方式")
    )
    if not given:
        yield FieldFault(
            pointer=f"{pointer}/{name}",
            code="proof-stand-in-missing",
            zh=f"请填写{word}",
            en=f"Fill in `{name}`",
        )


@lru_cache(maxsize=10_000)
def proof_name(name: str) -> str:
    """A proof's name as it is compared: 亲属关系证明（原件）, 亲属关系 证明 and 亲属关系证明书 are the same."""
    found = plain(_IN_BRACKETS.sub("", name)) or plain(name)
    while True:
        shorter = next(
            (found.removesuffix(end) for end in _NAME_ENDS if found.endswith(end)), found
        )
        if shorter == found or len(shorter) < 2:
            return found
        found = shorter


@dataclass(frozen=True, kw_only=True)
class KnownProof:
    """An entry of the list with everything that was ever ruled on it."""

    code: str
    name: str
    plain_names: tuple[str, ...]
    periods: tuple[tuple[date, date | None, Ruling], ...]

    def on(self, day: date) -> Ruling | None:
        """What holds of it on a day; None: not listed yet."""
        for first, end, ruling in self.periods:
            if first <= day and (end is None or day < end):
                return ruling
        return None


@dataclass(frozen=True, kw_only=True)
class AskedProof:
    """A material that is a cancelled proof, for which nothing stands in."""

    place: int
    material: Material
    proof: KnownProof
    ruling: Ruling

    @property
    def pointer(self) -> str:
        return f"/materials/{self.place}"

    def what(self) -> str:
        decided = f"（{self.ruling.document}）" if self.ruling.document else ""
        return (
            f"“{self.material.name}”即证明清单中的“{self.proof.name}”（{self.proof.code}），"
            f"已取消{decided}，替代方式：{STANDS_IN_WORDS[str(self.ruling.stands_in)][0]}"
        )

    def how_to_mend(self) -> str:
        return {
            "nothing": "请删除该材料",
            "certificate": f"请填写 certificate_type={self.ruling.certificate_type}，或删除该材料",
            "data": f"请填写 data_resource={self.ruling.data_resource}，或删除该材料",
            "commitment": "请勾选 commitment（告知承诺），或删除该材料",
            "department-check": "请勾选 department_check（部门核验），或删除该材料",
        }[str(self.ruling.stands_in)]


def cancelled_asked(guide: Guide, known: Sequence[KnownProof], day: date) -> tuple[AskedProof, ...]:
    """The cancelled proofs that a guide asks for on a day, in the order of its materials."""
    by_code = {proof.code: proof for proof in known}
    by_name = {name: proof for proof in known for name in proof.plain_names}
    found = []
    for place, material in enumerate(guide.materials):
        proof = (
            by_code.get(material.proof)
            if material.proof is not None
            else by_name.get(proof_name(material.name))
        )
        ruling = proof.on(day) if proof is not None else None
        if proof is None or ruling is None or is_spared(material):
            continue
        if ruling.status is ProofStatus.CANCELLED:
            found.append(AskedProof(place=place, material=material, proof=proof, ruling=ruling))
    return tuple(found)


def faults_of(guide: Guide, known: Sequence[KnownProof], day: date) -> tuple[FieldFault, ...]:
    """What a guide asks for that may not be demanded on a day, each with what stands in and how to mend it.

    In whatever form it is asked for: who must upload a proof must get it first, as who must bring it.
    """
    by_code = {proof.code: proof for proof in known}
    cancelled = {asked.place: asked for asked in cancelled_asked(guide, known, day)}
    faults = []
    for index, material in enumerate(guide.materials):
        at = f"/guide/materials/{index}"
        if index in cancelled:
            faults.append(_cancelled(cancelled[index], at))
        elif fault := _fault(material, at, by_code, day=day):
            faults.append(fault)
    return tuple(faults)


def _fault(
    material: Material, at: str, by_code: dict[str, KnownProof], *, day: date
) -> FieldFault | None:
    """What is wrong with the code that a material names; None: nothing."""
    named = by_code.get(material.proof) if material.proof is not None else None
    if material.proof is not None and named is None:
        return FieldFault(
            pointer=f"{at}/proof",
            code="proof-unknown",
            zh=f"证明清单中没有 {material.proof}；请改为清单中的编码，清单之外不得索要证明",
            en=f"The list of proofs has no {material.proof}; no other proof may be demanded",
        )
    if named is None or is_spared(material) or named.on(day) is not None:
        return None
    return _not_listed_yet(material, at)


def _not_listed_yet(material: Material, at: str) -> FieldFault:
    return FieldFault(
        pointer=f"{at}/proof",
        code="proof-not-listed-yet",
        zh=f"证明 {material.proof} 当日尚未列入清单；请推迟生效日期或去掉该材料",
        en=f"The proof {material.proof} is not on the list on that day",
    )


def _cancelled(asked: AskedProof, at: str) -> FieldFault:
    _, en = STANDS_IN_WORDS[str(asked.ruling.stands_in)]
    return FieldFault(
        pointer=at,
        code="proof-cancelled",
        zh=f"{asked.what()}。{asked.how_to_mend()}",
        en=f"{asked.material.name} is the cancelled proof {asked.proof.code}; what stands in: {en}. "
        "Declare that on the material, or drop it",
    )
