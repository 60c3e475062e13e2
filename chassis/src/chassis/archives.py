"""ZIP archives from outside, looked over before anything is unpacked: XLSX files are archives too."""

import zipfile
from typing import IO

from chassis.errors import InvalidError, TooLargeError

ENTRIES_MAX = 2_000
UNPACKED_BYTES_MAX = 512 * 1024 * 1024
RATIO_MAX = 200
"""Unpacked to packed, of the whole; spreadsheets of very similar rows reach about fifty."""
_RATIO_FREE_BYTES = 1024 * 1024
"""Below this the ratio does not matter: a small sheet of blanks packs very well."""
_NESTED = (
    ".zip",
    ".xlsx",
    ".xlsm",
    ".docx",
    ".pptx",
    ".jar",
    ".7z",
    ".rar",
    ".gz",
    ".tar",
    ".bz2",
    ".xz",
    ".zst",
)
_ENCRYPTED = 0x1


def check_archive(source: IO[bytes]) -> frozenset[str]:
    """The archive's entry names, once it is known to unpack into something of a bearable size.

    Reads the directory only; zipfile reads no more of an entry than the size stated there. InvalidError
    or TooLargeError, in words for the person who sent it, for anything else.
    """
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise InvalidError(
            "压缩文件已损坏，无法读取，请重新生成后上传",
            "The archive is damaged and cannot be read; make it again",
            code="archive-damaged",
        ) from error
    _check_size(entries)
    for entry in entries:
        _check_entry(entry)
    return frozenset(entry.filename for entry in entries)


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    is_bomb = unpacked > _RATIO_FREE_BYTES and unpacked > packed * RATIO_MAX
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_BYTES_MAX or is_bomb:
        raise TooLargeError(
            "压缩文件解压后过大，请拆分后上传",
            "The archive unpacks into too much; split it",
            code="archive-too-large",
        )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidError(
            "压缩文件已加密，请去掉密码后上传",
            "The archive is encrypted; remove the password",
            code="archive-encrypted",
        )
    if name.lower().endswith(_NESTED):
        raise InvalidError(
            "压缩文件内不能再含压缩文件，请解开后上传",
            "An archive within the archive; take it out",
            code="archive-nested",
        )
    if name.startswith("/") or ".." in name.split("/"):
        raise InvalidError(
            "压缩文件内含不允许的路径",
            "The archive holds a path that leads out of it",
            code="archive-path",
        )
