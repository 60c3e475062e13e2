"""Facts and the envelope they travel in: CloudEvents 1.0, structured JSON.

A fact is a pydantic model with a TYPE, told once by its owner. The envelope adds when, in which order
(`sequence`, per aggregate), where (`division`, `department`: the last two tokens of the subject, so that a
reader's rights can end at a district), and which journey it belongs to (`traceparent`, `correlationid`).
"""

import json
import re
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

SUBJECT_ROOT = "yiwang"
NOWHERE = "_"
"""The subject token of a fact that belongs to no division or no department."""

TYPE_SHAPE = re.compile(r"^[a-z]+\.[a-z-]+\.[a-z-]+\.v[0-9]+$")
TOKEN_SHAPE = re.compile(r"^[A-Za-z0-9_-]+$")


class Fact(BaseModel):
    """Something that became true (事实), in the owner's words: ids, codes, times; never personal data.

    Publishers refuse unknown fields; readers drop them (`read`), so that a field can be added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str]

    @classmethod
    def owner(cls) -> str:
        """The service that tells this fact: the first token of its type."""
        return cls.TYPE.split(".", 1)[0]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Parse what was told, dropping fields added since; raises pydantic.ValidationError."""
        return cls.model_validate(data, extra="ignore")


class Envelope(BaseModel):
    """One CloudEvents 1.0 message, as on the wire. Extension attributes are lower case, as the standard asks."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: str = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    dataschema: str
    sequence: int = Field(ge=1)
    division: str = NOWHERE
    department: str = NOWHERE
    correlationid: str | None = None
    traceparent: str | None = None
    data: dict[str, Any]


def subject_of(fact_type: str, division: str, department: str) -> str:
    """The NATS subject of a fact: `yiwang.{type}.{division}.{department}`."""
    for token in (division, department):
        if not TOKEN_SHAPE.match(token):
            raise ValueError(f"not a subject token: {token!r}")
    return f"{SUBJECT_ROOT}.{fact_type}.{division}.{department}"


def enclose(
    fact: Fact,
    *,
    event_id: UUID,
    aggregate_id: UUID,
    sequence: int,
    at: datetime,
    division: str = NOWHERE,
    department: str = NOWHERE,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The wire form of a fact; written by hand, because it stands on the hot path of every write."""
    # Every value here is an id, a code or a time, and none of them holds a sign that JSON would escape: the type
    # and the tokens are held to their shapes, the rest are UUIDs, instants and header values checked before.
    extensions = ""
    if correlation_id:
        extensions += f',"correlationid":{json.dumps(correlation_id)}'
    if traceparent:
        extensions += f',"traceparent":{json.dumps(traceparent)}'
    return (
        f'{{"specversion":"1.0","id":"{event_id}","source":"/yiwang/{fact.owner()}","type":"{fact.TYPE}",'
        f'"subject":"{aggregate_id}","time":"{at.isoformat()}","datacontenttype":"application/json",'
        f'"dataschema":"/schemas/{fact.TYPE}.json","sequence":{sequence},'
        f'"division":{json.dumps(division)},"department":{json.dumps(department)}{extensions},'
        f'"data":{fact.model_dump_json()}}}'
    ).encode()


def open_envelope(wire: bytes) -> Envelope:
    """Read a message; raises pydantic.ValidationError when it is not an envelope."""
    return Envelope.model_validate_json(wire)
