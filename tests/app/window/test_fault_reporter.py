"""Errors that nothing handles: shown in the window, counted, and of no harm to the other panels."""

import ast
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

import cnnviz
from cnnviz.app.look.theme import DARK
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.window.fault_reporter import FaultReporter
from cnnviz.app.window.main_window import MainWindow
from tests.app.dialogs import SavingPerson
from tests.app.docks import panel_of
from tests.app.toolbar import at, click

pytestmark = pytest.mark.reuses_window(compared=False)

PACKAGE = Path(cnnviz.__file__).parent


class Unusual(Exception):  # noqa: N818
    """An error that nothing in the program expects."""


def broken(*_: object, **__: object) -> None:
    raise Unusual("seven <b>of</b>\nnine")


@pytest.fixture
def reporter(qtbot: QtBot, window: MainWindow) -> Iterator[FaultReporter]:
    """Report faults in the window, and expect one that Python reports, too."""
    reporter = FaultReporter(window.status)
    with qtbot.capture_exceptions() as caught, reporter.watching():
        yield reporter
    assert [kind for kind, _, _ in caught] == [Unusual]  # only the first: the others are counted


def shown(window: MainWindow) -> str:
    return window.status.text.text()


@pytest.mark.usefixtures("reporter")
@pytest.mark.parametrize("name", ["network", "loss", "predictions", "controls", "branches"])
def test_a_fault_in_one_panel_leaves_the_others_at_work(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    panel = panel_of(window, name)
    monkeypatch.setattr(type(panel), "show_frame", broken)
    for i in range(1, 4):
        click(qtbot, window, "step")
        qtbot.waitUntil(at(window, i))
    assert window.run_toolbar.iteration.text() == "iteration 3"
    assert window.status.state.text() == "Paused"
    qtbot.waitUntil(lambda: shown(window).endswith("and the run can be saved."))
    assert "Unusual: seven <b>of</b> nine (" in shown(window)


def test_a_fault_is_counted_and_its_details_can_be_copied(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, reporter: FaultReporter
) -> None:
    monkeypatch.setattr(PredictionsPanel, "show_frame", broken)
    for i in range(1, 13):
        click(qtbot, window, "step")
        qtbot.waitUntil(at(window, i))
    qtbot.waitUntil(lambda: ", 12 times. " in shown(window))
    qtbot.mouseClick(window.status.details, Qt.MouseButton.LeftButton)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "&Copy")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    words = dialog.findChild(QPlainTextEdit)
    assert words is not None
    assert words.toPlainText() == copied
    for part in ("Traceback", "in broken", "Unusual: seven", "PySide6", "cnnviz 0", "numpy"):
        assert part in copied
    dialog.close()
    qtbot.mouseClick(window.status.dismiss, Qt.MouseButton.LeftButton)
    assert shown(window) == ""
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 13))
    due = reporter.findChild(QTimer)
    assert due is not None
    due.timeout.emit()
    assert shown(window) == ""  # it was dismissed


@pytest.mark.usefixtures("reporter")
def test_a_fault_in_one_panels_style_leaves_the_others_styled(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(NetworkPanel, "set_style", broken)
        window.actions_.themes["dark"].trigger()
    assert DARK.wrong in window.status.sign.styleSheet()  # of the last that is styled
    qtbot.waitUntil(lambda: "Unusual" in shown(window))


@pytest.mark.usefixtures("reporter")
def test_the_run_can_be_saved_after_a_fault(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(PredictionsPanel, "show_frame", broken)
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    window.actions_.save_run.trigger()
    SavingPerson(window, qtbot).save(tmp_path / "run")
    qtbot.waitUntil((tmp_path / "run.npz").is_file)


def in_a_slot(_window: MainWindow) -> None:
    QTimer.singleShot(0, broken)


def in_a_paint_event(window: MainWindow) -> None:
    window.run_toolbar.iteration.update()


def in_a_thread(_window: MainWindow) -> None:
    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()


def in_a_finaliser(_window: MainWindow) -> None:
    class Dying:
        __del__ = broken

    Dying()
    gc.collect()


@pytest.mark.parametrize("occurs", [in_a_slot, in_a_paint_event, in_a_thread, in_a_finaliser])
def test_a_fault_is_shown_wherever_it_occurs(
    window: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    occurs: Callable[[MainWindow], None],
) -> None:
    label = type(window.run_toolbar.iteration)
    passed_on: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda a: passed_on.append(a.exc_type))
    monkeypatch.setattr(sys, "unraisablehook", lambda a: passed_on.append(a.exc_type))
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: passed_on.append(kind))
    with FaultReporter(window.status).watching():
        with monkeypatch.context() as patched:
            patched.setattr(label, "paintEvent", broken)
            occurs(window)
            qtbot.waitUntil(lambda: "Unusual: seven" in shown(window))
        window.run_toolbar.iteration.update()
    assert passed_on == [Unusual]


def test_no_timer_swallows_errors() -> None:
    # PySide loses an error of QTimer.singleShot(time, receiver, function), and shows it nowhere.
    swallowing = [
        f"{file.relative_to(PACKAGE)}, line {call.lineno}"
        for file in PACKAGE.rglob("*.py")
        if "singleShot" in (text := file.read_text(encoding="utf-8"))
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "singleShot"
        and len(call.args) != 2
    ]
    assert swallowing == []
