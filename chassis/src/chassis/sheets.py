"""Sheets of an XLSX workbook, streamed as rows of text, within bounds whatever the file says of itself.

A workbook from outside is an archive of XML. Here it is looked over and opened; sheet_parts.py reads the XML inside,
merged_cells.py what lies across cells, and sheet_rows.py says what comes out.
"""

import io
import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO
from xml.parsers import expat

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from chassis.archives import check_archive
from chassis.errors import UnsupportedError
from chassis.merged_cells import merged_cells, with_merged
from chassis.sheet_parts import (
    Contents,
    Relations,
    SheetReader,
    Styles,
    Texts,
    read_part,
    rows_of_part,
)
from chassis.sheet_rows import SheetRow, damaged

_MACROS = ("vbaproject.bin", "xl/macrosheets/", "xl/dialogsheets/")
_LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    expat.ExpatError,
    LookupError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
)
"""A damaged part shows itself in any of these, wherever the reader stumbles."""


@dataclass(kw_only=True)
class Book:
    """An opened workbook. `sheets`: the visible ones, in their order."""

    archive: zipfile.ZipFile
    sheets: tuple[str, ...]
    _paths: Mapping[str, str]
    _texts: list[str] = field(default_factory=list)
    _date_styles: frozenset[int] = frozenset()
    _epoch: datetime = CALENDAR_WINDOWS_1900

    def size_of(self, sheet: str) -> int:
        """Bytes of a sheet's XML, as the archive states them."""
        return self.archive.getinfo(self._paths[sheet]).file_size

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Rows that hold something, in order. Raises InvalidError or TooLargeError where the part is damaged."""
        try:
            merged = merged_cells(self.archive, self._paths[sheet])
            reader = SheetReader(self._texts, self._date_styles, self._epoch)
            for row in rows_of_part(self.archive, self._paths[sheet], reader):
                yield with_merged(row, merged)
        except _DAMAGE as error:
            raise damaged() from error


@contextmanager
def open_book(data: bytes | Path) -> Iterator[Book]:
    """A workbook, looked over first. UnsupportedError for macros and links, InvalidError when it is none."""
    with _opened(data) as source:
        check_workbook(source)
        source.seek(0)
        with zipfile.ZipFile(source) as archive:
            try:
                book = _book(archive)
            except _DAMAGE as error:
                raise damaged() from error
            yield book


def read_sheet(data: bytes | Path) -> Iterator[SheetRow]:
    """Rows of the first visible sheet."""
    with open_book(data) as book:
        yield from book.rows(book.sheets[0])


def check_workbook(source: IO[bytes]) -> None:
    """Look at a workbook's table of contents alone; raises what `open_book` would raise for it."""
    names = [name.lower() for name in check_archive(source)]
    if any(macro in name for name in names for macro in _MACROS):
        raise UnsupportedError(
            "不接受含宏的工作簿，请另存为不含宏的 XLSX 后上传",
            "A workbook with macros is not accepted; save it as XLSX without them",
            code="workbook-with-macros",
        )
    if any(name.startswith(_LINKS) for name in names):
        raise UnsupportedError(
            "工作簿引用了外部文件或数据源，请在“数据—编辑链接”中断开后上传",
            "The workbook draws on other files or sources; break the links and send it again",
            code="workbook-with-links",
        )


def _opened(data: bytes | Path) -> IO[bytes]:
    return io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")


def _book(archive: zipfile.ZipFile) -> Book:
    contents = Contents()
    read_part(archive, "xl/workbook.xml", contents)
    relations = Relations()
    read_part(archive, "xl/_rels/workbook.xml.rels", relations)
    present = set(archive.namelist())
    paths = {
        name: _inside(relations.targets[key])
        for name, key in contents.visible.items()
        if key in relations.targets
    }
    paths = {name: path for name, path in paths.items() if path in present}
    if not paths:
        raise damaged()
    texts, styles = Texts(), Styles()
    for kind, reader in (("sharedStrings", texts), ("styles", styles)):
        path = _inside(relations.by_kind.get(kind, ""))
        if path in present:
            read_part(archive, path, reader)
    return Book(
        archive=archive,
        sheets=tuple(paths),
        _paths=paths,
        _texts=texts.found,
        _date_styles=styles.dates(),
        _epoch=CALENDAR_MAC_1904 if contents.is_1904 else CALENDAR_WINDOWS_1900,
    )


def _inside(target: str) -> str:
    """Where a relation of the workbook points, as a name in the archive."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
