import sys
from pathlib import Path

import pytest_asyncio

from workorder.service import SERVICE

sys.path.insert(0, str(Path(__file__).parent))


@pytest_asyncio.fixture
async def house(houses):

    return await houses.open(SERVICE)
