"""A month's hot topics and places (热点诉求) through the HTTP door.

GET /hot-topics    hotline, department, division subtree, auditor
"""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from chassis.door import Call, allow, answer
from chassis.indicators import Period
from workorder.queries.hot_topics import Topic, Topics, hot_topics
from workorder.routes.policies import LEDGER_READERS
from workorder.schemas.hot_topics import TopicOut, TopicsOut

router = APIRouter(prefix="/workorder/v1", tags=["ledgers"])


@router.get("/hot-topics", response_model=TopicsOut, operation_id="get_hot_topics")
async def get_hot_topics(
    call: Annotated[Call, allow(LEDGER_READERS)],
    month: Annotated[str, Query(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$")],
    division: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
) -> Response:
    """Categories, words and places of a month that rise against the three months before, each with its orders."""
    async with call.read() as tx:
        topics = await hot_topics(tx, month, division=division)
    return answer(_topics_out(topics))


def _topics_out(topics: Topics) -> TopicsOut:
    period = topics.period
    assert period.first_day is not None
    assert period.last_day is not None
    return TopicsOut(
        first_day=period.first_day,
        last_day=period.last_day,
        categories=[_topic_out(each, period, "category") for each in topics.categories],
        words=[_topic_out(each, period, "title_has") for each in topics.words],
        places=[_topic_out(each, period, "place") for each in topics.places],
    )


def _topic_out(topic: Topic, period: Period, filter_name: str) -> TopicOut:
    asked = {
        "kind": "hotline",
        filter_name: topic.name,
        "from": period.first_day,
        "to": period.last_day,
        "division": topic.division or period.division,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return TopicOut(
        name=topic.name,
        division=topic.division,
        count=topic.count,
        before=topic.before,
        rise=round(topic.rise, 2),
        records_url=f"/workorder/v1/work-orders?{query}",
    )
