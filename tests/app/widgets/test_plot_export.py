"""Tests of exports: the right size, every digit, and letters on every machine."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.picture_file import Picture
from cnnviz.app.widgets import plot_export as module
from cnnviz.app.widgets.plot_export import plot_export, table
from cnnviz.app.widgets.save_dialog import DRAWING, PAGE, PICTURE, TABLE
from cnnviz.numerics.blocks import reporting_progress

VALUES = np.array([0.3, np.nan, 1e-12, 0.1, np.nan, 0.7])


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[CurvePlot]:
    made = CurvePlot(("mean error", "loss"), str, colour=lambda theme: theme.accent)
    qtbot.addWidget(made)
    made.set_style(Style(LIGHT))
    made.resize(453, 231)
    made.show()
    made.set_curve(VALUES, 5, (), None)
    yield made
    made.hide()


def read(parts: Iterable[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(parts).decode())))


def test_a_table_keeps_every_digit_and_omits_undefined_values() -> None:
    single = np.array([0.1, 1 / 3], np.float32)
    names, *rows = read(
        table([("iteration", np.arange(3)), ("loss, mean", VALUES[:3]), ("o", single)])
    )
    assert names == ["iteration", "loss, mean", "o"]
    assert rows == [["0", "0.3", "0.1"], ["1", "", "0.33333334"], ["2", "1e-12", ""]]
    assert [np.float32(row[2]) for row in rows[:2]] == single.tolist()


def test_a_long_table_is_written_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 2)
    shares: list[float] = []
    with reporting_progress(shares.append):
        parts = list(table([("iteration", np.arange(5)), ("loss", np.arange(3.0))]))
    assert len(parts) == 4  # the names are one
    assert shares == pytest.approx([0.4, 0.8, 1.0])
    assert read(parts)[1:] == [["0", "0.0"], ["1", "1.0"], ["2", "2.0"], ["3", ""], ["4", ""]]


@pytest.mark.parametrize("size", [(453, 231), (454, 134), (301, 299)], ids=str)
def test_a_picture_equals_the_screen(plot: CurvePlot, size: tuple[int, int]) -> None:
    plot.resize(*size)
    shown = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    drawn = QImage.fromData(QByteArray(Picture(plot).content(".png"))).convertToFormat(
        QImage.Format.Format_RGB32
    )
    assert (drawn.width(), drawn.height()) == size
    assert drawn == shown


def test_a_fine_picture_has_marks_of_the_same_size(plot: CurvePlot) -> None:
    picture = Picture(plot, fine=True)
    coarse, fine = picture.image(), picture.image(2 * plot.width())
    assert (fine.width(), fine.height()) == (2 * coarse.width(), 2 * coarse.height())
    dot = plot.getViewBox().mapViewToScene(pg.Point(5, 0.7)).toPoint()
    edge = next(
        x for x in range(20) if coarse.pixelColor(dot.x() + x, dot.y()).name() != LIGHT.accent
    )
    assert fine.pixelColor(2 * (dot.x() + edge) - 3, 2 * dot.y()).name() == LIGHT.accent


def test_a_page_has_no_pixels_in_place_of_lines_and_words(plot: CurvePlot) -> None:
    plot.grab()  # fills the caches of the axes
    assert b"/Subtype /Image" not in Picture(plot).content(".pdf")
    axes = plot.getAxis("left"), plot.getAxis("bottom")
    cached = pg.QtWidgets.QGraphicsItem.CacheMode.DeviceCoordinateCache
    assert [axis.cacheMode() for axis in axes] == [cached] * 2  # as before


def test_a_drawing_has_its_size_its_curve_and_its_words(plot: CurvePlot) -> None:
    content = Picture(plot).content(".svg")
    text = content.decode()
    families = re.findall(r'font-family="([^"]*)"', text)
    assert families
    assert all(family.endswith(("sans-serif", "monospace")) for family in families)
    for words in ("mean error", "iteration"):
        assert words in text
    renderer = QSvgRenderer(QByteArray(content))
    assert renderer.isValid()
    assert (renderer.defaultSize().width(), renderer.defaultSize().height()) == (453, 231)
    image = QImage(453, 231, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.magenta)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    dot = plot.getViewBox().mapViewToScene(pg.Point(5, 0.7)).toPoint()
    assert image.pixelColor(dot).name() == LIGHT.accent
    assert image.pixelColor(452, 230).name() == LIGHT.panel  # the paper is under all of it
    corner = plot.getViewBox().sceneBoundingRect().topRight().toPoint()
    assert image.pixelColor(corner).lightness() > 200  # what clips is not drawn


def test_a_plot_is_offered_in_every_format(plot: CurvePlot) -> None:
    assert list(plot_export("loss", plot, plot.columns()).contents) == [
        PICTURE,
        DRAWING,
        PAGE,
        TABLE,
    ]
    assert TABLE not in plot_export("loss", plot).contents
