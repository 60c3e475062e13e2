"""Brings an example city's books (books.py) in through the public doors: windows, proofs, powers, live lists, supervision.

Everything looks first at what is there: what somebody changed since is left as they made it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol

from localcity.example import books
from localcity.example.books import BOOKS_FROM, GENERAL_WINDOW, REASON, GeneralWindow
from localcity.example.generator import ExampleCity
from localcity.example.people import APPROVALS, HALL, OTHER_DEPARTMENT

ROOT = "/catalog/v1"
ADMIN = "system_admin"
PROOFS_BATCH = 500
POWERS_BATCH = 250
LIVE_BATCH = 2_000
_OFFICERS = {APPROVALS: "department_officer", OTHER_DEPARTMENT: "department_officer_2"}
"""Who reports for a department; for the others, whose officers have no tokens, the administrator does."""

Row = dict[str, Any]


class BookDoors(Protocol):
    """Calls to the catalog as a principal of the example city, by role; a refusal is raised."""

    async def call(self, method: str, path: str, *, role: str, json: Any = None) -> Row: ...

    def results(
        self, path: str, *, role: str, params: Mapping[str, str | int] | None = None
    ) -> AsyncIterator[Row]: ...


async def load_books(doors: BookDoors, example: ExampleCity) -> dict[str, int]:
    """All books of this city, once its items are in force; returns how many rows of each were new."""
    items = [item async for item in doors.results(f"{ROOT}/items", role=ADMIN)]
    ids = {item["item_code"]: item["id"] for item in items}
    versions = {item["item_code"]: item["version"] for item in items}
    counts = await asyncio.gather(
        _give_windows(doors, books.general_windows(example), ids),
        _list_proofs(doors, books.proofs(example)),
        _list_powers(
            doors, [*books.proxied_powers(example, ids), *books.delegated_powers(example)]
        ),
        _report_live(doors, books.live_lists(example), versions),
        _supervise(doors, example),
    )
    names = ("window intakes", "proofs", "powers", "live items", "supervision items")
    return dict(zip(names, counts, strict=True))


async def _give_windows(
    doors: BookDoors, windows: Sequence[GeneralWindow], ids: Mapping[str, str]
) -> int:
    """A window that takes something in already is left to its hall."""
    given = 0
    for window in windows:
        role = "hall_manager" if window.hall == HALL else ADMIN
        path = f"{ROOT}/halls/{window.hall}/windows"
        known = [
            each
            async for each in doors.results(path, role=role)
            if each["number"] == GENERAL_WINDOW
        ]
        opened = known[0] if known else await doors.call("POST", path, role=role, json=window.row)
        intakes = f"{path}/{opened['id']}/intakes"
        if known and [each async for each in doors.results(intakes, role=role)]:
            continue
        body = {"add": window.intakes(ids), "day": BOOKS_FROM.isoformat(), "reason": REASON}
        given += (await doors.call("POST", intakes, role=role, json=body))["added"]
    return given


async def _list_proofs(doors: BookDoors, rows: Sequence[Row]) -> int:
    known = {row["code"] async for row in doors.results(f"{ROOT}/proofs", role=ADMIN)}
    missing = [row for row in rows if row["code"] not in known]
    for batch in _batches(missing, PROOFS_BATCH):
        await doors.call("POST", f"{ROOT}/proofs", role=ADMIN, json={"rows": batch})
    return len(missing)


async def _list_powers(doors: BookDoors, rows: Sequence[Row]) -> int:
    """All or none of a batch: the list is published by the city, and comes in as it is."""
    known = {_line(row) async for row in doors.results(f"{ROOT}/powers", role=ADMIN)}
    missing = [row for row in rows if _line(row) not in known]
    for batch in _batches(missing, POWERS_BATCH):
        body = {"rows": batch, "reason": REASON, "since": BOOKS_FROM.isoformat(), "atomic": True}
        await doors.call("POST", f"{ROOT}/powers", role=ADMIN, json=body)
    return len(missing)


def _line(row: Row) -> tuple[str, str, str]:
    return row["code"], row["division"], row["department"]


async def _report_live(
    doors: BookDoors, lists: Mapping[str, Sequence[Row]], versions: Mapping[str, int]
) -> int:
    """Each channel's own list, by who runs it: it shows the guides that are in force."""
    begun = 0
    for channel, rows in lists.items():
        path = f"{ROOT}/channels/{channel}/live-items"
        known = {row["item_code"] async for row in doors.results(path, role=ADMIN)}
        missing = [
            {**row, "version": versions[row["item_code"]]}
            for row in rows
            if row["item_code"] not in known and row["item_code"] in versions
        ]
        for batch in _batches(missing, LIVE_BATCH):
            begun += (await doors.call("POST", path, role="partner", json={"rows": batch}))["begun"]
    return begun


async def _supervise(doors: BookDoors, example: ExampleCity) -> int:
    """The list of supervision items, and each department's report on those that nobody reported on."""
    path = f"{ROOT}/supervision-items"
    known = {
        _owned(row["department"], row["code"]): row["is_reported"]
        async for row in doors.results(path, role=ADMIN)
    }
    listed = books.supervision_items(example)
    missing = [row for row in listed if _owned(row["department"], row["code"]) not in known]
    if missing:
        await doors.call("POST", path, role=ADMIN, json={"rows": missing, "reason": REASON})
    for department, report in books.supervision_reports(example).items():
        rows = [
            row for row in report["rows"] if not known.get(_owned(department, row["item_code"]))
        ]
        if rows:
            role = _OFFICERS.get(department, ADMIN)
            body = {**report, "rows": rows}
            await doors.call("POST", f"{ROOT}/supervision-reports", role=role, json=body)
    return len(missing)


def _owned(department: str, code: str) -> tuple[str, str]:
    return department, code


def _batches(rows: Sequence[Row], size: int) -> Iterator[list[Row]]:
    return (list(rows[start : start + size]) for start in range(0, len(rows), size))
