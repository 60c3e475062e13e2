"""For the tests of the whole platform: its services as a list, and one private city for the run."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from localcity.city import City

sys.path.insert(0, str(Path(__file__).parent / "support"))

from collector import Collector, collecting


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the run's city sends its traces."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="session")
def city(collector: Collector) -> Iterator[City]:
    """A whole city of its own, on free ports, in a folder of its own; gone at the end of the run.

    YIWANG_TEST_HOME names a city that runs already, for a developer who does not want to wait for one.
    """
    running_home = os.environ.get("YIWANG_TEST_HOME")
    if running_home:
        yield City.attached(running_home)
        return
    with City(env={"YIWANG_OTLP_ENDPOINT": collector.url}) as running:
        yield running


@pytest_asyncio.fixture
async def open_any(houses, tmp_path):
    """Opens the house of any service, with the settings that one of them alone needs."""
    pki = tmp_path / "pki"
    pki.mkdir(mode=0o700)
    own = {"certificate": {"pki_dir": pki}}

    async def opened(service):
        return await houses.open(service, settings=own.get(service.name, {}))

    return opened
