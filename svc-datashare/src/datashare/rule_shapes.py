"""What the value of each rule of svc-datashare may look like; held against every change."""

from collections.abc import Mapping
from typing import Any

from chassis.rule_shapes import Days

RULE_SHAPES: Mapping[str, Any] = {
    "grant-answer-days-unconditional": Days,
    "grant-answer-days-conditional": Days,
    "grant-answer-extension-days": Days,
    "grant-provision-days": Days,
    "resource-update-days": Days,
    "resource-review-days": Days,
    "record-correction-days": Days,
    "grant-valid-days": Days,
}
