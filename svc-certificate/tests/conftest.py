import pytest_asyncio

from certificate.service import SERVICE


@pytest_asyncio.fixture
async def house(houses, tmp_path):
    return await houses.open(SERVICE, settings={"pki_dir": tmp_path / "pki"})
