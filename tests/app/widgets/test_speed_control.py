"""Tests of the speed control: its ends, its text, and its size."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import LIGHT, body_font
from cnnviz.app.widgets.speed_control import DEFAULT_SPEED, FASTEST, SLOWEST, SpeedControl


@pytest.fixture
def control(qtbot: QtBot) -> SpeedControl:
    control = SpeedControl()
    qtbot.addWidget(control)
    control.setFixedWidth(240)
    control.show()
    control.slider.setFocus()
    return control


@pytest.fixture
def restored_font(qapp: QApplication) -> Iterator[None]:
    before = QFont(qapp.font())
    yield
    QApplication.setFont(before)
    apply_theme(qapp, LIGHT)


def test_it_starts_at_the_default(control: SpeedControl) -> None:
    assert control.label.text() == f"{DEFAULT_SPEED:g} per s"
    assert control.slider.number() == pytest.approx(DEFAULT_SPEED)


def test_the_ends_are_one_per_second_and_full_speed(control: SpeedControl, qtbot: QtBot) -> None:
    chosen = QSignalSpy(control.speed_chosen)
    qtbot.keyClick(control.slider, Qt.Key.Key_Home)
    assert control.label.text() == "1 per s"
    qtbot.keyClick(control.slider, Qt.Key.Key_End)
    assert control.label.text() == "full speed"
    assert [chosen.at(i)[0] for i in range(chosen.count())] == [SLOWEST, None]


def test_every_key_step_changes_the_text(control: SpeedControl, qtbot: QtBot) -> None:
    chosen = QSignalSpy(control.speed_chosen)
    control.show_speed(SLOWEST)
    seen = [control.label.text()]
    while control.slider.value() < control.slider.maximum():
        qtbot.keyClick(control.slider, Qt.Key.Key_Right)
        seen.append(control.label.text())
    assert len(set(seen)) == len(seen) > 20
    speeds = [chosen.at(i)[0] for i in range(chosen.count())]
    assert speeds[:-1] == sorted(speeds[:-1])
    assert all(SLOWEST < speed < FASTEST for speed in speeds[:-1])
    assert speeds[-1] is None


@pytest.mark.parametrize(
    ("speed", "words"),
    [(1.0, "1 per s"), (2.5, "2.5 per s"), (630.0, "630 per s"), (None, "full speed")],
)
def test_show_speed_emits_nothing(control: SpeedControl, speed: float | None, words: str) -> None:
    chosen = QSignalSpy(control.speed_chosen)
    control.show_speed(speed)
    assert control.label.text() == words
    assert control.slider.accessibleDescription() == words
    assert (control.slider.value() == control.slider.maximum()) == (speed is None)
    assert chosen.count() == 0


@pytest.mark.usefixtures("restored_font")
def test_the_slider_keeps_its_length_and_the_text_fits(
    control: SpeedControl, qapp: QApplication, qtbot: QtBot
) -> None:
    lengths = {}
    for scale in (1.0, 1.6):
        QApplication.setFont(body_font(scale))
        apply_theme(qapp, LIGHT)
        qtbot.waitUntil(lambda s=scale: control.label.font().pointSizeF() == 10 * s)
        found = set()
        for speed in (None, 1.0, 2.5, 880.0, FASTEST):
            control.show_speed(speed)
            QApplication.processEvents()
            found.add(control.slider.width())
            assert control.label.width() >= control.label.sizeHint().width()
        assert len(found) == 1
        lengths[scale] = found.pop()
    assert 0 < lengths[1.6] < lengths[1.0]
