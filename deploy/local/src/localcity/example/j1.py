"""The item that the first journey runs on (J1): always there, always the same."""

from contracts.guide import Guide, LegalBasis, Material, Result, SituationOption, SituationQuestion
from contracts.vocabulary import TaskType
from localcity.example.catalogue import FOOD_BUSINESS_PERMIT, HOUSEHOLD_REGISTER, RESIDENT_ID
from localcity.example.codes import item_code
from localcity.example.departments import COUNTY_LEVEL, department
from localcity.example.divisions import CITY
from localcity.example.guides import (
    FORM_GROUND,
    IDENTITY_GROUND,
    ItemPlan,
    Surroundings,
    questions_of,
    steps_within,
    window_of,
)
from localcity.example.people import APPROVALS

J1_MAIN = 101
"""Place of 食品经营许可 in the list of subjects."""
J1_ITEM = item_code(APPROVALS, level=COUNTY_LEVEL, task_type=TaskType.PERMIT, main=J1_MAIN, sub=0)
"""实施编码 of 食品经营许可 at 湘桥区市场监督管理局."""
J1_DEPARTMENT = APPROVALS
J1_CHANNELS = ("window", "web", "yue-sheng-shi", "yue-shang-tong", "yue-zhi-zhu", "i-chaozhou")
STATUTORY_DAYS = 20
PROMISED_DAYS = 5

_PREMISES = SituationQuestion(
    code="premises",
    text="经营场所是自有还是租赁？",
    options=(
        SituationOption(code="owned", text="自有"),
        SituationOption(code="leased", text="租赁"),
    ),
)
_ONLINE = SituationQuestion(
    code="online",
    text="是否从事网络经营？",
    options=(SituationOption(code="yes", text="是"), SituationOption(code="no", text="否")),
)


def j1_guide(plan: ItemPlan, around: Surroundings) -> Guide:
    """食品经营许可, with every kind of exemption and both situations."""
    return Guide(
        item_code=J1_ITEM,
        name="食品经营许可",
        main_item="食品经营许可",
        task_type=TaskType.PERMIT,
        department=plan.department.code,
        department_name=plan.department.name,
        division=plan.department.division,
        handling_kind="promised",
        handling_forms=("window", "online"),
        statutory_days=STATUTORY_DAYS,
        promised_days=PROMISED_DAYS,
        visits=0,
        online_depth=4,
        legal_basis=(
            LegalBasis(
                law="中华人民共和国食品安全法",
                article="第三十五条",
                text="国家对食品生产经营实行许可制度。",
            ),
            LegalBasis(law="食品经营许可和备案管理办法"),
        ),
        conditions=(
            "具有与经营的食品品种、数量相适应的场所和设施设备",
            "有食品安全管理人员和保证食品安全的规章制度",
        ),
        situations=(_PREMISES, _ONLINE),
        materials=_materials(),
        steps=steps_within(PROMISED_DAYS, makes_something=True),
        results=(
            Result(name="食品经营许可证", certificate_type=FOOD_BUSINESS_PERMIT, validity_years=5),
        ),
        questions=questions_of(PROMISED_DAYS),
        windows=(window_of(plan, around),),
        channels=J1_CHANNELS,
        phone=plan.department.phone,
        supervision_phone=plan.department.supervision_phone,
        cross_region="city",
        one_window=True,
        keywords=("开饭店", "餐饮", "食品销售", "小吃店"),
    )


def _materials() -> tuple[Material, ...]:
    police = department("police", CITY).name
    return (
        Material(
            code="form",
            name="食品经营许可申请书",
            form="electronic",
            exempt_signature=True,
            prefilled=True,
            exemption_ground=FORM_GROUND,
        ),
        Material(
            code="id-card",
            name="居民身份证",
            source="government",
            certificate_type=RESIDENT_ID,
            exemption_ground=IDENTITY_GROUND,
        ),
        Material(
            code="household",
            name="户口簿",
            source="government",
            data_resource=HOUSEHOLD_REGISTER,
            exemption_ground=f"由{police}的户籍人口信息共享核验，核验通过即免提交",
        ),
        Material(
            code="lease",
            name="场所租赁合同",
            originals=1,
            applies_when={"premises": ("leased",)},
        ),
        Material(
            code="online-statement",
            name="网络经营情况说明",
            form="electronic",
            applies_when={"online": ("yes",)},
        ),
    )
