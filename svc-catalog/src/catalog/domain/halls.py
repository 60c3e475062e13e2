"""Halls, windows and other places where people get things done: words, coordinates, who takes in what."""

import math
from enum import StrEnum

from chassis.errors import FieldFault, InvalidError

EARTH_METRES = 6_371_000.0
"""Mean radius; distances within a province are right to half a percent."""
METRES_A_DEGREE = 111_195.0
UNKNOWN_METRES = 2_000_000_000
"""How far a place is whose coordinates nobody has stated: behind every other."""

# Krasovsky 1940, on which the offset of GCJ-02 is built; the series is the one in common use.
_AXIS, _ECCENTRICITY = 6_378_245.0, 0.00669342162296594323


class PlaceKind(StrEnum):
    WINDOW = "window"
    HALL = "hall"
    KIOSK = "kiosk"
    HELPER_POINT = "helper-point"
    MAIL_DESK = "mail-desk"


class PointState(StrEnum):
    IN_SERVICE = "in-service"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


STATE_WORDS = {
    PointState.IN_SERVICE: "正常服务",
    PointState.BROKEN: "故障",
    PointState.WITHDRAWN: "已撤除",
}


def to_wgs84(longitude: float, latitude: float, system: str) -> tuple[float, float]:
    """Longitude and latitude in WGS-84, from what was stated in `wgs-84` or `gcj-02`; right to about two metres."""
    if system == "wgs-84":
        return longitude, latitude
    x, y = longitude - 105.0, latitude - 35.0
    radians = math.radians(latitude)
    magic = 1 - _ECCENTRICITY * math.sin(radians) ** 2
    root = math.sqrt(magic)
    north = (_northing(x, y) * 180.0) / ((_AXIS * (1 - _ECCENTRICITY)) / (magic * root) * math.pi)
    east = (_easting(x, y) * 180.0) / (_AXIS / root * math.cos(radians) * math.pi)
    return longitude - east, latitude - north


def _waves(value: float) -> float:
    return (
        (20.0 * math.sin(6.0 * value * math.pi) + 20.0 * math.sin(2.0 * value * math.pi))
        * 2.0
        / 3.0
    )


def _northing(x: float, y: float) -> float:
    found = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    found += _waves(x)
    found += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    return found + (
        (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    )


def _easting(x: float, y: float) -> float:
    found = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    found += _waves(x)
    found += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    return found + (
        (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    )


def box_around(
    longitude: float, latitude: float, metres: float
) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds every point within `metres`."""
    north = metres / METRES_A_DEGREE
    east = north / max(math.cos(math.radians(latitude)), 0.01)
    return longitude - east, latitude - north, longitude + east, latitude + north


def check_unities(found: set[str], known: set[str]) -> None:
    """A checklist names its points; raises InvalidError for one that is not on the list of the rule."""
    unknown = sorted(found - known)
    if unknown:
        raise InvalidError(
            f"“四统一”清单没有这些项：{'、'.join(unknown)}；可用：{'、'.join(sorted(known))}",
            f"Not on the checklist: {', '.join(unknown)}; it knows {', '.join(sorted(known))}",
            code="unity-unknown",
            faults=tuple(
                FieldFault(
                    pointer=f"/unities/{each}",
                    code="unity-unknown",
                    zh="不在清单上",
                    en="not on it",
                )
                for each in unknown
            ),
        )
