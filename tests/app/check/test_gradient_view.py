"""The pictures of the derivatives without a panel around them."""

from pytestqt.qtbot import QtBot

from cnnviz.app.check.gradient_view import GradientView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT


def test_pictures_have_the_themes_background_before_there_are_any(qtbot: QtBot) -> None:
    view = GradientView(Style(DARK))
    qtbot.addWidget(view)
    assert view.pictures.backgroundBrush().color().name() == DARK.panel
    view.set_style(Style(LIGHT))
    assert view.pictures.backgroundBrush().color().name() == LIGHT.panel
