"""Publishing rules that officials add, theme lists, files that stay public, and versions that channels show."""

from typing import Any

from alembic import op
from sqlalchemy import Connection, insert, text, update

from catalog.tables import audit, standards
from catalog.tables import themes as tables
from chassis.migrations import SEEDED_AT

revision = "0013"
down_revision = "0012"

_COLUMNS = (
    "ALTER TABLE publishing_rules ADD COLUMN IF NOT EXISTS is_retired boolean NOT NULL DEFAULT false",
    "ALTER TABLE channel_copies ADD COLUMN IF NOT EXISTS shown_version integer",
    "ALTER TABLE item_facts ADD COLUMN IF NOT EXISTS name text",
    "ALTER TABLE item_facts ADD COLUMN IF NOT EXISTS material_names text[]",
    "ALTER TABLE item_facts ADD COLUMN IF NOT EXISTS result_names text[]",
)
"""A database made today has them already: earlier migrations make the tables as they are declared."""

_FACTS = """
UPDATE item_facts AS f
SET name = left(btrim(v.guide ->> 'name'), 300),
    material_names = ARRAY(
        SELECT left(btrim(m.body ->> 'name'), 300)
        FROM jsonb_array_elements(v.guide -> 'materials') WITH ORDINALITY AS m(body, place) ORDER BY m.place),
    result_names = ARRAY(
        SELECT left(btrim(r.body ->> 'name'), 300)
        FROM jsonb_array_elements(v.guide -> 'results') WITH ORDINALITY AS r(body, place) ORDER BY r.place)
FROM item_versions AS v
WHERE v.item_id = f.item_id AND v.number = f.number AND f.name IS NULL
"""
_FILLED = tuple(
    f"ALTER TABLE item_facts ALTER COLUMN {name} SET NOT NULL"
    for name in ("name", "material_names", "result_names")
)
_FILES = """
INSERT INTO published_files (file_id, item_id, name)
SELECT DISTINCT ON (named.file ->> 'id', v.item_id) named.file ->> 'id', v.item_id, named.file ->> 'name'
FROM item_versions AS v
CROSS JOIN LATERAL (
    SELECT m -> 'sample' AS file FROM jsonb_array_elements(v.guide -> 'materials') AS m
    UNION ALL SELECT m -> 'blank' FROM jsonb_array_elements(v.guide -> 'materials') AS m
    UNION ALL SELECT r -> 'sample' FROM jsonb_array_elements(v.guide -> 'results') AS r
) AS named
WHERE v.state = 'published' AND jsonb_typeof(named.file) = 'object'
ORDER BY named.file ->> 'id', v.item_id, v.number DESC
ON CONFLICT DO NOTHING
"""
"""What any version named that was ever published: it was public then, and is again."""


def upgrade() -> None:
    bind = op.get_bind()
    bind.execute(text("SELECT set_config('yiwang.everything', 'yes', true)"))
    for statement in _COLUMNS:
        op.execute(statement)
    tables.themes.create(bind)
    tables.theme_steps.create(bind)
    standards.withdrawn_files.create(bind)
    standards.guide_file_steps.create(bind)
    for statement in (_FACTS, *_FILLED, _FILES):
        op.execute(statement)
    bind.execute(insert(tables.themes), theme_rows())
    _put_rule_8_in_use(bind)
    bind.execute(insert(audit.publishing_rules).values(**_ON_LIST, version=1, changed_at=SEEDED_AT))
    _add_version(bind, _ON_LIST, version=1, reason="初始规则")
    _set_consistency_channels(bind)


_THEME_SOURCE = (
    "[K] 国家政务服务平台面向自然人、法人的主题分类，凭知识列出，未经核对原文；编码为本市自定 [D]，"
    "示例事项数据中没有主题，无从印证"
)
PERSON_THEMES = (
    ("生育收养", "Birth and adoption"),
    ("户籍办理", "Household registration"),
    ("民族宗教", "Ethnic and religious affairs"),
    ("教育科研", "Education and research"),
    ("入伍服役", "Military service"),
    ("就业创业", "Employment and starting a business"),
    ("设立变更", "Setting up and changing"),
    ("准营准办", "Permission to operate"),
    ("职业资格", "Professional qualifications"),
    ("纳税缴费", "Taxes and fees"),
    ("婚姻登记", "Marriage"),
    ("优待抚恤", "Preferential treatment and pensions"),
    ("规划建设", "Planning and building"),
    ("住房保障", "Housing"),
    ("社会保障", "Social security"),
    ("证件办理", "Certificates and cards"),
    ("交通出行", "Transport"),
    ("旅游观光", "Tourism"),
    ("出境入境", "Leaving and entering the country"),
    ("消费维权", "Consumer rights"),
    ("公共安全", "Public safety"),
    ("司法公证", "Justice and notaries"),
    ("知识产权", "Intellectual property"),
    ("环保绿化", "Environment"),
    ("文化体育", "Culture and sport"),
    ("公用事业", "Utilities"),
    ("医疗卫生", "Health"),
    ("离职退休", "Retirement"),
    ("死亡殡葬", "Death and funerals"),
    ("其他", "Other"),
)
ENTERPRISE_THEMES = (
    ("设立变更", "Setting up and changing"),
    ("准营准办", "Permission to operate"),
    ("资质认证", "Qualifications and certification"),
    ("年检年审", "Annual inspections"),
    ("税收财务", "Taxes and finance"),
    ("人力资源", "Human resources"),
    ("社会保障", "Social security"),
    ("投资审批", "Investment approval"),
    ("融资信贷", "Finance and credit"),
    ("抵押质押", "Mortgages and pledges"),
    ("商务贸易", "Commerce and trade"),
    ("招标拍卖", "Tenders and auctions"),
    ("海关口岸", "Customs and ports"),
    ("涉外服务", "Foreign affairs"),
    ("农林牧渔", "Farming, forestry and fishing"),
    ("国土和规划建设", "Land, planning and building"),
    ("交通运输", "Transport"),
    ("环保绿化", "Environment"),
    ("水务气象", "Water and weather"),
    ("医疗卫生", "Health"),
    ("科技创新", "Science and innovation"),
    ("文体教育", "Culture, sport and education"),
    ("知识产权", "Intellectual property"),
    ("民族宗教", "Ethnic and religious affairs"),
    ("质量技术", "Quality and technology"),
    ("检验检疫", "Inspection and quarantine"),
    ("安全生产", "Safety at work"),
    ("公安消防", "Police and fire service"),
    ("司法公证", "Justice and notaries"),
    ("公用事业", "Utilities"),
    ("法人注销", "Winding up"),
    ("档案文物", "Archives and relics"),
    ("其他", "Other"),
)


def theme_rows() -> list[dict[str, Any]]:
    """P01 … for persons, E01 … for enterprises."""
    lists = (("person", "P", PERSON_THEMES), ("enterprise", "E", ENTERPRISE_THEMES))
    return [
        {
            "code": f"{letter}{position:02d}",
            "audience": audience,
            "name": name,
            "name_en": name_en,
            "position": position,
            "source": _THEME_SOURCE,
            "verified": False,
            "in_use": True,
            "version": 1,
            "changed_at": SEEDED_AT,
        }
        for audience, letter, names in lists
        for position, (name, name_en) in enumerate(names, start=1)
    ]


def _agree(audience: str, themes: str) -> dict[str, Any]:
    """Both or neither: the guide is for them, and carries a theme of theirs."""
    is_for_them = {"contains": ["audience", audience]}
    has_theirs = {"overlaps": ["themes", {"parameter": themes}]}
    return {
        "any": [
            {"all": [is_for_them, has_theirs]},
            {"not": {"any": [is_for_them, has_theirs]}},
        ]
    }


RULE_8 = {
    "expression": {
        "any": [
            {"empty": "themes"},
            {"not": {"overlaps": ["themes", {"parameter": "themes"}]}},
            {
                "all": [
                    _agree("person", "person_themes"),
                    _agree("enterprise", "enterprise_themes"),
                ]
            },
        ]
    },
    "parameters": {
        "themes": {"list": "themes"},
        "person_themes": {"list": "person-themes"},
        "enterprise_themes": {"list": "enterprise-themes"},
    },
    "is_enabled": True,
    "source": "[V: WZ-RULES] 办事指南质量规则 8；主题清单见 /themes，其来源未核对 [K]；未写主题的指南不在此列",
}
_ON_LIST: dict[str, Any] = {
    "code": "themes-on-list",
    "kind": "guide",
    "expression": {"within": ["themes", {"parameter": "themes"}]},
    "parameters": {"themes": {"list": "themes"}},
    "pointers": ["/themes"],
    "message_zh": "主题分类中有不在本市主题清单上的代码",
    "message_en": "A theme is not on the city's list, or is out of use",
    "how_to_mend_zh": "请改用主题清单（/themes）中在用的代码，或请系统管理员先登记该主题",
    "how_to_mend_en": "Take a code that is in use (/themes), or have an administrator register the theme",
    "source": "[D] 设计决定：主题清单由本市维护",
    "verified": False,
    "severity": "finding",
    "is_enabled": True,
    "applies_to": [],
}
PUBLISHING_RULES = (_ON_LIST,)


def _put_rule_8_in_use(bind: Connection) -> None:
    """As it was seeded, it waited for the lists; what somebody has changed since is left as they made it."""
    t = audit.publishing_rules
    statement = (
        update(t)
        .where(t.c.code == "audience-themes", t.c.version == 1)
        .values(version=2, changed_at=SEEDED_AT, **RULE_8)
        .returning(t)
    )
    row = bind.execute(statement).mappings().one_or_none()
    if row is not None:
        content = {k: v for k, v in row.items() if k not in {"version", "changed_at"}}
        _add_version(bind, content, version=2, reason="主题清单已列入，规则启用")


def _add_version(bind: Connection, content: dict[str, Any], *, version: int, reason: str) -> None:
    bind.execute(
        insert(audit.publishing_rule_versions).values(
            code=content["code"],
            version=version,
            content=content,
            actor_kind="system",
            changed_by="migration",
            reason=reason,
            changed_at=SEEDED_AT,
        )
    )


CONSISTENCY_CHANNELS = ["i-chaozhou"]
_CHANNELS_SOURCE = (
    "[D] 设计决定：本市自己运营的线上渠道为 i潮州（indicators.md）；办事窗口直接读本目录，无自己的副本；"
    "省级渠道接通报送后由本市列入。依据 domain.md 1.7 线上线下一致"
)


def _set_consistency_channels(bind: Connection) -> None:
    """A second version of the rule, unless somebody has set it already."""
    bind.execute(
        text(
            "INSERT INTO rules (code, version, value, unit, meaning, source, verified, changed_by, reason, changed_at) "
            "SELECT code, 2, to_jsonb(CAST(:channels AS text[])), unit, meaning, :source, false, 'migration', "
            "'列入本市自己的线上渠道', :at FROM rules AS r WHERE code = 'consistency-channels' AND version = 1 "
            "AND NOT EXISTS (SELECT 1 FROM rules AS later WHERE later.code = r.code AND later.version > 1)"
        ),
        {"channels": CONSISTENCY_CHANNELS, "source": _CHANNELS_SOURCE, "at": SEEDED_AT},
    )
