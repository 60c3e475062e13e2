"""Names of items by the million, and what search keeps of each, as lines for COPY. Run in processes of their own.

Names are made of what real lists are made of: a matter, an act, a qualifier.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from machine import CORES

from catalog.domain.words import index_grams, plain, text_id, tiered_grams

PIECE = 5_000


def _parts(text: str) -> list[str]:
    return text.split()


MATTERS = _parts(
    "食品经营 药品零售 医疗器械经营 公共场所卫生 烟草专卖零售 户口迁移 居住证 出生登记 居民身份证 普通护照 道路货物运输 网络预约出租汽车 "
    "机动车维修 客运班线 校车使用 建筑工程施工 商品房预售 公租房租赁 住宅专项维修资金 户外广告 建筑垃圾 城市道路占用 古树名木 林木采伐 "
    "取水 河道采砂 水土保持方案 水域滩涂养殖 渔业捕捞 动物诊疗 动物防疫条件 种畜禽生产 农药经营 兽药经营 农作物种子 农民专业合作社 "
    "个体工商户 公司 合伙企业 个人独资企业 股权出质 食品小作坊 特种设备作业人员 计量标准器具 社会保险 社会保障卡 失业保险金 工伤保险待遇 "
    "养老保险关系 职工养老待遇 城乡居民参保 就业见习补贴 创业担保贷款 劳务派遣 人力资源服务 民办职业培训学校 劳动人事争议 基本医疗保险 "
    "门诊慢特病 异地就医 生育津贴 医疗救助 定点零售药店 医疗机构执业 护士执业 医师执业 放射诊疗 母婴保健技术 中医诊所 饮用水供水 "
    "出生医学证明 婚姻 收养 最低生活保障 特困人员供养 临时救助 孤儿救助 高龄津贴 残疾人证 残疾人辅助器具 社会团体 民办非企业单位 慈善组织 "
    "宗教活动场所 民族成份 教师资格 义务教育入学 学籍 幼儿园 校外培训机构 学生资助 高危险性体育项目 健身气功 娱乐场所 营业性演出 "
    "互联网上网服务 电影放映 出版物零售 艺术品经营 文物保护单位 旅行社 广播电视节目 烟花爆竹 危险化学品 生产安全事故应急预案 消防安全 "
    "雷电防护装置 环境影响报告 排污 危险废物 土壤污染 企业投资项目 节能审查 粮食收购 预付卡 代理记账 政府采购 法律援助 公证 司法鉴定 "
    "退役军人报到 伤残抚恤 不动产转移 抵押权 采矿权 探矿权 临时用地 建设用地规划 建设工程规划 乡村建设规划 测绘成果 发票 税务登记 "
    "纳税信用 出口退税 住房公积金 人防工程 供水 供电 供气 公章刻制 旅馆业 保安服务 大型群众性活动 民用爆炸物品"
)
ACTS = _parts(
    "许可 许可新办 许可变更 许可延续 许可注销 许可证补办 审批 核准 备案 备案变更 登记 设立登记 变更登记 注销登记 信息查询 资格认定 申领 "
    "补领 换发 年度审验 缴费申报 待遇认定 关系转移 证明开具"
)
QUALIFIERS = _parts(
    "市级 县级 镇级 个人 企业 首次 自贸区 港澳居民 外商投资 小微企业 全程网办 跨城通办 告知承诺 联合审批 农村 城镇 流动人口 学生 老年人 "
    "高新区 产业园 冷链 网络经营 仓储 批发 连锁 工业 商业 施工期 运营期 乡镇企业 合作经营 家庭农场 社区 学校 医院 工地 市场 码头 站场 "
    "甲级 乙级 丙级 一类 二类 三类 四类 五类"
)


def names(count: int, rng: random.Random) -> list[str]:
    """So many different names, short ones among long ones."""
    found: dict[str, None] = {}
    for matter in MATTERS:
        for act in ACTS:
            found[f"{matter}{act}"] = None
    while len(found) < count:
        matter, act = rng.choice(MATTERS), rng.choice(ACTS)
        marks = rng.sample(QUALIFIERS, rng.choice((1, 1, 2, 3)))
        shape = rng.random()
        if shape < 0.6:
            name = f"{matter}{act}（{'、'.join(marks)}）"
        elif shape < 0.9:
            name = f"{marks[0]}{matter}{act}"
        else:
            name = f"{marks[0]}{rng.choice(MATTERS)}、{matter}{act}"
        found[name] = None
    return list(found)[:count]


def lines_of(first: int, made: Sequence[str]) -> tuple[bytes, bytes]:
    """Of these names, the first of which has this number: lines of `bench_texts` and of `search_texts`."""
    texts, found = [], []
    for number, name in enumerate(made, first):
        known_by, bare = text_id(name, "", ""), plain(name)
        # No gram holds a quotation mark, a backslash or a tab.
        grams = '","'.join((*index_grams((name, "", "")), *tiered_grams(name)))
        texts.append(f"{number}\t{known_by}\t{name}\t{bare}\n")
        found.append(f'{known_by}\t{bare}\t\t\t{{"{grams}"}}\n')
    return "".join(texts).encode(), "".join(found).encode()


def pieces(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Lines for so many different names, made on all cores, in their order."""
    made = names(count, random.Random(4))
    starts = range(0, count, PIECE)
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as pool:
        yield from pool.map(
            lines_of,
            [start + 1 for start in starts],
            [made[start : start + PIECE] for start in starts],
        )
