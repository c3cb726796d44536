"""Pictures of the window as pixels, SVG and PDF."""

import re
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.picture_file import Picture
from cnnviz.app.window.main_window import MainWindow
from cnnviz.atomic_file import UnwritableFileError
from tests.app.painting import off_by


def test_each_ending_is_its_format(window: MainWindow) -> None:
    window.resize(1440, 900)
    window.complete()
    picture = Picture(window)
    assert picture.content(".png").startswith(b"\x89PNG")
    assert picture.content(".pdf").startswith(b"%PDF")
    svg = picture.content(".svg")
    root = ET.fromstring(svg)  # noqa: S314
    assert root.get("viewBox") == "0 0 1440 900"
    assert "Predictions" in "".join(root.itertext())
    with pytest.raises(UnwritableFileError, match=r"end it in \.png"):
        picture.content(".xyz")


def test_svg_shows_each_picture_of_the_network_in_its_place(window: MainWindow) -> None:
    """Qt's SVG has no parts of images: the first filter would show all pictures at once."""
    window.resize(1440, 900)
    window.complete()
    picture = Picture(window)
    drawn = drawn_from(picture.content(".svg"), 1440, 900)
    seen = window.grab().toImage()
    panel = window.panels.network
    assert isinstance(panel, NetworkPanel)
    cells = [Cell(column, i, 2, 3) for column in Column if column for i in range(3)]
    for cell in cells:
        rect = panel.cell_rect(cell)
        at = panel.mapTo(window, rect.center())
        assert drawn.pixelColor(at) == seen.pixelColor(at), cell


def test_the_network_is_drawn_in_lines_and_letters(window: MainWindow) -> None:
    window.resize(1440, 900)
    window.complete()
    panel = window.panels.network
    picture = Picture(panel)
    root = ET.fromstring(picture.content(".svg"))  # noqa: S314
    tag = "{http://www.w3.org/2000/svg}"
    assert "correlate" in "".join(text.text or "" for text in root.iter(f"{tag}text"))
    widest = max(float(image.get("width", 0)) for image in root.iter(f"{tag}image"))
    cells = [panel.cell_rect(Cell(Column.IMAGE, 0, 0, at)) for at in (0, 27)]
    assert widest <= cells[1].right() - cells[0].left() + 1
    pdf = picture.content(".pdf")
    assert b"/DCTDecode" not in pdf  # pixels as they are, not as JPEG
    heights = re.findall(rb"/Subtype /Image\s*/Width \d+\s*/Height (\d+)", pdf)
    assert 10 <= len(heights) < 40
    assert max(map(int, heights)) <= 2 * widest


def test_a_picture_of_the_network_shows_no_controls_for_the_mouse(window: MainWindow) -> None:
    window.resize(1440, 900)
    window.complete()
    panel = window.panels.network
    pencil = panel.drawing.button
    at = QRect(pencil.mapTo(panel, QPoint()), pencil.size())
    picture = Picture(panel)
    assert len(set(colours(picture.image(), at))) == 1
    assert len(set(colours(panel.grab().toImage(), at))) > 1  # as it is on the screen
    assert "wheel" not in words(picture.content(".svg"))
    assert "wheel" in words(Picture(window).content(".svg"))
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert panel.readout() in words(Picture(panel).content(".svg"))  # a value stays


def colours(image: QImage, part: QRect) -> list[str]:
    xs, ys = range(part.left(), part.right() + 1), range(part.top(), part.bottom() + 1)
    return [image.pixelColor(x, y).name() for x in xs for y in ys]


def words(svg: bytes) -> str:
    return "".join(ET.fromstring(svg).itertext())  # noqa: S314


def test_words_of_a_drawing_are_as_wide_as_on_the_screen(qtbot: QtBot) -> None:
    """Qt draws sizes between whole pixels as whole ones; other programs do not."""
    label = QLabel("the averaging left only δ, by which it is off")
    qtbot.addWidget(label)
    label.setStyleSheet("font-size: 10pt")
    label.resize(400, 30)
    found = re.search(rb'font-size="([\d.]+)"[^<]*</text', Picture(label).content(".svg"))
    assert found is not None
    large, times = QFont(label.font()), 50
    large.setPointSizeF(times * large.pointSizeF())
    elsewhere = QFontMetricsF(large).horizontalAdvance(label.text()) * float(found[1])
    elsewhere /= times * label.font().pointSizeF() * 96 / 72
    here = QFontMetricsF(label.font()).horizontalAdvance(label.text())
    assert elsewhere == pytest.approx(here, rel=0.01)


class Clipped(QWidget):
    """Fills its first 50 columns, by clipping."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(QRect(0, 0, 50, 40), Qt.ClipOperation.IntersectClip)
        painter.fillRect(self.rect(), QColor("black"))
        painter.end()


def test_what_is_cut_off_on_the_screen_is_cut_off_in_a_picture_and_nothing_else(
    qtbot: QtBot,
) -> None:
    """A row in part beyond its list, and something beside the list that is clipped, too."""
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet("* { background: white; color: black; border: none }")
    window.resize(200, 150)
    rows = QListWidget(window)
    rows.addItems(["████████"] * 9)
    rows.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    rows.setGeometry(0, 0, 200, 2 * rows.sizeHintForRow(0) + 8)
    Clipped(window).setGeometry(0, 100, 200, 40)
    window.show()
    drawn = Picture(window, fine=True).image(400).scaled(200, 150)
    dark = [
        255 - off_by(image, "black").reshape(30, 5, 40, 5).mean(axis=(1, 3))
        for image in (window.grab().toImage(), drawn)
    ]
    assert dark[0][0:2].max() > 200
    assert dark[0][22, 5] > 200
    np.testing.assert_allclose(*dark, atol=70)
    window.hide()


def drawn_from(svg: bytes, width: int, height: int) -> QImage:
    drawn = QImage(width, height, QImage.Format.Format_RGB32)
    drawn.fill(0)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    return drawn


def test_a_pdf_shows_the_whole_widget_on_its_page(qtbot: QtBot) -> None:
    label = QLabel("words")
    qtbot.addWidget(label)
    label.setStyleSheet("background: #123456")
    label.resize(200, 100)
    content = Picture(label).content(".pdf")
    streams = re.findall(
        rb"/Filter /FlateDecode\s*>>\s*stream\r?\n(.*?)endstream", content, re.DOTALL
    )
    drawn = next(
        text for one in streams if b" cm" in (text := zlib.decompressobj().decompress(one))
    )
    unit = float(drawn.partition(b" cm")[0].split()[-6])  # points
    assert unit == 0.75  # lines and dashes are as wide as on the screen
    corners = re.findall(rb"^([\d.]+) ([\d.]+) [lm]$", drawn, re.MULTILINE)
    largest = [max(float(corner[axis]) for corner in corners) * unit for axis in (0, 1)]
    assert largest == pytest.approx([150, 75], abs=0.1)
    assert re.search(rb"/MediaBox \[0 0 150(\.0*)? 75(\.0*)?\]", content)
