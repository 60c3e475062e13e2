"""Where the states and ways of a definition lie in its picture: columns by rank, ways in the gaps between them.

A way leaves a box on its right and enters one on its left. To the next column it goes through the gap; further on it
goes over the top, and back it goes round the bottom, so that no way runs through a box.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workorder.domain.process.definition import Definition, Step

BOX_WIDTH = 168
BOX_HEIGHT_MIN = 116
PORT_HEIGHT = 18
ROW_GAP = 34
TRACK_WIDTH = 9
LANE_HEIGHT = 11
MARGIN = 28
HEAD_HEIGHT = 64
FROM_MANY = 6
"""A step that may be taken in so many states is drawn once, from anywhere."""


@dataclass(frozen=True)
class Way:
    """One arrow: every step that leads from one state to another."""

    source: str
    """Empty: from anywhere."""
    target: str
    label: str


@dataclass(frozen=True)
class Box:
    code: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Line:
    """An arrow as points from box to box, and where its label ends."""

    way: Way
    points: tuple[tuple[int, int], ...]
    label_x: int
    label_y: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    boxes: dict[str, Box]
    lines: list[Line]
    width: int
    height: int


def width_of(text: str, size: int = 11) -> int:
    """About how wide a text is: a Chinese character is as wide as high, a letter about half."""
    return sum(size if ord(each) > 0x2E7F else round(size * 0.6) for each in text)


def staying(definition: Definition) -> list[Step]:
    """Steps that leave the work where it is."""
    return [
        step for step in definition.steps if all(branch.to is None for branch in step.all_branches)
    ]


def ways_of(definition: Definition) -> list[Way]:
    """Every arrow, with the steps that it stands for."""
    named: dict[tuple[str, str], list[str]] = {}
    for step in definition.steps:
        sources = tuple(dict.fromkeys(definition.sources(step)))
        from_many = len(sources) >= FROM_MANY
        for target in dict.fromkeys(branch.to for branch in step.all_branches if branch.to):
            leaving = [""] if from_many else [each for each in sources if each != target]
            for source in leaving:
                names = named.setdefault((source, target), [])
                if step.name not in names:
                    names.append(step.name)
    return [Way(source, target, "、".join(names)) for (source, target), names in named.items()]


def layout_of(definition: Definition) -> Layout:
    """The whole picture; the same definition is always drawn the same."""
    return _Drawing(definition).layout()


class _Drawing:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.ways = ways_of(definition)
        self.columns = _columns(definition, self.ways)
        self.column_of = {code: n for n, codes in enumerate(self.columns) for code in codes}
        self.entering = {
            code: [w for w in self.ways if w.target == code] for code in self.column_of
        }
        self.leaving = {code: [w for w in self.ways if w.source == code] for code in self.column_of}
        # Gap n lies before column n; the last one after the last column.
        self.tracks = [0] * (len(self.columns) + 1)
        self.over = sum(self._is_over(way) for way in self.ways)
        self.under = sum(self._is_under(way) for way in self.ways)

    def layout(self) -> Layout:
        out_tracks, in_tracks = self._tracks()
        lefts, width = self._lefts()
        top = HEAD_HEIGHT + MARGIN + self.over * LANE_HEIGHT
        boxes, bottom = self._boxes(lefts, top)
        lines, over, under = [], 0, 0
        for way in self.ways:
            lane = 0
            if self._is_over(way):
                lane = top - MARGIN // 2 - over * LANE_HEIGHT
                over += 1
            elif self._is_under(way):
                lane = bottom + MARGIN // 2 + under * LANE_HEIGHT
                under += 1
            tracks = (out_tracks.get(way), in_tracks.get(way))
            lines.append(self._line(way, boxes, lefts, tracks, lane))
        height = bottom + self.under * LANE_HEIGHT + 2 * MARGIN
        return Layout(boxes=boxes, lines=lines, width=width, height=height)

    def _is_over(self, way: Way) -> bool:
        return bool(way.source) and self.column_of[way.target] > self.column_of[way.source] + 1

    def _is_under(self, way: Way) -> bool:
        return bool(way.source) and self.column_of[way.target] <= self.column_of[way.source]

    def _tracks(self) -> tuple[dict[Way, int], dict[Way, int]]:
        """The track of each way in the gap that it leaves into, and in the gap that it comes from."""
        out_tracks: dict[Way, int] = {}
        in_tracks: dict[Way, int] = {}
        for way in self.ways:
            if not way.source:
                continue
            gap = self.column_of[way.source] + 1
            out_tracks[way] = self._track(gap)
            if self._is_over(way) or self._is_under(way):
                in_tracks[way] = self._track(self.column_of[way.target])
        return out_tracks, in_tracks

    def _track(self, gap: int) -> int:
        self.tracks[gap] += 1
        return self.tracks[gap] - 1

    def _lefts(self) -> tuple[list[int], int]:
        """The left side of each column, and the width of the picture."""
        lefts, x = [], MARGIN
        for number, codes in enumerate(self.columns):
            labels = [width_of(way.label) for code in codes for way in self.entering[code]]
            x += self.tracks[number] * TRACK_WIDTH + max(labels, default=0) + 3 * TRACK_WIDTH
            lefts.append(x)
            x += BOX_WIDTH
        return lefts, x + self.tracks[-1] * TRACK_WIDTH + 2 * MARGIN

    def _boxes(self, lefts: Sequence[int], top: int) -> tuple[dict[str, Box], int]:
        boxes: dict[str, Box] = {}
        bottom = top
        for number, codes in enumerate(self.columns):
            y = top
            for code in codes:
                ports = max(len(self.entering[code]), len(self.leaving[code]))
                height = max(BOX_HEIGHT_MIN, (ports + 1) * PORT_HEIGHT)
                boxes[code] = Box(code, lefts[number], y, BOX_WIDTH, height)
                y += height + ROW_GAP
            bottom = max(bottom, y)
        return boxes, bottom

    def _line(
        self,
        way: Way,
        boxes: dict[str, Box],
        lefts: Sequence[int],
        tracks: tuple[int | None, int | None],
        lane: int,
    ) -> Line:
        target = boxes[way.target]
        end = (target.x, target.y + (self.entering[way.target].index(way) + 1) * PORT_HEIGHT)
        label_x, label_y = target.x - 2 * TRACK_WIDTH, end[1] - 3
        if not way.source:
            stub = (target.x - width_of(way.label) - 2 * TRACK_WIDTH, end[1])
            return Line(way, (stub, end), label_x, label_y)
        source = boxes[way.source]
        begin = (
            source.x + source.width,
            source.y + (self.leaving[way.source].index(way) + 1) * PORT_HEIGHT - PORT_HEIGHT // 3,
        )
        out, into = tracks
        assert out is not None
        x_out = begin[0] + TRACK_WIDTH + out * TRACK_WIDTH
        if into is None:
            points: tuple[tuple[int, int], ...] = (begin, (x_out, begin[1]), (x_out, end[1]), end)
            return Line(way, points, label_x, label_y)
        column = self.column_of[way.target]
        before = lefts[column - 1] + BOX_WIDTH if column else MARGIN
        x_in = before + TRACK_WIDTH + into * TRACK_WIDTH
        points = (
            begin,
            (x_out, begin[1]),
            (x_out, lane),
            (x_in, lane),
            (x_in, end[1]),
            end,
        )
        return Line(way, points, label_x, label_y)


def _columns(definition: Definition, ways: Iterable[Way]) -> list[list[str]]:
    """States by rank, the fewest steps from the start; finals behind what leads to them; in a column, near what leads there."""
    following: dict[str, list[str]] = {state.code: [] for state in definition.states}
    for way in ways:
        if way.source:
            following[way.source].append(way.target)
    rank = _ranks(definition.starts_in, following)
    last = max(rank.values()) + 1
    for state in definition.states:
        if state.is_final or state.code not in rank:
            rank[state.code] = last
    columns: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for state in definition.states:
        columns[rank[state.code]].append(state.code)
    return _ordered([column for column in columns if column], following)


def _ranks(start: str, following: dict[str, list[str]]) -> dict[str, int]:
    rank, ahead = {start: 0}, [start]
    for code in ahead:
        for target in following[code]:
            if target not in rank:
                rank[target] = rank[code] + 1
                ahead.append(target)
    return rank


def _ordered(columns: list[list[str]], following: dict[str, list[str]]) -> list[list[str]]:
    place: dict[str, float] = {}
    for column in columns:
        before = {
            code: [place[source] for source in place if code in following[source]]
            for code in column
        }
        column.sort(key=lambda code: sum(before[code]) / len(before[code]) if before[code] else 0.0)
        place.update({code: float(number) for number, code in enumerate(column)})
    return columns
