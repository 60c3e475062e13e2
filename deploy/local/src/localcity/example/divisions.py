"""潮州 445100 and its divisions (National Bureau of Statistics, 2023 edition); these are true.

枫溪区 is a functional district: it carries out what others decide and has no code of GB/T 2260, so it is `FX` here.
"""

from dataclasses import dataclass
from typing import Literal

CITY = "445100"
XIANGQIAO = "445102"
CHAOAN = "445103"
RAOPING = "445122"
FENGXI = "FX"
COUNTIES = (XIANGQIAO, CHAOAN, RAOPING)

Level = Literal["city", "county", "town"]
Kind = Literal["administrative", "functional", "statistical"]


@dataclass(frozen=True, kw_only=True)
class Division:
    """One division; a statistical one is counted by the statistics bureau and governs nobody."""

    code: str
    name: str
    level: Level
    parent: str | None
    kind: Kind = "administrative"

    @property
    def has_national_code(self) -> bool:
        return self.code.isdigit()


_TOWNS = {
    XIANGQIAO: (
        "007桥东街道 008城西街道 009凤新街道 010太平街道 011西新街道 100意溪镇 111磷溪镇 112铁铺镇 "
        "113官塘镇 400红山林场* 401开发区* 402潮州市凤泉湖高新技术产业开发区*"
    ),
    CHAOAN: (
        "100古巷镇 101登塘镇 103凤塘镇 104浮洋镇 105龙湖镇 106金石镇 107沙溪镇 108彩塘镇 109东凤镇 "
        "110庵埠镇 114江东镇 115归湖镇 116文祠镇 117凤凰镇 120赤凤镇 121枫溪镇 400万峰林场* "
        "450广东潮安经济开发区*"
    ),
    RAOPING: (
        "100黄冈镇 102上饶镇 103饶洋镇 104新丰镇 106建饶镇 107三饶镇 108新塘镇 109汤溪镇 110浮滨镇 "
        "112浮山镇 113东山镇 114新圩镇 116樟溪镇 117钱东镇 118高堂镇 119联饶镇 120所城镇 121大埕镇 "
        "122柘林镇 123汫洲镇 124海山镇"
    ),
}


def _town(county: str, entry: str) -> Division:
    return Division(
        code=county + entry[:3],
        name=entry[3:].rstrip("*"),
        level="town",
        parent=county,
        kind="statistical" if entry.endswith("*") else "administrative",
    )


DIVISIONS: tuple[Division, ...] = (
    Division(code=CITY, name="潮州市", level="city", parent=None),
    Division(code=XIANGQIAO, name="湘桥区", level="county", parent=CITY),
    Division(code=CHAOAN, name="潮安区", level="county", parent=CITY),
    Division(code=RAOPING, name="饶平县", level="county", parent=CITY),
    Division(code=FENGXI, name="枫溪区", level="county", parent=CITY, kind="functional"),
    *(_town(county, entry) for county, listed in _TOWNS.items() for entry in listed.split()),
)
NAMES = {division.code: division.name for division in DIVISIONS}
TOWNS = tuple(
    division
    for division in DIVISIONS
    if division.level == "town" and division.kind == "administrative"
)
"""Towns and streets that have a government of their own."""
