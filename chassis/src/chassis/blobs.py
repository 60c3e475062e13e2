"""Uploaded bytes, kept by what they are: the name of a blob is its SHA-256, its type is read from its content.

One interface over a local folder (`file:///...`) and an object store (`s3://...`). A blob appears whole or not at
all, is never changed, and the same bytes are kept once. What somebody called the file, and whose it is, belongs
to the service's database.
"""

import asyncio
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import filetype
import obstore
from obstore.store import LocalStore, from_url

from chassis.archives import check_archive
from chassis.encryption import Keyring
from chassis.errors import NotFoundError, TooLargeError, UnsupportedError
from chassis.texts import encoding_of

PDF, PNG, JPEG, ZIP = "application/pdf", "image/png", "image/jpeg", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV, JSON, JSON_LINES, TEXT = "text/csv", "application/json", "application/x-ndjson", "text/plain"
UNKNOWN = "application/octet-stream"

_IN_MEMORY_BYTES = 2 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_HEAD_BYTES = 8_192
_JSON_BYTES_MAX = 16 * 1024 * 1024
_JSON_LINES_LOOKED_AT = 200
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BY_MAGIC = {PDF, PNG, JPEG}
_MACROS = "xl/vbaProject.bin"


@dataclass(frozen=True, kw_only=True)
class StoredBlob:
    """What is known of a blob once it is kept."""

    sha256: str
    size_bytes: int
    media_type: str


class Blobs:
    """The blobs of one service."""

    def __init__(
        self, store: Any, *, folder: Path | None = None, keyring: Keyring | None = None
    ) -> None:
        self._store = store
        self._folder = folder
        self._keyring = keyring

    @classmethod
    def at(cls, url: str, *, keyring: Keyring | None = None) -> "Blobs":
        """A folder is made when it is not there, for this process's user only. With a keyring, blobs lie sealed."""
        parts = urlsplit(url)
        if parts.scheme != "file":
            return cls(from_url(url), keyring=keyring)
        folder = Path(unquote(parts.path))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        return cls(LocalStore(str(folder)), folder=folder, keyring=keyring)

    async def put(
        self,
        data: bytes | AsyncIterator[bytes],
        *,
        limit_bytes: int,
        allowed: frozenset[str],
    ) -> StoredBlob:
        """Keep bytes of an allowed media type; reading stops as soon as they are more than `limit_bytes`.

        TooLargeError, UnsupportedError (another type than allowed, whatever the sender called it) or
        InvalidError (an archive that must not be unpacked).
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
            digest, size = hashlib.sha256(), 0
            async for piece in _pieces(data):
                size += len(piece)
                if size > limit_bytes:
                    raise _too_large(limit_bytes)
                digest.update(piece)
                spool.write(piece)
            media_type = await asyncio.to_thread(recognise, spool, allowed)
            if media_type not in allowed:
                raise _unsupported()
            blob = StoredBlob(sha256=digest.hexdigest(), size_bytes=size, media_type=media_type)
            await self._keep(blob, spool)
        return blob

    async def get(self, sha256: str) -> bytes:
        """All bytes of a blob; NotFoundError when there is none of this name."""
        return b"".join([piece async for piece in self.open(sha256)])

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes of a blob piece by piece; NotFoundError before the first one, when there is none."""
        path = _path(sha256)
        try:
            result = await obstore.get_async(self._store, path)
        except FileNotFoundError:
            raise NotFoundError from None
        if self._keyring is None:
            async for piece in result.stream(min_chunk_size=_PIECE_BYTES):
                yield bytes(piece)
            return
        # Sealed whole, so that a byte changed anywhere is found before the first one goes out.
        sealed = bytes(await result.bytes_async())
        opened = await asyncio.to_thread(self._keyring.unseal, sealed, context=_context(sha256))
        for start in range(0, len(opened), _PIECE_BYTES):
            yield opened[start : start + _PIECE_BYTES]

    async def exists(self, sha256: str) -> bool:
        try:
            await obstore.head_async(self._store, _path(sha256))
        except (FileNotFoundError, NotFoundError):
            return False
        return True

    async def _keep(self, blob: StoredBlob, spool: IO[bytes]) -> None:
        if await self.exists(blob.sha256):
            return
        path = _path(blob.sha256)
        spool.seek(0)
        kept: Any = spool
        if self._keyring is not None:
            context = _context(blob.sha256)
            kept = await asyncio.to_thread(self._keyring.seal, spool.read(), context=context)
        await obstore.put_async(self._store, path, kept)
        if self._folder is not None:
            await asyncio.to_thread(_force_to_disk, self._folder / path)


def recognise(source: IO[bytes], allowed: frozenset[str]) -> str:
    """The media type by content, `application/octet-stream` when it is none we know. Archives are checked.

    CSV cannot be told from other text: it is what text is called where CSV is allowed.
    """
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _recognise_archive(source, allowed)
    # A guess we do not know proves nothing: text that begins with "BM" is taken for a bitmap.
    guessed = filetype.guess_mime(head) if head else None
    if guessed in _BY_MAGIC:
        return str(guessed)
    if not allowed & {CSV, JSON, JSON_LINES, TEXT}:
        return UNKNOWN
    source.seek(0)
    return _recognise_text(source.read(), allowed)


def _recognise_archive(source: IO[bytes], allowed: frozenset[str]) -> str:
    if not allowed & {ZIP, XLSX}:
        return UNKNOWN
    names = check_archive(source)
    if _MACROS in names:
        return UNKNOWN
    return XLSX if "xl/workbook.xml" in names else ZIP


def _recognise_text(data: bytes, allowed: frozenset[str]) -> str:
    text = _text_of_table(data) if allowed & {CSV, JSON_LINES} else decode_text(data)
    if text is None or not text.strip():
        return UNKNOWN
    if allowed & {JSON, JSON_LINES}:
        if len(data) <= _JSON_BYTES_MAX and _is_json(text):
            return JSON if JSON in allowed else JSON_LINES
        # A broken line is refused by itself, be it the first one.
        if any(map(_is_json_object, islice(io.StringIO(text), _JSON_LINES_LOOKED_AT))):
            return JSON_LINES
    return CSV if CSV in allowed else TEXT


def _text_of_table(data: bytes) -> str | None:
    encoding = encoding_of(data)
    return None if encoding is None else data.decode(encoding, "surrogateescape")


def _is_json_object(line: str) -> bool:
    return line.lstrip().startswith("{") and _is_json(line)


def decode_text(data: bytes) -> str | None:
    """Text of UTF-8 (with or without a mark) or, as older spreadsheets write it, GB 18030; None when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NOT_TEXT.search(text) else text
    return None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


async def _pieces(data: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    async for piece in data:
        yield piece


def _context(sha256: str) -> str:
    return f"blobs {sha256}"


def _path(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise NotFoundError
    return f"{sha256[:2]}/{sha256}"


def _force_to_disk(path: Path) -> None:
    """A row that names the blob is committed after this: after a power cut both are there, or only the blob."""
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _too_large(limit_bytes: int) -> TooLargeError:
    megabytes = max(limit_bytes // (1024 * 1024), 1)
    return TooLargeError(
        f"文件过大，最大 {megabytes} MB，请压缩或拆分后上传",
        f"The file is too large, at most {megabytes} MB; make it smaller or split it",
        code="file-too-large",
    )


def _unsupported() -> UnsupportedError:
    return UnsupportedError(
        "不支持此类文件，请按要求的格式重新上传",
        "This kind of file is not accepted here; send one of the kinds asked for",
        code="file-type-not-accepted",
    )
