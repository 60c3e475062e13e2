"""A process that no code knows: an incident on which three departments work side by side, told in several test files."""

import copy

LEAD, SECOND, THIRD = "11445102MB2X00020M", "11445102MB2X00021M", "11445102MB2X00022M"
DIVISION = "445102"
DEFINITIONS = "/workorder/v1/process-definitions"
ORDERS = "/workorder/v1/work-orders"
TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
OFFICERS = [
    {"role": "department_officer", "reach": "department"},
    {"role": "department_head", "reach": "department"},
]


def a_form(required=(), **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def department():
    return {"type": "string", "pattern": "^[0-9A-Z-]{1,22}$", "maxLength": 22}


def an_outcome():
    return {"type": "string", "enum": ["solved", "partly-solved", "unsolved"]}


INCIDENT = {
    "code": "incident",
    "name": "城市事件",
    "name_en": "Incident",
    "description": "上报 → 分派 → 多部门处置 → 汇合 → 核查 → 办结",
    "starts_in": "reported",
    "number_prefix": "SJ",
    "opens_by": [{"role": "coordinator", "reach": "division"}],
    "form": a_form(
        ["severity"], severity={"type": "string", "enum": ["minor", "major"]}, seen=TEXT
    ),
    "clock": {"amount": 3, "unit": "working-days"},
    "states": [
        {
            "code": "reported",
            "name": "待分派",
            "owner": "coordinator",
            "limit": {"amount": 2, "unit": "hours"},
            "late": "escalate",
        },
        {
            "code": "escalated",
            "name": "超时待分派",
            "owner": "head",
            "limit": {"amount": 2, "unit": "hours"},
        },
        {"code": "working", "name": "处置中", "owner": "department", "clock": "runs"},
        {
            "code": "checking",
            "name": "待核查",
            "owner": "coordinator",
            "limit": {"amount": 1, "unit": "working-days"},
        },
        {"code": "closed", "name": "已办结", "is_final": True},
    ],
    "steps": [
        {
            "code": "assign",
            "name": "分派",
            "from": ["reported", "escalated"],
            "to": "working",
            "by": [{"role": "coordinator", "reach": "division"}],
            "form": a_form(
                ["department", "reason"],
                department=department(),
                co_departments={"type": "array", "items": department(), "maxItems": 5},
                reason=TEXT,
            ),
            "effects": ["assign"],
            "clock": ["start"],
            "tells": ["dispatched"],
            "records": "assigned",
        },
        {
            "code": "escalate",
            "name": "超时升级",
            "from": ["reported"],
            "to": "escalated",
            "trigger": "timer",
        },
        {
            "code": "do-own",
            "name": "主办处置",
            "from": ["working"],
            "by": OFFICERS,
            "form": a_form(["text", "outcome"], text=TEXT, outcome=an_outcome()),
            "effects": ["reply"],
            "limit": {"count": 5},
        },
        {
            "code": "do-part",
            "name": "协办处置",
            "from": ["working"],
            "by": [{"role": "department_officer", "reach": "task"}],
            "form": a_form(["text"], text=TEXT),
            "effects": ["task-done"],
        },
        {
            "code": "all-done",
            "name": "全部处置完毕",
            "from": ["working"],
            "to": "checking",
            "trigger": "join",
            "when": [
                {"read": "tasks.open", "below": 1},
                {"read": "work.outcome", "is_set": True},
            ],
            "limit": {"count": 3},
            "tells": ["replied"],
        },
        {
            "code": "verify",
            "name": "核查",
            "from": ["checking"],
            "by": [{"role": "coordinator", "reach": "division"}],
            "form": a_form(["passed"], passed={"type": "boolean"}, reason=TEXT),
            "branches": [
                {
                    "when": [{"read": "form.passed", "equals": True}],
                    "to": "closed",
                    "tells": ["closed"],
                },
                {
                    "when": [{"read": "work.round", "below": 3}],
                    "to": "working",
                    "effects": ["new-round"],
                    "clock": ["start"],
                    "tells": ["reopened"],
                },
            ],
        },
    ],
    "cases": [
        {
            "name": "三个部门并行处置",
            "steps": [
                {
                    "step": "assign",
                    "as": {"role": "coordinator"},
                    "form": {
                        "department": LEAD,
                        "co_departments": [SECOND, THIRD],
                        "reason": "多部门",
                    },
                },
                {
                    "after": {"hours": 3},
                    "step": "do-part",
                    "as": {"role": "department_officer", "department": SECOND},
                    "form": {"text": "已清障"},
                },
                {
                    "step": "do-own",
                    "as": {"role": "department_officer"},
                    "form": {"text": "已抢修", "outcome": "solved"},
                },
                {
                    "step": "do-part",
                    "as": {"role": "department_officer", "department": SECOND},
                    "form": {"text": "再次"},
                    "refused": "not-your-step",
                },
                {
                    "step": "do-part",
                    "as": {"role": "department_officer", "department": THIRD},
                    "form": {"text": "已疏导"},
                },
                {
                    "after": {"hours": 5},
                    "step": "verify",
                    "as": {"role": "coordinator"},
                    "form": {"passed": True},
                },
            ],
            "expects": {"ends_in": "closed", "round": 1, "on_time": True, "outcome": "solved"},
        },
        {
            "name": "无人分派，自动升级",
            "steps": [{"after": {"hours": 3}}],
            "expects": {"ends_in": "escalated"},
        },
    ],
}


def an_incident(**changes):
    return {**copy.deepcopy(INCIDENT), **changes}


async def drafted(house, definition=None, *, as_=None):
    """A draft as the answer shows it."""
    body = {"definition": definition or an_incident(), "reason": "新流程"}
    admin = as_ or house.staff("system_admin")
    answer = await house.post(DEFINITIONS, body, as_=admin)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def in_force(house, definition=None):
    """A definition drafted by one and put in force by another."""
    draft = await drafted(house, definition)
    answer = await house.post(
        f"{DEFINITIONS}/{draft['id']}/activations",
        {"reason": "启用"},
        as_=house.staff("system_admin"),
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def a_coordinator(house):
    return house.staff("coordinator", division=DIVISION)


async def reported(house, **body):
    """An incident begun by a coordinator at the common door."""
    filled = {
        "process": "incident",
        "title": "树倒",
        "content": "枫春路大树倒伏",
        "division": DIVISION,
        "form": {"severity": "major"},
        **body,
    }
    answer = await house.post(ORDERS, filled, as_=a_coordinator(house))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def take(house, order, step, form, *, as_, status=201):
    """One step by its code; returns the answer's body."""
    answer = await house.post(
        f"{ORDERS}/{order['id']}/steps", {"step": step, "form": form}, as_=as_
    )
    assert answer.status_code == status, answer.text
    return answer.json()
