import sys
from pathlib import Path

import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))


@pytest_asyncio.fixture
async def house(houses):
    from notes_service import SERVICE  # noqa: PLC0415  found by the line above

    return await houses.open(SERVICE)
