"""Faults of the surroundings: a database or broker that is away or overloaded. They are waited out, not told as bugs."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

CONNECTION_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    # asyncpg's word when the server dies between its own two messages, Parse and Bind.
    asyncpg.InternalClientError,
)

_WEATHER = (
    *CONNECTION_LOST,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
)


def is_weather(error: BaseException) -> bool:
    """A fault of the surroundings, not of the message: it is waited out and never parked."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
            return True
        # SQLAlchemy wraps what asyncpg raised, once or twice.
        inner = error.orig
        return inner is not None and (
            is_weather(inner) or (inner.__cause__ is not None and is_weather(inner.__cause__))
        )
    return isinstance(error, _WEATHER) and not isinstance(error, asyncpg.DataError)
