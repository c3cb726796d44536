"""Questions without a window around them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.lessons.cell_picker import CellPicker
from cnnviz.app.lessons.question_view import QuestionView
from cnnviz.app.lessons.step_text import StepText
from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, GRID, LIGHT, Theme
from cnnviz.teaching.lesson import FilePosition, Option, Question, Source

AT = FilePosition(1, 1)
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


def test_an_option_that_nearly_fills_its_line_is_broken_and_not_elided(qtbot: QtBot) -> None:
    view = QuestionView(Style(LIGHT))
    qtbot.addWidget(view)
    option = Option("Yes: the mean points where all want to go", Source("1 > 0", AT))
    question = Question(
        "q", "choice", "Which?", None, None, (option,), None, (), Source("", AT), AT
    )
    view.resize(400, 300)
    view.show()
    view.ask(question, "Which?", None)
    metrics = view.options.fontMetrics()
    takes = metrics.horizontalAdvance(option.text)
    for width in range(takes - 8, takes + 24, 2):
        view.resize(width, 300)
        QApplication.processEvents()
        box = view.options.visualItemRect(view.options.item(0))
        assert box.height() >= 2 * metrics.height() or box.width() > takes + 6


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


def test_columns_of_a_table_do_not_touch(qtbot: QtBot) -> None:
    text = StepText("Text", Style(LIGHT))
    qtbot.addWidget(text)
    text.resize(400, 200)
    text.show_markdown("| a | b |\n|---|---|\n| standardisation | its derivative |")

    document = text.document()
    document.setTextWidth(400)
    left, right = (
        document.documentLayout().blockBoundingRect(document.find(words).block())
        for words in ("standardisation", "its derivative")
    )
    ends = left.left() + text.fontMetrics().horizontalAdvance("standardisation")
    assert right.left() - ends >= GRID


def test_activations_are_drawn_as_in_the_network(qtbot: QtBot) -> None:
    picker = CellPicker(Style(LIGHT))
    qtbot.addWidget(picker)
    picker.resize(240, 240)
    values = np.full((24, 24), 0.5)

    picker.show_values(values, "activation")

    expected = matrix_image(Matrix(values), LIGHT).pixelColor(12, 12)
    assert picker.grab().toImage().pixelColor(125, 125) == expected


@pytest.mark.parametrize("ink", [0.0, 1.0])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_chosen_cell_and_the_right_one_are_seen_on_any_ink(
    qtbot: QtBot, ink: float, theme: Theme
) -> None:
    picker = CellPicker(Style(theme))
    qtbot.addWidget(picker)
    picker.resize(240, 240)

    def colours(row: int, column: int) -> set[str]:
        """Return the colours in and around a cell."""
        side = picker.width() / 28
        x, y, reach = (column - 0.5) * side, (row - 0.5) * side, side + 2
        image = picker.grab().toImage()
        around = range(round(-reach), round(reach))
        return {image.pixelColor(round(x + i), round(y + j)).name() for i in around for j in around}

    picker.show_values(np.full((28, 28), ink), "ink")
    (plain,) = colours(20, 20)
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=_middle(picker, 5, 7))
    assert picker.cell == (5, 7)
    assert {theme.text, theme.paper} <= colours(5, 7)
    picker.show_truth((20, 20), right=False)
    assert theme.accent in colours(20, 20)
    centre = picker.grab().toImage().pixelColor(_middle(picker, 5, 7))
    assert centre.lightness() == pytest.approx(QColor(theme.text).lightness(), abs=9)  # crossed
    picker.show_truth((20, 20), right=True)
    assert picker.grab().toImage().pixelColor(_middle(picker, 5, 7)).name() == plain


def _middle(picker: CellPicker, row: int, column: int) -> QPoint:
    side = picker.width() / 28
    return QPoint(round((column - 0.5) * side), round((row - 0.5) * side))
