"""A city's year on the hotline, as one connection of the load generator lives through it.

Two orders of three are answered at once, one of three goes to a department and takes one of four ways there, with all
that happens in a year: joint work, extensions, returns, redone work, stopped clocks, urging. Each way is twelve
writes with its rating, an answered order three: six an order on average.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import words
from scripts import CREATED, SCRIPTS, Script, WrongAnswerError, head, post

BASE = "/workorder/v1"
RATE_EVERY = 10
"""Orders after which the connection's citizen looks for invitations to rate."""
PAGE = 20
TYPES = ("consultation", "help", "complaint", "suggestion")

Step = tuple[str, str, dict[str, Any]]
"""Who, which noun, what they say."""

_REASON = {"reason": "按职责办理"}
_REPLY = {"outcome": "solved", "text": "已到现场处理完毕并告知来电人。"}
_PASSED = {"passed": True, "reason": "回复完整"}
_VISIT: dict[str, Any] = {"satisfied": True, "solved": True, "satisfaction": 5, "note": "满意"}
_UNSATISFIED: dict[str, Any] = {
    "satisfied": False,
    "solved": False,
    "satisfaction": 2,
    "note": "问题反复",
}


def _dispatch(department: str, *others: str) -> Step:
    said: dict[str, Any] = {"department": department, "reason": "按职责派单"}
    return "agent", "dispatches", {**said, **({"co_departments": [*others]} if others else {})}


def ways(department: str, other: str) -> tuple[tuple[Step, ...], ...]:
    """The four ways of a dispatched order, without its opening and its rating: ten steps each."""
    sign: Step = ("officer", "signatures", {})
    reply: Step = ("officer", "replies", _REPLY)
    review: Step = ("agent", "reviews", _PASSED)
    visit: Step = ("agent", "visits", _VISIT)
    urge: Step = ("agent", "urges", {"reason": "来电人再次询问"})
    hand_over: Step = ("officer", "hand-overs", {"assignee": "zhang.3", **_REASON})
    supervise: Step = ("lead", "supervisions", _REASON)
    return (
        # 延期，回访不满意后重办
        (
            _dispatch(department),
            sign,
            ("officer", "extensions", {"days": 2, **_REASON}),
            ("agent", "extension-rulings", {"granted": True, **_REASON}),
            reply,
            review,
            ("agent", "visits", _UNSATISFIED),
            reply,
            review,
            visit,
        ),
        # 退单后重新派单
        (
            _dispatch(other),
            ("officer_2", "returns", _REASON),
            ("agent", "return-rulings", {"granted": True, **_REASON}),
            _dispatch(department),
            sign,
            urge,
            hand_over,
            reply,
            review,
            visit,
        ),
        # 两部门协办，市级部门牵头
        (
            _dispatch(department, other),
            ("officer_2", "signatures", {}),
            ("officer", "task-signatures", {}),
            ("officer", "task-replies", {"text": "本部门部分已办"}),
            ("officer_2", "hand-overs", {"assignee": "zhang.3", **_REASON}),
            urge,
            supervise,
            ("officer_2", "replies", _REPLY),
            review,
            visit,
        ),
        # 中止计时，回复被退回重写
        (
            _dispatch(department),
            sign,
            hand_over,
            ("lead", "suspensions", {"kind": "waiting-for-caller", **_REASON}),
            ("officer", "resumptions", {}),
            reply,
            ("agent", "reviews", {"passed": False, "reason": "未答复全部诉求"}),
            reply,
            review,
            visit,
        ),
    )


@dataclass(kw_only=True)
class Citizen:
    """Who calls on this connection, and what they have still to rate."""

    token: str
    host: str
    rated: set[str] = field(default_factory=set)

    def rate(self, *, is_all: bool) -> Script:
        """Rate what there is an invitation for; `is_all` goes through every page."""
        cursor = ""
        while True:
            path = f"/evaluation/v1/invitations?limit={PAGE}{cursor}"
            _, body = yield (
                "invitations",
                head("GET", path, host=self.host, token=self.token) + b"\r\n",
            )
            page = json.loads(body)
            for invitation in page["results"]:
                code = invitation["code"]
                if invitation["state"] != "open" or code in self.rated:
                    continue
                self.rated.add(code)
                start = head("POST", f"/evaluation/v1/invitations/{code}/rating", host=self.host)
                yield "rating", post(start, b'{"level":"5"}')
            if not is_all or not page["next_cursor"]:
                return
            cursor = f"&cursor={page['next_cursor']}"


def year(
    rng: random.Random,
    *,
    host: str,
    tokens: dict[str, str],
    departments: list[str],
    share: tuple[int, int, str],
) -> Script:
    """Orders of this share (the first, how many, whose), each through its whole loop, rated as the invitations come."""
    first, count, token = share
    citizen = Citizen(token=token, host=host)
    dispatched = ways(*departments)
    creating = head("POST", f"{BASE}/hotline-orders", host=host, token=citizen.token)
    for number in range(first, first + count):
        made = yield "open", post(creating, _opening(rng))
        path = f"{BASE}/work-orders/{_made(made)}"
        way: tuple[Step, ...] = (("agent", "answers", _REPLY),)
        if number % 3 == 0:
            way = dispatched[number // 3 % len(dispatched)]
        for who, noun, said in way:
            start = head("POST", f"{path}/{noun}", host=host, token=tokens[who])
            _made((yield noun, post(start, _json(said))))
        if number % RATE_EVERY == 0:
            yield from citizen.rate(is_all=False)


def ratings(_: random.Random, *, host: str, share: list[str]) -> Script:
    """What these citizens have still to rate."""
    for token in share:
        yield from Citizen(token=token, host=host).rate(is_all=True)


def writes_of(orders: int) -> int:
    """Writes that a year of so many orders is, ratings with them."""
    dispatched = len(range(0, orders, 3))
    return 12 * dispatched + 3 * (orders - dispatched)


def _opening(rng: random.Random) -> bytes:
    said = words.saying(rng)
    return _json(
        {
            "type": rng.choice(TYPES),
            "title": said.title,
            "content": said.content,
            "category": "city.environment",
            "contact_phone": f"139{rng.randrange(10**8):08d}",
            "place": said.search,
        }
    )


def _made(answer: tuple[int, bytes]) -> str:
    status, body = answer
    if status != CREATED:
        raise WrongAnswerError(f"an order stands still at {status}")
    return str(json.loads(body)["id"])


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def shares(orders: int, connections: int) -> Iterator[tuple[int, int]]:
    """First order and number of orders of each connection."""
    base, more = divmod(orders, connections)
    first = 0
    for number in range(connections):
        count = base + (number < more)
        yield first, count
        first += count


SCRIPTS.update(year=year, ratings=ratings)
