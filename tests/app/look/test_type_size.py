"""Parts of controls beside type of another size."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QDockWidget, QScrollBar
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import body_font
from cnnviz.app.look.type_size import follow_type


@pytest.fixture
def resettable(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    qapp.setFont(body_font())
    follow_type(qapp)


def set_size(application: QApplication, scale: float) -> None:
    application.setFont(body_font(scale))
    follow_type(application)
    application.processEvents()


def test_boxes_scroll_bars_and_title_buttons_follow_the_type(
    resettable: QApplication, qtbot: QtBot
) -> None:
    box, bar, dock = QCheckBox(), QScrollBar(), QDockWidget("Panel")
    for widget in (box, bar, dock):
        qtbot.addWidget(widget)
        widget.show()
    close = dock.findChild(QAbstractButton, "qt_dockwidget_closebutton")

    def sizes(scale: float) -> list[int]:
        set_size(resettable, scale)
        return [box.sizeHint().height(), bar.sizeHint().width(), close.sizeHint().height()]

    small, large = sizes(1), sizes(2.5)
    assert sizes(1) == small
    for before, after in zip(small, large, strict=True):
        assert 1.9 * before < after < 2.8 * before, (small, large)  # a few pixels are fixed
