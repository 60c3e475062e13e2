"""A month's topics as they go out through the HTTP door."""

from datetime import date

from chassis.schemas import Out


class TopicOut(Out):
    name: str
    division: str
    count: int
    before: float
    """A month, on average of the three before."""
    rise: float
    records_url: str
    """Exactly the orders that are counted."""


class TopicsOut(Out):
    """Each list by how much it rises, at most twenty."""

    first_day: date
    last_day: date
    categories: list[TopicOut]
    words: list[TopicOut]
    places: list[TopicOut]
