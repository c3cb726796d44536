"""``cnnviz snapshot`` as far as it does not matter that it is a process of its own."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from cnnviz import cli
from cnnviz.data.bundled import bundled_digits

pytestmark = pytest.mark.usefixtures("qtbot")  # a test fails if it leaves objects behind

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program in an empty folder; return its exit status, output and errors."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def run(*words: str) -> tuple[int, str, str]:
        status = cli.main(words)
        return status, *capfd.readouterr()

    return run


def png_size(path: Path) -> tuple[int, int]:
    image = QImage(str(path), "png")
    assert not image.isNull()
    return image.width(), image.height()


@pytest.mark.parametrize("panel", ["network", "breakpoints"])  # all are drawn in test_snapshot
def test_a_panel(run: Run, panel: str) -> None:
    words = ["--iterations", "2", "--subset", "9", "--data", "bundled"]
    assert run("train", "--out", "run.npz", *words)[0] == 0
    done = run("snapshot", "run.npz", "--panel", panel, "--size", "700x500", "--out", "p.png")
    assert done == (0, "", "")
    assert png_size(Path("p.png")) == (700, 500)


def test_an_untrainable_state_is_drawn_with_its_reason(run: Run) -> None:
    digits = bundled_digits()
    np.savez("same.npz", x_train=digits.images[[0] * 5], y_train=digits.labels[[0] * 5])
    status, _, errors = run(
        "snapshot", "--data", "same.npz", "--iterations", "50", "--out", "w.png"
    )
    assert status == 0
    assert errors.startswith("cnnviz: Zero deviation at iteration 0, standardise: all 5 ")
    assert errors.count("\n") == 1
    assert errors.endswith(".\n")
    assert png_size(Path("w.png")) == (1440, 900)


def test_the_debugger_at_a_breakpoint(run: Run) -> None:
    words = "--subset 9 --panel debugger --operation delta --cell 0,4 --view why --out p.png"
    stop = ["--stop-at", "iteration = 2", "--iterations", "2"]
    done = run("snapshot", "--data", "bundled", *words.split(), *stop)
    assert done == (0, "", "")
    assert png_size(Path("p.png")) == (1440, 900)
    status, _, errors = run(
        "snapshot", "--data", "bundled", *words.split(), *stop[:2], "--iterations", "1"
    )
    assert status == cli.WRONG_USAGE
    assert errors.startswith("cnnviz: “iteration = 2” does not become true within 1 ")
    assert errors.count("\n") == 1
    assert errors.endswith(".\n")


def test_too_small_a_size_is_refused(run: Run) -> None:
    status, _, errors = run("snapshot", "--size", "320x320", "--iterations", "0", "--out", "w.png")
    assert status == cli.WRONG_USAGE
    assert re.fullmatch(
        r"cnnviz: 320x320 is too small: the window needs at least \d+x\d+ pixels\.\n", errors
    )
    assert not list(Path().iterdir())
