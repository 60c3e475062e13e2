"""Figures: consistent items, how complete guides are, and open findings, at the end of any day."""

from catalog.domain.measures import ITEMS
from catalog.queries.audit import (
    FindingFilter,
    findings_count,
    last_audit,
    open_findings_count,
    tallies,
    unknown_on_channels,
)
from catalog.queries.history import measured
from catalog.repository.same_items import CONSISTENCY_RULES
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction


async def _consistent(tx: Transaction, period: Period) -> Figure:
    if await last_audit(tx, period.last_day) is None:
        return Figure(value=None, missing=("audit",))
    items = (await measured(tx, period, ITEMS))[ITEMS]
    unlike = await open_findings_count(tx, period, by_item=True, only=CONSISTENCY_RULES)
    unknown = await unknown_on_channels(tx, await tx.rule("consistency-channels"), period)
    return ratio_figure(max(items - unlike - unknown, 0), items)


async def _completeness(tx: Transaction, period: Period) -> Figure:
    audit = await last_audit(tx, period.last_day)
    if audit is None:
        return Figure(value=None, missing=("audit",))
    return ratio_figure(*await tallies(tx, audit.id, period))


async def _open(tx: Transaction, period: Period) -> Figure:
    return count_figure(await open_findings_count(tx, period))


async def _asking_cancelled(tx: Transaction, period: Period) -> Figure:
    wanted = FindingFilter(
        asks_cancelled_proof=True, is_open=True, is_each_item_once=True, period=period
    )
    return count_figure(await findings_count(tx, wanted))


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="items_consistent_share",
        name_zh="事项一致率",
        definition_zh="材料和条件在各区划、各渠道均一致的在用事项 / 在用事项；须报送的渠道（规则 consistency-channels）未报送的"
        "不计为一致；链接列出不一致的问题，未报送的见 /channels/{code}/differences?kind=shown-unknown",
        definition_en="Items in force without an open consistency finding, and known on the channels that must "
        "report, / items in force; its link lists what differs, "
        "/channels/{code}/differences?kind=shown-unknown what was not reported",
        unit="%",
        compute=_consistent,
        records="/catalog/v1/findings?open=true&consistency=true",
    ),
    Indicator(
        code="guide_completeness",
        name_zh="办事指南完备度",
        definition_zh="已填必填要素 / 必填要素（规则 mandatory-guide-fields），以当日前最近一次审计为准",
        definition_en="Filled mandatory fields / mandatory fields, by the last audit up to that day",
        unit="%",
        compute=_completeness,
        records="/catalog/v1/guide-completeness",
    ),
    Indicator(
        code="findings_open",
        name_zh="未整改问题数",
        definition_zh="当日终了时尚未关闭的审计问题",
        definition_en="Audit findings open at the end of the day",
        unit="个",
        compute=_open,
        records="/catalog/v1/findings?open=true",
    ),
    Indicator(
        code="guides_asking_cancelled_proofs",
        name_zh="仍要求已取消证明的在用指南数",
        definition_zh="当日终了时办事指南仍要求提交已取消证明（审计规则 no-cancelled-proof 未关闭）的在用事项，每项计一次；"
        "链接每项列出最早的一条问题，一项要求几种证明的见 /findings?item=…&cancelled_proof=true",
        definition_en="Items in force whose guide asks for a cancelled proof at the end of the day, each once; its link "
        "lists the oldest finding of each",
        unit="项",
        compute=_asking_cancelled,
        records="/catalog/v1/findings?open=true&cancelled_proof=true&each_item=true",
    ),
)
