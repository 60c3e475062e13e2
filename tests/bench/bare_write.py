"""The reference for a durable write: FastAPI and asyncpg, one INSERT of the row of a work order, the same answer.

    python tests/bench/bare_write.py <port> <database url> <table>

No token, no key, no step, no fact, no search words, no encryption: what is left when all that we promise is left
out. The table is `LIKE work_orders INCLUDING ALL`, so the row and its indexes are the same.
"""

import json
import secrets
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

from chassis.ids import new_id

POOL = 16


class OrderIn(BaseModel):
    type: str
    title: str
    content: str
    category: str = ""
    channel: str = "phone"


def order_of(body: OrderIn) -> dict[str, Any]:
    """The row, column by column, as svc-workorder fills it for a hotline order."""
    now = datetime.now(UTC)
    return {
        "id": new_id(),
        "number": f"RX-{now:%y%m%d}-{secrets.token_hex(8)}",
        "kind": "hotline",
        "type": body.type,
        "category": body.category,
        "division": "445100",
        "department": "",
        "caller_id": None,
        "application_id": None,
        "rating_id": None,
        "channel": body.channel,
        "said_encrypted": f"{body.title}\n{body.content}",
        "title": body.title,
        "content": body.content,
        "is_confidential": False,
        "state": "opened",
        "round": 1,
        "clock_started_on": None,
        "clock_days": 0,
        "due_on": None,
        "due_is_provisional": False,
        "opened_at": now,
        "dispatched_at": None,
        "replied_at": None,
        "reply": "",
        "outcome": None,
        "satisfied": None,
        "on_time": True,
        "closed_at": None,
        "alarm_level": None,
        "alarm_at": None,
        "version": 1,
    }


NOT_ANSWERED = {"caller_id", "said_encrypted", "clock_started_on", "clock_days"} | {
    "alarm_level",
    "alarm_at",
}


def make_app(database_url: str, table: str) -> FastAPI:
    """One route on one pool."""
    columns = list(order_of(OrderIn(type="", title="", content="")))
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=POOL, max_size=POOL) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/orders", status_code=201)
    async def post_order(body: OrderIn) -> Response:
        row = order_of(body)
        await app.state.pool.execute(insert, *row.values())
        shown = {name: value for name, value in row.items() if name not in NOT_ANSWERED}
        text = json.dumps(shown, ensure_ascii=False, default=_plain)
        return Response(text, status_code=201, media_type="application/json")

    return app


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, uuid.UUID) else value.isoformat()


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[2], sys.argv[3]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
