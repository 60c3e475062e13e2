"""A month's sheet as a workbook: one sheet that sums up, then one for each kind and department."""

from chassis.workbook_writer import Look, SheetWriter, Value, WorkbookWriter
from workorder.queries.ledgers import COLUMNS, Ledger, Line, by_department
from workorder.queries.measures import RATES

KINDS = {"hotline": "热线", "rectification": "差评整改", "correction": "指南整改"}
TYPES = {
    "consultation": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "rectification": "整改",
    "correction": "整改",
}
SHEET_NAME_CHARACTERS_MAX = 31
_ALL = "合计"
_HEADS = ("类别", "承办单位", "区划", "诉求类型")


def ledger_book(ledger: Ledger, month: str) -> bytes:
    """The workbook's bytes."""
    book = WorkbookWriter()
    departments = by_department(ledger.lines)
    summary = _sheet(book, f"汇总 {month}", set())
    names = {summary.name}
    for whole, _ in departments:
        _append(summary, whole)
    _append(summary, ledger.total)
    for whole, lines in departments:
        sheet = _sheet(book, f"{_kind(whole.kind)} {whole.department or '热线'}", names)
        for line in lines:
            _append(sheet, line)
        _append(sheet, whole)
    with book.packed() as file:
        return file.read()


def _sheet(book: WorkbookWriter, name: str, taken: set[str]) -> SheetWriter:
    name = name[:SHEET_NAME_CHARACTERS_MAX]
    number = 2
    while name in taken:
        suffix = f" {number}"
        name = name[: SHEET_NAME_CHARACTERS_MAX - len(suffix)] + suffix
        number += 1
    taken.add(name)
    looks = [Look(head=head, width=20 if place == 1 else 12) for place, head in enumerate(_HEADS)]
    looks += [Look(head=head, width=10) for _, head, _ in COLUMNS]
    looks += [Look(head=f"{rate.name}（%）", width=12) for rate in RATES]
    return book.sheet(name, looks)


def _append(sheet: SheetWriter, line: Line) -> None:
    rates = line.rates()
    cells: list[Value] = [
        _kind(line.kind) if line.kind else _ALL,
        line.department or (_ALL if not line.kind else "（热线）"),
        line.division or _ALL,
        TYPES.get(line.type, line.type) or _ALL,
        *(line.counts[code] for code, _, _ in COLUMNS),
        *(_percent(rates[rate.code]) for rate in RATES),
    ]
    sheet.append(cells)


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind)


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.2f}"
