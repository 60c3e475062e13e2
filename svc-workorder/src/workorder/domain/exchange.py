"""One line of the province's data set (省热线平台): what of an order is told, and whether it fits the schema."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from chassis.clock import CITY_ZONE

SCHEMA_VERSION = 1
SCHEMAS = Path(__file__).parents[3] / "exchange"
FULL_HIDDEN = "full-hidden"


@cache
def schema(version: int) -> dict[str, Any]:
    """The JSON Schema of a line."""
    text = (SCHEMAS / f"hotline-order.v{version}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator(version: int) -> Draft202012Validator:
    return Draft202012Validator(schema(version), format_checker=FormatChecker())


def line_of(order: Any, *, phone: str | None) -> dict[str, Any]:
    """An order's line. `order` has the columns of work_orders; `phone` in clear, told masked, and not at all when hidden."""
    is_hidden = order.is_confidential or order.confidentiality != "normal"
    return {
        "schema_version": SCHEMA_VERSION,
        "order_no": order.number,
        "source": order.source,
        "appeal_type": order.type,
        "category": order.category,
        "division_code": order.division,
        "title": order.title,
        "content": order.content,
        "occur_addr": order.place,
        "longitude": order.longitude,
        "latitude": order.latitude,
        "is_enterprise": order.is_enterprise,
        "urgency": order.urgency,
        "confidentiality": order.confidentiality,
        "caller_phone": masked_phone(phone) if phone and not is_hidden else None,
        "is_repeat": order.repeat_of is not None,
        "status": order.state,
        "main_dept": order.department,
        "co_depts": list(order.co_departments),
        "created_at": _instant(order.opened_at),
        "dispatched_at": _instant(order.dispatched_at),
        "signed_at": _instant(order.signed_at),
        "due_at": _instant(order.due_at),
        "replied_at": _instant(order.replied_at),
        "visited_at": _instant(order.visited_at),
        "closed_at": _instant(order.closed_at),
        "result_text": order.reply,
        "result_type": order.outcome,
        "satisfaction": order.satisfaction,
        "solved": order.solved,
        "on_time": order.on_time,
        "rounds": order.round,
    }


def fault_of(line: Mapping[str, Any]) -> str:
    """Why a line does not fit the schema, naming the field; empty when it does."""
    error = next(_validator(SCHEMA_VERSION).iter_errors(dict(line)), None)
    if error is None:
        return ""
    field = "/".join(str(part) for part in error.absolute_path) or "行"
    return f"{field}: {error.validator}"


def masked_phone(phone: str) -> str:
    """First three and last two digits; a short number keeps none of its last."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    if len(digits) < 8:
        return "*" * max(len(digits), 1)
    return digits[:3] + "*" * (len(digits) - 5) + digits[-2:]


def written(line: Mapping[str, Any]) -> str:
    """The same text for the same line."""
    return json.dumps(line, ensure_ascii=False, sort_keys=True)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(CITY_ZONE).isoformat(timespec="seconds")
