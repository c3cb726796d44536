"""`cnnviz --check-setup`: all is right here, and each thing is named that a machine lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.app import check_setup
from cnnviz.app.check_setup import Finding, findings
from cnnviz.training import limits

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def empty_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    # The program changes it for the rest of its process.
    monkeypatch.setenv("QT_QPA_PLATFORM", os.environ["QT_QPA_PLATFORM"])


def named(name: str, environ: dict[str, str] | None = None) -> Finding:
    found = {f.name: f for f in findings(OFFSCREEN if environ is None else environ, "linux")}
    return found[name]


def test_a_machine_that_has_everything() -> None:
    environ = {**os.environ, **OFFSCREEN, "COLUMNS": "80"}
    words = [sys.executable, "-m", "cnnviz", "--check-setup"]
    ended = subprocess.run(
        words, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in ended.stdout.splitlines()]
    assert {mark for mark, _ in lines} == {"right"}
    assert len(lines) == 10


@pytest.mark.usefixtures("qapp")
def test_no_display() -> None:
    display = named("display", {})
    assert not display.is_right
    assert display.text.startswith("No window can be opened because there is no display")


def test_missing_libraries(absent_libraries: set[str]) -> None:
    absent_libraries.add("libEGL.so.1")
    found = [*findings(OFFSCREEN, "linux")]
    wrong = [f for f in found if not f.is_right]
    assert [f.name for f in wrong] == ["system libraries"]
    assert "Qt needs system libraries that" in wrong[0].text
    assert "fonts" not in {f.name for f in found}  # Qt cannot be imported


@pytest.mark.usefixtures("qapp")
def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(check_setup, "cache_folder", lambda: file / "mnist")
    downloads = named("downloads")
    assert downloads == Finding(
        "downloads",
        False,
        f"MNIST that is downloaded is not kept, because {file / 'mnist'} cannot be written: make "
        f"{file} writable.",
    )


@pytest.mark.parametrize(("memory", "is_right"), [(299_999_999, False), (300_000_000, True)])
def test_memory(memory: int, is_right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_setup, "machine_memory", lambda: memory)
    assert named("memory").is_right is is_right
    assert limits.readable_size(memory) in named("memory").text


def test_one_thing_that_is_wrong_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("memory", True, "enough"), Finding("fonts", False, "none")]
    monkeypatch.setattr(check_setup, "findings", lambda _environ, _platform: iter(found))
    assert check_setup.check_setup() == 1
    assert capsys.readouterr().out == (
        "right  memory            enough\nWRONG  fonts             none\n"
    )
