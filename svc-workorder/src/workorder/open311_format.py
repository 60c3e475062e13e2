"""GeoReport v2's two formats: XML without a namespace, and JSON that is its mapping."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

XML_MEDIA_TYPE = "text/xml; charset=utf-8"
JSON_MEDIA_TYPE = "application/json; charset=utf-8"
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# What XML 1.0 does not allow, whatever way it is written.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SINGULAR = {
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}


def rendered(
    rows: Sequence[Mapping[str, Any]] | Mapping[str, Any], *, root: str, row: str, is_xml: bool
) -> tuple[bytes, str]:
    """The body and its media type: several `row` in a `root`, or one object that is the root itself."""
    if not is_xml:
        return json.dumps(rows, ensure_ascii=False).encode(), JSON_MEDIA_TYPE
    inner = (
        _fields(rows)
        if isinstance(rows, Mapping)
        else "".join(_element(row, each) for each in rows)
    )
    return f"{_DECLARATION}<{root}>{inner}</{root}>".encode(), XML_MEDIA_TYPE


def _fields(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_fields(value)}</{name}>"
    if isinstance(value, list | tuple):
        inner = "".join(_element(_SINGULAR.get(name, name), each) for each in value)
        return f"<{name}>{inner}</{name}>"
    return f"<{name}>{escape(_FORBIDDEN.sub('', _plain(value)))}</{name}>"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
