"""Strokes of a real mouse, of a pen and of a finger, and what becomes of them."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.widgets.drawing_pad import DrawingPad
from cnnviz.app.widgets.sketch import SIDE, Sketch
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.drawing import as_mnist
from tests.app.pens import LEFT, at, finger_stroke, mouse_stroke, pen_stroke


@pytest.fixture
def pad(make_host: Callable[[int, int], QWidget]) -> DrawingPad:
    made = DrawingPad(Sketch(), Style(LIGHT), make_host(300, 240))
    made.resize(280, 200)
    made.show()
    return made


def test_a_stroke_is_ink_of_its_thickness(pad: DrawingPad) -> None:
    changed = QSignalSpy(pad.sketch.changed)
    pad.sketch.set_thickness(20)
    mouse_stroke(pad, (0.5, 0.2), (0.5, 0.5), (0.5, 0.8))
    assert changed.count() >= 3
    ink = pad.sketch.ink
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
    assert pad.sketch.is_empty
    QTest.mouseClick(pad, LEFT, pos=at(pad, 0.3, 0.3))
    assert (pad.sketch.ink > 127).sum() == pytest.approx(np.pi * 12**2, rel=0.1)


def test_undo_and_clear_take_strokes_back_exactly(pad: DrawingPad) -> None:
    mouse_stroke(pad, (0.2, 0.2), (0.7, 0.3))
    first = pad.sketch.ink
    mouse_stroke(pad, (0.2, 0.8), (0.5, 0.4), (0.8, 0.8))
    assert (pad.sketch.ink != first).any()
    pad.sketch.undo()
    np.testing.assert_array_equal(pad.sketch.ink, first)
    pad.sketch.put_picture(np.full((10, 30), 255, np.uint8))
    assert pad.sketch.ink[SIDE // 2].min() == 255
    assert pad.sketch.ink[0].max() == 0
    pad.sketch.undo()
    np.testing.assert_array_equal(pad.sketch.ink, first)
    pad.sketch.clear()
    assert not pad.sketch.ink.any()
    pad.sketch.undo()
    assert pad.sketch.is_empty


def test_a_finger_draws_as_a_mouse_does(pad: DrawingPad) -> None:
    finger_stroke(pad, (0.3, 0.5), (0.7, 0.5))
    assert (pad.sketch.ink[SIDE // 2] > 127).sum() == pytest.approx(0.4 * SIDE + 24, abs=3)


def test_a_pen_draws_as_thick_as_it_is_pressed(pad: DrawingPad) -> None:
    widths = []
    for y, pressure in ((0.3, 1.0), (0.7, 0.5)):
        pen_stroke(pad, pressure, (0.2, y), (0.8, y))
        row = round(y * SIDE)
        widths.append(int((pad.sketch.ink[row - 40 : row + 40, SIDE // 2] > 127).sum()))
    assert widths == pytest.approx([24, 12], abs=1)
    assert pad.sketch.count == 2


def test_an_enlarged_image_is_brought_back_to_itself() -> None:
    digit, sketch = bundled_digits().image(3), Sketch()
    once = as_mnist(digit)
    sketch.put_picture(once)
    assert np.abs(as_mnist(sketch.ink).astype(int) - once).max() <= 1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_ink_and_paper_have_the_colours_of_the_images(pad: DrawingPad, theme: object) -> None:
    pad.set_style(Style(theme))  # type: ignore[arg-type]
    mouse_stroke(pad, (0.5, 0.2), (0.5, 0.8))
    picture = pad.grab().toImage()
    assert picture.pixelColor(at(pad, 0.5, 0.5)).name() == theme.ink  # type: ignore[attr-defined]
    assert picture.pixelColor(at(pad, 0.1, 0.5)).name() == theme.paper  # type: ignore[attr-defined]
