"""A million published items, written straight into svc-catalog's own tables, as if a province had imported its lists.

Names are made of what real lists are made of (a matter, an act, a qualifier), offered by many divisions; each item
has its version with a whole guide, its place in lists, its span and its share in the measures. Not written: steps,
outbox rows, what other topics lay out beside (they are filled by the owners' own functions where they exist).
"""

import json
import random
import time
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from stage import say

from catalog.domain.words import index_grams, plain, text_id, tiered_grams

TABLES = (
    "search_texts",
    "items",
    "item_versions",
    "published_items",
    "item_spans",
    "item_measures",
)
"""In this order; a department brings its list on eight days of its own."""
DIVISIONS = 400
DEPARTMENTS_OF_DIVISION = 25
DAYS = 250
FIRST_DAY = date(2025, 1, 6)
ITEMS_OF_TEXT = 4


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
CHANNELS = ("yue-sheng-shi", "yue-shang-tong", "yue-zhi-zhu", "i-chaozhou", "window", "web")

_PICKED = """
CREATE TEMP TABLE picked AS
SELECT n, gen_random_uuid() AS item_id, gen_random_uuid() AS version_id, gen_random_uuid() AS span_id,
       1 + (n - 1) % {texts} AS text_n, 1 + (random() * ({divisions} - 1))::int AS division_n,
       (random() * ({departments} - 1))::int AS department_n, (random() * 7)::int AS visit_n,
       random() < 0.45 AS is_permit, (random() * 9)::int AS lot, (random() * 5)::int AS channel_n
FROM generate_series(1, {count}) AS n
"""
_FACTS = """
CREATE TEMP TABLE facts AS
SELECT p.*, t.id AS text_id, t.name, t.plain_name, t.main_item,
       lpad((440000 + p.division_n)::text, 6, '0') AS division,
       '11' || lpad((440000 + p.division_n)::text, 6, '0') || lpad(p.department_n::text, 9, '0') || 'M' AS department,
       'BN-' || p.n AS item_code,
       DATE '{first_day}' + (p.division_n * 31 + p.department_n * 7 + p.visit_n * 37) % {days} AS day,
       CASE WHEN p.is_permit THEN '01' ELSE (ARRAY['05','07','10','20'])[1 + p.lot % 4] END AS task_type,
       CASE WHEN p.lot < 8 THEN 20 END AS statutory_days, p.lot % 6 AS promised_days,
       CASE WHEN p.lot > 8 THEN 1 ELSE 0 END AS visits, CASE WHEN p.lot > 7 THEN 3 ELSE 4 END AS online_depth,
       ($1::text[])[1:p.channel_n] AS channels
FROM picked p JOIN texts t ON t.n = p.text_n
"""
_FILL = {
    "items": """
INSERT INTO items (id, item_code, division, department, state, published_number, latest_number, created_at, version)
SELECT item_id, item_code, division, department, 'published', 1, 1, day, 2 FROM facts ORDER BY n
""",
    "item_versions": """
INSERT INTO item_versions (id, item_id, number, department, state, guide, drafters, drafted_at, published_by,
    published_at, version)
SELECT version_id, item_id, 1, department, 'published', $1::jsonb || jsonb_build_object('name', name, 'item_code',
    item_code, 'main_item', main_item, 'department', department, 'department_name', division || '局' || department_n,
    'division', division, 'task_type', task_type, 'statutory_days', statutory_days, 'promised_days', promised_days,
    'visits', visits, 'online_depth', online_depth, 'channels', to_jsonb(channels)),
    ARRAY['019a0000-0000-7000-8000-000000000001'], day, '019a0000-0000-7000-8000-000000000002', day, 2
FROM facts ORDER BY n
""",
    "published_items": """
INSERT INTO published_items (id, is_open, number, item_code, name, plain_name, main_item, keywords, task_type,
    department, department_name, division, audience, channels, online_depth, visits, promised_days, statutory_days,
    is_on_application, is_four_exempt, is_show_code, is_one_window, is_cross_region, text_id, first_published_at,
    published_at)
SELECT item_id, true, 1, item_code, name, plain_name, main_item, '', task_type, department, division || '局' ||
    department_n, division, '{person,enterprise}', channels, online_depth, visits, promised_days, statutory_days,
    true, lot < 4, lot < 5, lot < 4, lot < 3, text_id, day, day
FROM facts ORDER BY n
""",
    "item_spans": """
INSERT INTO item_spans (id, item_id, number, valid_from, division, department, task_type, audience, channels, themes,
    life_events, online_depth, visits, promised_days, statutory_days, is_on_application, is_four_exempt, is_show_code,
    is_one_window, is_cross_region)
SELECT span_id, item_id, 1, day, division, department, task_type, '{person,enterprise}', channels, '{}', '{}',
    online_depth, visits, promised_days, statutory_days, true, lot < 4, lot < 5, lot < 4, lot < 3
FROM facts ORDER BY n
""",
    "item_measures": """
INSERT INTO item_measures (measure, grain, day, division, department, amount)
WITH daily AS MATERIALIZED (SELECT m.measure, f.day, f.division, f.department, sum(m.amount) AS amount
FROM item_spans s JOIN facts f ON f.span_id = s.id, LATERAL (VALUES ('items', 1::bigint), ('on_application', 1), ('one_window', s.is_one_window::int),
    ('cross_region', s.is_cross_region::int), ('four_exempt', s.is_four_exempt::int),
    ('show_code', s.is_show_code::int), ('any_channel', (cardinality(s.channels) > 0)::int),
    ('channel:yue-sheng-shi', ('yue-sheng-shi' = ANY (s.channels))::int),
    ('channel:yue-shang-tong', ('yue-shang-tong' = ANY (s.channels))::int),
    ('channel:yue-zhi-zhu', ('yue-zhi-zhu' = ANY (s.channels))::int),
    ('channel:i-chaozhou', ('i-chaozhou' = ANY (s.channels))::int),
    ('permits', f.is_permit::int), ('permits_fully_online', (f.is_permit AND s.online_depth = 4)::int),
    ('permits_at_most_one_visit', (f.is_permit AND s.visits <= 1)::int),
    ('permits_zero_visit', (f.is_permit AND s.visits = 0)::int),
    ('permits_with_statutory_days', (f.is_permit AND s.statutory_days > 0)::int),
    ('permit_days_saved', CASE WHEN f.is_permit THEN coalesce(s.statutory_days - s.promised_days, 0) ELSE 0 END),
    ('permit_days_allowed', CASE WHEN f.is_permit THEN coalesce(s.statutory_days, 0) ELSE 0 END)
) AS m (measure, amount) WHERE m.amount <> 0 GROUP BY 1, 2, 3, 4)
SELECT measure, 'day', day, division, department, amount FROM daily UNION ALL
SELECT measure, 'month', date_trunc('month', day)::date, division, department, sum(amount) FROM daily
GROUP BY 1, 3, 4, 5 UNION ALL
SELECT measure, 'division-day', day, division, '', sum(amount) FROM daily GROUP BY 1, 3, 4 UNION ALL
SELECT measure, 'division-month', date_trunc('month', day)::date, division, '', sum(amount) FROM daily GROUP BY 1, 3, 4
""",
}
"""`$1` of item_versions: the guide that all have in common."""

_INDEXES = (
    "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition "
    "FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)"
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


def guide() -> dict[str, Any]:
    """The part of a guide that all seeded items have in common, as large as real guides are."""
    materials = [
        {
            "code": f"m{n}",
            "name": name,
            "necessity": "required",
            "certificate_type": kind,
        }
        for n, (name, kind) in enumerate(
            (
                ("申请书", None),
                ("营业执照", "business-licence"),
                ("法定代表人身份证明", "identity-card"),
                ("经营场所使用证明", None),
                ("授权委托书", None),
            )
        )
    ]
    return {
        "materials": materials,
        "conditions": ["申请人依法设立", "有与经营规模相适应的场所和设施", "从业人员符合规定条件"],
        "legal_basis": [{"law": "中华人民共和国行政许可法", "article": "第十二条"}],
        "steps": [
            {"code": code, "name": name, "working_days": 1}
            for code, name in (("acceptance", "受理"), ("review", "审查"), ("decision", "决定"))
        ],
        "results": [{"name": "许可证", "certificate_type": "licence"}],
        "audience": ["person", "enterprise"],
        "phone": "0768-0000000",
        "hours": "工作日 9:00-12:00，13:30-17:00",
    }


async def seed_catalog(
    admin_url: str, database: str, *, count: int, texts: int | None = None
) -> float:
    """Write `count` items; returns seconds. As the server's administrator, with indexes made anew afterwards."""
    began = time.monotonic()
    connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/{database}")
    try:
        for setting in (
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '1GB'",
            "max_parallel_maintenance_workers = 2",
            "work_mem = '256MB'",
        ):
            await connection.execute(f"SET {setting}")
        indexes = await connection.fetch(_INDEXES, list(TABLES))
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await _fill(connection, count, texts or max(1, count // ITEMS_OF_TEXT))
        step = time.monotonic()
        for index in indexes:
            await connection.execute(index["definition"])
        say(f"indexes: {time.monotonic() - step:.0f} s")
        step = time.monotonic()
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.execute("CHECKPOINT")
        say(f"vacuum, analyze: {time.monotonic() - step:.0f} s")
    finally:
        await connection.close()
    return time.monotonic() - began


async def _fill(connection: asyncpg.Connection, count: int, texts: int) -> None:
    step = time.monotonic()
    await connection.execute(
        "CREATE TEMP TABLE texts (n int, id uuid, name text, plain_name text, main_item text)"
    )
    made = names(texts, random.Random(4))
    await connection.copy_records_to_table("texts", records=_texts(made))
    await connection.copy_records_to_table(
        "search_texts",
        records=_search_rows(made),
        columns=["id", "plain_name", "main_item", "keywords", "grams"],
    )
    say(f"{len(made)} texts: {time.monotonic() - step:.0f} s")
    await connection.execute(
        _PICKED.format(
            count=count,
            texts=len(made),
            divisions=DIVISIONS,
            departments=DEPARTMENTS_OF_DIVISION,
        )
    )
    await connection.execute("ANALYZE picked")
    channels = "ARRAY[" + ",".join(f"'{one}'" for one in CHANNELS) + "]"
    await connection.execute(_FACTS.format(first_day=FIRST_DAY, days=DAYS).replace("$1", channels))
    for table, statement in _FILL.items():
        step = time.monotonic()
        body = json.dumps(guide(), ensure_ascii=False).replace("'", "''")
        await connection.execute(statement.replace("$1::jsonb", f"'{body}'::jsonb"))
        say(f"{table}: {time.monotonic() - step:.0f} s")


def _texts(made: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    for number, name in enumerate(made, 1):
        yield number, text_id(name, "", ""), name, plain(name), ""


def _search_rows(made: Iterable[str]) -> Iterable[tuple[UUID, str, str, str, list[str]]]:
    for name in made:
        grams = [*index_grams((name, "", "")), *tiered_grams(name)]
        yield text_id(name, "", ""), plain(name), "", "", grams


def last_day() -> date:
    return FIRST_DAY + timedelta(days=DAYS)
