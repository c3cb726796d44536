"""The cells of pictures in a grid are read by pointer and keyboard, and spoken."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.picture_grid import GridCell, GridPicture, PictureGrid, PictureRow
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.spoken_picture import install_spoken_pictures
from cnnviz.app.window.focus_keys import keys_of

FILTERS = np.array([[1, 2, np.nan, 3, 4, np.nan, 5, 6], [7, 8, np.nan, 9, 10, np.nan, 11, 12.0]])
WIDE = np.arange(16.0).reshape(1, 16)


def row_of(name: str, values: np.ndarray, gap: int) -> PictureRow:
    def words(row: int, column: int) -> str:
        inside = 0 <= row < values.shape[0] and 0 <= column < values.shape[1]
        number = values[row, column] if inside else np.nan
        return "" if np.isnan(number) else f"{name} {number:g}"

    colours = LIGHT.signed
    picture = GridPicture(values, (-12.0, 12.0), colours)
    return PictureRow((picture, picture), words, gap, names_filters=bool(gap))


ROWS = (row_of("f", FILTERS, 1), row_of("w", WIDE, 0))


@pytest.fixture
def grid(qtbot: QtBot) -> Iterator[PictureGrid]:
    install_spoken_pictures()
    host = QWidget()  # pyqtgraph's close is not for a view alone
    qtbot.addWidget(host)
    made = PictureGrid("Pictures")
    fill_box(QVBoxLayout(host), made)
    host.resize(600, 400)
    made.set_style(Style(LIGHT))
    made.show_rows(ROWS)
    with qtbot.waitExposed(host):
        host.show()
    made.setFocus()
    yield made
    host.hide()


def press(grid: PictureGrid, *keys: str) -> str:
    """Press keys, and return the words of a screen reader."""
    for key in keys:
        QTest.keyClick(grid, getattr(Qt.Key, f"Key_{key}"))
    return QAccessible.queryAccessibleInterface(grid).text(QAccessible.Text.Value)


def test_the_arrow_keys_go_from_cell_to_cell(grid: PictureGrid) -> None:
    read = QSignalSpy(grid.cell_read)
    assert press(grid) == ""
    assert press(grid, "Right") == "f 1"
    assert press(grid, "Right", "Right") == "f 3"  # nothing is between two filters
    assert press(grid, "Down") == "f 9"
    assert press(grid, "Down") == "w 6"  # the same place in the wider pictures below
    assert press(grid, "Down", "Down") == "w 6"
    assert press(grid, "Up") == "f 9"
    assert press(grid, *["Right"] * 9) == "f 12"
    assert press(grid, *["Left"] * 9, "Up", "Up") == "f 1"
    assert read.at(read.count() - 1) == ["f 1"]
    assert len(grid.marks) == 4  # in both pictures, in two colours
    assert press(grid, "Escape") == ""
    assert grid.marks == []


def test_enter_chooses_the_cell(grid: PictureGrid) -> None:
    chosen = QSignalSpy(grid.cell_chosen)
    press(grid, "Return")
    assert chosen.count() == 0
    press(grid, "Right", "Down", "Return")
    assert chosen.at(0) == [GridCell(0, 1, 0)]
    assert keys_of(grid) >= {Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Return}


def test_the_pointer_marks_a_cell_in_both_pictures(grid: PictureGrid) -> None:
    grid.clearFocus()
    chosen = QSignalSpy(grid.cell_chosen)
    scene = grid.views[0][1].mapViewToScene(QPointF(4.5, 1.5))
    grid.scene().sigMouseMoved.emit(scene)
    assert grid.spoken_value == "f 10"
    views = [view for view, _ in grid.marks]
    assert {*views} == {*grid.views[0]}
    grid.scene().sigMouseMoved.emit(QPointF(-50, -50))
    assert grid.spoken_value == ""
    at = grid.mapFromScene(scene)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert chosen.count() == 0
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chosen.at(0) == [GridCell(0, 1, 4)]


def test_the_cell_stays_in_other_pictures_that_have_it(grid: PictureGrid) -> None:
    press(grid, "Right", "Right")
    grid.set_style(Style(DARK, 1.5))
    grid.show_rows(ROWS)
    assert grid.spoken_value == "f 2"
    assert len(grid.marks) == 4
    grid.show_rows(ROWS[1:])
    assert grid.spoken_value == "w 1"
    read = QSignalSpy(grid.cell_read)
    grid.show_rows([row_of("f", FILTERS[:, :1], 0)])
    assert grid.spoken_value == ""
    assert grid.marks == []
    assert read.count() == 1
    assert read.at(0) == [""]  # or what was read before would still be written beside them


def test_the_cell_is_scrolled_into_view(grid: PictureGrid) -> None:
    host = grid.parentWidget()
    grid.setMinimumHeight(400)
    area = scrolled(host)
    area.resize(620, 120)
    area.show()
    QApplication.processEvents()
    grid.setFocus()
    press(grid, "Right")
    top = area.verticalScrollBar().value()
    press(grid, "Down", "Down")
    assert area.verticalScrollBar().value() > top
    host.setParent(None)
    area.close()
