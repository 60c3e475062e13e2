"""Takes a list of items that another city published into the running one, and says of every row what became of it."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localcity.example.doors import Doors, RunningCity, Say, open_client, read_file

IMPORTER = "system_admin"
COLUMNS = ("行号", "结论", "事项编码", "新编号", "问题代码", "列", "说明", "explanation")
VERDICTS = {"accepted": "收录", "remarked": "收录（有备注）", "refused": "未收录"}


async def import_items(
    city: RunningCity, file: Path, *, report: Path, say: Say = print
) -> dict[str, int]:
    """Import a file and write the report (CSV); returns counts. Raises TroubleError in words."""
    data = read_file(file)
    async with open_client() as client:
        doors = Doors(client, city)
        job = await doors.call("POST", "/catalog/v1/imports", role=IMPORTER, file=(file.name, data))
        say(f"importing {file.name} ({len(data)} bytes), job {job['id']}")
        job = await doors.finish_job(job, path="/catalog/v1/jobs", role=IMPORTER, say=say)
        rows = [row async for row in doors.results(job["rows"], role=IMPORTER)]
    write_report(report, rows)
    counts = {name: int(job[name]) for name in ("done", "accepted", "remarked", "refused")}
    for line in summary(counts, rows):
        say(line)
    say(f"report: {report}")
    return counts


def summary(counts: dict[str, int], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Counts in words, then how often each remark was made, most frequent first."""
    found: dict[str, tuple[int, str]] = {}
    for row in rows:
        for code, words in {fault["code"]: fault["zh"] for fault in row["faults"]}.items():
            count, first = found.get(code, (0, words))
            found[code] = (count + 1, first)
    total = "共 {done} 行：收录 {accepted}，收录但有备注 {remarked}，未收录 {refused}".format(
        **counts
    )
    ordered = sorted(found.items(), key=lambda entry: (-entry[1][0], entry[0]))
    return [total, *(f"  {count:>6}  {code}  {words}" for code, (count, words) in ordered)]


def write_report(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Every row with its verdict; a line for each thing there is to say about it. UTF-8 with BOM, for spreadsheets."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            first = [
                row["number"],
                VERDICTS[row["verdict"]],
                _plain(row["key"]),
                row["made_id"] or "",
            ]
            for fault in row["faults"] or [{}]:
                writer.writerow(
                    [
                        *first,
                        fault.get("code", ""),
                        _plain(fault.get("column", "")),
                        _plain(fault.get("zh", "")),
                        _plain(fault.get("en", "")),
                    ]
                )


def _plain(text: Any) -> str:
    """Text that a spreadsheet will not take for a formula."""
    words = str(text or "")
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words
