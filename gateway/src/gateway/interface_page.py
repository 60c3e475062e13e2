"""The /docs page: the merged OpenAPI document as HTML that needs no script to be read."""

from collections.abc import Iterable
from typing import Any

from gateway.documents import HTTP_METHODS
from gateway.markup import text

SERVICE_TITLES = {
    "gateway": "网关",
    "catalog": "事项目录",
    "workorder": "办件与工单",
    "certificate": "电子证照",
    "evaluation": "好差评",
    "datashare": "数据共享",
}
ROLE_TITLES = {
    "citizen": "自然人",
    "enterprise_agent": "法人经办人",
    "proxy": "帮代办员",
    "clerk": "综合窗口人员",
    "reviewer": "审批人员",
    "publisher": "事项管理员",
    "legal_reviewer": "合法性审查",
    "hotline_agent": "话务员",
    "hotline_lead": "班长",
    "department_officer": "承办单位经办",
    "department_head": "承办单位负责人",
    "coordinator": "督办员",
    "inspector": "纪检监察联络",
    "hall_manager": "大厅管理员",
    "observer": "观察员",
    "evaluator": "评价管理员",
    "seal_keeper": "印章保管人",
    "issuer": "制证人员",
    "data_steward": "数据管理员",
    "data_approver": "数据审批人",
    "partner": "合作系统",
    "device": "感知设备平台",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "auditor": "审计管理员",
    "ops": "运维",
    "gateway": "网关自身",
}
REACH_TITLES = {
    "nothing": "不涉及数据",
    "own": "本人",
    "place": "本大厅",
    "department": "本部门",
    "division": "本区划及下级",
    "all": "全市",
}
IN_TITLES = {"path": "路径", "query": "查询", "header": "请求头", "cookie": "Cookie"}
INTRO = """<header><h1>接口文档 <small>Interfaces</small></h1>
<p class="lead soft">一网通办、一网统管的全部接口，按服务排列；由各服务正在运行的版本生成。</p>
<nav><a href="/openapi.json">OpenAPI</a><a href="/asyncapi.json">AsyncAPI 事件</a><a href="/board">指标</a></nav>
<p><input id="q" type="search" placeholder="搜索：路径、名称、角色，如 applications 受理" aria-label="搜索接口 Search"></p>
<p class="soft">共 <span id="n">@@</span> 个接口</p></header>"""


def render_interfaces(document: dict[str, Any]) -> str:
    """The page's body: a section a service, a foldable entry an operation, then the schemas."""
    by_service: dict[str, list[str]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method in HTTP_METHODS:
                service = (operation.get("tags") or ["gateway"])[0]
                entry = _operation(path, method.upper(), operation, operations)
                by_service.setdefault(service, []).append(entry)
    sections = [_section(name, entries) for name, entries in _gateway_last(by_service)]
    total = sum(len(entries) for entries in by_service.values())
    return "".join(
        [
            INTRO.replace("@@", str(total)),
            "<main>",
            _missing(document.get("x-unavailable", ())),
            *sections,
            _schemas(document.get("components", {}).get("schemas", {})),
            "</main><footer>错误一律为 RFC 9457 问题文档，中文在前；加 <code>Accept-Language: en</code> 得英文。</footer>",
        ]
    )


def _gateway_last(by_service: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    return sorted(by_service.items(), key=lambda entry: entry[0] == "gateway")


def _missing(names: Iterable[str]) -> str:
    listed = "、".join(f"{SERVICE_TITLES.get(name, name)} ({text(name)})" for name in names)
    if not listed:
        return ""
    return (
        f'<p class="note">以下服务此刻没有应答，未列出其接口：{listed}。Not answering just now.</p>'
    )


def _section(name: str, entries: list[str]) -> str:
    title = SERVICE_TITLES.get(name, name)
    return (
        f'<section id="{text(name)}"><h2>{text(title)} <small>{text(name)} · {len(entries)}</small></h2>'
        + "".join(entries)
        + "</section>"
    )


def _operation(
    path: str, method: str, operation: dict[str, Any], operations: dict[str, Any]
) -> str:
    summary = operation.get("summary") or ""
    description = operation.get("description") or ""
    policy = operation.get("x-policy")
    who = _who(policy) if policy else ""
    searched = f"{method} {path} {summary} {description} {who}".lower()
    first_line = description.strip().partition("\n")[0] or summary
    parts = [
        f"<p>{text(description)}</p>" if description else "",
        f"<p>谁可以调用：{text(who)}</p>" if who else "",
        _parameters([*operations.get("parameters", ()), *operation.get("parameters", ())]),
        _body(operation.get("requestBody")),
        _responses(operation.get("responses", {})),
    ]
    return (
        f'<details id="{text(operation.get("operationId", method + path))}" data-t="{text(searched)}">'
        f'<summary><span class="verb {method}">{method}</span> <code>{text(path)}</code>'
        f'<span class="what">{text(first_line)}</span></summary><div>{"".join(parts)}</div></details>'
    )


def _who(policy: dict[str, Any]) -> str:
    if policy.get("anyone") is not None:
        return "任何人（无需登录）"
    named = [
        f"{ROLE_TITLES.get(role, role)} {role}（{REACH_TITLES.get(reach, reach)}）"
        for role, reach in policy.get("roles", {}).items()
    ]
    level = policy.get("assurance", 1)
    return "、".join(named) + (f"；实名等级 {level} 及以上" if level > 1 else "")


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        _row(
            text(parameter.get("name", "")) + _star(bool(parameter.get("required"))),
            IN_TITLES.get(parameter.get("in", ""), parameter.get("in", "")),
            _type(parameter.get("schema", {})),
            text(parameter.get("description", "")),
        )
        for parameter in parameters
    ]
    return _table("参数 Parameters", rows)


def _body(body: dict[str, Any] | None) -> str:
    rows = [
        _row(f"<code>{text(media)}</code>", _type(content.get("schema", {})))
        for media, content in (body or {}).get("content", {}).items()
    ]
    return _table("请求体 Body", rows)


def _responses(responses: dict[str, Any]) -> str:
    rows = []
    for status, response in responses.items():
        shapes = [_type(kind.get("schema", {})) for kind in response.get("content", {}).values()]
        rows.append(_row(text(status), text(response.get("description", "")), "<br>".join(shapes)))
    return _table("回答 Answers", rows)


def _schemas(schemas: dict[str, Any]) -> str:
    entries = [_schema(name, schema) for name, schema in sorted(schemas.items())]
    return f"<h2>数据结构 <small>Schemas · {len(entries)}</small></h2>" + "".join(entries)


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        _row(
            f"<code>{text(field)}</code>" + _star(field in required),
            _type(shape),
            text(shape.get("description", "")),
        )
        for field, shape in schema.get("properties", {}).items()
        if isinstance(shape, dict)
    ]
    shown = _table("", rows) if rows else f"<p>{_type(schema)}</p>"
    description = schema.get("description", "")
    return (
        f'<details id="schema-{text(name)}"><summary><code>{text(name)}</code>'
        f'<span class="what">{text(description)}</span></summary><div>{shown}</div></details>'
    )


def _type(schema: Any, depth: int = 0) -> str:
    """A schema in few words, with links to the named ones."""
    if not isinstance(schema, dict) or depth > 4:
        return "…"
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#schema-{text(name)}">{text(name)}</a>'
    for word, joint in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " + ")):
        if word in schema:
            return joint.join(_type(part, depth + 1) for part in schema[word])
    if "enum" in schema:
        return " | ".join(f"<code>{text(value)}</code>" for value in schema["enum"][:20])
    if "const" in schema:
        return f"<code>{text(schema['const'])}</code>"
    return _plain_type(schema, depth)


def _plain_type(schema: dict[str, Any], depth: int) -> str:
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_type(schema.get('items', {}), depth + 1)}]"
    shape = schema.get("format") or schema.get("pattern")
    return text(kind) + (f" <span class='soft'>{text(shape)}</span>" if shape else "")


def _star(is_required: bool) -> str:
    return ' <span title="必填 required">*</span>' if is_required else ""


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _table(title: str, rows: list[str]) -> str:
    if not rows:
        return ""
    head = f"<h3>{title}</h3>" if title else ""
    return f'{head}<div class="wide"><table>{"".join(rows)}</table></div>'
