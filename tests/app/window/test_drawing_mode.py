"""A digit drawn on the Network's image itself, with mouse, pen and finger."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.cells.cell import Column
from cnnviz.app.network.drawing_mode import DrawingMode
from cnnviz.app.network.drawing_tools import DrawingTools
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.widgets.drawing_pad import DrawingPad
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.drawing import as_mnist
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import ImageView
from tests.app.pens import LEFT, finger_stroke, mouse_stroke, pen_stroke
from tests.app.waiting import wait_until

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def network(shared_window: MainWindow) -> Iterator[NetworkPanel]:
    shared_window.complete()
    panel = shared_window.panels.network
    yield panel
    panel.sketch.clear()
    panel.drawing.leave()
    wait_until(lambda: frame_of(shared_window).outside is None)
    shared_window.selection.select_image(0)


def frame_of(window: MainWindow) -> Frame:
    assert window.frame is not None
    return window.frame


def begin(mode: DrawingMode) -> tuple[DrawingPad, DrawingTools]:
    """Click the pencil, and return the paper and the tools."""
    QTest.mouseClick(mode.button, LEFT)
    assert mode.on
    assert mode.pad is not None
    assert mode.tools is not None
    return mode.pad, mode.tools


def seen(window: MainWindow) -> ImageView | None:
    """Return the drawing in the network, if that has all that is drawn."""
    view, sketch = frame_of(window).outside, window.panels.network.sketch
    there = view is not None and np.array_equal(view.image, as_mnist(sketch.ink))
    return view if there else None


@pytest.mark.parametrize(
    "draw",
    [
        mouse_stroke,
        finger_stroke,
        lambda pad, *places: pen_stroke(pad, 0.8, *places),
    ],
)
def test_maps_and_output_follow_a_stroke_on_the_image(
    shared_window: MainWindow, network: NetworkPanel, draw: Callable[..., None]
) -> None:
    pad, tools = begin(network.drawing)
    tile = network._painting.layout.tile(Column.IMAGE).rect
    assert pad.isVisible()
    assert pad.geometry() == tile
    assert tools.isVisible()
    assert not tools.undo.isEnabled()
    before = frame_of(shared_window).image
    draw(pad, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    wait_until(lambda: seen(shared_window) is not None)
    view = seen(shared_window)
    assert view is not None
    assert (view.activations != before.activations).any()
    assert network.sketch.count == 1
    draw(pad, (0.3, 0.5), (0.7, 0.5))
    wait_until(lambda: seen(shared_window) not in (None, view))
    QTest.keyClick(pad, Qt.Key.Key_Z, CONTROL)
    wait_until(lambda: seen(shared_window) is not None)
    again = seen(shared_window)
    assert again is not None
    np.testing.assert_array_equal(again.image, view.image)
    QTest.keyClick(pad, Qt.Key.Key_Escape)
    assert not network.drawing.on
    assert not pad.isVisible()
    assert network._value.isVisible()
    # The drawing stays, as the network sees it, and a click chooses a cell as ever.
    network.view.grab()
    QTest.mouseClick(network.view.viewport(), LEFT, pos=tile.center())
    assert network.chosen is not None
    assert network.chosen.column is Column.IMAGE
    assert "drawn digit" in network.view.accessibleDescription()
    network._painting.choose(None)


def test_the_preview_is_what_the_network_sees(
    shared_window: MainWindow, network: NetworkPanel
) -> None:
    pad, tools = begin(network.drawing)
    _, picture = network.drawing._seen
    assert not picture.isVisible()  # nothing is drawn yet
    mouse_stroke(pad, (0.2, 0.2), (0.2, 0.5))
    wait_until(lambda: seen(shared_window) is not None)
    assert picture.isVisible()
    side = picture.width() // 28
    shown = picture.pixmap().toImage()
    view = seen(shared_window)
    assert view is not None
    ink, paper = (np.unravel_index(f(view.image), (28, 28)) for f in (np.argmax, np.argmin))
    theme = shared_window._style.theme
    for (row, column), colour in ((ink, theme.ink), (paper, theme.paper)):
        assert shown.pixelColor(int(column) * side, int(row) * side).name() == colour
    QTest.mouseClick(tools.clear, LEFT)
    wait_until(lambda: frame_of(shared_window).outside is None)
    assert network.drawing.on
    assert not picture.isVisible()


def test_the_selected_image_is_drawn_over(shared_window: MainWindow, network: NetworkPanel) -> None:
    image = frame_of(shared_window).image.image
    pad, tools = begin(network.drawing)
    QTest.mouseClick(tools.copy, LEFT)
    wait_until(lambda: seen(shared_window) is not None)
    view = seen(shared_window)
    assert view is not None
    assert np.abs(view.image.astype(int) - as_mnist(image)).max() <= 1
    tools.thickness.setValue(40)
    mouse_stroke(pad, (0.1, 0.5), (0.9, 0.5))
    assert (network.sketch.ink[:, 40] > 127).sum() == pytest.approx(40, abs=1)
    shared_window.selection.select_image(2)
    assert not network.drawing.on
    wait_until(lambda: frame_of(shared_window).image.index == 2)
    assert frame_of(shared_window).outside is None
    network.drawing.action.trigger()  # the drawing is still there
    wait_until(lambda: seen(shared_window) is not None)
    assert network.sketch.count == 2


def test_it_is_kept_in_the_panel_that_has_the_same_drawing(
    shared_window: MainWindow, network: NetworkPanel
) -> None:
    pad, tools = begin(network.drawing)
    mouse_stroke(pad, (0.5, 0.2), (0.5, 0.8))
    QTest.mouseClick(tools.keep, LEFT)
    panel = shared_window.panels.drawing.panel
    wait_until(panel.isVisible)
    assert panel.pad.accessibleDescription() == "1 stroke."
    wait_until(lambda: panel.answer.text().startswith("o = "))
    mouse_stroke(panel.pad, (0.2, 0.5), (0.8, 0.5))
    assert pad.accessibleDescription() == "2 strokes."
    panel.tools.thickness.setValue(30)
    assert tools.thickness.value() == 30
    for part in (pad, network.drawing.button, *tools.findChildren(type(tools.done))):
        assert part.accessibleName() or part.text()


class _Paints(QObject):
    """Counts how often widgets are painted."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.count = 0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


def test_nothing_but_the_network_is_painted_for_a_stroke(
    shared_window: MainWindow, network: NetworkPanel
) -> None:
    panels = shared_window.panels
    pad, _ = begin(network.drawing)
    mouse_stroke(pad, (0.3, 0.2), (0.6, 0.3))
    wait_until(lambda: seen(shared_window) is not None)
    QApplication.processEvents()
    others = _Paints(panels.predictions.table.viewport(), panels.loss, panels.controls.subset)
    followed = _Paints(network.view.viewport())
    mouse_stroke(pad, (0.3, 0.6), (0.6, 0.7))
    wait_until(lambda: seen(shared_window) is not None)
    wait_until(lambda: followed.count > 0)
    assert others.count == 0
