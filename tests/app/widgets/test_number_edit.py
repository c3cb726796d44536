"""The field for numbers: typing, refusal, cancelling, and numbers set by the program."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.number_edit import NumberEdit


@pytest.fixture
def form(qtbot: QtBot) -> QWidget:
    """A window with a number field and another field to go to."""
    form = QWidget()
    column = QVBoxLayout(form)
    edit, other = NumberEdit("Number"), QLineEdit()
    column.addWidget(edit)
    column.addWidget(other)
    edit.setObjectName("edit")
    other.setObjectName("other")
    qtbot.addWidget(form)
    form.show()
    edit.show_number(15.0)
    return form


@pytest.fixture
def edit(form: QWidget) -> NumberEdit:
    found = form.findChild(NumberEdit, "edit")
    assert found is not None
    found.setFocus()
    return found


def leave(form: QWidget) -> None:
    other = form.findChild(QLineEdit, "other")
    assert other is not None
    other.setFocus()


def retype(qtbot: QtBot, edit: NumberEdit, text: str) -> None:
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def emitted(spy: QSignalSpy) -> list[object]:
    return [spy.at(i)[0] for i in range(spy.count())]


@pytest.mark.parametrize(
    ("typed", "number"),
    [("20", 20.0), ("0.01", 0.01), ("1e-3", 1e-3), ("2,5", 2.5), (" 7 ", 7.0), ("-3", -3.0)],
)
def test_enter_reads_the_number_once(
    edit: NumberEdit, form: QWidget, qtbot: QtBot, typed: str, number: float
) -> None:
    entered, refused = QSignalSpy(edit.number_entered), QSignalSpy(edit.refused)
    retype(qtbot, edit, typed)
    assert entered.count() == 0  # not with every key
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    leave(form)
    assert emitted(entered) == [number]
    assert refused.count() == 0


def test_leaving_the_field_reads_the_number(edit: NumberEdit, form: QWidget, qtbot: QtBot) -> None:
    entered = QSignalSpy(edit.number_entered)
    retype(qtbot, edit, "8")
    leave(form)
    assert emitted(entered) == [8.0]


def test_the_same_number_again_is_not_emitted(
    edit: NumberEdit, form: QWidget, qtbot: QtBot
) -> None:
    entered = QSignalSpy(edit.number_entered)
    retype(qtbot, edit, "15")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert entered.count() == 0
    edit.show_number(2.0)  # typing has ended
    assert edit.text() == "2"
    leave(form)
    assert entered.count() == 0


@pytest.mark.parametrize(
    "typed", ["fast", "", "1,000", "12,345,678", "1.2.3", "nan", "inf", "1e999"]
)
def test_text_that_is_not_a_number_is_refused(edit: NumberEdit, qtbot: QtBot, typed: str) -> None:
    entered, refused = QSignalSpy(edit.number_entered), QSignalSpy(edit.refused)
    retype(qtbot, edit, typed or " ")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert emitted(refused) == [typed]
    assert entered.count() == 0
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "15"


def test_a_refused_text_does_not_replace_the_number(
    edit: NumberEdit, form: QWidget, qtbot: QtBot
) -> None:
    retype(qtbot, edit, "fast")
    leave(form)
    assert edit.text() == "15"  # what is in force


def test_a_refused_number_is_not_shown(edit: NumberEdit, form: QWidget, qtbot: QtBot) -> None:
    entered = QSignalSpy(edit.number_entered)
    for _ in range(2):
        edit.setFocus()
        retype(qtbot, edit, "-5")
        leave(form)
        assert edit.text() == "15"
    assert emitted(entered) == [-5.0, -5.0]  # not taken as shown the second time


def test_escape_restores_the_number(edit: NumberEdit, form: QWidget, qtbot: QtBot) -> None:
    entered = QSignalSpy(edit.number_entered)
    retype(qtbot, edit, "9")
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "15"
    leave(form)
    assert entered.count() == 0


def test_enter_and_escape_leave_the_field_unless_the_text_is_refused(
    edit: NumberEdit, qtbot: QtBot
) -> None:
    cancelled = QSignalSpy(edit.cancelled)
    edit.number_entered.connect(edit.show_number)
    for typed, key in (
        ("20", Qt.Key.Key_Return),
        ("20", Qt.Key.Key_Return),  # no news, but done all the same
        ("9", Qt.Key.Key_Escape),
    ):
        edit.setFocus()
        retype(qtbot, edit, typed)
        qtbot.keyClick(edit, key)
        assert not edit.hasFocus()
    assert edit.text() == "20"
    assert cancelled.count() == 1
    edit.setFocus()
    retype(qtbot, edit, "fast")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.hasFocus()


def test_show_number_emits_nothing_and_keeps_typed_text(edit: NumberEdit, qtbot: QtBot) -> None:
    entered, refused = QSignalSpy(edit.number_entered), QSignalSpy(edit.refused)
    edit.show_number(0.5)
    assert edit.text() == "0.5"  # focused, but nothing is typed
    retype(qtbot, edit, "12")
    edit.show_number(0.25)
    assert edit.text() == "12"
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "0.25"  # the newest, not the initial one
    assert entered.count() == refused.count() == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [(15.0, "15"), (1e-4, "0.0001"), (1e5, "100000"), (4294967295.0, "4294967295")],
)
def test_numbers_are_shown_as_people_write_them(edit: NumberEdit, number: float, text: str) -> None:
    edit.show_number(number)
    assert edit.text() == text
