"""The bar on the terminal."""

import sys
import threading

import pytest

from cnnviz.data.progress import terminal_progress


def test_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    threads = threading.active_count()
    with terminal_progress("MNIST") as progress:
        progress(2_000_000, 10_000_000)
        progress(500_000, 10_000_000)  # another mirror starts again
        progress(10_000_000, 10_000_000)
        assert threading.active_count() == threads
    last = capsys.readouterr().err.rsplit("\r", 1)[-1]
    assert "MNIST: 100%" in last
    assert "10.0M/10.0M" in last


def test_nothing_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress("MNIST") as progress:
        progress(5, 10)
    assert capsys.readouterr().err == ""
