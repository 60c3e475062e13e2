"""Self-service terminals (自助终端) of the example city: one in every town and street, with a running number."""

from typing import Any

from localcity.example.divisions import TOWNS
from localcity.example.doors import Doors


def kiosks() -> list[dict[str, Any]]:
    """As the catalog's register takes them. They stand where nobody has measured: no coordinates are made up."""
    return [
        {
            "code": f"kiosk-{town.code}",
            "kind": "kiosk",
            "name": f"{town.name}自助终端",
            "division": town.code,
            "address": f"{town.name}便民服务中心",
            "opening": {"weekly": {str(day): [["08:30", "17:30"]] for day in range(1, 6)}},
            "reason": "示例数据",
        }
        for town in TOWNS
    ]


async def register_kiosks(doors: Doors) -> None:
    """Those that are not there yet."""
    known = {row["code"] async for row in doors.results("/catalog/v1/kiosks", role="system_admin")}
    for body in kiosks():
        if body["code"] not in known:
            await doors.call("POST", "/catalog/v1/service-points", role="system_admin", json=body)
