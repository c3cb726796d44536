"""Tests of zooming and panning the network's pictures, and of dragging their colour bars."""

import csv
import gc
import io
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.look.colour_maps import activation_table, ink_table, signed_table
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.first_view import FirstView
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.view import NetworkView
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.context_menus import choose
from tests.app.exports import exports_of
from tests.app.network_parts import (
    bar_of,
    editor_of,
    layout_of,
    scale_of,
    value_text,
    view_of,
    viewport_of,
)
from tests.app.painting import cell_centre

LEFT = Qt.MouseButton.LeftButton
SHOWN = 7
MIDDLE = Cell(Column.MAPS, 1, 6, 11)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """The states of iterations 0 and 1, between which the filters jump."""
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    made = []
    for _ in range(2):
        made.append(frame_of(trainer, SHOWN))
        trainer.step()
    trainer.close()
    return made


@pytest.fixture
def panel(make_host: Callable[[int, int], QWidget], frames: list[Frame]) -> NetworkPanel:
    made = NetworkPanel(Selection(), Style(LIGHT), make_host(1000, 700))
    made.resize(780, 520)
    made.show()
    made.show_frame(frames[0])
    made.complete()
    return made


def spot(panel: NetworkPanel, cell: Cell) -> QPoint:
    return viewport_of(panel).mapFrom(panel, cell_centre(panel, cell).toPoint())


def empty_spot(panel: NetworkPanel) -> QPoint:
    return QPoint(2, viewport_of(panel).height() - 2)


def wheel(panel: NetworkPanel, at: QPoint, clicks: int) -> bool:
    """Turn the wheel away from the user, and return whether the view used it."""
    viewport = viewport_of(panel)
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * clicks),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)
    return event.isAccepted()


def sizes(panel: NetworkPanel) -> dict[Column, int]:
    """Pixels of a cell of each column."""
    return {column: panel.cell_rect(Cell(column, 0, 2, 2)).width() for column in Column}


def seen(panel: NetworkPanel, column: Column, i: int) -> list[Cell]:
    """The cells of a picture that are in view whole."""
    tile = layout_of(panel).tile(column, i)
    side = range(tile.part.side)
    cells = [Cell(column, i, row, col) for row in side for col in side]
    return [cell for cell in cells if tile.rect.contains(panel.cell_rect(cell))]


def drag(panel: NetworkPanel, start: QPoint, way: QPoint) -> None:
    """Press, move in two steps, release; pyqtgraph takes no more than 100 moves a second."""
    viewport = viewport_of(panel)
    QTest.mouseMove(viewport, start)
    QTest.mousePress(viewport, LEFT, pos=start)
    for share in (0.7, 1.0):
        QTest.qWait(15)
        at = QPointF(start) + share * QPointF(way)
        none = Qt.MouseButton.NoButton, LEFT, Qt.KeyboardModifier.NoModifier
        move = QMouseEvent(QEvent.Type.MouseMove, at, viewport.mapToGlobal(at), *none)
        QApplication.sendEvent(viewport, move)
    QTest.mouseRelease(viewport, LEFT, pos=start + way)


def handle(panel: NetworkPanel, column: Column, end: int) -> QPoint:
    """Where a colour bar's low (0) or high (1) end is dragged."""
    bar = bar_of(panel, column)
    line = bar.region.lines[end].mapToScene(QPointF())
    return QPointF(line.x(), bar.sceneBoundingRect().center().y()).toPoint()


def test_it_is_seen_that_the_pictures_have_the_keyboard(panel: NetworkPanel) -> None:
    view = view_of(panel)

    def edge() -> str:
        QApplication.processEvents()
        return viewport_of(panel).grab().toImage().pixelColor(0, 40).name()

    plain = edge()
    for reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.OtherFocusReason):
        view.setFocus(reason)
        assert edge() == LIGHT.accent != plain
        view.clearFocus()
        assert edge() == plain
    view.setFocus(Qt.FocusReason.MouseFocusReason)  # a click shows itself
    assert edge() == plain
    view.clearFocus()


@pytest.mark.parametrize("reason", ["ActiveWindowFocusReason", "PopupFocusReason"])
def test_it_is_seen_as_before_if_the_keyboard_comes_back_from_a_window_or_menu(
    panel: NetworkPanel, reason: str
) -> None:
    view, returns = view_of(panel), Qt.FocusReason[reason]

    def is_framed() -> bool:
        picture = viewport_of(panel).grab().toImage()
        return picture.pixelColor(0, 40).name() == LIGHT.accent

    for given, framed in (("Mouse", False), ("Tab", True), ("Mouse", False)):
        view.setFocus(Qt.FocusReason[f"{given}FocusReason"])
        assert is_framed() == framed
        QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut, returns))
        assert not is_framed()
        QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusIn, returns))
        assert is_framed() == framed
        view.clearFocus()


def test_the_wheel_zooms_around_the_pointer_into_all_pictures_of_the_units(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    before, at = sizes(panel), spot(panel, MIDDLE)
    assert wheel(panel, at, 4)
    after = sizes(panel)
    assert after[Column.MAPS] == after[Column.DENSE] > 3 * before[Column.MAPS]
    assert all(after[column] == before[column] for column in (Column.IMAGE, Column.FILTERS))
    assert panel.cell_rect(MIDDLE).contains(at)
    assert panel.hovered == MIDDLE
    drawn = panel.grab().toImage()
    table = activation_table(LIGHT)
    for i in range(3):
        cells = seen(panel, Column.MAPS, i)
        assert 9 <= len(cells) <= 49
        for cell in cells:
            if cell == MIDDLE:
                continue  # under the pointer
            value = frames[0].image.activations[cell.i, cell.row, cell.col]
            rect = panel.cell_rect(cell).adjusted(3, 3, -3, -3)
            expected = table[round(value * 254 + 1)]
            corners = rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()
            assert {drawn.pixel(corner) for corner in corners} == {expected}
    assert wheel(panel, at, -9)
    assert sizes(panel) == before


def test_the_wheel_beside_the_pictures_scrolls_the_area(panel: NetworkPanel) -> None:
    before = sizes(panel)
    assert not wheel(panel, empty_spot(panel), 3)
    assert not wheel(panel, handle(panel, Column.FILTERS, 1), 3)
    (box,) = panel.findChildren(QSpinBox)
    assert box.value() == 0
    assert sizes(panel) == before
    assert scale_of(panel, Column.FILTERS).high == 1.0


def test_a_drag_moves_the_view_with_the_pointer_and_chooses_nothing(
    panel: NetworkPanel,
) -> None:
    drag(panel, spot(panel, MIDDLE), QPoint(40, 25))
    whole = panel.cell_rect(MIDDLE)
    wheel(panel, spot(panel, MIDDLE), 5)
    before = panel.cell_rect(MIDDLE)
    drag(panel, before.center(), QPoint(20, -12))
    assert panel.cell_rect(MIDDLE).topLeft() - before.topLeft() == QPoint(20, -12)
    assert panel.chosen is None
    drag(panel, layout_of(panel).tile(Column.MAPS, 1).rect.topLeft() + QPoint(4, 4), QPoint(90, 90))
    drag(panel, layout_of(panel).tile(Column.MAPS, 1).rect.topLeft() + QPoint(4, 4), QPoint(90, 90))
    tile = layout_of(panel).tile(Column.MAPS, 1)
    assert (tile.part.left, tile.part.top) == (0, 0)  # and no farther
    assert whole.width() < before.width()


@pytest.mark.parametrize("way", ["double click", "button", "menu", "key"])
def test_everything_comes_back_into_view(qtbot: QtBot, panel: NetworkPanel, way: str) -> None:
    before = sizes(panel)
    (button,) = (b for b in panel.findChildren(QPushButton) if b.text() == "View all")
    assert not button.isVisible()
    wheel(panel, spot(panel, MIDDLE), 3)
    wheel(panel, spot(panel, Cell(Column.IMAGE, 0, 3, 3)), 3)
    assert button.isVisible()
    viewport, empty = viewport_of(panel), empty_spot(panel)
    match way:
        case "double click":
            QTest.mouseDClick(viewport, LEFT, pos=empty)
        case "button":
            qtbot.mouseClick(button, LEFT)
        case "menu":
            open_menu(panel, empty)
            choose(qtbot, "View all")
        case "key":
            qtbot.keyClick(view_of(panel), Qt.Key.Key_0)
    assert sizes(panel) == before
    assert not button.isVisible()


def open_menu(panel: NetworkPanel, at: QPoint) -> None:
    viewport = viewport_of(panel)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(viewport, QContextMenuEvent(reason, at, viewport.mapToGlobal(at)))


def test_the_keyboard_zooms_at_the_chosen_cell_and_the_view_follows_it(
    qtbot: QtBot, panel: NetworkPanel
) -> None:
    view, before = view_of(panel), sizes(panel)
    qtbot.mouseClick(viewport_of(panel), LEFT, pos=spot(panel, MIDDLE))
    assert panel.chosen == MIDDLE
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert sizes(panel)[Column.MAPS] > 4 * before[Column.MAPS]
    tile = layout_of(panel).tile(Column.MAPS, 1).rect
    for _ in range(8):
        qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
        assert panel.chosen is not None
        assert tile.contains(panel.cell_rect(panel.chosen))
    assert panel.chosen == replace(MIDDLE, row=MIDDLE.row + 8)
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert sizes(panel) == before


def test_a_cell_of_a_zoomed_picture_is_edited_in_place(qtbot: QtBot, panel: NetworkPanel) -> None:
    pixel = Cell(Column.IMAGE, 0, 8, 14)
    wheel(panel, spot(panel, pixel), 5)
    qtbot.mouseDClick(viewport_of(panel), LEFT, pos=spot(panel, pixel))
    assert panel.chosen == pixel
    assert editor_of(panel).isVisible()
    qtbot.keyClick(editor_of(panel), Qt.Key.Key_Escape)
    drag(panel, layout_of(panel).tile(Column.IMAGE).rect.center(), QPoint(70, 70))
    drag(panel, layout_of(panel).tile(Column.IMAGE).rect.center(), QPoint(70, 70))
    assert pixel not in seen(panel, Column.IMAGE, 0)
    qtbot.keyClick(view_of(panel), Qt.Key.Key_Return)
    assert pixel in seen(panel, Column.IMAGE, 0)
    assert editor_of(panel).isVisible()
    qtbot.keyClick(editor_of(panel), Qt.Key.Key_Escape)


def test_what_a_unit_sees_is_outlined_as_far_as_it_is_in_view(
    qtbot: QtBot, panel: NetworkPanel
) -> None:
    wheel(panel, spot(panel, Cell(Column.IMAGE, 0, 6, 11)), 4)
    QTest.mouseMove(viewport_of(panel), spot(panel, MIDDLE))
    qtbot.waitUntil(lambda: panel.hovered == MIDDLE)
    tile = layout_of(panel).tile(Column.IMAGE).rect
    field = panel.cell_rect(Cell(Column.IMAGE, 0, 6, 11))
    drawn, colour = panel.grab().toImage(), LIGHT.filters[1]
    assert drawn.pixelColor(QPoint(field.left() - 2, field.center().y())).name() == colour
    painted = [
        QPoint(x, y)
        for x in range(tile.left() - 8, tile.right() + 8)
        for y in range(tile.top() - 8, tile.bottom() + 8)
        if drawn.pixelColor(x, y).name() == colour
    ]
    assert all(tile.adjusted(-3, -3, 3, 3).contains(point) for point in painted)


def test_a_dragged_range_stays_centred_on_zero_and_is_held(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    assert bar_of(panel, Column.FILTERS).levels() == (-1.0, 1.0)
    drag(panel, handle(panel, Column.FILTERS, 1), QPoint(-12, 0))
    scale = scale_of(panel, Column.FILTERS)
    assert scale.held
    assert 0.1 < scale.high < 0.9
    assert scale.low == -scale.high
    assert bar_of(panel, Column.FILTERS).levels() == (scale.low, scale.high)
    QTest.mouseMove(viewport_of(panel), empty_spot(panel))

    def colours(frame: Frame) -> None:
        panel.show_frame(frame)
        drawn = panel.grab().toImage()
        for (i, row, col), value in np.ndenumerate(frame.filters):
            at = drawn.pixel(cell_centre(panel, Cell(Column.FILTERS, i, row, col)).toPoint())
            level = np.clip(value / scale.high * 127 + 128, 1, 255)
            assert at == signed_table(LIGHT)[round(float(level))]

    colours(frames[0])
    colours(frames[1])  # whose filters are 4 times as large
    assert scale_of(panel, Column.FILTERS) == scale


@pytest.mark.parametrize("way", ["double click", "menu"])
def test_a_held_range_follows_the_values_again(
    qtbot: QtBot, panel: NetworkPanel, frames: list[Frame], way: str
) -> None:
    drag(panel, handle(panel, Column.FILTERS, 0), QPoint(-8, 0))
    assert scale_of(panel, Column.FILTERS).high > 1
    panel.show_frame(frames[1])
    at = handle(panel, Column.FILTERS, 0)
    if way == "double click":
        qtbot.mouseDClick(viewport_of(panel), LEFT, pos=at)
    else:
        open_menu(panel, at)
        choose(qtbot, "Follow the values")
    scale = scale_of(panel, Column.FILTERS)
    assert not scale.held
    assert scale.high >= np.abs(frames[1].filters).max()
    assert bar_of(panel, Column.FILTERS).levels() == (scale.low, scale.high)


def test_a_range_is_held_as_it_is(qtbot: QtBot, panel: NetworkPanel, frames: list[Frame]) -> None:
    open_menu(panel, spot(panel, Cell(Column.DENSE, 0, 1, 1)))
    choose(qtbot, "Hold this range")
    panel.show_frame(frames[1])
    scale = scale_of(panel, Column.DENSE)
    assert (scale.low, scale.high, scale.held) == (-1.0, 1.0, True)
    assert "The colours of wo are held: −1 to 1." in view_of(panel).accessibleDescription()
    assert not scale_of(panel, Column.FILTERS).held


def test_each_end_of_a_sequential_range_is_dragged_alone(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    drag(panel, handle(panel, Column.MAPS, 0), QPoint(20, 0))
    drag(panel, handle(panel, Column.IMAGE, 1), QPoint(-30, 0))
    activations, ink = scale_of(panel, Column.MAPS), scale_of(panel, Column.IMAGE)
    assert (activations.high, ink.low) == (1.0, 0.0)
    assert 0.05 < activations.low < 0.9
    assert 0.1 < ink.high < 0.95
    QTest.mouseMove(viewport_of(panel), empty_spot(panel))
    drawn, view = panel.grab().toImage(), frames[0].image
    for (row, col), grey in np.ndenumerate(view.image):
        at = drawn.pixel(cell_centre(panel, Cell(Column.IMAGE, 0, row, col)).toPoint())
        assert at == ink_table(LIGHT)[round(min(1.0, grey / 255 / ink.high) * 255)]
    for (row, col), value in np.ndenumerate(view.activations[0]):
        share = (value - activations.low) / (1 - activations.low)
        at = drawn.pixel(cell_centre(panel, Cell(Column.MAPS, 0, row, col)).toPoint())
        assert at == activation_table(LIGHT)[round(max(1.0, share * 254 + 1))]


def test_a_jump_of_a_range_is_noted_in_the_picture_and_for_a_screen_reader(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    name = layout_of(panel).bar_names[Column.FILTERS].toRect()
    before = panel.grab(name).toImage()
    assert "range of f" not in view_of(panel).accessibleDescription()
    panel.show_frame(frames[1])
    scale = scale_of(panel, Column.FILTERS)
    assert (scale.high, scale.note) == (5.0, "× 5")
    assert "The range of f is 5 times as large as before." in view_of(panel).accessibleDescription()
    assert panel.grab(name).toImage() != before


def test_handles_are_seen_only_under_the_pointer(qtbot: QtBot, panel: NetworkPanel) -> None:
    at = handle(panel, Column.DENSE, 1)
    box = QRect(at - QPoint(4, 4), at + QPoint(4, 4))

    def has_handle() -> bool:
        drawn = panel.grab(box).toImage()
        return any(
            drawn.pixelColor(x, y).name() in (LIGHT.text, LIGHT.accent)
            for x in range(9)
            for y in range(9)
        )

    qtbot.waitUntil(has_handle)
    QTest.mouseMove(viewport_of(panel), at - QPoint(0, 60))
    qtbot.waitUntil(lambda: not has_handle())


def exported(qtbot: QtBot, panel: NetworkPanel, at: QPoint) -> dict[str, bytes]:
    """Choose Export… in the menu at a point, and return the contents by the files' endings."""
    exports = exports_of(panel)
    open_menu(panel, at)
    choose(qtbot, "Export…")
    (export,) = exports
    made = {kind.ending: content() for kind, content in export.contents.items()}
    return {end: it if isinstance(it, bytes) else b"".join(it) for end, it in made.items()}


def test_a_column_is_exported_with_its_numbers(
    qtbot: QtBot, panel: NetworkPanel, frames: list[Frame]
) -> None:
    files = exported(qtbot, panel, spot(panel, MIDDLE))
    assert list(files) == [".png", ".svg", ".pdf", ".csv"]
    column = layout_of(panel).columns[Column.MAPS].toAlignedRect()
    assert QImage.fromData(QByteArray(files[".png"])).size() == column.size()
    rows = list(csv.DictReader(io.StringIO(files[".csv"].decode())))
    assert len(rows) == 24 * 24
    for row in rows[::50]:
        at = int(row["row"]) - 1, int(row["column"]) - 1
        for i in range(3):
            value = frames[0].image.activations[i][at]
            assert float(row[f"A, filter {i + 1}"]) == value


def test_the_whole_panel_is_exported_as_it_is(qtbot: QtBot, panel: NetworkPanel) -> None:
    wheel(panel, spot(panel, MIDDLE), 3)
    QTest.mouseMove(viewport_of(panel), empty_spot(panel))
    files = exported(qtbot, panel, empty_spot(panel))
    assert list(files) == [".png", ".svg", ".pdf"]
    kind = QImage.Format.Format_RGB32
    picture = QImage.fromData(QByteArray(files[".png"])).convertToFormat(kind)
    shown = view_of(panel).grab().toImage().convertToFormat(kind)
    assert picture.size() == shown.size()
    for tile in layout_of(panel).tiles:
        assert picture.copy(tile.rect) == shown.copy(tile.rect)
    drawing = files[".svg"].decode()
    for words in ("Feature maps", "Filter 3", "A: activation", "standardise"):
        assert words in drawing
    assert drawing.count("<image ") >= 10


def test_pyqtgraph_comes_after_the_first_picture_and_looks_the_same(
    qtbot: QtBot, make_host: Callable[[int, int], QWidget], frames: list[Frame]
) -> None:
    panel = NetworkPanel(Selection(), Style(LIGHT), make_host(1000, 700))
    panel.resize(780, 520)
    panel.show()
    panel.show_frame(frames[0])
    first = panel.grab().toImage()
    assert panel.findChild(FirstView) is not None
    assert panel.findChild(NetworkView) is None
    qtbot.waitUntil(lambda: panel.findChild(NetworkView) is not None)
    then = panel.grab().toImage()
    bars = QRect(0, round(layout_of(panel).bars[0].top()) - 1, 780, 12)  # of other colour tables
    for image in (first, then):
        for x in range(780):
            for y in range(bars.top(), bars.bottom()):
                image.setPixel(x, y, 0)
    assert then == first
    assert value_text(panel).startswith("Click pins a value")


def test_a_dropped_panel_is_freed(qtbot: QtBot, frames: list[Frame]) -> None:
    panel = NetworkPanel(Selection(), Style(LIGHT))
    qtbot.addWidget(panel)
    panel.show()
    panel.show_frame(frames[0])
    freed = weakref.ref(view_of(panel))
    panel.close()
    panel.deleteLater()
    del panel
    qtbot.waitUntil(lambda: gc.collect() >= 0 and freed() is None)
