"""Pytest and Hypothesis find in their caches what was read in advance."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from _pytest.pathlib import ImportMode, import_path
from hypothesis.configuration import set_hypothesis_home_dir

from tests.compiling import list_constants, rewrite_assertions


@pytest.fixture
def hypothesis_folder(tmp_path: Path) -> Iterator[Path]:
    set_hypothesis_home_dir(tmp_path)
    yield tmp_path
    set_hypothesis_home_dir(None)


def test_assertions_are_rewritten_once(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "test_of_two.py"
    path.write_text("def check(two):\n    assert two == 3\n", encoding="utf-8")
    rewrite_assertions(pytestconfig, path)
    monkeypatch.setattr(rewrite, "_rewrite_test", None)
    module = import_path(
        path, mode=ImportMode.importlib, root=tmp_path, consider_namespace_packages=False
    )
    monkeypatch.delitem(sys.modules, module.__name__)
    with pytest.raises(AssertionError, match="assert 2 == 3"):
        module.check(2)


def test_a_file_is_rewritten_again_only_if_it_has_changed(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "test_of_two.py"
    path.write_text("def check(two):\n    assert two == 3\n", encoding="utf-8")
    rewrite_assertions(pytestconfig, path)
    rewritten, rewrite_test = list[Path](), rewrite._rewrite_test

    def noted(path: Path, config: pytest.Config) -> object:
        rewritten.append(path)
        return rewrite_test(path, config)

    monkeypatch.setattr(rewrite, "_rewrite_test", noted)
    rewrite_assertions(pytestconfig, path)
    assert rewritten == []
    later = path.stat().st_mtime + 10
    os.utime(path, (later, later))
    rewrite_assertions(pytestconfig, path)
    assert rewritten == [path]


def test_constants_are_listed_once(hypothesis_folder: Path) -> None:
    path = hypothesis_folder / "module.py"
    path.write_text("LIMIT = 123_457\n", encoding="utf-8")
    list_constants(path)
    (listed,) = (hypothesis_folder / "constants").iterdir()
    assert "[123457]" in listed.read_text(encoding="utf-8")
