"""The path to one number, without a window."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.breadcrumb import Breadcrumb
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT


def test_nothing_is_shown_until_there_is_a_path(qtbot: QtBot) -> None:
    path = Breadcrumb(Style(LIGHT))
    qtbot.addWidget(path)
    assert not [sign for sign in path.findChildren(QLabel) if sign.text() and not sign.isHidden()]

    path.show_path("correlate", 3, ("filter 1", "C[3, 0]"), 1, pinned=False)

    assert path.text() == "correlate › batch › image 3"
    assert not path.button(2).isHidden()
