import pytest

from cnnviz.data.source import load
from cnnviz.teaching.laboratory import Laboratory


@pytest.fixture(scope="session")
def laboratory() -> Laboratory:
    """One laboratory for all tests: it keeps what it has trained."""
    return Laboratory(load)
