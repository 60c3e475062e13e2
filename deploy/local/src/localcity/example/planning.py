"""Which items the example city has, and the figures that hang on them, before any guide is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.vocabulary import TaskType
from localcity.example import figures
from localcity.example.codes import dice, item_code, luck
from localcity.example.departments import COUNTY_LEVEL, Department, departments
from localcity.example.divisions import CITY, FENGXI, XIANGQIAO
from localcity.example.figures import share_of
from localcity.example.guides import CrossRegion, ItemPlan
from localcity.example.j1 import J1_CHANNELS, J1_DEPARTMENT, J1_ITEM, PROMISED_DAYS, STATUTORY_DAYS
from localcity.example.subjects import ENTERPRISE, PERSON, Subject

_PLAIN = ""
"""The subject as a whole, without a variant."""
_PERMIT_VARIANTS = (
    *(_PLAIN, "变更名称", "变更法定代表人（负责人）", "延续", "变更地址", "注销", "补证"),
    *("变更许可范围", "换证", "告知承诺办理"),
)
_PERSON_PERMIT_VARIANTS = (_PLAIN, "变更个人信息", "延续", "补证", "注销", "换证", "撤回申请")
_ASKING_VARIANTS = (_PLAIN, "代为办理", "书面答复", "撤回申请")
_ASKING_ENDINGS = ("查询", "咨询", "指引", "预约", "报名", "受理", "打印", "开具")
"""Services that are used up at once: nothing of theirs is changed or ended later."""
_VARIANTS: dict[str, tuple[str, ...]] = {
    "05": (_PLAIN, "变更", "资格复核", "停发", "补发", "发放查询"),
    "07": (_PLAIN, "变更", "注销", "补证", "更正", "撤回"),
    "08": (_PLAIN, "复核", "公示异议"),
    "09": (_PLAIN, "变更请求", "撤回"),
    "10": (_PLAIN, "变更", "注销", "延期", "补正", "信息公示"),
    "20": (_PLAIN, "信息变更", "补办", "进度查询", "注销", "代办", "结果查询"),
}
_CORE = (
    ("market", XIANGQIAO, "食品经营许可"),
    ("police", CITY, "户口登记（出生登记）"),
    ("police", CITY, "户口迁移（市内迁移）"),
    ("police", XIANGQIAO, "户口登记项目变更更正"),
    ("police", XIANGQIAO, "户口簿补领换领"),
    ("police", XIANGQIAO, "居住证申领"),
    ("police", CITY, "居民身份证申领"),
    ("human-resources", XIANGQIAO, "社会保障卡申领"),
    ("human-resources", CITY, "失业保险金申领"),
    ("natural-resources", CITY, "不动产登记"),
    ("health", XIANGQIAO, "公共场所卫生许可"),
    ("emergency", XIANGQIAO, "烟花爆竹经营许可"),
    ("education", XIANGQIAO, "教师资格认定"),
    ("market", XIANGQIAO, "个体工商户设立登记"),
    ("civil-affairs", XIANGQIAO, "内地居民婚姻登记"),
    ("medical-insurance", CITY, "异地就医备案"),
    ("housing-fund", CITY, "住房公积金提取"),
)
"""In every city, however small."""
_REGIONS: tuple[CrossRegion, ...] = ("city", "city", "city", "province", "province", "nation")
_STATUTORY = (20, 20, 20, 20, 20, 15, 10, 30, 45)
_ON_THE_SPOT_OR_FAST = (0, 0, 0, 1, 1, 2)


@dataclass(kw_only=True)
class Candidate:
    """One item that the city may have."""

    code: str
    department: Department
    subject: Subject
    variant: int
    luck: float
    marks: set[str] = field(default_factory=set)
    channels: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        variant = _variants(self.subject)[self.variant]
        return f"{self.subject.name}（{variant}）" if variant else self.subject.name

    @property
    def is_permit(self) -> bool:
        return self.subject.task_type == TaskType.PERMIT

    @property
    def is_core(self) -> bool:
        kind = self.department.kind
        key = (kind.key if kind else "", self.department.place, self.subject.name)
        return self.variant == 0 and key in _CORE

    @property
    def order(self) -> tuple[int, float]:
        """The first come first: J1's item, the core, whole subjects, then their variants."""
        if self.code == J1_ITEM:
            return (-2, 0.0)
        return (-1 if self.is_core else self.variant, self.luck)


def plan_items(*, seed: int, count: int) -> list[ItemPlan]:
    """The first `count` items of the city, by code; all of it has figures.ITEMS.

    Everything is settled for the whole city first: an item is the same in a small city and in a large one, so
    that a small one can grow.
    """
    city = _chosen(_candidates(seed), figures.ITEMS)
    _mark_visits([one for one in city if one.is_permit])
    _mark_exemptions(city)
    _mark_windows(city)
    _mark_channels(city)
    _mark(city, "cross-region", figures.CROSS_REGION_ITEMS)
    days = _days(city, seed)
    chosen = _chosen(city, count)
    return [_plan(one, *days[one.code]) for one in sorted(chosen, key=lambda one: one.code)]


def _candidates(seed: int) -> list[Candidate]:
    return [
        _candidate(seed, department, subject, variant)
        for department in departments()
        if department.kind
        for subject in department.kind.subjects
        for variant in range(len(_variants(subject)))
    ]


def _variants(subject: Subject) -> tuple[str, ...]:
    """The items (业务办理项) that a main item falls into."""
    if subject.task_type == TaskType.PERMIT:
        is_for_enterprise = ENTERPRISE in subject.audience
        return _PERMIT_VARIANTS if is_for_enterprise else _PERSON_PERMIT_VARIANTS
    if subject.task_type == TaskType.PUBLIC_SERVICE and subject.name.endswith(_ASKING_ENDINGS):
        return _ASKING_VARIANTS
    return _VARIANTS[subject.task_type]


def _candidate(seed: int, department: Department, subject: Subject, variant: int) -> Candidate:
    code = item_code(
        department.code,
        level=department.level,
        task_type=subject.task_type,
        main=subject.main_number,
        sub=variant,
    )
    return Candidate(
        code=code,
        department=department,
        subject=subject,
        variant=variant,
        luck=luck(seed, code),
    )


def _chosen(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    """So many of them, in the published shares of permits and of items of 枫溪区; fewer are among more."""
    pools: dict[tuple[bool, bool], list[Candidate]] = defaultdict(list)
    for one in sorted(candidates, key=lambda one: one.order):
        pools[(one.department.place == FENGXI, one.is_permit)].append(one)
    proxied = share_of(figures.PROXIED_ITEMS, count)
    permits = share_of(figures.PERMITS, count)
    proxied_permits = proxied * figures.PERMITS // figures.ITEMS
    wanted = {
        (True, True): proxied_permits,
        (True, False): proxied - proxied_permits,
        (False, True): permits - proxied_permits,
        (False, False): count - permits - (proxied - proxied_permits),
    }
    return [one for key, count in wanted.items() for one in pools[key][:count]]


def _mark(chosen: Iterable[Candidate], mark: str, count: int) -> list[Candidate]:
    """Mark so many of them, J1's item first, the others by luck of their own for each mark."""
    ordered = sorted(chosen, key=lambda one: (one.code != J1_ITEM, luck(mark, one.code, one.luck)))
    marked = ordered[:count]
    for one in marked:
        one.marks.add(mark)
    return marked


def _mark_visits(permits: Sequence[Candidate]) -> None:
    zero = _mark(permits, "zero-visit", figures.PERMITS_ZERO_VISIT)
    # What can be finished online needs no visit (domain.md 1.5).
    _mark(zero, "fully-online", figures.PERMITS_FULLY_ONLINE)


def _mark_exemptions(city: Sequence[Candidate]) -> None:
    exempt = _mark(city, "four-exempt", figures.FOUR_EXEMPT_ITEMS)
    # A certificate that is shown by code need not be brought: one of the four.
    _mark(exempt, "show-code", figures.SHOW_CODE_ITEMS)


def _mark_windows(city: Sequence[Candidate]) -> None:
    """The largest departments send their items to the general windows, J1's among them."""
    counts = Counter(one.department.code for one in city)
    largest = sorted(counts, key=lambda code: (code != J1_DEPARTMENT, -counts[code], code))
    within = set(largest[: figures.ONE_WINDOW_DEPARTMENTS])
    _mark_everywhere(
        [one for one in city if one.department.code in within],
        "one-window",
        figures.ONE_WINDOW_ITEMS,
    )


def _mark_everywhere(chosen: Sequence[Candidate], mark: str, count: int) -> None:
    """Mark so many of them, and at least one of each department."""
    first: dict[str, Candidate] = {}
    for one in sorted(chosen, key=lambda one: (one.code != J1_ITEM, one.luck)):
        first.setdefault(one.department.code, one)
    for one in first.values():
        one.marks.add(mark)
    _mark([one for one in chosen if mark not in one.marks], mark, count - len(first))


def _mark_channels(city: Sequence[Candidate]) -> None:
    persons = [one for one in city if PERSON in one.subject.audience]
    enterprises = [one for one in city if ENTERPRISE in one.subject.audience]
    for channel, group in (
        ("yue-sheng-shi", persons),
        ("yue-shang-tong", enterprises),
        ("yue-zhi-zhu", persons),
    ):
        _mark(group, channel, figures.CHANNEL_ITEMS[channel])
    codes = sorted(
        {one.department.code for one in city}, key=lambda code: (code != J1_DEPARTMENT, code)
    )
    live = set(codes[: figures.I_CHAOZHOU_DEPARTMENTS])
    _mark_everywhere(
        [one for one in city if one.department.code in live],
        "i-chaozhou",
        figures.CHANNEL_ITEMS["i-chaozhou"],
    )


def _days(chosen: Sequence[Candidate], seed: int) -> dict[str, tuple[int | None, int]]:
    """Statutory and promised days; over permits the sum of promises is the published share of the law's."""
    permits = [one for one in chosen if one.is_permit]
    others = [one for one in chosen if not one.is_permit]
    chances = {one.code: dice(seed, "days", one.code) for one in chosen}
    statutory: dict[str, int | None] = {
        one.code: STATUTORY_DAYS if one.code == J1_ITEM else chances[one.code].choice(_STATUTORY)
        for one in permits
    }
    promised = {
        one.code: PROMISED_DAYS if one.code == J1_ITEM else chances[one.code].choice((0, 1, 1, 2))
        for one in permits
    }
    allowed = sum(days or 0 for days in statutory.values())
    target = round(allowed * figures.TIME_LEFT_PER_TEN_THOUSAND / 10_000)
    evened = sorted(statutory.keys() - {J1_ITEM}, key=lambda code: luck("evened", seed, code))
    _even_out(promised, target, evened)
    for one in others:
        chance = chances[one.code]
        law = chance.choice((None, None, 5, 10, 15, 20, 30))
        statutory[one.code] = law
        promised[one.code] = min(chance.choice(_ON_THE_SPOT_OR_FAST) * 2, law or 30)
    return {code: (statutory[code], promised[code]) for code in promised}


def _even_out(promised: dict[str, int], target: int, codes: Sequence[str]) -> None:
    """Move promises by a day, one item after the other, until their sum is the target."""
    rest = target - sum(promised.values())
    while rest:
        before = rest
        for code in codes:
            step = (rest > 0) - (rest < 0)
            if step and promised[code] + step >= 0:
                promised[code] += step
                rest -= step
        if rest == before:
            return


def _plan(one: Candidate, statutory_days: int | None, promised_days: int) -> ItemPlan:
    depth, visits = _depth_and_visits(one)
    return ItemPlan(
        item_code=one.code,
        department=one.department,
        subject=one.subject,
        name=one.name,
        statutory_days=statutory_days,
        promised_days=promised_days,
        visits=visits,
        online_depth=depth,
        is_show_code="show-code" in one.marks,
        is_four_exempt="four-exempt" in one.marks,
        is_one_window="one-window" in one.marks,
        cross_region=_cross_region(one),
        channels=_channels(one, depth),
    )


def _depth_and_visits(one: Candidate) -> tuple[int, int]:
    if one.is_permit:
        is_online = "fully-online" in one.marks
        return (4 if is_online else 3, 0 if "zero-visit" in one.marks else 1)
    depth = (4, 4, 4, 4, 4, 3, 3, 2)[int(one.luck * 8)]
    return depth, 0 if depth == 4 else 1


def _cross_region(one: Candidate) -> CrossRegion:
    if "cross-region" not in one.marks:
        return "none"
    if one.code == J1_ITEM or one.department.level == COUNTY_LEVEL:
        return "city"
    return _REGIONS[int(one.luck * len(_REGIONS))]


def _channels(one: Candidate, depth: int) -> tuple[str, ...]:
    plain = ["window"] + (["web"] if depth >= 3 else [])
    # A permit that needs no visit and is not finished online is sent by mail (domain.md 1.5).
    if depth == 3 and "zero-visit" in one.marks:
        plain.append("mail")
    live = [name for name in J1_CHANNELS if name in one.marks]
    return (*plain, *live)
