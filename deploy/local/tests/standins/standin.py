"""A program that stands in for a service: the same commands and settings, and nothing behind them."""

import http.server
import os
import signal
import sys
from pathlib import Path
from typing import Any


class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{os.getpid()} {os.environ.get('YIWANG_DATABASE_URL', '')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def note(text: str) -> None:
    """Leave a line in the city's home: the order in which things happened, for the tests to read."""
    with (Path(os.environ["YIWANG_HOME"]) / "happened.txt").open("a") as file:
        file.write(text + "\n")


def end(*_: Any) -> None:
    raise SystemExit(0)


def main(name: str) -> None:
    command = sys.argv[1]
    note(f"{name} {command}")
    if os.environ.get("STANDIN_FAILS") == f"{name} {command}":
        sys.exit("this stand-in was told to fail")
    if command != "serve":
        return
    signal.signal(signal.SIGTERM, end)
    address = ("127.0.0.1", int(os.environ["YIWANG_PORT"]))
    with http.server.ThreadingHTTPServer(address, Door) as server:
        try:
            server.serve_forever()
        finally:
            note(f"{name} drained")
