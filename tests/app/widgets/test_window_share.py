"""What is as high as a share of the window follows the window."""

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.guide.trial_curves import TrialCurves
from cnnviz.app.lessons.cell_picker import CellPicker
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT


@pytest.mark.parametrize(("kind", "share"), [(CellPicker, 4), (TrialCurves, 9)])
def test_the_height_follows_the_window(
    qtbot: QtBot, kind: type[CellPicker | TrialCurves], share: int
) -> None:
    widget, hosts = kind(Style(LIGHT)), (QWidget(), QWidget())
    for host in hosts:
        qtbot.addWidget(host)
        QVBoxLayout(host)
        host.resize(600, 360)
        host.show()
    for host in hosts:  # it may come into another window, as with a dock
        host.layout().addWidget(widget)
        for height in (360, 540, 360):
            host.resize(600, height)
            qtbot.waitUntil(lambda: widget.height() == height // share)  # noqa: B023
