"""Lines scale with a picture, in pixels as in drawings that other programs read."""

import base64
import re
from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintDevice, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.picture_file import Picture, pixels
from cnnviz.app.recorded_drawing import Clip, FineRecording, with_scaling_lines
from tests.app.painting import off_by

SIZE = 40, 30


class Paper(QWidget):
    """Draws a line of a width of 1, a dashed one, an ellipse, and parts of an image.

    The data are scaled as a plot's are: one unit is 4 pixels across, and a hundredth of one up.
    """

    ratio = 1

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        if self.ratio != 1 and metric.name == "PdmDevicePixelRatioScaled":
            return round(self.ratio * self.devicePixelRatioFScale())
        return super().metric(metric)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        painter.translate(0.5, 30)
        painter.scale(4, -0.01)
        pen = QPen(QColor("red"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPolyline([QPointF(0, 2500), QPointF(4, 2500)])  # row 5
        painter.drawPolyline([QPointF(4, 2500), QPointF(9, 2500)])
        pen.setColor(QColor("blue"))
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.drawLine(QPointF(0, 2000), QPointF(9, 2000))  # row 10
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("green"))
        painter.drawEllipse(QRectF(2, 400, 2, 800))  # columns 8 to 16, rows 18 to 26
        halves = QPixmap(8, 8)
        halves.fill(QColor("black"))
        inner = QPainter(halves)
        inner.fillRect(0, 0, 4, 8, QColor("yellow"))
        inner.end()
        painter.resetTransform()
        painter.drawPixmap(QRectF(24, 18, 8, 8), halves, QRectF(0, 0, 4, 8))
        painter.drawImage(QRectF(1, 18, 4, 8), halves.toImage(), QRectF(4, 0, 4, 8))
        painter.end()


@pytest.fixture
def paper(qtbot: QtBot) -> Iterator[Paper]:
    made = Paper()
    qtbot.addWidget(made)
    made.resize(*SIZE)
    yield made
    made.hide()


def lengths(row: np.ndarray) -> list[int]:
    """Return the lengths of runs of marked pixels."""
    edges = np.flatnonzero(np.diff(row.astype(int), prepend=0, append=0))
    return np.diff(edges)[::2].tolist()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_lines_and_dashes_scale_with_the_pixels(paper: Paper, times: int) -> None:
    image = Picture(paper, fine=True, pixels_alone=True).image(times * SIZE[0])
    red, blue = (off_by(image, colour) < 128 for colour in ("#ff0000", "#0000ff"))
    assert lengths(red[:, 20 * times]) == [times]
    assert lengths(blue[10 * times])[1:3] == [4 * times] * 2
    green = off_by(image, "#008000") < 100
    assert abs(int(green[22 * times].sum()) - 8 * times) <= times


def test_a_screen_with_fine_pixels_shows_lines_of_their_width(paper: Paper) -> None:
    paper.ratio = 2
    image = pixels(paper)
    assert (image.width(), image.height()) == (80, 60)
    assert lengths((off_by(image, "#ff0000") < 128)[:, 40]) == [2]


def test_a_drawing_needs_no_strokes_that_keep_their_width(paper: Paper) -> None:
    """Programs that do not know of them would draw a line as wide as the data are high."""
    text = Picture(paper).content(".svg").decode()
    stroked = [
        group
        for group in re.findall(r"<g [^>]*>.*?</g>", text, re.DOTALL)
        if re.search(r'stroke="#', group) and re.search("<(path|poly)", group)
    ]
    assert len(stroked) == 2
    for group in stroked:
        assert "non-scaling" not in group
        assert 'stroke-width="1"' in group
        assert 'transform="matrix(1,0,0,1,0,0)"' in group
    (red,) = re.findall(r'points="([^"]*)"', stroked[0])
    assert red.split() == ["0.5,5", "16.5,5", "36.5,5"]  # one line of what was drawn as two
    blue = re.findall(r'(?:points|d)="([^"]*)"', stroked[1])
    assert "36.5,10" in blue[0]


def test_a_drawing_shows_only_its_part_of_an_image(paper: Paper) -> None:
    """Qt's SVG has all of an image, so that all of a sheet of marks would be each mark."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(Picture(paper).content(".svg"))).render(painter)
    painter.end()
    assert image.pixelColor(25, 22) == image.pixelColor(31, 22) == QColor("yellow")
    assert image.pixelColor(1, 22) == image.pixelColor(4, 22) == QColor("black")


def test_pixels_that_are_shown_as_squares_stay_sharp_in_a_drawing(paper: Paper) -> None:
    """Programs smooth a small image that is drawn large."""
    content = Picture(paper).content(".svg").decode()
    images = [
        QImage.fromData(base64.b64decode(data))
        for data in re.findall(r'href="data:image/png;base64,([^"]*)"', content)
    ]
    sizes = [(image.width(), image.height()) for image in images]
    assert sizes == [(4 * 2 * 2, 8), (4, 8)]  # twice what the screen has; the same


def test_marks_of_a_plot_are_shapes(qtbot: QtBot) -> None:
    plot = pg.PlotWidget(background="w")
    qtbot.addWidget(plot)
    points = pg.ScatterPlotItem([0, 1, 2], [0, 1, 0], symbol=["o", "x", "o"], size=8)
    plot.addItem(points)
    plot.resize(200, 150)
    plot.show()
    content = Picture(plot).content(".svg")
    assert b"<image" not in content
    assert points.opts["useCache"]  # as before
    plot.hide()


def test_a_curve_is_clipped_to_its_plot(qtbot: QtBot) -> None:
    plot = pg.PlotWidget(background="w")
    qtbot.addWidget(plot)
    plot.plot([0, 1, 2], [-9, 9, -9])
    plot.setRange(xRange=(0, 2), yRange=(-1, 1), padding=0)
    plot.resize(200, 150)
    plot.show()
    text = Picture(plot).content(".svg").decode()
    beyond = r'd="M[\d.]+,\d{3} L[\d.]+,-\d{3} '
    assert re.search(rf'<g clip-path="[^"]*">((?!</g>).)*{beyond}', text, re.DOTALL)
    plot.hide()


@pytest.mark.usefixtures("qapp")
def test_a_widget_that_draws_nothing_clips_nothing_of_the_next() -> None:
    def recorded(*empty: QRectF) -> bytes:
        recording = FineRecording()
        painter = QPainter(recording)
        painter.fillRect(0, 0, 20, 20, QColor("black"))
        painter.end()
        start = recording.size() - 30
        recording.clips += [Clip(start, start, rect) for rect in empty]
        recording.clips.append(Clip(start, recording.size(), QRectF(0, 0, 10, 10)))
        drawn = with_scaling_lines(recording)
        return bytes(drawn.data())[: drawn.size()]

    assert recorded(QRectF(0, 0, 1, 1), QRectF(0, 0, 2, 2)) == recorded()
