import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.consumers import is_weather


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.TooManyConnectionsError("sorry"),
        asyncpg.DeadlockDetectedError("deadlock"),
        DBAPIError("SELECT 1", None, asyncpg.CannotConnectNowError("starting up")),
    ],
)
def test_a_fault_of_the_surroundings_is_waited_out(error):
    assert is_weather(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        asyncpg.DataError("invalid input"),
        asyncpg.UniqueViolationError("twice"),
        IntegrityError("INSERT", None, asyncpg.UniqueViolationError("twice")),
        DBAPIError("SELECT", None, asyncpg.UndefinedColumnError("no such column")),
    ],
)
def test_a_fault_of_the_message_is_not(error):
    assert not is_weather(error)
