"""Presentation size in windows as large as projectors are."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDockWidget, QLabel, QLayout, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.presentation_size import PresentationSize
from tests.app.docks import dock, panel_of
from tests.app.faces import line_ratio
from tests.app.painting import PaintCounter, cell_centre
from tests.app.waiting import wait_until

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    qtbot.waitUntil(window.updatesEnabled)  # nothing is painted before everything has its size


def type_size(window: MainWindow) -> float:
    return window.run_toolbar.iteration.font().pointSizeF()


def cell_size(window: MainWindow, column: Column) -> float:
    """The pixels of a cell of the first picture in a column of the network."""
    network = window.panels.network
    assert isinstance(network, NetworkPanel)
    first, second = (cell_centre(network, Cell(column, 0, row, 0)) for row in (0, 1))
    return second.y() - first.y()


def test_type_and_pictures_grow_but_the_window_does_not(window: MainWindow, qtbot: QtBot) -> None:
    for width, height, points in (
        *((1024, 736, 12.5), (1280, 688, 15.5), (1366, 736, 16), (1440, 900, 16)),
        *((1920, 1048, 16), (3840, 2160, 32)),
    ):
        size = QSize(width, round(height * line_ratio()))
        grow_and_shrink(window, qtbot, size, points)


def grow_and_shrink(window: MainWindow, qtbot: QtBot, size: QSize, points: float) -> None:
    """Change to presentation size and back, and check the window meanwhile and afterwards."""
    width = size.width()
    window.resize(size)
    columns = (Column.IMAGE, Column.FILTERS, Column.MAPS)
    qtbot.waitUntil(lambda: window.size() == size)
    before = [cell_size(window, column) for column in columns]
    press(window, qtbot)
    assert type_size(window) >= points
    network, loss = window.panels.network, window.panels.loss
    qtbot.waitUntil(lambda: network.mapTo(window, network.rect().topRight()).x() < loss.x() + width)

    def pictures_grow() -> bool:
        """Return whether all do, or, if a narrow face grows much, none has cells that are small."""
        now = [cell_size(window, column) for column in columns]
        if type_size(window) > points + 0.5:
            return min(now) >= 3
        return all(new > old for new, old in zip(now, before, strict=True))

    qtbot.waitUntil(pictures_grow)
    assert window.size() == size
    assert window.minimumSizeHint().boundedTo(size) == window.minimumSizeHint()
    status = window.statusBar().geometry()
    assert window.rect().contains(status)
    iteration = window.run_toolbar.iteration
    assert iteration.isVisible()
    assert iteration.geometry().right() < width
    press(window, qtbot)
    qtbot.waitUntil(lambda: [cell_size(window, column) for column in columns] == before)
    assert window.size() == size
    assert type_size(window) == 10


def test_a_larger_window_has_larger_type(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1024, 736)
    press(window, qtbot)
    assert 10 < type_size(window) < 16
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: type_size(window) == 16)
    assert window.size() == QSize(1440, 900)


def test_a_window_opened_at_presentation_size_keeps_its_size(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = make_window()
    first.resize(1280, 688)
    press(first, qtbot)
    first.close()
    second = make_window()
    assert second.actions_.presentation.isChecked()
    assert second.width() < 1280  # the screen of tests is small
    assert second.minimumSizeHint().boundedTo(second.size()) == second.minimumSizeHint()
    assert type_size(second) <= 12.5
    second.resize(1280, 688)
    qtbot.waitUntil(lambda: type_size(second) > 14)
    assert second.size() == QSize(1280, 688)
    press(second, qtbot)


def test_the_debugger_button_is_shown_if_it_fits(window: MainWindow, qtbot: QtBot) -> None:
    tool = next(a for a in window.run_toolbar.actions() if a.objectName() == "debugger")
    window.resize(1600, 900)
    assert tool.isVisible()
    press(window, qtbot)
    assert type_size(window) == 16
    assert tool.isVisible()
    window.resize(1150, 900)
    qtbot.waitUntil(lambda: not tool.isVisible())
    qtbot.waitUntil(window.run_toolbar.iteration.isVisible)
    press(window, qtbot)
    qtbot.waitUntil(tool.isVisible)


class Styled(QObject):
    """Counts how often a widget is styled again."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.StyleChange
        return super().eventFilter(watched, event)


def test_the_window_answers_between_the_steps_of_a_change(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1440, 900)
    data = window.panels.controls.findChildren(QLabel)[1]
    assert data.font().pointSizeF() == 10
    styled = Styled(data)
    sizes: list[float] = []
    timer = QTimer(window, interval=0)
    timer.timeout.connect(lambda: sizes.append(data.font().pointSizeF()))
    timer.start()
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    assert not window.updatesEnabled()
    qtbot.waitUntil(lambda: data.font().pointSizeF() == 16)
    qtbot.waitUntil(window.updatesEnabled)
    assert sizes[0] == 10  # it answered before type had grown,
    assert sizes[-1] == 16  # and before that was seen
    assert styled.count == 0  # the style sheet is as it was
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)
    qtbot.keyClick(window, Qt.Key.Key_F11, CONTROL)  # the first change gives way
    qtbot.waitUntil(window.updatesEnabled)
    assert data.font().pointSizeF() == 16
    window.close()
    assert window.updatesEnabled()


def test_the_window_is_painted_at_once_when_a_change_is_made(window: MainWindow) -> None:
    """A request to paint may be lost while nothing is painted."""
    counter = PaintCounter(window.statusBar())
    for on in (True, False):
        before = counter.count
        window.set_presentation(on)
        assert counter.count > before


def test_titles_of_docks_are_bold_and_their_contents_are_not(window: MainWindow) -> None:
    made = (panel_of(window, name) for name in ("breakpoints", "branches"))
    for panel in (*window.panels.by_name.values(), *made):
        assert panel.font().weight() == QFont.Weight.Normal
        assert panel.window().findChildren(QDockWidget)[0].font().weight() > QFont.Weight.Normal


def test_what_matters_has_room_on_a_projector(shared_window: MainWindow) -> None:
    window, before = shared_window, shared_window.size()
    size = QSize(1280, round(720 * line_ratio()))
    window.resize(size)
    window.complete("predictions")
    window.commands.layout.choose_workspace("watch")
    window.set_presentation(True)
    window.bring_up("predictions")
    assert type_size(window) == 16
    assert window.panels.predictions.plot_area.plot.getViewBox().height() > 90
    window.commands.layout.choose_workspace("debug")
    window.commands.layout.size.finish()
    assert type_size(window) >= 13
    debugger = dock(window, "debugger")
    assert debugger.width() >= 700
    assert debugger.height() >= 500
    need = window.minimumSizeHint().expandedTo(QSize(window.run_toolbar.least_width, 0))
    assert need.boundedTo(size) == need
    assert window.size() == size
    assert not window.commands.workspaces.control.visibleRegion().isEmpty()
    window.set_presentation(False)
    window.resize(before)


def test_a_panel_that_is_opened_makes_type_smaller_and_not_the_window_larger(
    shared_window: MainWindow,
) -> None:
    window, size, before = shared_window, QSize(1280, 720), shared_window.size()
    window.resize(size)
    window.commands.layout.choose_workspace("teach")
    window.set_presentation(True)
    assert type_size(window) == 16
    assert dock(window, "loss").isHidden()
    dock(window, "loss").toggleViewAction().trigger()
    wait_until(lambda: type_size(window) < 14)
    wait_until(window.updatesEnabled)
    assert window.size() == size
    assert window.minimumSizeHint().boundedTo(size) == window.minimumSizeHint()
    dock(window, "loss").toggleViewAction().trigger()
    wait_until(lambda: type_size(window) == 16)
    window.commands.layout.size.finish()
    window.set_presentation(False)
    window.resize(before)


@pytest.fixture
def presented(qtbot: QtBot) -> Iterator[tuple[QMainWindow, PresentationSize]]:
    """A small window of its own whose contents need more than it has."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QLabel())
    window.resize(300, 200)
    window.show()
    yield window, PresentationSize(window, lambda _scale: None, lambda: 0, lambda _scale: None)
    window.close()


def test_a_window_that_no_type_fits_is_left_as_it_is(
    presented: tuple[QMainWindow, PresentationSize],
) -> None:
    window, size = presented
    (rest,) = (timer for timer in size.findChildren(QTimer) if timer.isSingleShot())
    window.centralWidget().setMinimumSize(500, 400)
    size.start()
    window.resize(300, 200)
    size.finish()
    rest.stop()
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LayoutRequest))
    assert not rest.isActive()
    window.centralWidget().setMinimumSize(600, 400)  # it needs yet more
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LayoutRequest))
    assert rest.isActive()


def test_a_change_that_gives_way_leaves_no_constraint(
    presented: tuple[QMainWindow, PresentationSize],
) -> None:
    window, size = presented
    layout = window.layout()
    assert layout is not None
    size.start()
    size.end(lambda: None)
    size.finish()
    assert layout.sizeConstraint() is QLayout.SizeConstraint.SetDefaultConstraint
    size.start()
    size.finish()
    size.end(lambda: None)
    size.start()
    size.finish()
    assert layout.sizeConstraint() is QLayout.SizeConstraint.SetNoConstraint
