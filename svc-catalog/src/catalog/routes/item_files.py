"""What imports and exports of items share: kinds of tables, whose codes, and a file as an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import IO, Annotated, Literal
from urllib.parse import quote

from fastapi import Query
from fastapi.responses import StreamingResponse

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.errors import UnsupportedError

TABLES = frozenset({CSV, JSON_LINES, XLSX})
TABLE_NAMES = {CSV: "CSV", JSON_LINES: "JSON Lines", XLSX: "XLSX"}
Codes = Literal["national", "guangdong"]
"""Whose numbers of task types: 广东政务服务网 has two of its own (domain/codes.py)."""
CodesAsked = Annotated[Codes, Query(description="事项类型用谁的编码 Whose numbers of task types")]
PIECE_BYTES = 256 * 1024


def check_codes(codes: Codes, media_type: str) -> None:
    """Raise UnsupportedError for a table that names task types in words, and so has no numbers of anybody."""
    if codes != "national" and media_type == XLSX:
        raise UnsupportedError(
            "工作簿和整份指南的表格中事项类型是名称而不是编码，无需 codes；如需广东编码请用清单 CSV 或 JSON Lines",
            "Tables of whole guides name task types in words; take the flat CSV or JSON Lines instead",
            code="task-types-in-words",
        )


def attachment(name: str) -> dict[str, str]:
    """Under what name a browser keeps the file (RFC 6266, RFC 8187)."""
    plain = "items." + name.rpartition(".")[2]
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    }


def file_answer(
    packed: AbstractContextManager[IO[bytes]], name: str, media_type: str = XLSX
) -> StreamingResponse:
    """A finished file, piece by piece; it is closed, and gone, when the last piece was sent."""

    async def pieces() -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(packed.__enter__)
        try:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece
        finally:
            packed.__exit__(None, None, None)

    return StreamingResponse(pieces(), media_type=media_type, headers=attachment(name))
