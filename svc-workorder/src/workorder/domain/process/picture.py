"""A definition draws itself (SVG 1.1): states by rank, their owners by colour and word, every step an arrow with its name.

With where things stand: how many wait in each state now, for how long half of them at least, and the longest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from workorder.domain.process.definition import ANYWHERE, Budget, Definition, Owner, State, Unit
from workorder.domain.process.layout import (
    HEAD_HEIGHT,
    MARGIN,
    Box,
    Layout,
    Line,
    layout_of,
    staying,
    width_of,
)

FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','Heiti SC',sans-serif"
)
OWNERS: dict[Owner | None, tuple[str, str, str]] = {
    # word, fill, stroke; text is dark on every fill
    Owner.HOTLINE: ("热线", "#e3f0fd", "#1565c0"),
    Owner.DEPARTMENT: ("承办单位", "#e6f4e7", "#2e7d32"),
    Owner.HEAD: ("单位负责人", "#dff3f1", "#00796b"),
    Owner.COORDINATOR: ("督办员", "#fff0d9", "#b26a00"),
    Owner.APPLICANT: ("申请人", "#f6e6f7", "#7b1fa2"),
    Owner.CLERK: ("综合窗口", "#e8eaf6", "#3949ab"),
    Owner.REVIEWER: ("审批人员", "#efebe9", "#5d4037"),
    Owner.SYSTEM: ("系统", "#eceff1", "#455a64"),
    None: ("办结", "#f5f5f5", "#424242"),
}
UNITS = {Unit.WORKING_DAYS: "工作日", Unit.NATURAL_DAYS: "自然日", Unit.HOURS: "小时"}
LEGEND_LINE = 20
SECONDS_A_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What waits in a state now: how many, and how long half of them and the oldest have been there, in seconds."""

    count: int
    median_seconds: float | None = None
    oldest_seconds: float | None = None


def picture_of(
    definition: Definition,
    *,
    version: int,
    values: Mapping[str, Any],
    standing: Mapping[str, Standing] | None = None,
) -> str:
    """The picture as an SVG document; `values` are the rules that its limits read; `standing` by state, if asked for.

    Relies on a definition whose states are all there (check.findings_of).
    """
    layout = layout_of(definition)
    legend = _legend(definition, values)
    title = f"{definition.name} {definition.code} v{version}"
    width = max(layout.width, *(width_of(line, 12) + 2 * MARGIN for line in (*legend, title)))
    height = layout.height + (len(legend) + 1) * LEGEND_LINE + MARGIN
    worst = _worst(standing)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="picture-title picture-desc" '
            f'font-family="{FONTS}" font-size="12">'
        ),
        f'<title id="picture-title">{_text(title)}</title>',
        f'<desc id="picture-desc">{_text(_said(definition, standing))}</desc>',
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#37474f"/></marker></defs>'
        ),
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="{HEAD_HEIGHT // 2}" font-size="18" font-weight="bold">{_text(title)}</text>',
        f'<text x="{MARGIN}" y="{HEAD_HEIGHT // 2 + 20}" fill="#546e7a">{_text(definition.source)}</text>',
        *(_line(line) for line in layout.lines),
        *(
            _box(
                layout.boxes[state.code],
                state,
                limits=_limits(state, values),
                standing=(standing or {}).get(state.code) if not state.is_final else None,
                is_worst=state.code == worst,
                is_start=state.code == definition.starts_in,
            )
            for state in definition.states
        ),
        *_legend_text(legend, layout),
        "</svg>",
    ]
    return "\n".join(parts)


def _line(line: Line) -> str:
    way = line.way
    path = " ".join(
        f"{'M' if place == 0 else 'L'}{x},{y}" for place, (x, y) in enumerate(line.points)
    )
    source = way.source or ANYWHERE
    dashes = "" if way.source else ' stroke-dasharray="4 3"'
    return (
        f'<g class="way" data-from="{_text(source)}" data-to="{_text(way.target)}">'
        f'<path d="{path}" fill="none" stroke="#37474f" stroke-linejoin="round"{dashes} '
        'marker-end="url(#tip)"/>'
        f'<text x="{line.label_x}" y="{line.label_y}" text-anchor="end" font-size="11" '
        f'fill="#263238">{_text(way.label)}</text></g>'
    )


def _box(
    box: Box,
    state: State,
    *,
    limits: Sequence[str],
    standing: Standing | None,
    is_worst: bool,
    is_start: bool,
) -> str:
    word, fill, stroke = OWNERS[None if state.is_final else state.owner]
    thick = 3 if is_worst or is_start else 1.5
    shapes = [_rect(box, 0, fill, stroke, thick)]
    if state.is_final:
        shapes.append(_rect(box, 4, "none", stroke, 1))
    lines = [(state.name, 14, "bold"), (f"{word} · {state.code}", 10, "normal")]
    lines += [(each, 10, "normal") for each in limits]
    if standing is not None:
        lines += [(each, 11, "bold") for each in _standing_lines(standing)]
    y = box.y + 20
    for text, size, weight in lines:
        shapes.append(
            f'<text x="{box.x + box.width // 2}" y="{y}" text-anchor="middle" font-size="{size}" '
            f'font-weight="{weight}" fill="#212121">{_text(text)}</text>'
        )
        y += size + 5
    return (
        f'<g class="state" data-state="{_text(state.code)}">'
        f"<title>{_text('，'.join(text for text, _, _ in lines))}</title>{''.join(shapes)}</g>"
    )


def _rect(box: Box, inset: int, fill: str, stroke: str, width: float) -> str:
    return (
        f'<rect x="{box.x + inset}" y="{box.y + inset}" width="{box.width - 2 * inset}" '
        f'height="{box.height - 2 * inset}" rx="8" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{width}"/>'
    )


def _limits(state: State, values: Mapping[str, Any]) -> list[str]:
    lines = []
    if state.clock == "runs":
        lines.append("承诺时限计时中")
    elif state.clock == "stands":
        lines.append("承诺时限暂停")
    if state.limit is not None:
        lines.append(f"最长等待 {_budget(state.limit, values)}")
    return lines


def _budget(budget: Budget, values: Mapping[str, Any]) -> str:
    amount: Any = budget.amount
    if amount is None:
        amount = values.get(budget.rule)
        if isinstance(amount, Mapping):
            amount = amount.get(budget.key)
    if amount is None:
        return f"按规则 {budget.rule}"
    return f"{amount} {UNITS[budget.unit]}"


def _standing_lines(standing: Standing) -> list[str]:
    lines = [f"现有 {standing.count} 件"]
    if standing.median_seconds is not None and standing.oldest_seconds is not None:
        half, oldest = _days(standing.median_seconds), _days(standing.oldest_seconds)
        lines.append(f"中位 {half} · 最久 {oldest}")
    return lines


def _days(seconds: float) -> str:
    return f"{max(seconds, 0.0) / SECONDS_A_DAY:.1f} 天"


def _worst(standing: Mapping[str, Standing] | None) -> str | None:
    """The state in which half of what stands there has waited the longest."""
    waited = {
        code: each.median_seconds
        for code, each in (standing or {}).items()
        if each.median_seconds is not None
    }
    return max(waited, key=lambda code: waited[code]) if waited else None


def _legend(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    used = list(dict.fromkeys(state.owner for state in definition.states if not state.is_final))
    lines = ["双线框为办结状态；粗线框为起始状态或等待最久的状态；虚线箭头可从任何待办状态办理"]
    lines.append("责任方：" + "、".join(OWNERS[owner][0] for owner in used))
    states = definition.states_by_code
    for step in staying(definition):
        if ANYWHERE in step.from_:
            where = "任何待办状态"
        else:
            where = "、".join(states[code].name for code in step.from_)
        asks = ""
        if step.asks is not None:
            owner, longest = OWNERS[step.asks.owner][0], _budget(step.asks.limit, values)
            asks = f"，由{owner}裁定，最长等待 {longest}"
        lines.append(f"不改变状态：{step.name}（{where}{asks}）")
    return lines


def _legend_text(legend: Sequence[str], layout: Layout) -> list[str]:
    return [
        f'<text class="legend" x="{MARGIN}" y="{layout.height + (place + 1) * LEGEND_LINE}" '
        f'fill="#37474f">{_text(line)}</text>'
        for place, line in enumerate(legend)
    ]


def _said(definition: Definition, standing: Mapping[str, Standing] | None) -> str:
    """The picture in words, for who does not see it."""
    names = "、".join(state.name for state in definition.states)
    steps = "、".join(step.name for step in definition.steps)
    said = f"{definition.description} 状态：{names}。步骤：{steps}。"
    worst = _worst(standing)
    if worst is not None:
        said += f"等待最久：{definition.states_by_code[worst].name}。"
    return said


def _text(text: str) -> str:
    """Escaped, without what XML cannot hold."""
    return escape("".join(each for each in text if each >= " " and each not in "\ufffe\uffff"))
