"""Routes, facts and tables: each has its owner, its policy and its way back."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from services import ALL
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.service import api_routes, guard_of
from chassis.testing import database_url, drop_database, make_template
from contracts.registry import ALL_FACTS

PERSONAL = re.compile(
    r"^(name|.*_name|phone|.*phone|id_number|.*identity_number|address|email|comment|content|text)$"
)
PUBLIC_NAMES = {"item_name", "department_name", "name"}
"""Names of things: an item, a department, a result. A person's name is in no fact."""


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
def test_every_route_declares_its_policy_and_its_operation(service):
    routes = api_routes(service)
    assert [r.path for r in routes if guard_of(r) is None] == []
    operations = [r.operation_id for r in routes]
    assert None not in operations
    assert len(set(operations)) == len(operations)
    assert [
        r.path
        for r in routes
        if not r.path.startswith(f"/{service.name}/v1/") and "open311" not in r.path
    ] == []


def test_every_fact_is_told_by_its_owner_only():
    for service in ALL:
        for fact in service.facts:
            assert fact.owner() == service.name
    told = {fact for service in ALL for fact in service.facts}
    assert told == set(ALL_FACTS)


def test_every_fact_that_is_heard_is_told_by_somebody():
    known = {fact.TYPE for fact in ALL_FACTS}
    heard = {kind for service in ALL for kind in service.consumers.subscriptions}
    assert heard <= known


def test_every_fact_is_heard_by_somebody():
    """At least by svc-datashare, whose feed carries every fact to the partners that may read it."""
    heard = {kind for service in ALL for kind in service.consumers.subscriptions}
    assert {fact.TYPE for fact in ALL_FACTS} - heard == set()


def test_every_fact_says_what_it_means_and_carries_no_personal_data():
    for fact in ALL_FACTS:
        assert (fact.__doc__ or "").strip(), fact.TYPE
        personal = [n for n in fact.model_fields if PERSONAL.match(n) and n not in PUBLIC_NAMES]
        assert personal == [], fact.TYPE


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_migrations_make_exactly_the_declared_tables(service, servers):
    name = await make_template(service, servers.postgres_admin_url, purpose="house")
    engine = create_async_engine(
        database_url(servers.postgres_admin_url, name).replace(
            "postgresql://", "postgresql+asyncpg://"
        )
    )
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(
                lambda sync: compare_metadata(
                    MigrationContext.configure(sync, opts={"compare_type": True}), service.metadata
                )
            )
    finally:
        await engine.dispose()
        await drop_database(servers.postgres_admin_url, name)
    assert differences == []


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_personal_and_departmental_tables_are_under_row_level_security(service, servers):
    """A table that names an owner, a holder, an applicant or a caller is protected, and its owner too (FORCE)."""
    name = await make_template(service, servers.postgres_admin_url, purpose="house")
    engine = create_async_engine(
        database_url(servers.postgres_admin_url, name).replace(
            "postgresql://", "postgresql+asyncpg://"
        )
    )
    try:
        async with engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity"
            )
            protected = {row[0] for row in rows}
    finally:
        await engine.dispose()
        await drop_database(servers.postgres_admin_url, name)
    owners = {"applicant_id", "holder_id", "subject_id", "caller_id"}
    naming = {t.name for t in service.metadata.tables.values() if owners & set(t.columns.keys())}
    assert naming - protected == set()
