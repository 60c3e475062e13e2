"""The shape of the city: how many items of which kind there are at full scale (domain.md 0, indicators.md).

Where the published figure says "more than", the number here is a choice, not a fact.
"""

ITEMS = 8_543
PERMITS = 3_922
PROXIED_ITEMS = 589
"""Items that 枫溪区 carries out (代实施)."""
PERMITS_ZERO_VISIT = 3_901
PERMITS_FULLY_ONLINE = 3_773
TIME_LEFT_PER_TEN_THOUSAND = 543
"""Promised days for ten thousand statutory ones: compressed by 94.57 %."""
ONE_WINDOW_ITEMS = 3_279
ONE_WINDOW_DEPARTMENTS = 80
CROSS_REGION_ITEMS = 3_000
SHOW_CODE_ITEMS = 3_850
FOUR_EXEMPT_ITEMS = 4_120
CHANNEL_ITEMS = {
    "yue-sheng-shi": 978,
    "yue-shang-tong": 751,
    "yue-zhi-zhu": 259,
    "i-chaozhou": 3_100,
}
I_CHAOZHOU_DEPARTMENTS = 175


def share_of(full: int, items: int) -> int:
    """What a city of so many items has of a count at full scale."""
    return (full * items + ITEMS // 2) // ITEMS
