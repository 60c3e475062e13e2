"""Writes the whole guide (办事指南) of one item of the example city; keeps the rules of domain.md 1.5."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from contracts.guide import (
    Fee,
    FrequentQuestion,
    Guide,
    LegalBasis,
    Material,
    Result,
    SituationOption,
    SituationQuestion,
    Step,
    Window,
)
from contracts.vocabulary import TaskType
from localcity.example.catalogue import (
    BUSINESS_LICENCE,
    CertificateTypeEntry,
    ResourceEntry,
)
from localcity.example.codes import dice
from localcity.example.departments import Department, Hall
from localcity.example.subjects import Subject

PROMISE_WORDS = "窗口首问负责，一次性告知"
STEP_NAMES: dict[
    Literal["intake", "acceptance", "review", "decision", "making", "delivery"], str
] = {
    "intake": "收件",
    "acceptance": "受理",
    "review": "审查",
    "decision": "决定",
    "making": "制证",
    "delivery": "送达",
}
IDENTITY_GROUND = "居民身份证可通过电子证照调用，出示亮码即可，免交复印件"
LICENCE_GROUND = "营业执照可通过电子证照调用，出示亮码即可，免交复印件"
FORM_GROUND = "系统根据您的登记信息预填申请表，核对后用电子签名确认，免手写签名"
SEAL_GROUND = "已使用电子印章系统，免盖实物章"
VISIT_REASON = "须本人到现场核验身份或者接受查验"
CrossRegion = Literal["none", "town", "county", "city", "province", "nation"]
Necessity = Literal["required", "optional", "later"]
_NECESSITIES: tuple[Necessity, ...] = ("required", "optional", "later")
BASIC_CODE_CHARACTERS = 12
"""The end of an item code (GB/T 39554): what is the same item in another division."""
UNLIKE_SHARE = 0.015
"""Items that ask for one copy more than the same item elsewhere, for the audit to find."""


@dataclass(frozen=True, kw_only=True)
class ItemPlan:
    """What is settled about an item before its guide is written: the figures of the city hang on it."""

    item_code: str
    department: Department
    subject: Subject
    name: str
    statutory_days: int | None
    promised_days: int
    visits: int
    online_depth: int
    is_show_code: bool
    is_four_exempt: bool
    is_one_window: bool
    cross_region: CrossRegion
    channels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What guides point to."""

    halls: Mapping[str, Hall]
    """By division, or FX."""
    certificate_types: Mapping[str, CertificateTypeEntry]
    resources: Mapping[str, ResourceEntry]


AGENT = SituationQuestion(
    code="applicant",
    text="由谁来办理？",
    options=(
        SituationOption(code="self", text="本人（法定代表人）办理"),
        SituationOption(code="agent", text="委托他人办理"),
    ),
)
PREMISES = SituationQuestion(
    code="premises",
    text="经营（办公）场所是自有还是租赁？",
    options=(
        SituationOption(code="owned", text="自有"),
        SituationOption(code="leased", text="租赁"),
    ),
)
CHANGES = SituationQuestion(
    code="before",
    text="此前是否办理过同类事项？",
    options=(
        SituationOption(code="no", text="首次办理"),
        SituationOption(code="yes", text="已办理过"),
    ),
)
RECEIPT = SituationQuestion(
    code="receipt",
    text="待遇或款项如何领取？",
    options=(
        SituationOption(code="card", text="社会保障卡"),
        SituationOption(code="bank", text="其他银行账户"),
    ),
)
MINOR = SituationQuestion(
    code="minor",
    text="当事人是否未满十八周岁？",
    options=(
        SituationOption(code="no", text="已满十八周岁"),
        SituationOption(code="yes", text="未满十八周岁"),
    ),
)

_SPECIAL: dict[str, tuple[str, ...]] = {
    "01": (
        "场所平面布局图",
        "主要设施设备清单",
        "管理制度文本",
        "从业人员名单",
        "技术负责人资格证明",
        "安全评价材料",
    ),
    "05": ("家庭经济状况说明", "收入情况证明", "村（居）民委员会公示结果", "诊断证明书"),
    "07": ("权属来源材料", "现场勘验记录", "事实情况说明", "当事人陈述材料"),
    "08": ("事迹材料", "举报线索材料", "所在单位推荐意见"),
    "09": ("争议事实及证据材料", "申请书副本"),
    "10": ("备案情况说明", "方案文本", "专家论证意见", "项目概况材料"),
    "20": ("业务情况说明", "缴费凭证", "原有凭证", "近期免冠电子照片"),
}
_DATA_BY_KIND = {
    "police": "household-register",
    "civil-affairs": "marriage",
    "human-resources": "social-insurance",
    "medical-insurance": "medical-insurance",
    "natural-resources": "real-estate",
    "housing": "real-estate",
    "housing-fund": "social-insurance",
    "education": "education-record",
    "disabled": "disability",
    "traffic-police": "vehicle",
}


def write_guide(plan: ItemPlan, around: Surroundings, *, chance: random.Random) -> Guide:
    """The full guide of a planned item."""
    subject, department = plan.subject, plan.department
    questions = _questions(subject)
    return Guide(
        item_code=plan.item_code,
        name=plan.name,
        main_item=subject.name,
        task_type=TaskType(subject.task_type),
        department=department.code,
        department_name=department.name,
        division=department.division,
        managing_area=department.managing_area,
        audience=_audience(subject),
        handling_kind="promised" if plan.promised_days else "instant",
        handling_forms=("window", "online") if plan.online_depth > 1 else ("window", "mail"),
        statutory_days=plan.statutory_days,
        promised_days=plan.promised_days,
        visits=plan.visits,
        visit_reason=VISIT_REASON if plan.visits else "",
        online_depth=plan.online_depth,
        legal_basis=_legal_basis(subject.law),
        conditions=_conditions(subject),
        situations=questions,
        materials=tuple(_materials(plan, around, chance)),
        steps=steps_within(plan.promised_days, makes_something=_result_name(subject) is not None),
        fees=_fees(subject, chance),
        results=_results(subject, around),
        questions=questions_of(plan.promised_days),
        windows=(window_of(plan, around),),
        channels=plan.channels,
        phone=department.phone,
        supervision_phone=department.supervision_phone,
        cross_region=plan.cross_region,
        one_window=plan.is_one_window,
        keywords=tuple(
            dict.fromkeys((subject.name, department.kind.name if department.kind else ""))
        )[:2],
    )


@cache
def questions_of(promised_days: int) -> tuple[FrequentQuestion, ...]:
    """What people ask first."""
    answer = (
        f"受理后 {promised_days} 个工作日内办结。" if promised_days else "材料齐全的，当场办结。"
    )
    return (FrequentQuestion(question="多久可以办好？", answer=answer),)


@cache
def _legal_basis(law: str) -> tuple[LegalBasis, ...]:
    return (LegalBasis(law=law, text="依照该法有关规定办理"),)


def _audience(subject: Subject) -> tuple[Literal["person", "enterprise"], ...]:
    if len(subject.audience) > 1:
        return ("person", "enterprise")
    return ("person",) if subject.is_for_person else ("enterprise",)


def _questions(subject: Subject) -> tuple[SituationQuestion, ...]:
    if not subject.is_for_person:
        return (AGENT, PREMISES)
    if subject.task_type == TaskType.PAYMENT:
        return (AGENT, RECEIPT)
    if subject.task_type == TaskType.PERMIT:
        return (AGENT, PREMISES) if len(subject.audience) > 1 else (AGENT, CHANGES)
    return (AGENT, MINOR, CHANGES) if len(subject.audience) == 1 else (AGENT, CHANGES)


def _conditions(subject: Subject) -> tuple[str, ...]:
    who = (
        "年满十八周岁的自然人，未成年人由监护人代为申请"
        if subject.is_for_person
        else "依法登记的法人或者非法人组织"
    )
    return (
        f"申请人为{who}",
        f"符合《{subject.law}》规定的办理条件",
        "提交的材料齐全、真实、有效",
    )


def _materials(plan: ItemPlan, around: Surroundings, chance: random.Random) -> list[Material]:
    subject = plan.subject
    found = [_form(plan), _identity(plan)]
    kind = plan.department.kind.key if plan.department.kind else ""
    resource = around.resources.get(_DATA_BY_KIND.get(kind, ""))
    if resource is not None and subject.is_for_person:
        found.append(_from_data(resource, is_spared=plan.is_four_exempt))
    asked = _asked(plan.item_code[-BASIC_CODE_CHARACTERS:], subject.task_type)
    for number, (name, necessity) in enumerate(asked, start=1):
        found.append(_special(f"special-{number}", name, necessity, plan=plan, chance=chance))
    found += _conditional(subject)
    if chance.random() < UNLIKE_SHARE:
        found[1] = found[1].model_copy(update={"copies": found[1].copies + 1})
    return found


@cache
def _asked(basic_code: str, task_type: str) -> tuple[tuple[str, Necessity], ...]:
    """What an item asks for beside form and identity, with its necessity: the same in every division."""
    chance = dice("materials", basic_code)
    pool = _SPECIAL[task_type]
    names = chance.sample(pool, chance.randint(1, 2))
    return tuple(
        (name, chance.choice(_NECESSITIES) if number else "required")
        for number, name in enumerate(names)
    )


def _form(plan: ItemPlan) -> Material:
    spared = plan.is_four_exempt
    seals = spared and not plan.subject.is_for_person
    return Material(
        code="form",
        name=f"{plan.subject.name}申请表"[:200],
        form="both",
        originals=1,
        exempt_signature=spared,
        exempt_seal=seals,
        prefilled=spared,
        exemption_ground=(f"{FORM_GROUND}；{SEAL_GROUND}" if seals else FORM_GROUND)
        if spared
        else "",
    )


def _identity(plan: ItemPlan) -> Material:
    is_person = plan.subject.is_for_person
    ground = IDENTITY_GROUND if is_person else LICENCE_GROUND
    return Material(
        code="id-card" if is_person else "licence",
        name="居民身份证" if is_person else "营业执照",
        source="government",
        copies=1,
        certificate_type=_identity_type(is_person) if plan.is_show_code else None,
        exemption_ground=ground if plan.is_show_code else "",
    )


def _identity_type(is_person: bool) -> str:
    return "resident-id" if is_person else BUSINESS_LICENCE


@cache
def _from_data(resource: ResourceEntry, *, is_spared: bool) -> Material:
    """What another department knows: asked for on paper unless the item spares it (免带证照, 数据共享)."""
    ground = f"由{resource.department.name}的{resource.name}共享核验，核验通过即免提交"
    return Material(
        code=resource.code,
        name=resource.name.removesuffix("信息") + "材料",
        source="government",
        copies=1,
        data_resource=resource.code if is_spared else None,
        exemption_ground=ground if is_spared else "",
    )


def _special(
    code: str, name: str, necessity: Necessity, *, plan: ItemPlan, chance: random.Random
) -> Material:
    exempt_seal = plan.is_four_exempt and not plan.subject.is_for_person and chance.random() < 0.3
    return Material(
        code=code,
        name=name,
        necessity=necessity,
        originals=1,
        exempt_seal=exempt_seal,
        exemption_ground=SEAL_GROUND if exempt_seal else "",
    )


@cache
def _conditional(subject: Subject) -> tuple[Material, ...]:
    asked = {question.code for question in _questions(subject)}
    found = [_only("authorisation", "授权委托书及受托人身份证明", {"applicant": ("agent",)})]
    if "premises" in asked:
        found.append(_only("lease", "场所租赁合同", {"premises": ("leased",)}))
        found.append(_only("ownership", "场所产权证明", {"premises": ("owned",)}))
    if "receipt" in asked:
        found.append(_only("account", "银行账户信息", {"receipt": ("bank",)}))
    if "minor" in asked:
        found.append(_only("guardian", "监护关系证明", {"minor": ("yes",)}))
    if "before" in asked:
        found.append(_only("former", "原办理结果文书", {"before": ("yes",)}))
    return tuple(found)


def _only(code: str, name: str, when: dict[str, tuple[str, ...]]) -> Material:
    return Material(code=code, name=name, originals=1, applies_when=when)


@cache
def steps_within(promised_days: int, *, makes_something: bool) -> tuple[Step, ...]:
    """The steps of the handling; their days sum to what is promised, and to nothing on the spot."""
    making = 1 if makes_something and promised_days >= 4 else 0
    decision = 1 if promised_days >= 3 else 0
    acceptance = 1 if promised_days >= 5 else 0
    days = {
        "acceptance": acceptance,
        "review": promised_days - making - decision - acceptance,
        "decision": decision,
        "making": making,
    }
    return tuple(
        Step(code=code, name=name, working_days=days.get(code, 0))
        for code, name in STEP_NAMES.items()
    )


def _fees(subject: Subject, chance: random.Random) -> tuple[Fee, ...]:
    if subject.task_type not in {TaskType.PERMIT, TaskType.CONFIRMATION} or chance.random() > 0.06:
        return ()
    return (
        Fee(
            name="证照工本费",
            amount_fen=chance.choice((500, 1000, 2000, 8000)),
            basis="广东省行政事业性收费目录清单",
        ),
    )


def _result_name(subject: Subject) -> str | None:
    names = {"01": "许可决定书", "07": "确认结果文书", "09": "裁决书", "10": "办理结果通知书"}
    return names.get(subject.task_type)


def _results(subject: Subject, around: Surroundings) -> tuple[Result, ...]:
    if subject.certificate_type:
        kind = around.certificate_types[subject.certificate_type]
        return (
            Result(name=kind.name, certificate_type=kind.code, validity_years=kind.validity_years),
        )
    name = _result_name(subject)
    return (Result(name=f"{subject.name}{name}"),) if name else ()


def window_of(plan: ItemPlan, around: Surroundings) -> Window:
    """Where it is taken in: a general window (一窗通办), or the department's own in the same hall."""
    own = plan.department.kind.name if plan.department.kind else plan.department.name
    return _window(
        around.halls[plan.department.place], "综合窗口" if plan.is_one_window else f"{own}窗口"
    )


@cache
def _window(hall: Hall, name: str) -> Window:
    return Window(
        hall=hall.code, name=name, address=hall.address, hours=hall.hours, phone=hall.phone
    )
