"""Questions without a window around them."""

import pytest
from PySide6.QtGui import QTextCharFormat
from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.question_view import QuestionView
from cnnviz.app.lessons.step_text import StepText
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.teaching.lesson import Option, Position, Question, Source

AT = Position(1, 1)
LONG = "An answer of so many words that a panel of this width has to break it into lines"


@pytest.mark.parametrize("width", [240, 400])
def test_options_are_shown_whole(qtbot: QtBot, width: int) -> None:
    view = QuestionView(Style(LIGHT))
    qtbot.addWidget(view)
    options = tuple(Option(f"{LONG} {n}", Source("1 > 0", AT)) for n in range(3))
    question = Question("q", "choice", "Which?", None, None, options, None, (), Source("", AT), AT)
    view.resize(width, 700)
    view.show()
    view.ask(question, "Which?", None)
    qtbot.waitUntil(lambda: view.options.width() > width - 60)
    rows = [view.options.visualItemRect(view.options.item(row)) for row in range(3)]
    assert rows[0].height() > 2 * view.options.fontMetrics().height() * (width == 240)
    assert rows[0].top() >= 0
    assert rows[-1].bottom() <= view.options.viewport().height()


def test_formulae_are_on_the_line_of_the_letters(qtbot: QtBot) -> None:
    text = StepText("Text", Style(LIGHT))
    qtbot.addWidget(text)
    text.resize(400, 100)
    text.show_markdown(r"An error $E = (y - o)^2$ and more.")
    picture = text.document().find("\N{OBJECT REPLACEMENT CHARACTER}")
    assert picture.charFormat().isImageFormat()
    aligned = picture.charFormat().verticalAlignment()
    assert aligned == QTextCharFormat.VerticalAlignment.AlignBaseline
    assert text.document().size().height() < 2 * text.fontMetrics().height()  # one line
