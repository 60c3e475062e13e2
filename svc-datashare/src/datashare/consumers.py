"""The event door of svc-datashare: applications whose materials we fetch, and every fact for the feed."""

from collections.abc import Sequence

from chassis.consumers import Consumers, Told
from chassis.envelope import Fact
from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationSubmitted
from contracts.registry import ALL_FACTS
from datashare.use_cases.answer_data_requests import AnswerDataRequests, answer_data_requests
from datashare.use_cases.feed_facts import feed_facts

consumers = Consumers("datashare")


@consumers.on(ApplicationSubmitted)
async def fetch_materials(told: Told[ApplicationSubmitted], tx: Transaction) -> None:
    """An application came in: what other departments' data stands in for is fetched now."""
    fact = told.fact
    await answer_data_requests(
        AnswerDataRequests(
            application_id=fact.application_id,
            item_code=fact.item_code,
            item_name=fact.item_name,
            subject_id=fact.applicant_id,
            department=told.department,
            division=told.division,
            needed=fact.needed,
        ),
        tx,
    )


@consumers.on_many(ALL_FACTS)
async def put_on_feed(many: Sequence[Told[Fact]], tx: Transaction) -> None:
    """Partners hear of it, as far as their grants go."""
    await feed_facts(many, tx)
