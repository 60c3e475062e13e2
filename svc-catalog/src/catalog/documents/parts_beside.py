"""Half of a large workbook's sheets are read by a second process beside the first: reading XML keeps one core busy.

python -m catalog.documents.parts_beside SOURCE TARGET FIELD,FIELD    numbers of open files; what it has read goes to stdout

It is this project's own program on files without names; whatever goes wrong in it, its sheets are read here instead, and
the fault is said here.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from catalog.documents.guide_parts import Parts, Taken
from catalog.domain.guide_sheets import PART_SHEETS, PartSheet
from chassis.sheets import Book, open_book

LARGE_BYTES = 16 * 1024 * 1024
"""Of the XML of all sheets of parts; of less a second process would start longer than it reads."""
SHARE = 0.5
"""How much of it the second process may be given."""


def read_parts(book: Book, data: bytes, kept: IO[bytes]) -> Parts:
    """All sheets of parts, their rows in `kept`. Raises what concerns a whole sheet."""
    parts = Parts(kept)
    beside = for_the_second(book)
    with _second(data, beside) as second:
        for sheet in PART_SHEETS:
            if sheet not in beside:
                parts.read(book, sheet)
        if not second.add_to(parts):
            for sheet in beside:
                parts.read(book, sheet)
    return parts


def for_the_second(book: Book) -> list[PartSheet]:
    """The largest sheets, up to SHARE of all."""
    sizes = {sheet.field: book.size_of(sheet.name) for sheet in PART_SHEETS}
    total = sum(sizes.values())
    if total < LARGE_BYTES or (os.cpu_count() or 1) == 1:
        return []
    chosen: list[PartSheet] = []
    given = 0
    for sheet in sorted(PART_SHEETS, key=lambda each: -sizes[each.field]):
        if given + sizes[sheet.field] <= SHARE * total:
            chosen.append(sheet)
            given += sizes[sheet.field]
    return chosen


class _Second:
    """The second process, or none."""

    def __init__(self, process: "subprocess.Popen[bytes] | None", rows: IO[bytes]) -> None:
        self._process = process
        self._rows = rows

    def add_to(self, parts: Parts) -> bool:
        """Wait for it and add what it has read; False when it has not."""
        if self._process is None:
            return False
        told, _ = self._process.communicate()
        if self._process.returncode != 0:
            return False
        taken: Taken = pickle.loads(told)  # noqa: S301  our own program's words, by a pipe of ours
        self._rows.seek(0)
        parts.take(taken, self._rows)
        return True


@contextmanager
def _second(data: bytes, sheets: Sequence[PartSheet]) -> Iterator[_Second]:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as rows:
        process = _started(data, source, rows, sheets) if sheets else None
        if process is None:
            yield _Second(None, rows)
            return
        with process:
            try:
                yield _Second(process, rows)
            finally:
                if process.poll() is None:
                    process.kill()


def _started(
    data: bytes, source: IO[bytes], rows: IO[bytes], sheets: Sequence[PartSheet]
) -> "subprocess.Popen[bytes] | None":
    source.write(data)
    source.seek(0)
    files = (source.fileno(), rows.fileno())
    words = [*map(str, files), ",".join(sheet.field for sheet in sheets)]
    try:
        return subprocess.Popen(  # noqa: S603  our own program, numbers and names of ours
            [sys.executable, "-m", __spec__.name, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=files,
            env={name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        )
    except OSError:
        return None


def main(words: Sequence[str]) -> int:
    source, target, fields = int(words[0]), int(words[1]), words[2].split(",")
    with os.fdopen(source, "rb") as file, os.fdopen(target, "wb") as kept:
        parts = Parts(kept)
        with open_book(file.read()) as book:
            for sheet in PART_SHEETS:
                if sheet.field in fields:
                    parts.read(book, sheet)
    pickle.dump(parts.taken(), sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
