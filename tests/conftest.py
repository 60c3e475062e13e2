"""For the tests of the whole platform: its services as a list, and one private city for the run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from localcity.city import City

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """A whole city of its own, on free ports, in a folder of its own; gone at the end of the run."""
    with City() as running:
        yield running
