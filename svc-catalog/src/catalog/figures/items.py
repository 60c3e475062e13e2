"""The figures that svc-catalog answers for, counted over published items; each opens down to the item list."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy import func, select

from catalog.queries.items import ItemFilter, conditions_of
from catalog.tables.items import published_items
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from contracts.vocabulary import TaskType

Compute = Callable[[Transaction, Period], Awaitable[Figure]]

PERMITS = ItemFilter(task_type=TaskType.PERMIT)
FULLY_ONLINE = 4


def _within(wanted: ItemFilter, period: Period) -> ItemFilter:
    """Figures of a stock: what is published, as of the period's last day."""
    return replace(
        wanted,
        division=period.division,
        department=period.department,
        last_day=period.last_day,
    )


async def _count(tx: Transaction, wanted: ItemFilter) -> int:
    statement = select(func.count()).select_from(published_items).where(*conditions_of(wanted))
    return int(await tx.scalar(statement) or 0)


def _counted(wanted: ItemFilter) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        return count_figure(await _count(tx, _within(wanted, period)))

    return compute


def _share(part: ItemFilter, whole: ItemFilter) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        numerator = await _count(tx, _within(part, period))
        return ratio_figure(numerator, await _count(tx, _within(whole, period)))

    return compute


async def permit_time_compression(tx: Transaction, period: Period) -> Figure:
    """1 - promised / statutory days, over permits with a statutory limit."""
    wanted = _within(replace(PERMITS, has_statutory_days=True), period)
    t = published_items.c
    statement = select(
        func.coalesce(func.sum(t.statutory_days - t.promised_days), 0).label("saved"),
        func.coalesce(func.sum(t.statutory_days), 0).label("allowed"),
    ).where(*conditions_of(wanted))
    row = await tx.one_or_none(statement)
    return ratio_figure(int(row.saved), int(row.allowed)) if row else ratio_figure(0, 0)


async def one_window_departments(tx: Transaction, period: Period) -> Figure:
    """Departments with at least one item taken in at general windows."""
    wanted = _within(ItemFilter(one_window=True), period)
    counted = func.count(published_items.c.department.distinct())
    return count_figure(int(await tx.scalar(select(counted).where(*conditions_of(wanted))) or 0))


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


def _channel(code: str, name: str, channel: str) -> Indicator:
    return _indicator(
        f"channel_items_{code}",
        f"{name}事项数",
        (f"已上线{name}的已发布事项", f"Published items live on {channel}"),
        "项",
        _counted(ItemFilter(channel=channel)),
        f"channel={channel}",
    )


INDICATORS = (
    _indicator(
        "items_on_application",
        "依申请事项数",
        ("已发布的依申请政务服务事项", "Published items done on application"),
        "项",
        _counted(ItemFilter(on_application=True)),
        "on_application=true",
    ),
    _indicator(
        "permits",
        "行政许可事项数",
        ("已发布的行政许可事项", "Published administrative permits"),
        "项",
        _counted(PERMITS),
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
        permit_time_compression,
        "task_type=01&has_statutory_days=true",
    ),
    _indicator(
        "permit_fully_online_share",
        "行政许可全程网办率",
        ("网办深度四级的行政许可 / 行政许可", "Permits that can be finished online / permits"),
        "%",
        _share(replace(PERMITS, online_depth_min=FULLY_ONLINE), PERMITS),
        "task_type=01&online_depth_min=4",
    ),
    _indicator(
        "permit_at_most_one_visit_share",
        "行政许可最多跑一次率",
        ("到现场不超过一次的行政许可 / 行政许可", "Permits with at most one visit / permits"),
        "%",
        _share(replace(PERMITS, visits_max=1), PERMITS),
        "task_type=01&visits_max=1",
    ),
    _indicator(
        "permit_zero_visit_share",
        "行政许可零跑动率",
        ("无需到现场的行政许可 / 行政许可", "Permits without a visit / permits"),
        "%",
        _share(replace(PERMITS, visits_max=0), PERMITS),
        "task_type=01&visits_max=0",
    ),
    _indicator(
        "one_window_departments",
        "一窗通办部门数",
        ("有事项进驻综合窗口的部门", "Departments with items taken in at general windows"),
        "个",
        one_window_departments,
        "one_window=true",
    ),
    _indicator(
        "one_window_items",
        "一窗通办事项数",
        ("由综合窗口统一受理的已发布事项", "Published items taken in at general windows"),
        "项",
        _counted(ItemFilter(one_window=True)),
        "one_window=true",
    ),
    _indicator(
        "cross_region_items",
        "跨域通办事项数",
        ("可跨区域办理的已发布事项", "Published items open to cross-region handling"),
        "项",
        _counted(ItemFilter(cross_region=True)),
        "cross_region=true",
    ),
    _indicator(
        "four_exempt_items",
        "四免事项数",
        (
            "至少免一项（证照、印章、签名、填表）的已发布事项",
            "Published items that spare at least one of certificate, seal, signature, form filling",
        ),
        "项",
        _counted(ItemFilter(four_exempt=True)),
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
        _counted(ItemFilter(show_code=True)),
        "show_code=true",
    ),
    _indicator(
        "channel_items",
        "上线渠道事项数",
        ("已上线任一渠道的已发布事项", "Published items live on at least one channel"),
        "项",
        _counted(ItemFilter(on_any_channel=True)),
        "on_any_channel=true",
    ),
    _channel("yue_sheng_shi", "粤省事", "yue-sheng-shi"),
    _channel("yue_shang_tong", "粤商通", "yue-shang-tong"),
    _channel("yue_zhi_zhu", "粤智助", "yue-zhi-zhu"),
    _channel("i_chaozhou", "i潮州", "i-chaozhou"),
)
