from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from cnnviz.app.window import file_commands
from cnnviz.app.window.main_window import MainWindow
from tests.app.toolbar import at, click, expected_parameters


def test_choosing_data_from_the_menu(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(
        file_commands.QFileDialog, "getOpenFileName", lambda *_: (f"{tmp_path}/none.npz", "")
    )
    window.actions_.data_file.trigger()
    qtbot.waitUntil(lambda: "none.npz" in window.status.text.text())
    assert window.frame is not None
    assert window.frame.dataset.name == "bundled digits"


def test_run_files_are_saved_and_opened(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    path = f"{tmp_path}/run.npz"
    for _ in range(4):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 4))
    monkeypatch.setattr(file_commands.QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    window.actions_.save_run.trigger()
    qtbot.waitUntil(lambda: "run.npz" in window.status.text.text())
    with np.load(path, allow_pickle=False) as run:
        for t in range(5):
            np.testing.assert_array_equal(run["f"][t], expected_parameters(t))
    click(qtbot, window, "reset")
    qtbot.waitUntil(at(window, 0))
    monkeypatch.setattr(file_commands.QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    window.actions_.open_run.trigger()
    qtbot.waitUntil(at(window, 4))
    assert window.frame is not None
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(4))
    assert window.frame.curve.loss.shape == (5,)


@pytest.mark.parametrize("name", ["picture", "picture.png"])
def test_a_picture_is_saved_and_gets_its_ending(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(
        file_commands.QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), "")
    )
    window.actions_.save_picture.trigger()
    assert QImage(str(tmp_path / "picture.png")).size() == window.size()
    assert "Saved" in window.status.text.text()


def test_a_picture_that_cannot_be_written_is_said(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "picture.png"
    monkeypatch.setattr(file_commands.QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.actions_.save_picture.trigger()
    assert "cannot be written" in window.status.text.text()
