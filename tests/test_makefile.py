"""What `make` runs, with a fake interpreter that logs its arguments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
INSTALL = "-m pip install --quiet --disable-pip-version-check --editable"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("pyproject.toml", "Makefile"):
        shutil.copy(CHECKOUT / name, folder)
    python = folder / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$*" >> "$LOG"\n')
    python.chmod(0o755)
    return folder


def make(folder: Path, *words: str) -> list[str]:
    """Return the commands that are run."""
    log = folder.parent / "log"
    outer = ("MAKE", "INSTALL")  # of a make that runs this test
    environ = {k: v for k, v in os.environ.items() if not k.startswith(outer)}
    done = subprocess.run(
        ["make", *words],
        cwd=folder,
        env=environ | {"LOG": str(log)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = log.read_text().splitlines()
    log.unlink()
    return lines


def test_run_installs_once_and_opens_the_window(checkout: Path) -> None:
    run = [".ci/system_packages.py", "-m cnnviz --theme dark"]
    assert make(checkout, "run", "ARGS=--theme dark") == [f"{INSTALL} .", *run]
    assert make(checkout, "run", "ARGS=--theme dark") == run


def test_test_installs_once_and_tests(checkout: Path) -> None:
    test = [".ci/system_packages.py --yes", "-m pytest --numprocesses auto --dist worksteal"]
    words = ["test", "INSTALL=--yes"]
    assert [line.rstrip() for line in make(checkout, *words)] == [f"{INSTALL} .[test]", *test]
    assert [line.rstrip() for line in make(checkout, *words)] == test
    assert INSTALL not in " ".join(make(checkout, "run"))


def test_a_moved_checkout_is_installed_again(checkout: Path) -> None:
    make(checkout, "run")
    moved = checkout.rename(checkout.with_name("moved"))
    assert make(moved, "run")[0] == f"{INSTALL} ."
    assert INSTALL not in " ".join(make(moved, "run"))
