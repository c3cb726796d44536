"""What is scrolled takes what there is, and no more than it needs."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.scrolled import scrolled


class Plot(QWidget):
    """A widget that would rather be high, and can be low."""

    def sizeHint(self) -> QSize:
        return QSize(100, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(50, 60)


@pytest.mark.parametrize(("room", "high"), [(200, 200), (400, 400), (40, None)])
def test_a_plot_shrinks_before_it_is_scrolled(qtbot: QtBot, room: int, high: int | None) -> None:
    words, plot, body = QLabel("word " * 40, wordWrap=True), Plot(), QWidget()
    fill_box(QVBoxLayout(body), words, plot, stretched=plot)
    area = scrolled(body)
    qtbot.addWidget(area)
    area.resize(250, room)
    with qtbot.waitExposed(area):
        area.show()
    QApplication.processEvents()
    assert words.height() >= words.heightForWidth(words.width())
    assert plot.height() >= 60
    assert area.verticalScrollBar().isVisible() == (high is None)
    if high is not None:
        assert body.height() == high
    words.setText("word " * 80)  # more lines, at the same width
    QApplication.processEvents()
    assert words.height() >= words.heightForWidth(words.width())
