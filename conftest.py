"""The run's PostgreSQL and NATS, and a House for each service's tests (chassis.testing)."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import contracts  # noqa: F401  before pytest names `contracts/tests` after its folder, and hides the package
import gateway  # noqa: F401  likewise
from chassis.service import Service
from chassis.testing import (
    House,
    Keys,
    close_house,
    make_template,
    open_house,
)
from localcity.servers import TestServers, test_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    """One PostgreSQL and one NATS for the whole run, on free ports."""
    with test_servers() as running:
        yield running


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder: Path = tmp_path_factory.mktemp("keys")
    return Keys.make(folder)


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Migrated template databases by service, made when first asked for."""
    return {}


class Houses:
    """Opens houses for one test and closes them after it."""

    def __init__(self, servers: TestServers, keys: Keys, templates: dict[str, str]) -> None:
        self.servers = servers
        self._keys = keys
        self._templates = templates
        self._open: list[House] = []

    async def open(self, service: Service, **options: Any) -> House:
        admin_url = self.servers.postgres_admin_url
        if service.name not in self._templates:
            self._templates[service.name] = await make_template(service, admin_url)
        house = await open_house(
            service,
            admin_url=admin_url,
            template=self._templates[service.name],
            keys=self._keys,
            **options,
        )
        self._open.append(house)
        return house

    async def close(self) -> None:
        for house in self._open:
            await close_house(house, self.servers.postgres_admin_url)


@pytest_asyncio.fixture
async def houses(
    servers: TestServers, keys: Keys, templates: dict[str, str]
) -> AsyncIterator[Houses]:
    opened = Houses(servers, keys, templates)
    yield opened
    await opened.close()
