"""The toolbar: its text for a frame, and that a frame does not relayout the window."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.run_toolbar import RunToolbar
from cnnviz.training.loop.frame import Frame

pytestmark = pytest.mark.reuses_window(compared=False)


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[QMainWindow]:
    host = QMainWindow()
    qtbot.addWidget(host)
    host.resize(1024, 200)
    return host


@pytest.fixture
def run_toolbar(host: QMainWindow) -> RunToolbar:
    run_toolbar = RunToolbar(Style(LIGHT), host)
    host.addToolBar(run_toolbar)
    host.show()
    return run_toolbar


def button(run_toolbar: RunToolbar, name: str) -> QToolButton:
    found = run_toolbar.findChild(QToolButton, f"{name}-button")
    assert found is not None
    return found


def drawn(run_toolbar: RunToolbar) -> QImage:
    return run_toolbar.run.icon().pixmap(24, 24).toImage()


def test_the_toolbar_shows_the_iteration(run_toolbar: RunToolbar, frame: Frame) -> None:
    run_toolbar.show_frame(replace(frame, iteration=1234, last=1234))
    assert run_toolbar.iteration.text() == "iteration 1,234"
    assert button(run_toolbar, "back").isEnabled()
    run_toolbar.show_frame(frame)
    assert run_toolbar.iteration.text() == "iteration 0"
    assert not button(run_toolbar, "back").isEnabled()


def test_a_line_shows_the_progress_of_an_iteration(run_toolbar: RunToolbar, frame: Frame) -> None:
    def line() -> int:
        """Pixels of the accent in the lowest row of the words."""
        picture = run_toolbar.iteration.grab().toImage()
        accent = QColor(LIGHT.accent).rgb()
        lowest = run_toolbar.iteration.contentsRect().bottom()
        return sum(picture.pixel(x, lowest) == accent for x in range(picture.width()))

    run_toolbar.show_frame(frame)
    assert line() == 0
    run_toolbar.show_progress(0.5)
    half = line()
    run_toolbar.show_progress(1.0)
    assert half > 0
    assert abs(2 * half - line()) <= 1
    run_toolbar.show_frame(frame)
    assert line() == 0


def test_run_becomes_pause_in_text_and_icon(run_toolbar: RunToolbar, frame: Frame) -> None:
    still = drawn(run_toolbar)
    width = button(run_toolbar, "run").width()
    run_toolbar.show_frame(replace(frame, running=True))
    assert run_toolbar.running
    assert button(run_toolbar, "run").text() == "Pause"
    assert drawn(run_toolbar) != still
    QApplication.processEvents()
    assert button(run_toolbar, "run").width() == width  # its neighbours do not move
    words = button(run_toolbar, "run").fontMetrics().horizontalAdvance("Pause")
    assert words + run_toolbar.iconSize().width() < width
    run_toolbar.show_frame(frame)
    assert not run_toolbar.running
    assert button(run_toolbar, "run").text() == "Run"
    assert drawn(run_toolbar) == still


@pytest.mark.parametrize("name", ["reset", "back", "run", "step"])
def test_each_button_is_an_action_with_its_key_in_the_tooltip(
    run_toolbar: RunToolbar, frame: Frame, qtbot: QtBot, name: str
) -> None:
    run_toolbar.show_frame(replace(frame, iteration=1, last=1))
    action = getattr(run_toolbar, name)
    assert action.shortcut().toString() in action.toolTip()
    triggered = QSignalSpy(action.triggered)
    qtbot.mouseClick(button(run_toolbar, name), Qt.MouseButton.LeftButton)
    assert triggered.count() == 1
    assert button(run_toolbar, name).focusPolicy() == Qt.FocusPolicy.TabFocus


def test_icons_have_the_themes_colours(run_toolbar: RunToolbar) -> None:
    light = run_toolbar.step.icon().pixmap(24, 24).toImage()
    run_toolbar.set_style(Style(DARK))
    assert run_toolbar.step.icon().pixmap(24, 24).toImage() != light


def test_a_larger_scale_has_larger_icons(run_toolbar: RunToolbar) -> None:
    small = run_toolbar.iconSize().width()
    run_toolbar.set_style(Style(LIGHT, 1.6))
    assert run_toolbar.iconSize().width() == round(1.6 * small)


class Layouts(QObject):
    """Counts the layout requests of a widget."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_frames_do_not_relayout_the_toolbar(run_toolbar: RunToolbar, frame: Frame) -> None:
    run_toolbar.show_frame(replace(frame, iteration=1000, last=2000))
    QApplication.processEvents()
    layouts = Layouts(run_toolbar)
    for iteration in range(1001, 1060):
        run_toolbar.show_frame(replace(frame, iteration=iteration, last=2000))
        QApplication.processEvents()
    assert layouts.count == 0
    run_toolbar.removeEventFilter(layouts)


@pytest.fixture
def large(window: MainWindow) -> Iterator[MainWindow]:
    """A window at presentation size."""
    window.set_presentation(True)
    yield window
    window.set_presentation(False)


def assert_any_iteration_fits(window: MainWindow, frame: Frame, width: int) -> None:
    window.resize(width, 900)
    label = window.run_toolbar.iteration
    for iteration in (0, 9, 88, 4444, 1_000_000):
        window.run_toolbar.show_frame(replace(frame, iteration=iteration, last=iteration))
        QApplication.processEvents()
        room = label.contentsRect().width()
        assert label.fontMetrics().horizontalAdvance(label.text()) <= room
        assert label.isVisible()
        assert label.geometry().right() < window.run_toolbar.width() == width


@pytest.mark.parametrize("width", [1440, 1024])
def test_any_iteration_fits(window: MainWindow, frame: Frame, width: int) -> None:
    assert_any_iteration_fits(window, frame, width)


@pytest.mark.parametrize("width", [1440, 1200])
def test_any_iteration_fits_in_large_type(large: MainWindow, frame: Frame, width: int) -> None:
    assert_any_iteration_fits(large, frame, width)


def test_buttons_give_up_their_words_for_the_first_added_control(
    host: QMainWindow, run_toolbar: RunToolbar
) -> None:
    control = QWidget()
    control.setFixedSize(300, 20)
    run_toolbar.add_first(control)
    step, wide = button(run_toolbar, "step"), run_toolbar.least_width + 600

    def resize(width: int) -> None:
        host.resize(width, 200)
        QApplication.processEvents()

    resize(wide)
    assert control.isVisible()
    assert step.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    with_words = step.width()
    resize(run_toolbar.least_width)
    assert control.isVisible()
    assert step.width() < 0.6 * with_words
    assert (step.text(), step.toolTip()) == ("Step", "Pause, and do one iteration (Right)")
    assert run_toolbar.iteration.geometry().right() <= run_toolbar.width()
    resize(wide)
    assert step.width() == with_words
