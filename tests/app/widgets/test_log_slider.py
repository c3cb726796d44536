"""The logarithmic slider by mouse, keyboard and program."""

from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.log_slider import LogSlider

LOW, HIGH = 1e-4, 1e5


@pytest.fixture
def slider(qtbot: QtBot) -> LogSlider:
    slider = LogSlider(LOW, HIGH)
    qtbot.addWidget(slider)
    slider.resize(300, 24)
    slider.show()
    slider.setFocus()
    slider.show_number(1.0)
    return slider


def handle(slider: LogSlider) -> QPoint:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    return (
        slider.style()
        .subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
        )
        .center()
    )


def turn_wheel(slider: LogSlider) -> QWheelEvent:
    centre = QPointF(slider.rect().center())
    event = QWheelEvent(
        centre,
        slider.mapToGlobal(centre),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    return event


def test_home_and_end_reach_the_bounds_exactly(slider: LogSlider, qtbot: QtBot) -> None:
    signals = QSignalSpy(slider.number_chosen)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert slider.number() == LOW
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert slider.number() == HIGH
    assert [signals.at(i)[0] for i in range(signals.count())] == [LOW, HIGH]


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e9))
def test_both_ends_are_exact_whatever_the_bounds(
    qapp: QApplication, low: float, ratio: float
) -> None:
    assert qapp
    high = low * ratio
    slider = LogSlider(low, high)
    for number in (low, high):
        slider.show_number(number)
        assert slider.number() == number


@pytest.mark.usefixtures("qapp")
def test_equal_bounds_leave_one_number() -> None:
    slider = LogSlider(2.0, 2.0)
    slider.show_number(2.0)
    assert slider.number() == 2.0


def test_arrow_keys_move_the_handle_and_emit(slider: LogSlider, qtbot: QtBot) -> None:
    signals = QSignalSpy(slider.number_chosen)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    up = slider.number()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert up > slider.number() == pytest.approx(1.0)
    assert signals.count() == 2
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert slider.number() > up


def test_keys_at_the_ends_emit_nothing(slider: LogSlider, qtbot: QtBot) -> None:
    for number, key in ((LOW, Qt.Key.Key_Left), (HIGH, Qt.Key.Key_Right)):
        slider.show_number(number)
        signals = QSignalSpy(slider.number_chosen)
        qtbot.keyClick(slider, key)
        assert slider.number() == number
        assert signals.count() == 0


def test_the_mouse_drags_the_handle_to_both_ends(slider: LogSlider, qtbot: QtBot) -> None:
    for x, number in ((slider.width() + 50, HIGH), (-50, LOW)):
        start = handle(slider)
        qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(slider, QPoint(x, start.y()))
        qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, start.y()))
        assert slider.number() == number


def test_a_click_beside_the_handle_moves_it_and_emits(slider: LogSlider, qtbot: QtBot) -> None:
    signals = QSignalSpy(slider.number_chosen)
    qtbot.mouseClick(
        slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 20, slider.height() // 2)
    )
    assert slider.number() > 1.0
    assert signals.count() >= 1


def test_a_click_does_not_focus_the_slider(slider: LogSlider, qtbot: QtBot) -> None:
    slider.clearFocus()
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton)
    assert not slider.hasFocus()


def test_the_wheel_moves_only_a_focused_slider(slider: LogSlider) -> None:
    slider.clearFocus()
    assert not turn_wheel(slider).isAccepted()  # the surrounding area scrolls
    assert slider.number() == pytest.approx(1.0)
    slider.setFocus()
    turn_wheel(slider)
    assert slider.number() > 1.0


def test_show_number_moves_the_handle_and_emits_nothing(slider: LogSlider) -> None:
    signals, changed = QSignalSpy(slider.number_chosen), QSignalSpy(slider.valueChanged)
    before = slider.grab().toImage()
    slider.show_number(1e4)
    assert slider.grab().toImage() != before
    assert slider.number() == pytest.approx(1e4)
    slider.set_bounds(1.0, 10.0)
    assert slider.number() == 10.0
    assert signals.count() == changed.count() == 0


@pytest.mark.parametrize(("number", "shown"), [(1e-9, LOW), (1e9, HIGH)])
def test_numbers_beyond_the_bounds_are_shown_at_the_ends(
    slider: LogSlider, number: float, shown: float
) -> None:
    slider.show_number(number)
    assert slider.number() == shown


def test_show_number_leaves_a_dragged_handle(slider: LogSlider, qtbot: QtBot) -> None:
    start = handle(slider)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    slider.show_number(HIGH)
    assert slider.number() == pytest.approx(1.0)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start)
    slider.show_number(HIGH)
    assert slider.number() == HIGH


@given(st.floats(log10(LOW), log10(HIGH)))
def test_a_number_is_shown_within_half_a_step(qapp: QApplication, exponent: float) -> None:
    assert qapp
    slider = LogSlider(LOW, HIGH)
    slider.show_number(10**exponent)
    assert abs(log10(slider.number()) - exponent) <= 0.005 + 1e-9
    shown = slider.value()
    slider.show_number(slider.number())  # the emitted number is the shown one
    assert slider.value() == shown
