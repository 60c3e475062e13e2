"""The example city (示例城市): people, departments, items; generated, none of it real."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcity.city import City


def load(city: "City") -> dict[str, Any]:
    """Load the example city into a running one, through its public doors; again is harmless.

    Returns what city.json has to say of it: the partner's credentials. YIWANG_EXAMPLE_SCALE sets the size.
    """
    import asyncio  # noqa: PLC0415  tokens need people.py only, and must stay quick
    import os  # noqa: PLC0415

    from localcity.example.generator import SMALL, make_city  # noqa: PLC0415
    from localcity.example.loader import load_city  # noqa: PLC0415

    scale = float(os.environ.get("YIWANG_EXAMPLE_SCALE") or SMALL)
    return asyncio.run(load_city(city, make_city(scale=scale)))
