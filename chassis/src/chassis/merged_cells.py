"""Merged cells of a sheet: where they lie, and which cells of a row they touch."""

import re
import zipfile

from chassis.errors import InvalidError
from chassis.sheet_rows import COLUMNS_MAX, MERGED, PIECE_BYTES, SheetRow, column_number

MERGED_MAX = 20_000
"""Rows that merged ranges may touch, each range counted."""
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z0-9:$]{1,40})[\"']")
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")

Merged = dict[int, list[tuple[int, int]]]
"""By row, the merged stretches of columns, counted from zero, both ends included."""


def merged_cells(archive: zipfile.ZipFile, path: str) -> Merged:
    """Merged ranges stand after the rows they concern, so they are looked for first."""
    found: Merged = {}
    count, tail = 0, b""
    with archive.open(path) as part:
        while piece := part.read(PIECE_BYTES):
            window = tail + piece
            for match in _MERGED.finditer(window):
                count += _add_merged(found, match.group(1).decode(), most=MERGED_MAX - count)
            last = window.rfind(b"<")
            tail = window[last:] if last >= 0 and len(window) - last < 400 else b""
            if _MERGED.match(tail):
                tail = b""
    return found


def _add_merged(found: Merged, ends: str, *, most: int) -> int:
    """Note one range; returns how many rows it touches."""
    corners = _CELL.findall(ends)
    if not corners:
        return 0
    (left, top), (right, bottom) = corners[0], corners[-1]
    rows = range(int(top), int(bottom) + 1)
    if len(rows) > most:
        raise InvalidError(
            f"合并单元格过多（如 {ends}），请全部取消合并后上传",
            f"Too many merged cells, such as {ends}; take them all apart and send the file again",
            code="cells-merged",
        )
    for row in rows:
        found.setdefault(row, []).append((column_number(left), column_number(right)))
    return len(rows)


def with_merged(row: SheetRow, merged: Merged) -> SheetRow:
    """The row, with MERGED wherever one of its cells is part of a merged one."""
    for left, right in merged.get(row.number, ()):
        if left <= COLUMNS_MAX:
            row.cells.extend([""] * (left + 1 - len(row.cells)))
            for column in range(left, min(right + 1, len(row.cells))):
                row.cells[column] = MERGED
    return row
