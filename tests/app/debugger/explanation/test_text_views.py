"""This cell and Why? as text: selected with the mouse, copied, read aloud, and free of markup."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.explanation.explanation_text import ExplainedCell, ExplanationText
from cnnviz.app.debugger.explanation.origin_link import OriginLink
from cnnviz.app.debugger.explanation.why_view import WhyView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.widgets.save_dialog import PICTURE
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.numerics.why import why
from cnnviz.numerics.why.counterfactual import WITHOUT, without
from cnnviz.training.debugger.point import Point
from tests.app import text_views
from tests.app.context_menus import choose
from tests.app.exports import exports_of
from tests.conftest import CHECKOUT

DATASET = bundled_digits()
BATCH = Batch.from_images(DATASET.images[:20], DATASET.labels[:20])
TENSORS = iterate(BATCH, initial_parameters(0), NOTEBOOK, 15.0)
CTRL = Qt.KeyboardModifier.ControlModifier
ORIGIN = OriginLink("An <b>update</b> made it.", Point("f_next", (0, 0, 0)), 1, "Go & see")


@pytest.fixture
def text(make_host: Callable[[int, int], QWidget]) -> ExplanationText:
    made = ExplanationText(Style(LIGHT))
    made.setParent(make_host(700, 900))
    return filled(made, "dF", (2, 1, 3))


@pytest.fixture
def answer(make_host: Callable[[int, int], QWidget]) -> WhyView:
    made = WhyView(Style(LIGHT))
    made.setParent(make_host(700, 900))
    made.resize(700, 900)
    made.show_why(why(Entry(TENSORS, NOTEBOOK, 15.0, "dF", (2, 1, 3), 0)), ORIGIN)
    return made


def filled(view: ExplanationText, tensor: str, index: tuple[int, ...]) -> ExplanationText:
    view.resize(700, 900)
    explanation = explain(Entry(TENSORS, NOTEBOOK, 15.0, tensor, index, 0))
    ranked = (
        None
        if explanation.shares is None
        else np.argsort(-np.abs(explanation.shares), kind="stable")
    )
    view.show_cell(ExplainedCell(explanation, ranked, DATASET, 0, ORIGIN, ""))
    return view


def read_aloud(view: QTextBrowser) -> str:
    """Return the text that a screen reader reads in a view."""
    found = QAccessible.queryAccessibleInterface(view)
    content = found.textInterface()
    assert found.text(QAccessible.Text.Value) == view.toPlainText()
    return content.text(0, content.characterCount())


def test_a_screen_reader_finds_every_word_and_number(text: ExplanationText) -> None:
    assert QAccessible.queryAccessibleInterface(text).text(QAccessible.Text.Name) == (
        "How this number came about"
    )
    read = read_aloud(text)
    words = [word for line in text_views.lines(text) for word in line.split("\t") if word]
    assert len(words) > 40
    assert [word for word in words if word not in read] == []
    for expected in ("dF[2, 1, 3] = ", "Running sum: 0 to ", "term 576", "image 0  digit "):
        assert expected in read


def test_a_screen_reader_reads_the_answer_and_its_factors(answer: WhyView) -> None:
    read = read_aloud(answer)
    assert "Why is dF[2, 1, 3] = " in read
    for factor in text_views.factors(answer):
        assert all(part in read for part in factor)


def test_the_numbers_of_a_matrix_are_text(text: ExplanationText) -> None:
    view = filled(text, "C", (0, 1, 7, 9))
    rows = [line for line in text_views.lines(view) if line.count("\t") == 5]
    assert len(rows) == 15  # of a patch, a filter, and their products
    assert all(row in read_aloud(view) for row in rows)


def test_all_text_is_copied_without_drawings(text: ExplanationText, qtbot: QtBot) -> None:
    text.setFocus()
    qtbot.keyClick(text, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(text, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text().split("\n") == text_views.lines(text)


def test_the_menu_takes_the_picture_along(text: ExplanationText, qtbot: QtBot) -> None:
    exports, middle = exports_of(text), text.viewport().rect().center()
    for entry in ("Copy picture", "Export…"):
        position = middle, text.viewport().mapToGlobal(middle)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, *position)
        QApplication.sendEvent(text.viewport(), event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        words = [action.text().replace("&", "") for action in menu.actions()]
        assert not any("Link" in word for word in words)
        assert any("Select All" in word for word in words)
        choose(qtbot, entry)
    copied = QGuiApplication.clipboard().image()
    assert copied.width() == text.viewport().width()
    assert copied.height() == text.viewport().height()
    (export,) = exports
    assert export.name == "explanation"
    assert export.contents[PICTURE]()[1:4] == b"PNG"


def test_a_line_is_selected_with_the_mouse_and_copied(text: ExplanationText, qtbot: QtBot) -> None:
    y = round(text_views.line_rect(text, "dF[2, 1, 3] = ").center().y())
    left, right = QPoint(0, y), QPoint(680, y)
    QTest.mousePress(text.viewport(), Qt.MouseButton.LeftButton, pos=left)
    QTest.mouseMove(text.viewport(), pos=right)
    QTest.mouseRelease(text.viewport(), Qt.MouseButton.LeftButton, pos=right)
    qtbot.keyClick(text, Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    assert copied == text_views.lines(text)[2]
    assert copied.startswith("dF[2, 1, 3] = ")
    assert text_views.lines(text)[1] == "filter 3, row 4, column 2"


@pytest.mark.parametrize("kind", ["text", "answer"])
def test_names_are_no_markup(kind: str, request: pytest.FixtureRequest) -> None:
    view: QTextBrowser = request.getfixturevalue(kind)
    assert text_views.lines(view)[0] == "An <b>update</b> made it.  Go & see"


def test_links_are_followed_with_the_keyboard(text: ExplanationText, qtbot: QtBot) -> None:
    text.setFocus()
    with qtbot.waitSignal(text.origin_requested) as requested:
        qtbot.keyClick(text, Qt.Key.Key_Tab)
        qtbot.keyClick(text, Qt.Key.Key_Return)
    assert requested.args == [ORIGIN]
    first, _ = text_views.ranking(text)[0]
    with qtbot.waitSignal(text.image_chosen) as chosen:
        for _ in range(2):  # the link to the origin is first again
            qtbot.keyClick(text, Qt.Key.Key_Tab)
        qtbot.keyClick(text, Qt.Key.Key_Return)
    assert chosen.args == [first]


def test_a_selection_stays_while_the_same_number_is_shown(text: ExplanationText) -> None:
    explanation = explain(Entry(TENSORS, NOTEBOOK, 15.0, "z", (0, 3), 3))
    text.show_cell(ExplainedCell(explanation, None, DATASET, 3, None, ""))
    text.selectAll()
    text.show_cell(ExplainedCell(explanation, None, DATASET, 3, None, ""))
    assert text.textCursor().hasSelection()


def test_a_program_that_has_copied_text_and_a_picture_ends_cleanly() -> None:
    """The clipboard frees what it holds after Python has ended."""
    script = (
        "from cnnviz.app.application import create_application\n"
        "application = create_application()\n"
        f"from {__name__} import LIGHT, ExplanationText, Style, filled\n"
        "view = filled(ExplanationText(Style(LIGHT)), 'dF', (2, 1, 3))\n"
        "view.selectAll()\n"
        "view.copy()\n"
        "from cnnviz.app.picture_file import copy_picture\n"
        "print(application.clipboard().text())\n"
        "copy_picture(view)\n"
        "print(application.clipboard().image().width() == view.width())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert "dF[2, 1, 3] = " in ended.stdout
    assert ended.stdout.endswith("True\n")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_cause_can_be_unticked_and_the_value_is_computed_without_it(
    answer: WhyView, qtbot: QtBot
) -> None:
    entry = Entry(TENSORS, NOTEBOOK, 15.0, "dF", (2, 1, 3), 0)
    chain = why(entry)
    assert "Without" not in answer.toPlainText()
    first, second = (chain.factors[number].cause for number in (0, 1))
    assert first is not None
    assert second is not None
    with qtbot.waitSignal(answer.leave_out_requested) as asked:
        text_views.click_link(answer, "factor:1")
    assert asked.args == [{second}]
    value = without(entry, {second})
    left = replace(chain, left_out=frozenset({second}), recomputed=value)
    answer.show_why(left, ORIGIN)
    start = f"Without it, dF[2, 1, 3] would be {compact(value, 4)}, not "
    (line,) = (line for line in text_views.lines(answer) if line.startswith(start))
    assert line.endswith(f": recomputed in the network, {WITHOUT[second]}.")
    assert text_views.links(answer)["factor:1"] == "☐ "
    with qtbot.waitSignal(answer.leave_out_requested) as asked:
        text_views.click_link(answer, "factor:0")
    assert asked.args == [{first, second}]
    with qtbot.waitSignal(answer.leave_out_requested) as asked:
        text_views.click_link(answer, "factor:1")
    assert asked.args == [set()]
    other = why(Entry(TENSORS, NOTEBOOK, 15.0, "dF", (0, 0, 0), 0))
    answer.show_why(other, ORIGIN, doubt="✗ The check found it wrong.")
    assert "Without" not in answer.toPlainText()
    assert "✗ The check found it wrong." in text_views.lines(answer)
