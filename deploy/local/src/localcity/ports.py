"""Ports of one city: those asked for, else those of its last run, else free ones."""

import os
import random
import socket
from collections.abc import Iterable, Mapping

from localcity.home import SERVICES, Home, read_json, write_json
from localcity.trouble import TroubleError

NAMES = ("gateway", "postgres", "nats", *SERVICES)
RANGE = range(20_000, 32_000)
"""Below the kernel's own range for outgoing calls, so that nobody's call takes a port while we restart."""
GATEWAY_PORT = 8080
TRIES_MAX = 200


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(taken: Iterable[int] = ()) -> int:
    known = set(taken)
    for _ in range(TRIES_MAX):
        port = random.choice(RANGE)  # noqa: S311  no secret
        if port not in known and is_free(port):
            return port
    raise TroubleError(f"no free port found between {RANGE.start} and {RANGE.stop}")


def choose_ports(home: Home, environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """A port for every process, kept in ports.json; raises TroubleError when one asked for is taken."""
    path = home.root / "ports.json"
    kept = read_json(path)
    chosen: dict[str, int] = {}
    for name in NAMES:
        setting = f"YIWANG_{name.upper()}_PORT"
        asked = environment.get(setting)
        if asked:
            chosen[name] = _asked_port(setting, asked)
            continue
        wished = [int(kept[name])] if name in kept else []
        if name == "gateway":
            wished.append(GATEWAY_PORT)
        taken = set(chosen.values())
        chosen[name] = next(
            (port for port in wished if port not in taken and is_free(port)), 0
        ) or free_port(taken)
        if name in kept and chosen[name] != kept[name]:
            print(f"port {kept[name]} of {name} is in use by another; {chosen[name]} instead")
    write_json(path, chosen)
    return chosen


def _asked_port(setting: str, asked: str) -> int:
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise TroubleError(f"{setting}={asked} is not a port; give a number from 1 to 65535")
    if not is_free(int(asked)):
        raise TroubleError(
            f"port {asked} ({setting}) is in use; give another, or none to have one chosen"
        )
    return int(asked)
