"""A browser for pages."""

from collections.abc import Iterator

import pytest

from tests.browser import CHROMIUM, Browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One headless Chromium for all tests; they are skipped if the machine has none."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
