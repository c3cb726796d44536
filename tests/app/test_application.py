"""The application's set-up, and the file of its settings."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from cnnviz import __version__
from cnnviz.app import application as module
from cnnviz.app.application import (
    create_application,
    default_store,
    fitting,
    run_window,
    stored_theme,
)
from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.runtime.settings_file import settings_problem
from cnnviz.app.runtime.thread_priority import SWITCH_INTERVAL
from cnnviz.app.window.focus_keys import FocusKeys
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop import keeper
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def test_there_is_one_application(qapp: QApplication) -> None:
    assert create_application() is qapp
    assert create_application(DARK) is qapp  # a second call changes nothing
    assert qapp.applicationName() == "cnnviz"
    assert qapp.applicationVersion() == __version__
    assert len(qapp.findChildren(FocusKeys)) == 1
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL)


def test_slow_imports_follow_the_first_picture() -> None:
    code = (
        "import sys, cnnviz.app.window.main_window; "
        "print([m for m in sys.modules if m == 'email' or m.startswith(("
        "'pyqtgraph', 'cnnviz.app.debugger.panel', 'cnnviz.numerics.explain', "
        "'cnnviz.numerics.why', 'cnnviz.numerics.checking', 'cnnviz.training.comparison'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


FIRST_PICTURE = """
import sys
from cnnviz.cli import open_window
def opened(window):
    from cnnviz.bench.first_paint import FirstPaint
    FirstPaint(window)
open_window(["--data", "bundled"], opened)
print(*sys.modules)
"""
LATE = (
    *("breakpoints.active", "breakpoints.conditions", "breakpoints.parser", "breakpoints.window"),
    *("debugger.debugger", "debugger.explainer", "debugger.view", "export.taken_run"),
    *("loop.cause", "loop.hold_out", "loop.undo_changes", "loop.undo_moment"),
)
"""Modules of `cnnviz.training` that a run needs once a person does something."""


def test_no_picture_waits_for_what_only_commands_need(tmp_path: Path) -> None:
    late = {f"cnnviz.training.{name}" for name in LATE}
    assert all(importlib.util.find_spec(name) for name in late)
    folders = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE],
        env={**os.environ, **folders},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert "cnnviz.training.loop.training_loop" in imported
    assert late & imported == set()


@pytest.mark.parametrize("wanted", ["PyQt6", "PySide2", ""])
def test_pyqtgraph_uses_pyside6_despite_the_environment(wanted: str) -> None:
    code = "import cnnviz.app, pyqtgraph; print(pyqtgraph.Qt.QT_LIB)"
    environ = {**os.environ, "PYQTGRAPH_QT_LIB": wanted}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "PySide6\n"


@pytest.mark.parametrize(
    ("stored", "theme"),
    [(None, LIGHT), ("light", LIGHT), ("dark", DARK), ("sepia", LIGHT), (7, LIGHT)],
)
def test_the_last_theme_is_restored(store: QSettings, stored: object, theme: Theme) -> None:
    if stored is not None:
        store.setValue("theme", stored)
    assert stored_theme(store) is theme


def test_settings_are_in_the_users_folder() -> None:
    store = default_store()
    assert store.format() == QSettings.Format.IniFormat
    assert store.scope() == QSettings.Scope.UserScope
    assert store.fileName().endswith("cnnviz/cnnviz.ini")


def test_a_pipe_in_place_of_the_settings_does_not_block(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cnnviz" / "cnnviz.ini"
    file.parent.mkdir()
    os.mkfifo(file)
    before = str(Path(default_store().fileName()).parents[1])
    ini, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, scope, str(tmp_path))
    try:
        assert str(file) in settings_problem(default_store())
    finally:
        QSettings.setPath(ini, scope, before)


def test_the_window_runs_until_it_is_closed_and_is_remembered(
    qapp: QApplication, qtbot: QtBot, store: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert qtbot
    seen: list[tuple[bool, str]] = []
    store.setValue("theme", "dark")

    class Watched(MainWindow):
        def show_frame(self, frame: object) -> None:
            super().show_frame(frame)  # type: ignore[arg-type]
            seen.append((self.isVisible(), self.palette().window().color().name()))
            QTimer.singleShot(0, self.close)
            self.deleteLater()

    monkeypatch.setattr(module, "MainWindow", Watched)
    monkeypatch.setattr(module, "default_store", lambda: store)
    before = signal.getsignal(signal.SIGINT)
    assert run_window(Trainer(bundled_digits(), Settings(subset=5))) == 0
    assert seen[0] == (True, QColor(DARK.window).name())
    assert signal.getsignal(signal.SIGINT) is before
    assert Path(store.fileName()).is_file()  # the layout is saved in it
    apply_theme(qapp, LIGHT)


def test_a_fault_is_shown_in_the_window(
    qtbot: QtBot, store: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError("seven")

    def opened(window: MainWindow) -> None:
        def look() -> None:
            if "seven" in (text := window.status.text.text()):
                shown.append(text)
                window.close()
                window.deleteLater()

        looking = QTimer(window)
        looking.timeout.connect(look)
        looking.start(20)
        QTimer.singleShot(0, fail)

    monkeypatch.setattr(module, "default_store", lambda: store)
    with qtbot.capture_exceptions() as caught:
        assert run_window(Trainer(bundled_digits(), Settings(subset=5)), opened) == 0
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]
    assert "ZeroDivisionError: seven (" in shown[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_closing_asks_before_a_loss_but_a_signal_does_not(
    qtbot: QtBot,
    store: QSettings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    assert qtbot
    monkeypatch.setattr(keeper, "BEGINNING", 0.0)
    (tmp_path / "file").touch()
    monkeypatch.setattr(module, "sessions_folder", lambda: tmp_path / "file")  # nothing is kept
    questions: list[int] = []
    windows: list[MainWindow] = []

    def opened(window: MainWindow) -> None:
        windows.append(window)

        def look() -> None:
            if window.loop.keeps or not (window.frame and window.frame.iteration):
                window.loop.step()  # until there is something to lose
            elif not questions:
                window.close()
                boxes = window.findChildren(QMessageBox)
                questions.append(sum(box.isVisible() for box in boxes))
                os.kill(os.getpid(), number)

        window.frame_shown.connect(look)
        window.loop.step()

    monkeypatch.setattr(module, "default_store", lambda: store)
    assert run_window(Trainer(bundled_digits(), Settings(subset=5)), opened) == 0
    assert questions == [1]
    windows.pop().deleteLater()


@pytest.mark.parametrize(
    ("room", "fitted"),
    [((1920, 1080), (1440, 900)), ((1440, 900), (1440, 868)), ((1366, 728), (1366, 696))],
)
def test_a_first_window_fits_the_screen(room: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fitting(QSize(1440, 900), QSize(*room)) == QSize(*fitted)
