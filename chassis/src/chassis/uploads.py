"""Files that come in through the HTTP door, piece by piece."""

from collections.abc import AsyncIterator

from fastapi import UploadFile

PIECE_BYTES = 256 * 1024


async def pieces_of(file: UploadFile) -> AsyncIterator[bytes]:
    """An upload for `Blobs.put`, without ever being in memory whole."""
    while piece := await file.read(PIECE_BYTES):
        yield piece
