import base64
import hashlib
import io
import json
import os
import zipfile

import pytest
from openpyxl import Workbook

from chassis.blobs import (
    CSV,
    JPEG,
    JSON,
    JSON_LINES,
    PDF,
    PNG,
    TEXT,
    XLSX,
    ZIP,
    Blobs,
    decode_text,
    recognise,
)
from chassis.encryption import DecryptionError, Keyring
from chassis.errors import InvalidError, NotFoundError, TooLargeError, UnsupportedError

EVERYTHING = frozenset({PDF, PNG, JPEG, ZIP, XLSX, CSV, JSON, JSON_LINES, TEXT})
A_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
A_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17)
A_JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(20)
LIMIT = 1_000_000


@pytest.fixture
def blobs(tmp_path):
    return Blobs.at((tmp_path / "文件 夹" / "svc").as_uri())


def archive(entries: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return target.getvalue()


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["a", "b"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


async def in_pieces(data: bytes, size: int = 10):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def test_a_blob_is_kept_under_its_digest_and_read_back(blobs, tmp_path):
    stored = await blobs.put(A_PDF, limit_bytes=LIMIT, allowed=frozenset({PDF}))
    assert stored.sha256 == hashlib.sha256(A_PDF).hexdigest()
    assert (stored.size_bytes, stored.media_type) == (len(A_PDF), PDF)
    assert await blobs.get(stored.sha256) == A_PDF
    assert await blobs.exists(stored.sha256)
    assert await Blobs.at((tmp_path / "文件 夹" / "svc").as_uri()).get(stored.sha256) == A_PDF


async def test_a_stream_larger_than_memory_is_kept_whole(blobs):
    data = A_PDF + os.urandom(5_000_000)
    stored = await blobs.put(
        in_pieces(data, 70_000), limit_bytes=10_000_000, allowed=frozenset({PDF})
    )
    pieces = [piece async for piece in blobs.open(stored.sha256)]
    assert b"".join(pieces) == data
    assert len(pieces) > 1
    assert all(type(piece) is bytes for piece in pieces)


async def test_the_same_bytes_are_kept_once(blobs, tmp_path):
    first = await blobs.put(A_PNG, limit_bytes=LIMIT, allowed=EVERYTHING)
    again = await blobs.put(in_pieces(A_PNG), limit_bytes=LIMIT, allowed=EVERYTHING)
    assert first == again
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


async def test_reading_stops_at_the_limit(blobs, tmp_path):
    asked = 0

    async def endless():
        nonlocal asked
        yield A_PDF
        while True:
            asked += 1
            yield bytes(1_000)

    with pytest.raises(TooLargeError) as caught:
        await blobs.put(endless(), limit_bytes=20_000, allowed=frozenset({PDF}))
    assert caught.value.zh
    assert caught.value.en
    assert asked == 20
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (A_PDF, PDF),
        (A_PNG, PNG),
        (A_JPEG, JPEG),
        (archive({"a.txt": b"x"}), ZIP),
        (workbook(), XLSX),
        ("姓名,电话\n王小敏,1\n".encode(), CSV),
        ("姓名,电话\n王小敏,1\n".encode("gb18030"), CSV),
        (b"BMW,Ltd\n1,2\n", CSV),
        (b'{"a": 1}', JSON),
        (b'{"a": 1}\n{"a": 2}\n', JSON_LINES),
        (b"MZ\x90\0\3\0\0\0", None),
        (b"\x7fELF\x02\x01\x01\0", None),
        (b"GIF89a" + bytes(20), None),
        (b"", None),
        (b"  \n ", None),
    ],
)
async def test_the_type_is_read_from_the_content(blobs, data, media_type):
    if media_type is None:
        with pytest.raises(UnsupportedError):
            await blobs.put(data, limit_bytes=LIMIT, allowed=EVERYTHING)
    else:
        stored = await blobs.put(data, limit_bytes=LIMIT, allowed=EVERYTHING)
        assert stored.media_type == media_type


@pytest.mark.parametrize(
    "data", [A_PNG, b"text", archive({"a.txt": b"x"}), b'{"a": 1}', workbook()]
)
async def test_a_type_that_is_not_allowed_here_is_refused(blobs, data):
    with pytest.raises(UnsupportedError) as caught:
        await blobs.put(data, limit_bytes=LIMIT, allowed=frozenset({PDF}))
    assert caught.value.problem_code == "file-type-not-accepted"


async def test_a_workbook_with_macros_is_no_workbook(blobs):
    with zipfile.ZipFile(io.BytesIO(workbook())) as book:
        entries = {name: book.read(name) for name in book.namelist()}
    data = archive(entries | {"xl/vbaProject.bin": b"x"})
    with pytest.raises(UnsupportedError):
        await blobs.put(data, limit_bytes=LIMIT, allowed=EVERYTHING)


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (archive({"a.txt": bytes(50_000_000)}), TooLargeError, "archive-too-large"),
        (archive({f"{n}.txt": b"" for n in range(2_001)}), TooLargeError, "archive-too-large"),
        (archive({"inner.ZIP": b"PK"}), InvalidError, "archive-nested"),
        (archive({"../up.txt": b"x"}), InvalidError, "archive-path"),
        (archive({"/etc/passwd": b"x"}), InvalidError, "archive-path"),
        (archive({"a\\..\\b.txt": b"x"}), InvalidError, "archive-path"),
        (archive({"a.txt": b"x"})[:30], InvalidError, "archive-damaged"),
        (b"PK\x03\x04" + bytes(100), InvalidError, "archive-damaged"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_an_archive_that_must_not_be_unpacked_is_refused(blobs, data, error, code):
    with pytest.raises(error) as caught:
        await blobs.put(data, limit_bytes=LIMIT * 100, allowed=EVERYTHING)
    assert caught.value.problem_code == code
    assert caught.value.zh
    assert caught.value.en


async def test_an_encrypted_archive_is_refused(blobs):
    data = bytearray(archive({"a.txt": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidError) as caught:
        await blobs.put(bytes(data), limit_bytes=LIMIT, allowed=EVERYTHING)
    assert caught.value.problem_code == "archive-encrypted"


@pytest.mark.parametrize(
    "name", ["0" * 64, "", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"]
)
async def test_a_blob_that_is_not_there_is_not_found(blobs, name):
    assert not await blobs.exists(name)
    with pytest.raises(NotFoundError):
        await blobs.get(name)


async def test_an_object_store_is_the_same_interface():
    blobs = Blobs.at("memory:///")
    stored = await blobs.put(in_pieces(A_PDF), limit_bytes=LIMIT, allowed=frozenset({PDF}))
    assert await blobs.get(stored.sha256) == A_PDF


def test_json_that_is_too_deep_or_unfinished_is_text():
    deep = b"[" * 100_000
    assert recognise(io.BytesIO(deep), frozenset({JSON, TEXT})) == TEXT
    assert recognise(io.BytesIO(json.dumps("word").encode()), frozenset({JSON})) == TEXT


def test_text_is_utf8_or_gb18030_without_control_characters():
    assert decode_text("\ufeff一网".encode()) == "一网"
    assert decode_text("一网".encode("gb18030")) == "一网"
    assert decode_text(b"a\0b") is None
    assert decode_text("一网".encode("utf-16")) is None


async def test_with_a_keyring_a_blob_lies_sealed_and_a_changed_byte_is_found(tmp_path):
    key = base64.b64encode(bytes(32)).decode()
    entry = {"encrypt": key, "index": key}
    ring = Keyring.from_json(
        json.dumps({"suite": "international", "current": "k1", "keys": {"k1": entry}})
    )
    blobs = Blobs.at(f"file://{tmp_path}/kept", keyring=ring)
    page = b"%PDF-1.7 " + "王小敏".encode() + bytes(3_000_000)
    stored = await blobs.put(page, limit_bytes=10_000_000, allowed=frozenset({PDF}))
    assert await blobs.get(stored.sha256) == page
    [path] = [p for p in (tmp_path / "kept").rglob("*") if p.is_file()]
    kept = bytearray(path.read_bytes())
    assert "王小敏".encode() not in kept
    assert b"%PDF" not in kept
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    kept[-1] ^= 1
    path.write_bytes(kept)
    with pytest.raises(DecryptionError):
        await blobs.get(stored.sha256)
