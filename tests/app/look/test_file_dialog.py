"""Qt's file dialog in the program's style."""

import pytest
from PySide6.QtWidgets import QFileDialog, QListView, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.window.main_window import MainWindow


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_its_tool_buttons_show_their_icons(window: MainWindow, qtbot: QtBot, theme: Theme) -> None:
    window.set_theme(theme)
    dialog = QFileDialog(window, "Open run")
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    dialog.show()
    buttons = [
        b for b in dialog.findChildren(QToolButton) if b.isVisible() and not b.icon().isNull()
    ]
    assert len(buttons) >= 5
    for button in buttons:
        image = button.grab().toImage()
        inside = image.rect().adjusted(6, 6, -6, -6)
        ground = image.pixelColor(inside.topLeft())
        drawn = [
            (x, y)
            for x in range(inside.left(), inside.right())
            for y in range(inside.top(), inside.bottom())
            if image.pixelColor(x, y) != ground
        ]
        assert len(drawn) > 30, button.objectName()  # more than a dot
    sidebar = dialog.findChild(QListView, "sidebar")
    assert isinstance(sidebar, QWidget)
    shown = sidebar.grab().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() - 5).name() == theme.panel
    dialog.close()
