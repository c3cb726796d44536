"""The window on small screens: 1366 × 768 at 125 %, and 1024 × 600."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.widgets.panel_area import PanelArea
from cnnviz.app.window.main_window import MainWindow
from tests.app.faces import line_ratio

LARGEST = QSize(1024, 564)
"""The size of a window on a screen of 1024 × 600, without its frame."""


def least(window: MainWindow) -> QSize:
    """Return the window's minimum size after all layouts are up to date."""
    QApplication.processEvents()
    return window.minimumSizeHint().expandedTo(QSize(window.run_toolbar.least_width, 0))


def holds(size: QSize, lines: float = 1.0) -> bool:
    """Return whether the small screen holds a window, or one with lines higher by a factor."""
    return size.boundedTo(QSize(LARGEST.width(), round(LARGEST.height() * lines))) == size


def test_the_first_layout_fits_a_small_screen(window: MainWindow, qtbot: QtBot) -> None:
    window.complete()
    assert holds(least(window))
    window.resize(1093, round(614 * line_ratio()))
    area = window.findChild(PanelArea)
    assert area is not None
    # The last line of the network, with the value under the pointer, needs no scrolling.
    qtbot.waitUntil(lambda: area.viewport().height() >= window.panels.network.height())
    window.resize(LARGEST)
    qtbot.waitUntil(lambda: window.size() == LARGEST)
    assert window.rect().contains(window.statusBar().geometry())
    assert window.run_toolbar.iteration.isVisible()


def test_every_panel_fits_a_small_screen(window: MainWindow) -> None:
    """Each with those before it, which take the more room."""
    window.complete()
    for name in (
        *("network", "loss", "predictions", "branches", "breakpoints", "check", "compare"),
        *("hunt", "code", "notebook", "filter", "drawing"),
    ):
        window.bring_up(name)
        assert holds(least(window), line_ratio()), (name, least(window))


def test_the_debugger_fits_a_small_screen(window: MainWindow, qtbot: QtBot) -> None:
    window.complete()
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_F10)
    panel = window.commands.debugger.panel
    qtbot.waitUntil(lambda: panel.view is not None and panel.view.position == 2)
    for view in (TENSORS, CELL, WHY, NUMBERS):
        panel.show_view(view)
        assert holds(least(window)), least(window)
    window.bring_up("breakpoints")
    assert holds(least(window)), least(window)
    window.resize(LARGEST)
    qtbot.waitUntil(lambda: window.size() == LARGEST)
    assert window.rect().contains(window.statusBar().geometry())


def test_presentation_size_leaves_the_window_its_size(window: MainWindow, qtbot: QtBot) -> None:
    window.complete()
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_F10)
    panel = window.commands.debugger.panel
    qtbot.waitUntil(lambda: panel.view is not None and panel.view.position == 2)
    window.resize(LARGEST)
    qtbot.waitUntil(lambda: window.size() == LARGEST)
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ControlModifier)
        QApplication.processEvents()
        assert window.size() == LARGEST


def test_the_network_can_be_scrolled_if_it_does_not_fit(window: MainWindow, qtbot: QtBot) -> None:
    network, area = window.panels.network, window.findChild(PanelArea)
    assert isinstance(area, PanelArea)
    window.resize(LARGEST)
    qtbot.waitUntil(lambda: window.size() == LARGEST)
    assert network.height() == network.minimumSizeHint().height() > area.viewport().height()
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: not area.verticalScrollBar().isVisible())
    assert network.size() == area.viewport().size()


def test_a_lesson_beside_predictions_or_controls_fits_a_small_screen(window: MainWindow) -> None:
    window.complete()
    window.resize(LARGEST)
    window.commands.layout.choose_workspace("teach")
    window.commands.lessons.begin_named("held-out-images")
    for name in ("predictions", "controls"):
        window.bring_up(name)
        assert holds(least(window)), least(window)
        assert window.width() == LARGEST.width()
