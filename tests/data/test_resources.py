"""Resources are found inside an installed package, else beside it in a checkout."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.data import resources
from cnnviz.data.errors import MissingResourceError
from cnnviz.data.resources import resource_path

Check = Callable[[BaseException], str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cnnviz"
    folder.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def _put(folder: Path) -> Path:
    path = folder / "resources" / "digits" / "file"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_inside_an_installed_package(package: Path) -> None:
    inside = _put(package)
    assert resource_path("digits", "file") == inside
    assert resource_path("digits") == inside.parent


def test_beside_the_package_in_a_checkout(package: Path) -> None:
    beside = _put(package.parent)
    assert resource_path("digits", "file") == beside


def test_the_packaged_resource_is_preferred(package: Path) -> None:
    _put(package.parent)
    inside = _put(package)
    assert resource_path("digits", "file") == inside


def test_a_missing_resource_is_refused(package: Path, says_clearly: Check) -> None:
    _put(package)
    with pytest.raises(MissingResourceError) as caught:
        resource_path("icons", "cnnviz.svg")
    assert "resources/icons/cnnviz.svg" in says_clearly(caught.value)


def test_the_licence_of_the_digits_is_included() -> None:
    text = resource_path("licences", "optical-recognition-digits.txt").read_text("utf-8")
    assert "CC BY 4.0" in text
    assert "Alpaydin" in text
    assert "10.24432/C50P49" in text
