from datetime import date

from sqlalchemy import Column, DateTime, MetaData, Table, Text, column, select
from sqlalchemy.dialects import postgresql

from chassis.indicators import Period

table = Table(
    "rows",
    MetaData(),
    Column("at", DateTime(timezone=True)),
    Column("division", Text),
    Column("department", Text),
)


def asked(period, **columns):
    """What PostgreSQL is asked, and with which values."""
    statement = select(table.c.at).where(*period.conditions(**columns))
    compiled = statement.compile(dialect=postgresql.dialect())
    return str(compiled).partition("WHERE ")[2], compiled.params


def test_an_empty_period_asks_for_nothing():
    columns = {"at": table.c.at, "division": table.c.division, "department": table.c.department}
    assert asked(Period(), **columns) == ("", {})


def test_both_days_are_included_and_begin_at_midnight_in_the_city():
    period = Period(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31))
    words, values = asked(period, at=table.c.at)
    assert "rows.at >= %(at_1)s" in words
    assert "rows.at < %(at_2)s" in words
    assert values["at_1"].isoformat() == "2026-03-01T00:00:00+08:00"
    assert values["at_2"].isoformat() == "2026-04-01T00:00:00+08:00"


def test_a_division_counts_with_all_below_it_and_its_signs_are_no_pattern():
    words, values = asked(Period(division="44_"), division=table.c.division)
    assert "LIKE" in words
    assert values["division_1"] == "44/_"


def test_a_column_left_out_is_not_asked_about():
    period = Period(first_day=date(2026, 3, 1), division="4451", department="D1")
    words, values = asked(period, department=table.c.department)
    assert words.startswith("rows.department = %(department_1)s")
    assert list(values.values()) == ["D1"]


def test_days_at_the_ends_of_time_are_days_like_others():
    for day in (date(1, 1, 1), date(9999, 12, 31)):
        period = Period(first_day=day, last_day=day)
        assert len(period.conditions(at=column("at", DateTime(timezone=True)))) == 2
