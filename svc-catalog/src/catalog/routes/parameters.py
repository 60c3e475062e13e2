"""Callers, paths and queries that stand in several modules of doors. What one module alone needs stands there.

A caller's type is the policy of its door: who is let in, how far they reach, and how surely they are known
(`assurance`). Reach of rows below that is row level security and the use case.
"""

from typing import Annotated, Literal

from fastapi import Path, Query

from chassis.door import Call, allow, allow_anyone
from chassis.identity import Reach
from contracts.vocabulary import Role

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Administrator = Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)]
Publisher = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
PublisherOrAdministrator = Annotated[
    Call, allow({Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
CoordinatorOrAdministrator = Annotated[
    Call, allow({Role.COORDINATOR: Reach.DIVISION, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
HallManager = Annotated[
    Call, allow({Role.HALL_MANAGER: Reach.PLACE, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
EnterpriseAgent = Annotated[Call, allow({Role.ENTERPRISE_AGENT: Reach.OWN}, assurance=2)]

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The code of a register's entry: a hall, a service point, a proof."""
CodeAsked = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
ChannelCode = Annotated[str, Path(pattern=r"^[a-z0-9-]{2,40}$")]
ChannelAsked = Annotated[str, Query(alias="channel", pattern=r"^([a-z0-9-]{2,40})?$")]

VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]
VersionAsked = Annotated[int | None, Query(ge=1, le=1_000_000)]

DivisionAsked = Annotated[str, Query(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$")]
"""One division: county and above 6 digits, town 9, village 12."""
DivisionWithin = Annotated[str, Query(pattern=r"^([0-9]{2,12})?$")]
"""A division and all below it, from a province (2 digits) down."""
DivisionLevel = Literal["city", "county", "town", "village"]

Words = Annotated[str, Query(max_length=60)]
"""Words to look for."""
