"""A status list: two bits a certificate, packed and deflated (IETF Token Status List).

Whoever reads it learns how many certificates there are and which numbers are not valid, and of nobody whose.
"""

import base64
import zlib
from collections.abc import Mapping

from certificate.domain.certificate import CertificateState

BITS = 2
LIST_SIZE = 65_536
VALID, INVALID, SUSPENDED = 0, 1, 2

_VALUES = {
    CertificateState.VALID: VALID,
    CertificateState.EXPIRED: VALID,  # its own date says so
    CertificateState.SUSPENDED: SUSPENDED,
}


def list_of(status_index: int) -> int:
    """The number of the list that a certificate stands in, from 1."""
    return status_index // LIST_SIZE + 1


def place_in_list(status_index: int) -> int:
    return status_index % LIST_SIZE


def status_value(state: CertificateState) -> int:
    return _VALUES.get(state, INVALID)


def pack(values: Mapping[int, int]) -> str:
    """The list as base64url of the deflated bits; places not named are valid."""
    packed = bytearray(LIST_SIZE * BITS // 8)
    for place, value in values.items():
        byte, shift = divmod(place * BITS, 8)
        packed[byte] |= value << shift
    return base64.urlsafe_b64encode(zlib.compress(bytes(packed), 9)).decode().rstrip("=")


def read_place(packed: str, place: int) -> int:
    """The value at one place, as a verifier reads it."""
    inflated = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    byte, shift = divmod(place * BITS, 8)
    return (inflated[byte] >> shift) & ((1 << BITS) - 1)
