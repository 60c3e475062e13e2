"""The hotline's desk: returns with their rulings, who calls again, what is left out of satisfaction figures."""

from alembic import op

from chassis.migrations import add_missing, protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    bind = op.get_bind()
    add_missing(tables.work_orders)
    add_missing(tables.work_order_callers)
    tables.work_order_returns.create(bind)
    # Its own reach: a department goes on seeing what it returned, wherever the order is now.
    protect("work_order_returns", department="department", division="division")
    tables.disclosure_requests.create(bind)
    tables.case_transfers.create(bind)
    protect_below("disclosure_requests", parent="work_orders", column="work_order_id")
    protect_below("case_transfers", parent="work_orders", column="work_order_id")
    for table in (
        tables.work_order_attachments,
        tables.agent_seats,
        tables.agent_seat_steps,
        tables.calls,
        tables.recording_accesses,
        tables.chats,
        tables.chat_messages,
    ):
        table.create(bind)
    # Seats and calls are the hotline's own: nobody with a narrower reach sees them.
    protect_below("work_order_attachments", parent="work_orders", column="work_order_id")
    protect("agent_seats")
    protect("calls")
    protect("chats", own="citizen_id")
    protect_below("agent_seat_steps", parent="agent_seats", column="seat_id")
    protect_below("recording_accesses", parent="calls", column="call_id")
    protect_below("chat_messages", parent="chats", column="chat_id")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="seat-limits",
        value={"silent_seconds": 60, "chat_idle_seconds": 600},
        unit="秒",
        meaning="坐席多久没有心跳即视为离席；在线会话多久无人发言即结束",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="disclosure-hours",
        value=24,
        unit="小时",
        meaning="班长同意查看隐去身份的来电人后，几小时内有效，只可查看一次",
        source="[D] 设计决定；保密义务见数据安全法第12条 [V: LAW:数据安全法]",
        verified=False,
    ),
    RuleDefault(
        code="similar-orders",
        value={"days": 30, "score": 40, "metres": 300, "most": 10},
        unit="日 / 百分比 / 米 / 件",
        meaning="登记诉求时提示多少日内、相似度达到多少、相距多少米以内的工单，最多几件",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="hotline-channels",
        value={
            "litigation": {
                "name": "已经或应当通过诉讼、仲裁解决",
                "channel": "请向人民法院提起诉讼或向仲裁机构申请仲裁；法律咨询可拨打 12348",
            },
            "petition": {"name": "信访事项", "channel": "请到信访接待场所或通过信访网上平台提出"},
            "information-disclosure": {
                "name": "政府信息公开申请",
                "channel": "请向制作或保存该信息的行政机关提出信息公开申请",
            },
            "review": {
                "name": "行政复议事项",
                "channel": "请自知道行政行为之日起六十日内向行政复议机关申请复议",
            },
            "discipline": {"name": "纪检监察事项", "channel": "请拨打 12388 或向纪检监察机关举报"},
            "secrets-privacy": {
                "name": "涉及国家秘密、商业秘密、个人隐私",
                "channel": "请勿通过热线提交，向有权处理的机关当面提出",
            },
            "already-concluded": {
                "name": "已依法办结且无新的事实",
                "channel": "有新的事实或证据时可再次反映",
            },
            "emergency-number": {
                "name": "应拨打紧急电话的事项",
                "channel": "请立即拨打 110、119、120 或 122",
            },
            "party-npc-court-military": {
                "name": "党委、人大、政协、法院、检察院、军队事项",
                "channel": "请向相应机关反映",
            },
        },
        unit="",
        meaning="热线不予受理的情形，以及应告知来电人的正确渠道",
        source="不予受理情形：潍坊条例第19条 [V]、汕头办法 [V: PAGE:southcn]；告知用语 [D]",
        verified=False,
    ),
)
