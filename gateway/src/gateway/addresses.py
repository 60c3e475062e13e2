"""The caller's network address, past the load balancers that we were told to trust."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Addresses:
    """Believes X-Forwarded-For only from trusted proxies, and only as far as they vouch for it."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted: tuple[Network, ...] = tuple(
            ipaddress.ip_network(entry, strict=False) for entry in trusted
        )

    def caller(self, peer: str, forwarded_for: bytes | None) -> str:
        """The right-most address that is not one of our proxies'."""
        if not self._trusted or forwarded_for is None or not self._is_trusted(peer):
            return peer
        for entry in reversed(forwarded_for.decode("latin-1").split(",")):
            candidate = entry.strip()
            if not _is_address(candidate):
                return peer
            if not self._is_trusted(candidate):
                return candidate
            peer = candidate
        return peer

    def _is_trusted(self, address: str) -> bool:
        if not _is_address(address):
            return False
        parsed = ipaddress.ip_address(address)
        return any(parsed in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
