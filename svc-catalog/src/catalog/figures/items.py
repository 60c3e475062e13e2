"""The figures that svc-catalog answers for, of what was in force at the end of a day; each opens to the item list
at that day."""

from collections.abc import Awaitable, Callable

from catalog.domain import measures
from catalog.queries.history import departments_with, measured
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction

Compute = Callable[[Transaction, Period], Awaitable[Figure]]


def _counted(measure: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        return count_figure((await measured(tx, period, measure))[measure])

    return compute


async def _four_exempt(tx: Transaction, period: Period) -> Figure:
    is_every = await tx.rule("four-exempt-way") == "every"
    measure = measures.EXEMPT_THROUGHOUT if is_every else measures.FOUR_EXEMPT
    return count_figure((await measured(tx, period, measure))[measure])


def _departments(measure: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        return count_figure(await departments_with(tx, period, measure))

    return compute


def _ratio(part: str, whole: str, *, times: int = 1) -> Compute:
    """`part` / (`whole` * `times`)."""

    async def compute(tx: Transaction, period: Period) -> Figure:
        sums = await measured(tx, period, part, whole)
        return ratio_figure(sums[part], sums[whole] * times)

    return compute


def _indicator(
    code: str, name: str, words: tuple[str, str], unit: str, compute: Compute, filters: str
) -> Indicator:
    return Indicator(
        code=code,
        name_zh=name,
        definition_zh=words[0],
        definition_en=words[1],
        unit=unit,
        compute=compute,
        records="/catalog/v1/items" + (f"?{filters}" if filters else ""),
    )


INDICATORS = (
    _indicator(
        "items_on_application",
        "依申请事项数",
        ("已发布的依申请政务服务事项", "Published items done on application"),
        "项",
        _counted(measures.ON_APPLICATION),
        "on_application=true",
    ),
    _indicator(
        "permits",
        "行政许可事项数",
        ("已发布的行政许可事项", "Published administrative permits"),
        "项",
        _counted(measures.PERMITS),
        "task_type=01",
    ),
    _indicator(
        "permit_time_compression",
        "行政许可时限压缩率",
        (
            "1 -（承诺工作日之和 / 法定工作日之和），只计有法定时限的行政许可",
            "1 - promised / statutory working days, permits with a statutory limit",
        ),
        "%",
        _ratio(measures.PERMIT_DAYS_SAVED, measures.PERMIT_DAYS_ALLOWED),
        "task_type=01&has_statutory_days=true",
    ),
    _indicator(
        "permit_time_compression_mean",
        "行政许可时限压缩率（事项平均）",
        (
            "各项（1 - 承诺工作日 / 法定工作日）的平均，只计有法定时限的行政许可；分子以百万分之一计",
            "Mean over permits with a statutory limit of 1 - promised / statutory; numerator in millionths",
        ),
        "%",
        _ratio(measures.PERMIT_COMPRESSION, measures.PERMITS_TIMED, times=measures.MILLION),
        "task_type=01&has_statutory_days=true",
    ),
    _indicator(
        "permit_fully_online_share",
        "行政许可全程网办率",
        ("网办深度四级的行政许可 / 行政许可", "Permits that can be finished online / permits"),
        "%",
        _ratio(measures.PERMITS_FULLY_ONLINE, measures.PERMITS),
        "task_type=01&online_depth_min=4",
    ),
    _indicator(
        "permit_at_most_one_visit_share",
        "行政许可最多跑一次率",
        ("到现场不超过一次的行政许可 / 行政许可", "Permits with at most one visit / permits"),
        "%",
        _ratio(measures.PERMITS_ONE_VISIT, measures.PERMITS),
        "task_type=01&visits_max=1",
    ),
    _indicator(
        "permit_zero_visit_share",
        "行政许可零跑动率",
        ("无需到现场的行政许可 / 行政许可", "Permits without a visit / permits"),
        "%",
        _ratio(measures.PERMITS_ZERO_VISIT, measures.PERMITS),
        "task_type=01&visits_max=0",
    ),
    _indicator(
        "cross_region_items",
        "跨域通办事项数",
        ("可跨区域办理的已发布事项", "Published items open to cross-region handling"),
        "项",
        _counted(measures.CROSS_REGION),
        "cross_region=true",
    ),
    _indicator(
        "four_exempt_items",
        "四免事项数",
        (
            "至少免一项（证照、印章、签名、填表）的已发布事项；任一材料或每份材料，按规则 four-exempt-way",
            "Items sparing one of certificate, seal, signature, form filling (rule four-exempt-way)",
        ),
        "项",
        _four_exempt,
        "four_exempt=true",
    ),
    _indicator(
        "show_code_items",
        "亮码办事项数",
        (
            "所需证照可亮码出示的已发布事项",
            "Published items whose certificates may be shown by code",
        ),
        "项",
        _counted(measures.SHOW_CODE),
        "show_code=true",
    ),
)
