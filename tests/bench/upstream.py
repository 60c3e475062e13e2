"""A bare upstream: answers every GET with the same 200 bytes of JSON, and costs as little as Python can.

python tests/bench/upstream.py <port>
"""

import asyncio
import sys
from typing import cast

import uvloop

BODY = b'{"results":["' + b"x" * 184 + b'"]}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
HEAD_END = b"\r\n\r\n"


class Upstream(asyncio.Protocol):
    """Counts heads and answers each; requests have no body here."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._left = b""

    def data_received(self, data: bytes) -> None:
        parts = (self._left + data).split(HEAD_END)
        self._left = parts.pop()
        if parts:
            self._transport.write(ANSWER * len(parts))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
