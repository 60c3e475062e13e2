import importlib.util
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parents[2] / "contracts" / "generate.py"


@pytest.fixture(scope="session")
def generator():
    """contracts/generate.py, which stands outside every package because it reads all of them."""
    spec = importlib.util.spec_from_file_location("contracts_generator", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def files(generator):
    """Every generated file as the code would have it now."""
    return generator.generated()
