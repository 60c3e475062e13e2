"""What callers of the bench say: a stock of streets, house numbers and troubles, the same in seeds and in calls.

A text is `street house trouble`. The blanks end the runs that the search cuts into pairs, so the words of a text
are the words of its parts, and a million seeded rows get theirs by joining three small tables.
"""

import random
from dataclasses import dataclass

PLACES = [
    "韩江",
    "凤城",
    "太平",
    "义安",
    "西马",
    "城新",
    "枫春",
    "潮枫",
    "绿榕",
    "永护",
    "福安",
    "环城",
    "开元",
    "北园",
    "南春",
    "东兴",
    "西荣",
    "新洋",
    "春荣",
    "吉怡",
    "金山",
    "葫芦",
    "城基",
    "下津",
    "桥东",
    "意溪",
    "磷溪",
    "官塘",
    "铁铺",
    "古巷",
    "凤塘",
    "浮洋",
    "龙湖",
    "金石",
    "沙溪",
    "彩塘",
    "庵埠",
    "江东",
    "登塘",
    "赤凤",
]
KINDS = ["路", "街", "巷", "大道", "横路", "后街", "新村", "花园", "中路", "西路"]
STREETS = tuple(place + kind for place in PLACES for kind in KINDS)
HOUSES = tuple(f"{number}号" for number in range(1, 2001))
TROUBLES = [
    "路灯不亮",
    "井盖破损",
    "垃圾未清运",
    "夜间施工噪声",
    "自来水压力低",
    "占道经营",
    "违章停车",
    "积水严重",
    "油烟扰民",
    "电梯停运",
    "消防通道堵塞",
    "树枝遮挡信号灯",
    "公交站牌脱落",
    "道路坑洼",
    "物业不作为",
    "网络线缆下垂",
    "河涌发臭",
    "暖气费争议",
    "拖欠工资",
    "预付卡退款难",
    "医保报销咨询",
    "落户材料咨询",
    "公积金提取咨询",
    "学位申请咨询",
    "食品变质",
    "虚假宣传",
    "犬只伤人",
    "高空抛物",
    "广场舞扰民",
    "共享单车乱停",
]
DETAILS = (
    "来电人反映该处情况已持续多日，影响附近居民出行，希望有关部门尽快到场查看并回复处理结果。",
    "来电人表示此前已向社区反映两次，至今未见改善，请承办单位核实后一次性答复办理意见。",
    "来电人称夜间尤为明显，家中有老人和学生，希望相关单位现场处理并说明后续长效措施。",
    "来电人咨询办理所需材料与时限，希望工作人员来电说明，并告知可以在线上办理的环节。",
    "来电人提供了现场照片，建议主管部门加强日常巡查，避免同类问题反复出现，保障安全。",
)


@dataclass(frozen=True)
class Saying:
    """One caller's words, and a search that finds them."""

    title: str
    content: str
    search: str


def saying(rng: random.Random) -> Saying:
    """A street, a house and a trouble at random; searched for as a clerk would, by the address."""
    street, house = rng.choice(STREETS), rng.choice(HOUSES)
    return Saying(
        title=f"{street} {house} {rng.choice(TROUBLES)}",
        content=rng.choice(DETAILS),
        search=f"{street} {house}",
    )
