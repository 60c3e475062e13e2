"""A request's body on its way through: counted, timed, never held."""

import asyncio
from collections.abc import AsyncIterator

from chassis.errors import BadRequestError, ProblemError, TooLargeError
from gateway.exchange import Receive
from gateway.headers import Incoming
from gateway.problems import RequestTimeoutError

SILENCE_SECONDS = 10.0
"""Longest pause between two pieces of a body."""


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


def too_large(bytes_max: int) -> TooLargeError:
    megabytes = bytes_max // (1024 * 1024)
    return TooLargeError(
        f"内容过大，此处最多 {megabytes} MB，请压缩或拆分后再提交",
        f"Too large: at most {megabytes} MB here; make it smaller or send it in parts",
    )


class Body:
    """Reads the body piece by piece. A refusal is raised and kept in `fault`, because the HTTP client
    wraps what its body raises."""

    def __init__(self, receive: Receive, incoming: Incoming, *, bytes_max: int) -> None:
        declared = incoming.content_length
        if declared is not None and declared > bytes_max:
            raise too_large(bytes_max)
        self._receive = receive
        self._bytes_max = bytes_max
        self._seen = 0
        self._first = b""
        self.is_read = not incoming.has_body
        self.fault: ProblemError | ClientGoneError | None = None

    async def start(self) -> None:
        """Read the first piece, which for most bodies is all of it."""
        if not self.is_read:
            self._first = await self._piece()

    @property
    def whole(self) -> bytes | None:
        """The body when `start` read all of it (empty: there is none); None when it has to be streamed."""
        return self._first if self.is_read else None

    async def stream(self) -> AsyncIterator[bytes]:
        """Every piece, once; holds one piece at a time."""
        first, self._first = self._first, b""
        if first:
            yield first
        while not self.is_read:
            piece = await self._piece()
            if piece:
                yield piece

    async def _piece(self) -> bytes:
        try:
            return await self._read_piece()
        except (ProblemError, ClientGoneError) as error:
            self.fault = error
            raise

    async def _read_piece(self) -> bytes:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await self._receive()
        except TimeoutError as error:
            raise RequestTimeoutError from error
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece: bytes = message.get("body", b"")
        self._seen += len(piece)
        if self._seen > self._bytes_max:
            raise too_large(self._bytes_max)
        self.is_read = not message.get("more_body", False)
        return piece


async def read_small(receive: Receive, incoming: Incoming, *, bytes_max: int) -> bytes:
    """A small body whole, for the gateway's own routes."""
    body = Body(receive, incoming, bytes_max=bytes_max)
    try:
        await body.start()
        return b"".join([piece async for piece in body.stream()]) or body.whole or b""
    except ClientGoneError as error:
        raise BadRequestError from error
