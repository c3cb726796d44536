"""Tests of the histogram on a tensor's card, by real clicks, the mouse and keys."""

import io
from collections.abc import Callable, Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.tensors.card_frame import CardFrame
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.save_dialog import ARRAY, TABLE
from cnnviz.numerics.network import Floats
from cnnviz.training.debugger.distribution import BINS
from cnnviz.training.debugger.view import tensor_view
from tests.app.context_menus import choose
from tests.app.exports import exports_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def frame(make_host: Callable[[int, int], QWidget]) -> Iterator[CardFrame]:
    host = make_host(520, 560)
    tasks = BackgroundTasks(host)
    made = CardFrame(tasks, Style(LIGHT), host)
    made.resize(500, 540)
    made.show()
    yield made
    tasks.stop()


def filters() -> Floats:
    """Filters with a spread of values, and zeros in the third."""
    values = np.linspace(-1, 1, 75).reshape(3, 5, 5).transpose(1, 2, 0).copy()
    values[:, :2, 2] = 0
    return values


def show(frame: CardFrame, name: str, values: Floats, image: int | None = None) -> None:
    frame.show_tensor(
        tensor_view(name, values), "batch" if image is None else "image", image or 0, None
    )
    QApplication.processEvents()


def opened(frame: CardFrame, name: str, values: Floats, image: int | None = None) -> CardFrame:
    show(frame, name, values, image)
    QTest.mouseClick(frame.button, LEFT)
    QApplication.processEvents()
    return frame


def heights(frame: CardFrame) -> list[list[float]]:
    """Return the pens of the curves, in the order of the filters."""
    curves = frame.distribution.plot.getPlotItem().items
    return [c.yData.tolist() for c in curves if isinstance(c, pg.PlotCurveItem)]


def names(frame: CardFrame) -> list[str]:
    items = frame.distribution.plot.getPlotItem().items
    return [item.toPlainText() for item in items if isinstance(item, pg.TextItem)]


def point_at(qtbot: QtBot, frame: CardFrame, value: float) -> None:
    """Move the mouse to a value on the histogram until it is pointed at."""
    plot = frame.distribution.plot
    view = plot.getViewBox()
    middle = float(np.mean(view.viewRange()[1]))
    spot = plot.mapFromScene(view.mapViewToScene(QPointF(value, middle)))

    def pointed() -> bool:
        QTest.mouseMove(plot.viewport(), spot + QPoint(0, 1))
        QTest.mouseMove(plot.viewport(), spot)
        return "marked" in frame.distribution.words.text()

    qtbot.waitUntil(pointed)


def test_a_click_opens_the_histogram_of_each_filter(frame: CardFrame) -> None:
    values = filters()
    show(frame, "f", values)
    before = frame.card.cell_rect((0, 0, 0)).top(), frame.card.heightForWidth(500)
    assert not frame.distribution.isVisible()
    opened(frame, "f", values)
    plot = frame.distribution.plot
    wanted = [np.histogram(values[..., i], BINS, (-1, 1))[0] for i in range(3)]
    assert np.abs(np.cumsum(heights(frame), 1) - np.cumsum(wanted, 1)).max() <= 1  # on an edge
    assert frame.distribution.words.text() == "75 values"
    assert names(frame) == ["exactly 0: 14.7 %"]
    assert frame.button.accessibleName() == plot.accessibleName() == "Distribution of f"
    assert "75 values from −1.00 to 1.00" in plot.accessibleDescription()
    assert "11 are exactly 0" in plot.accessibleDescription()
    inserted = frame.distribution.geometry()
    assert inserted.bottom() < frame.card.cell_rect((0, 0, 0)).top()
    assert inserted.top() >= frame.card.words_bottom
    QTest.mouseClick(frame.button, LEFT)
    assert not frame.distribution.isVisible()
    assert (frame.card.cell_rect((0, 0, 0)).top(), frame.card.heightForWidth(500)) == before


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_pointing_at_a_bar_marks_its_cells(qtbot: QtBot, frame: CardFrame, theme: object) -> None:
    style = Style(DARK if theme is DARK else LIGHT)
    frame.set_style(style)
    values = filters()
    opened(frame, "f", values)
    before = frame.card.grab().toImage()
    point_at(qtbot, frame, 0.01)
    zeros = np.count_nonzero((values >= 0) & (values < 0.05))
    assert frame.distribution.words.text().endswith(f"{zeros} cells marked")
    assert "filter 3: 10" in frame.distribution.words.text()
    after = frame.card.grab().toImage()
    marked, faded = (frame.card.cell_rect((2, row, 0)).center().toPoint() for row in (1, 4))
    assert after.pixelColor(marked) == before.pixelColor(marked)
    below = frame.card.cell_rect((2, 1, 2)).bottom()  # of the lowest row that is marked
    colours = {after.pixelColor(marked.x(), round(below) + y).name() for y in range(-3, 2)}
    assert style.theme.accent in colours
    panel = QColor(style.theme.panel)
    assert after.pixelColor(faded) != before.pixelColor(faded)
    assert abs(after.pixelColor(faded).lightness() - panel.lightness()) < 40
    QApplication.sendEvent(frame.distribution.plot, QEvent(QEvent.Type.Leave))
    assert frame.distribution.words.text() == "75 values"
    assert frame.card.grab().toImage().pixelColor(faded) == before.pixelColor(faded)


def test_the_arrow_keys_point_at_bars(frame: CardFrame) -> None:
    opened(frame, "f", filters())
    tensor = frame.distribution._wanted[0]  # type: ignore[index]
    plot, words = frame.distribution.plot, frame.distribution.words
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert words.text() == "−1.00 to −0.950: filter 1: 2, filter 2: 0, filter 3: 0 · 2 cells marked"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert words.text().startswith("−0.950 to −0.900")
    QTest.keyClick(plot, Qt.Key.Key_Left)
    frame.show_tensor(tensor, "batch", 0, (1, 1, 1))  # another cell is selected
    assert words.text().startswith("−1.00 to −0.950")
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert words.text() == "75 values"
    assert {Qt.Key.Key_Left, Qt.Key.Key_Right} <= plot.own_keys


def test_counts_can_be_logarithmic(frame: CardFrame) -> None:
    opened(frame, "f", filters())
    linear = np.array(heights(frame))
    QTest.mouseClick(frame.distribution.log, LEFT)
    np.testing.assert_allclose(heights(frame), np.log10(np.maximum(linear, 0.5)))
    assert frame.distribution.plot.getAxis("left").logMode
    QTest.mouseClick(frame.distribution.log, LEFT)
    assert heights(frame) == linear.tolist()


def test_saturated_values_are_named_at_both_ends(frame: CardFrame) -> None:
    values = np.full((1728, 2), 0.5)
    values[:432], values[432:520] = 1e-9, 1.0
    opened(frame, "a", values)
    assert names(frame) == ["saturated: 25.0 %", "saturated: 5.1 %"]
    assert "1,040 are saturated" in frame.distribution.plot.accessibleDescription()


def test_undefined_and_infinite_values_are_counted_in_words(frame: CardFrame) -> None:
    values = np.linspace(0, 1, 20).reshape(1, 20)
    values[0, 3:6], values[0, 7] = np.nan, -np.inf
    with np.errstate(invalid="ignore"):
        opened(frame, "zs", values)
    assert frame.distribution.words.text() == (
        "20 values of all images. In no bar: 3 NaN and 1 infinite"
    )
    assert sum(heights(frame)[0]) == 16


def test_one_image_has_its_own_distribution_and_a_step_renews_it(frame: CardFrame) -> None:
    values = np.zeros((3, 3, 24, 24))
    values[1] = 1.0
    opened(frame, "C", values, image=1)
    assert frame.distribution.words.text() == "1,728 values of image 1"
    assert names(frame) == []
    show(frame, "C", values, image=0)
    assert names(frame) == ["exactly 0: 100 %"]
    frame.show_tensor(tensor_view("C", values[:1], 7), "batch", 7, None)  # the others are to come
    assert frame.distribution.words.text() == "1,728 values of image 7"
    show(frame, "C", values + 2, image=0)
    assert names(frame) == []


def test_many_values_are_counted_beside_the_window(qtbot: QtBot, frame: CardFrame) -> None:
    values = np.zeros((80, 3, 24, 24), np.float32)
    values[:20] = 1
    show(frame, "C", values)
    QTest.mouseClick(frame.button, LEFT)
    assert frame.distribution.words.text() == "counting…"
    qtbot.waitUntil(lambda: frame.distribution.words.text() == "138,240 values of all images")
    assert names(frame) == ["exactly 0: 75.0 %"]
    frame.release()
    assert frame.distribution._wanted is None
    frame.show_tensor(tensor_view("C", values + 1), "batch", 0, None)
    QTest.mouseClick(frame.button, LEFT)  # closed before they are counted
    assert not frame.distribution.isVisible()
    QTest.mouseClick(frame.button, LEFT)
    qtbot.waitUntil(lambda: "138,240" in frame.distribution.words.text())
    assert names(frame) == []


def test_a_single_number_has_no_distribution(frame: CardFrame) -> None:
    show(frame, "std", np.array([[2.0]]))
    assert not frame.button.isVisible()


def test_a_card_is_copied_and_exported_with_its_numbers(qtbot: QtBot, frame: CardFrame) -> None:
    values = np.arange(75.0).reshape(3, 5, 5)
    show(frame, "dF", values)
    at = QPoint(9, 9)
    exports = exports_of(frame)
    for text in ("Copy picture", "Export…"):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, frame.mapToGlobal(at))
        QApplication.sendEvent(frame, event)
        choose(qtbot, text)
    assert QGuiApplication.clipboard().image() == frame.grab().toImage()
    QGuiApplication.clipboard().clear()
    (export,) = exports
    assert [kind.ending for kind in export.contents] == [".png", ".svg", ".pdf", ".npy", ".csv"]
    np.testing.assert_array_equal(np.load(io.BytesIO(b"".join(export.contents[ARRAY]()))), values)
    assert b"".join(export.contents[TABLE]()).splitlines()[-1] == b"2,4,4,74"


def test_its_numbers_are_exported(qtbot: QtBot, frame: CardFrame) -> None:
    values = filters()
    opened(frame, "f", values)
    exports = exports_of(frame)
    viewport = frame.distribution.plot.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.RightButton, pos=viewport.rect().center())
    choose(qtbot, "Export…")
    (export,) = exports
    assert export.name == "distribution of f"
    lines = b"".join(export.contents[TABLE]()).decode().splitlines()
    assert lines[0] == "from,to,filter 1,filter 2,filter 3"
    assert lines[1] == "-1.0,-0.95,2,0,0"
    assert len(lines) == BINS + 1
