import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.refusals import handle_problems
from chassis.weather import is_weather

WEATHER = [
    ConnectionResetError(),
    TimeoutError(),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection"),
    asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress"),
    asyncpg.TooManyConnectionsError("sorry"),
    asyncpg.DeadlockDetectedError("deadlock"),
    DBAPIError("SELECT 1", None, asyncpg.CannotConnectNowError("starting up")),
]


@pytest.mark.parametrize("error", WEATHER)
def test_a_fault_of_the_surroundings_is_waited_out(error):
    assert is_weather(error)


@pytest.mark.parametrize("error", WEATHER)
async def test_it_is_answered_as_a_pause_and_not_as_a_bug(error):
    app = FastAPI()
    handle_problems(app)

    @app.get("/")
    async def root():
        raise error

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://house"
    ) as http:
        response = await http.get("/")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


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
