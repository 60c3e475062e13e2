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
PROOFS_CANCELLED = 714
PROOFS_RETAINED = 36
"""Kept by law; the report does not say how many."""
POWERS_TO_COUNTIES = 5
POWERS_TO_TOWNS = {"445122": 27, "445102": 5, "445103": 30}
"""By the county whose towns received them: 饶平, 湘桥, 潮安."""
SUPERVISION_ITEMS = 556
SUPERVISION_COVERED = 479
CHANNEL_USERS = {"yue-sheng-shi": 3_200_000, "yue-shang-tong": 230_000, "i-chaozhou": 850_000}
TERMINAL_CASES = 3_750_000
"""The report has one number a channel; that it is users, and cases at the terminals (粤智助), is a choice."""


def share_of(full: int, items: int) -> int:
    """What a city of so many items has of a count at full scale."""
    return (full * items + ITEMS // 2) // ITEMS


def part_of(full: int, items: int) -> int:
    """The same, but at least one: a small city has something of everything."""
    return max(1, share_of(full, items))
