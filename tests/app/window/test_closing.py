"""Closing the window: nothing unsaved is lost unasked, and a save is ended or waited for."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.save_dialog import TABLE
from cnnviz.app.window.closing_dialogs import file_names
from cnnviz.app.window.main_window import MainWindow
from cnnviz.atomic_file import UnwritableFileError
from cnnviz.training.loop import run_files
from cnnviz.training.run import branches
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.replay import Replay
from cnnviz.training.settings import Settings
from tests.app.dialogs import SavingPerson
from tests.app.toolbar import at, click


@pytest.fixture
def asking(window: MainWindow) -> Iterator[MainWindow]:
    """A window with a person at it."""
    window.ask_before_closing()
    yield window
    window.close_unasked()


def box(window: MainWindow) -> QMessageBox:
    """Return the open question."""
    (found,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    return found


def answer(window: MainWindow, text: str) -> None:
    (button,) = (b for b in box(window).buttons() if b.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def step(window: MainWindow, qtbot: QtBot, iteration: int = 1) -> None:
    for i in range(iteration):
        click(qtbot, window, "step")
        qtbot.waitUntil(at(window, i + 1))


def settled(window: MainWindow, qtbot: QtBot) -> None:
    last = window.loop.sent
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= last)


def branch_off(window: MainWindow, qtbot: QtBot) -> None:
    """Leave a run of two iterations after the first, with another learning rate."""
    step(window, qtbot, 2)
    window.loop.go_to(1)
    window.loop.change(learning_rate=1.0)
    window.loop.step()
    settled(window, qtbot)


def test_no_question_is_asked_if_nothing_is_lost(asking: MainWindow) -> None:
    assert asking.close()


def test_a_window_without_a_user_closes_without_a_question(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(window, qtbot)
    stop, visible = window.loop.stop, []
    with monkeypatch.context() as patch:
        patch.setattr(window.loop, "stop", lambda: (visible.append(window.isVisible()), stop()))
        assert window.close()
    assert visible[0] is False  # it is gone before the thread has ended


def test_quit_asks_and_discards(asking: MainWindow, qtbot: QtBot) -> None:
    step(asking, qtbot)
    asking.actions_.quit.trigger()
    assert asking.isVisible()
    assert "Save this run before the window closes?" in box(asking).text()
    assert "“notebook, η 15, n 20”, 1 iteration" in box(asking).text()
    answer(asking, "Discard")
    assert not asking.isVisible()


def test_the_window_stays_if_the_question_cannot_be_asked(
    asking: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the program was replaced by another version, while it runs."""
    step(asking, qtbot)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "cnnviz.app.window.closing_dialogs", None)
        with pytest.raises(ModuleNotFoundError):
            asking.close()
    assert asking.isVisible()
    assert not asking.close()
    answer(asking, "Discard")
    assert not asking.isVisible()


def test_it_is_asked_once_and_can_be_cancelled(asking: MainWindow, qtbot: QtBot) -> None:
    step(asking, qtbot)
    assert not asking.close()  # as a window manager does
    assert not asking.close()
    QTest.keyClick(box(asking), Qt.Key.Key_Escape)
    assert asking.isVisible()
    click(qtbot, asking, "step")  # the run continues
    qtbot.waitUntil(at(asking, 2))
    assert not asking.close()
    answer(asking, "Cancel")


def test_no_question_is_asked_about_a_saved_run(
    asking: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    step(asking, qtbot)
    asking.actions_.save_run.trigger()
    SavingPerson(asking, qtbot).save(tmp_path / "run")
    settled(asking, qtbot)
    qtbot.waitUntil(lambda: "Saved" in asking.status.text.text())
    assert asking.close()


def test_saving_closes_the_window_afterwards(
    asking: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    step(asking, qtbot, 3)
    assert not asking.close()
    answer(asking, "Save…")
    SavingPerson(asking, qtbot).save(tmp_path / "mine")
    qtbot.waitUntil(lambda: not asking.isVisible())
    with np.load(tmp_path / "mine.npz") as run:
        assert run["loss"].shape == (3,)


def test_the_window_stays_if_no_file_is_chosen(asking: MainWindow, qtbot: QtBot) -> None:
    step(asking, qtbot)
    assert not asking.close()
    answer(asking, "Save…")
    SavingPerson(asking, qtbot).dialog.reject()
    assert asking.isVisible()
    assert not asking.close()
    answer(asking, "Discard")
    assert not asking.isVisible()


def test_the_window_stays_if_the_run_cannot_be_saved(
    asking: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    step(asking, qtbot)
    assert not asking.close()
    answer(asking, "Save…")
    SavingPerson(asking, qtbot).save(tmp_path / "missing" / "run")
    qtbot.waitUntil(lambda: "folder that exists" in asking.status.text.text())
    settled(asking, qtbot)
    QTest.qWait(0)
    assert asking.isVisible()


def test_an_export_is_waited_for(asking: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    go_on, problems = threading.Event(), ["The disk is full."]

    def content() -> bytes:
        go_on.wait(10)
        if problems:
            raise UnwritableFileError(problems.pop())
        return b"numbers"

    for is_written in (False, True):
        go_on.clear()
        asking.ask_where_to_export(Export("numbers", {TABLE: content}))
        SavingPerson(asking, qtbot).save(tmp_path / "numbers")
        assert not asking.close()
        assert "still saving" in box(asking).text()
        go_on.set()
        qtbot.waitUntil(lambda: not asking.commands.exports.is_writing)
        if not is_written:
            assert "disk is full" in asking.status.text.text()
            assert asking.isVisible()
    qtbot.waitUntil(lambda: not asking.isVisible())
    assert (tmp_path / "numbers.csv").read_bytes() == b"numbers"


def test_several_branches_are_saved_in_a_folder(
    asking: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "notebook, η 15, n 20.npz").write_bytes(b"an older run")
    branch_off(asking, qtbot)
    assert not asking.close()
    assert (
        "“notebook, η 15, n 20”, 2 iterations\n“η 15 → 1 at iteration 1”, 2 iterations"
        in box(asking).text()
    )
    answer(asking, "Save…")
    (dialog,) = (d for d in asking.findChildren(QFileDialog) if d.isVisible())
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    dialog.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.setText(str(folder))
    (save,) = (b for b in dialog.findChildren(QPushButton) if b.text() == "Save here")
    QTest.mouseClick(save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not asking.isVisible())
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "notebook, η 15, n 20 2.npz",
        "notebook, η 15, n 20.npz",
        "η 15 → 1 at iteration 1.npz",
    ]
    assert (folder / "notebook, η 15, n 20.npz").read_bytes() == b"an older run"
    for name in (names[0], names[2]):
        with np.load(folder / name) as run:
            assert run["loss"].shape == (2,)


def test_files_of_branches_have_names_that_work_everywhere(tmp_path: Path) -> None:
    curve = Curve(np.zeros(1), np.zeros(1), Settings(), ())
    names = ["a/b", "a\\b", "..", "走る", "x" * 80, "a-b", "A-B", "con", "LPT1.x", "Coney"]
    names += ["\N{LATIN SMALL LETTER E WITH ACUTE}", "E\N{COMBINING ACUTE ACCENT}"]
    views = [branches.BranchView(i, n, None, -1, i, curve, ()) for i, n in enumerate(names)]
    files = file_names(tmp_path, views)
    assert [p.name for p in files] == [
        "a-b.npz",
        "a-b 2.npz",
        "run.npz",
        "走る.npz",
        f"{'x' * 40}.npz",
        "a-b 3.npz",
        "A-B 4.npz",  # on macOS and Windows, the others would be replaced
        "run con.npz",  # a device on Windows
        "run LPT1.x.npz",
        "Coney.npz",
        "\N{LATIN SMALL LETTER E WITH ACUTE}.npz",
        "E\N{COMBINING ACUTE ACCENT} 2.npz",
    ]
    assert list(files.values()) == views


class TestClosingDuringSaving:
    @pytest.fixture
    def gate(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
        """Holds a save until it is set."""
        monkeypatch.setattr(run_files, "_NOTICEABLE", 0.0)
        opened = threading.Event()
        original = Replay.parameters

        def parameters(replay: Replay, iteration: int, interrupted: Callable[[], bool]) -> object:
            if iteration == 1:
                assert opened.wait(20)
            return original(replay, iteration, interrupted)

        monkeypatch.setattr(Replay, "parameters", parameters)
        yield opened
        opened.set()

    @pytest.fixture
    def saving(self, asking: MainWindow, qtbot: QtBot, tmp_path: Path, gate: object) -> MainWindow:
        assert gate
        step(asking, qtbot, 3)
        asking.actions_.save_run.trigger()
        SavingPerson(asking, qtbot).save(tmp_path / "run")
        qtbot.waitUntil(lambda: asking.status.state.text() == "Saving: 25 %")
        return asking

    def test_saving_is_shown_in_the_status_bar_and_can_be_cancelled(
        self, saving: MainWindow, qtbot: QtBot, tmp_path: Path, gate: threading.Event
    ) -> None:
        assert saving.status.cancel.isVisible()
        qtbot.mouseClick(saving.status.cancel, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
        gate.set()
        qtbot.waitUntil(lambda: "run.npz was not saved" in saving.status.text.text())
        qtbot.waitUntil(lambda: not saving.status.cancel.isVisible())
        assert saving.status.state.text() == "Paused"
        assert not (tmp_path / "run.npz").exists()
        click(qtbot, saving, "step")
        qtbot.waitUntil(at(saving, 4))

    def test_closing_waits_for_saving(
        self, saving: MainWindow, qtbot: QtBot, tmp_path: Path, gate: threading.Event
    ) -> None:
        assert not saving.close()
        assert "still saving (25 %)" in box(saving).text()
        gate.set()
        qtbot.waitUntil(lambda: not saving.isVisible())
        with np.load(tmp_path / "run.npz") as run:
            assert run["loss"].shape == (3,)

    def test_saving_can_be_given_up_on_closing(
        self, saving: MainWindow, tmp_path: Path, gate: threading.Event
    ) -> None:
        assert not saving.close()
        threading.Timer(0.1, gate.set).start()  # the thread ends with its iteration
        answer(saving, "Give up saving")
        assert not saving.isVisible()
        assert not (tmp_path / "run.npz").exists()

    def test_closing_can_be_cancelled(
        self, saving: MainWindow, qtbot: QtBot, tmp_path: Path, gate: threading.Event
    ) -> None:
        assert not saving.close()
        answer(saving, "Keep the window open")
        gate.set()
        qtbot.waitUntil(lambda: "Saved 3 iterations" in saving.status.text.text())
        assert saving.isVisible()
        assert (tmp_path / "run.npz").exists()
