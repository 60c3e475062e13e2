"""Any monthly sheet, and the lists and figures of a month, with ten million orders in the books."""

import asyncio
import http.client
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from report import Line, Report, median, rounds
from seed_orders import seed_orders
from stage import BenchError, Stage, say

from localcity.city import City
from localcity.example.people import APPROVALS

COUNT, COUNT_QUICK = 10_000_000, 200_000
SHEET_SECONDS_MAX = 2.0
TIMES = 3


def measure(stage: Stage, report: Report) -> None:
    city = stage.city("ledgers")
    count = COUNT_QUICK if stage.is_quick else COUNT
    admin = str(city.description["postgres"])
    prefix = f"{APPROVALS[:-1]}"
    seconds = asyncio.run(seed_orders(admin, "yiwang_workorder", count=count, department=prefix))
    say(f"{count} orders with indexes, VACUUM ANALYZE: {seconds:.0f} s")
    months = _months(count)
    took = {
        "json": [_timed(city, f"ledgers/{month}?kind=hotline") for month in months],
        "xlsx": [_timed(city, f"ledgers/{month}?format=xlsx") for month in months],
        "figure": [_timed(city, f"indicators/hotline_on_time_share?{_days(month)}") for month in months],
        "list": [
            _timed(city, f"work-orders?kind=hotline&figure=on_time_share&part=numerator&{_days(month)}")
            for month in months
        ],
    }  # fmt: skip
    slowest = max(*took["json"], *took["xlsx"])
    report.add(
        Line(
            name=f"a monthly sheet of {count}",
            ours=f"{slowest:.2f} s",
            level=f"<= {SHEET_SECONDS_MAX:.0f} s",
            is_met=slowest <= SHEET_SECONDS_MAX,
            method=f"the slowest of {', '.join(months)}, as JSON {rounds(took['json'], '{:.2f}')} and as a workbook "
            f"{rounds(took['xlsx'], '{:.2f}')} s, each the median of {TIMES} through the gateway; a figure of the month "
            f"{rounds(took['figure'], '{:.2f}')} s, the first page of the orders it counts {rounds(took['list'], '{:.2f}')} s",
            details=took,
        )
    )


def _months(count: int) -> list[str]:
    """The newest whole month, one in the middle of the books and an old one."""
    now = datetime.now(UTC)
    years = count * 30 / 86_400 / 365
    days = (25, 365 * years / 2, 365 * years * 0.9)
    return [f"{now - timedelta(days=back):%Y-%m}" for back in days]


def _days(month: str) -> str:
    return f"from={month}-01&to={month}-28"


def _timed(city: City, path: str) -> float:
    return median([_asked(city, path) for _ in range(TIMES)])


def _asked(city: City, path: str) -> float:
    parts = urlsplit(city.gateway)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    try:
        began = time.perf_counter()
        headers: dict[str, Any] = city.bearer("hotline_lead")
        connection.request("GET", f"/workorder/v1/{path}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != 200:
        raise BenchError(
            f"{path}: {answer.status} {json.dumps(body[:300].decode(errors='replace'))}"
        )
    return took
