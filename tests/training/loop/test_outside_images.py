"""An image that is not in the batch is shown at once, and nothing else is computed for it."""

import numpy as np

from cnnviz.data.drawing import as_mnist
from cnnviz.training.loop.frame import differ_in_image_alone
from tests.training.driver import Driver

INK = np.zeros((280, 280), np.uint8)
INK[60:220, 100:140] = 255


def test_a_drawing_while_paused_changes_nothing_else(driver: Driver) -> None:
    before = driver.after(driver.loop.step())
    frame = driver.after(driver.loop.show_drawing(INK, 1))
    assert frame.outside is not None
    np.testing.assert_array_equal(frame.outside.image, as_mnist(INK))
    assert differ_in_image_alone(frame, before)
    assert frame.curve is before.curve
    again = driver.after(driver.loop.step())
    assert not differ_in_image_alone(again, frame)
    assert again.outside is not None
    assert again.outside.z != frame.outside.z  # it follows training
    assert driver.after(driver.loop.show_outside(None)).outside is None


def test_what_changed_right_before_is_shown_with_it(driver: Driver) -> None:
    driver.after(driver.loop.step())
    driver.loop.change(learning_rate=3.0)
    driver.loop.back()
    frame = driver.after(driver.loop.show_drawing(INK, None))
    assert frame.iteration == driver.trainer.iteration
    assert frame.parameters is driver.trainer.parameters
    assert frame.outside is not None
