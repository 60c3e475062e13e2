"""What a program says of itself, asked at its own door."""

import http.client

HOST = "127.0.0.1"
ANSWER_SECONDS_MAX = 2.0


def is_ready(port: int) -> bool:
    """Whether the program on this port says that it does its work now (/readyz)."""
    return readiness(port)[0]


def is_alive(port: int) -> bool:
    """Whether it says anything at all (/healthz): a process that hangs does not."""
    return _asked(port, "/healthz")[0]


def readiness(port: int) -> tuple[bool, str]:
    """Whether it is ready, and what it says about it."""
    return _asked(port, "/readyz")


def _asked(port: int, path: str) -> tuple[bool, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        told = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"does not answer ({error})"
    finally:
        connection.close()
    return answer.status == http.client.OK, told
