"""Open311: services offered, clients, and what came in through it."""

from alembic import op
from sqlalchemy import insert

from chassis.migrations import protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.open311_services,
        tables.open311_clients,
        tables.open311_requests,
        tables.open311_steps,
    ):
        table.create(bind)
    protect_below("open311_requests", parent="work_orders", column="work_order_id")
    seed_rules(RULES)
    for position, service in enumerate(SERVICES, start=1):
        op.execute(
            insert(tables.open311_services).values(
                position=10 * position, is_offered=True, version=1, **service
            )
        )


RULES = (
    RuleDefault(
        code="open311-jurisdictions",
        value=["chaozhou.gov.cn"],
        unit="",
        meaning="Open311 接口接受的 jurisdiction_id；不填即为本市",
        source="[D] GeoReport v2 建议以本市门户域名为标识",
        verified=False,
    ),
)


def _service(
    code: str, name: str, group: str, *, type: str, category: str, keywords: str, about: str
) -> dict[str, object]:
    return {
        "code": code,
        "name": name,
        "description": about,
        "group_name": group,
        "keywords": keywords,
        "type": type,
        "category": category,
        "attributes": ATTRIBUTES.get(code, []),
    }


ATTRIBUTES: dict[str, list[dict[str, object]]] = {
    "street-light": [
        {
            "variable": True,
            "code": "LIGHTS",
            "datatype": "number",
            "required": False,
            "datatype_description": "",
            "order": 1,
            "description": "不亮的路灯数量",
            "values": [],
        },
        {
            "variable": True,
            "code": "POLE",
            "datatype": "string",
            "required": False,
            "datatype_description": "",
            "order": 2,
            "description": "灯杆编号",
            "values": [],
        },
    ],
    "noise": [
        {
            "variable": True,
            "code": "SOURCE",
            "datatype": "singlevaluelist",
            "required": True,
            "datatype_description": "",
            "order": 1,
            "description": "噪声来源",
            "values": [
                {"key": "construction", "name": "施工"},
                {"key": "business", "name": "商业经营"},
                {"key": "traffic", "name": "交通"},
                {"key": "neighbours", "name": "邻里"},
            ],
        }
    ],
}

SERVICES = (
    _service("pothole", "道路坑洼", "市政道路", type="help", category="city.road", keywords="pothole, 路面, 坑洼", about="路面破损、坑洼、塌陷"),
    _service("street-light", "路灯故障", "市政道路", type="help", category="city.lighting", keywords="light, 路灯", about="路灯不亮、常亮、倾斜"),
    _service("manhole", "井盖破损", "市政道路", type="help", category="city.manhole", keywords="manhole, 井盖", about="井盖缺失、破损、松动"),
    _service("garbage", "垃圾清运", "环境卫生", type="complaint", category="city.environment", keywords="garbage, 垃圾", about="垃圾堆积、未清运"),
    _service("noise", "噪声扰民", "生态环境", type="complaint", category="environment.noise", keywords="noise, 噪声", about="施工、商业、交通、邻里噪声"),
    _service("water", "供水排水", "公用事业", type="help", category="city.water", keywords="water, 停水, 积水", about="停水、漏水、积水、排水不畅"),
    _service("parking", "违章停车", "交通秩序", type="complaint", category="traffic.parking", keywords="parking, 停车", about="占道、占用盲道和消防通道停车"),
    _service("tree", "绿化树木", "园林绿化", type="help", category="city.green", keywords="tree, 树木", about="树枝遮挡、倒伏、枯死"),
    _service("consultation", "政务咨询", "政务服务", type="consultation", category="government.service", keywords="question, 咨询", about="办事流程、材料、政策咨询"),
    _service("suggestion", "意见建议", "政务服务", type="suggestion", category="government.suggestion", keywords="suggestion, 建议", about="对城市管理和政务服务的建议"),
)  # fmt: skip
