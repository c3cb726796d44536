"""Strokes of a real mouse and of a finger, and what becomes of them."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.drawing.pad import SIDE, DrawingPad
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pad(make_host: Callable[[int, int], QWidget]) -> DrawingPad:
    made = DrawingPad(Style(LIGHT), make_host(300, 240))
    made.resize(280, 200)
    made.show()
    return made


def at(pad: DrawingPad, x: float, y: float) -> QPoint:
    """A point of the pad, by shares of the paper."""
    paper = pad.paper()
    return QPoint(round(paper.x() + x * paper.width()), round(paper.y() + y * paper.height()))


def stroke(pad: DrawingPad, *points: tuple[float, float]) -> None:
    QTest.mousePress(pad, LEFT, pos=at(pad, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(pad, at(pad, *point))
    QTest.mouseRelease(pad, LEFT, pos=at(pad, *points[-1]))


def test_a_stroke_is_ink_of_its_thickness(pad: DrawingPad) -> None:
    changed = QSignalSpy(pad.changed)
    pad.thickness = 20.0
    stroke(pad, (0.5, 0.2), (0.5, 0.5), (0.5, 0.8))
    assert changed.count() >= 3
    ink = pad.ink
    assert (ink.shape, ink.dtype) == ((SIDE, SIDE), np.uint8)
    row = ink[SIDE // 2]
    assert (row > 127).sum() == pytest.approx(20, abs=1)
    assert np.flatnonzero(row > 127).mean() == pytest.approx(SIDE / 2, abs=1)
    rows = np.flatnonzero((ink > 127).any(axis=1))
    assert (rows[0], rows[-1]) == pytest.approx((0.2 * SIDE - 10, 0.8 * SIDE + 10), abs=2)
    assert pad.accessibleDescription() == "1 stroke."


def test_a_click_is_a_dot_and_another_button_draws_nothing(pad: DrawingPad) -> None:
    QTest.mouseClick(pad, Qt.MouseButton.RightButton, pos=at(pad, 0.3, 0.3))
    QTest.mouseMove(pad, at(pad, 0.5, 0.5))
    assert pad.is_empty
    QTest.mouseClick(pad, LEFT, pos=at(pad, 0.3, 0.3))
    assert (pad.ink > 127).sum() == pytest.approx(np.pi * 12**2, rel=0.1)


def test_undo_and_clear_take_strokes_back_exactly(pad: DrawingPad) -> None:
    stroke(pad, (0.2, 0.2), (0.7, 0.3))
    first = pad.ink
    stroke(pad, (0.2, 0.8), (0.5, 0.4), (0.8, 0.8))
    assert (pad.ink != first).any()
    pad.undo()
    np.testing.assert_array_equal(pad.ink, first)
    pad.put_picture(np.full((10, 30), 255, np.uint8))
    assert pad.ink[SIDE // 2].min() == 255
    assert pad.ink[0].max() == 0
    pad.undo()
    np.testing.assert_array_equal(pad.ink, first)
    pad.clear()
    assert not pad.ink.any()
    pad.undo()
    assert pad.is_empty


def test_a_finger_draws_as_a_mouse_does(pad: DrawingPad) -> None:
    device = QTest.createTouchDevice()
    start, end = at(pad, 0.3, 0.5), at(pad, 0.7, 0.5)
    QTest.touchEvent(pad, device).press(0, start, pad).commit()
    QTest.touchEvent(pad, device).move(0, end, pad).commit()
    QTest.touchEvent(pad, device).release(0, end, pad).commit()
    QApplication.processEvents()
    assert (pad.ink[SIDE // 2] > 127).sum() == pytest.approx(0.4 * SIDE + 24, abs=3)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_ink_and_paper_have_the_colours_of_the_images(pad: DrawingPad, theme: object) -> None:
    pad.set_style(Style(theme))  # type: ignore[arg-type]
    stroke(pad, (0.5, 0.2), (0.5, 0.8))
    picture = pad.grab().toImage()
    assert picture.pixelColor(at(pad, 0.5, 0.5)).name() == theme.ink  # type: ignore[attr-defined]
    assert picture.pixelColor(at(pad, 0.1, 0.5)).name() == theme.paper  # type: ignore[attr-defined]
