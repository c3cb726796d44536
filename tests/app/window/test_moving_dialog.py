"""A moving picture from the window: by a process, with progress, and given up."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.runtime.export_process import ExportProcess
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.moving_dialog import MovingDialog
from cnnviz.training.errors import ExportError
from tests.app.dialogs import SavingPerson
from tests.app.toolbar import at, click

pytestmark = pytest.mark.usefixtures("plots_on_demand")
LEFT = Qt.MouseButton.LeftButton
TIME_LIMIT = 60_000
"""Milliseconds for a process that opens a window."""


def opened(window: MainWindow, qtbot: QtBot, iterations: int) -> MovingDialog:
    for done in range(iterations):
        click(qtbot, window, "step")
        qtbot.waitUntil(at(window, done + 1))
    window.actions_.export_moving.trigger()
    (dialog,) = window.findChildren(MovingDialog)
    return dialog


def test_panels_are_drawn_and_the_run_is_as_before(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(window, qtbot, 2)
    assert dialog.chosen == ["network", "loss"]
    assert dialog.summary.text() == "3 frames, 0.3 s"
    dialog.panels["network"].click()
    dialog.step.setValue(2)
    dialog.height_field.setValue(400)
    assert dialog.summary.text() == "2 frames, 0.2 s"
    qtbot.mouseClick(dialog.task.start, LEFT)
    SavingPerson(dialog, qtbot).save(tmp_path / "run")
    qtbot.waitUntil(lambda: "Saved" in dialog.task.error.text(), timeout=TIME_LIMIT)
    with Image.open(tmp_path / "run.gif") as made:
        assert (made.size, getattr(made, "n_frames", 1)) == ((960, 400), 2)
    assert window.frame is not None
    assert window.frame.iteration == 2
    dialog.reject()


def test_a_cancelled_export_leaves_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = opened(window, qtbot, 1)
    qtbot.mouseClick(dialog.task.start, LEFT)
    SavingPerson(dialog, qtbot).save(tmp_path / "run")
    qtbot.waitUntil(dialog.task.cancel.isVisible)
    qtbot.mouseClick(dialog.task.cancel, LEFT)
    assert not dialog.task.cancel.isVisible()
    assert window.tasks.are_done
    dialog.reject()
    window.tasks.stop()
    assert [path for path in tmp_path.iterdir() if path.suffix != ".ini"] == []


def test_nothing_is_begun_without_frames(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot, 1)
    dialog.first.setValue(1)
    dialog.last.setValue(0)
    assert dialog.summary.text() == "The last iteration comes before the first."
    assert not dialog.task.start.isEnabled()
    dialog.last.setValue(1)
    assert dialog.task.start.isEnabled()
    for box in dialog.panels.values():
        box.setChecked(False)
    assert not dialog.task.start.isEnabled()
    dialog.reject()


def test_the_process_says_why_it_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")  # a pipe's on Windows is alike
    process = ExportProcess(tmp_path / "missing ö.npz", tmp_path / "run.gif", ())
    with pytest.raises(ExportError, match=r"^.*missing ö\.npz"):
        process.compute(lambda _share: None)
    assert list(tmp_path.iterdir()) == []
