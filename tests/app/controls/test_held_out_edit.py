"""The number of held-out images, typed in Controls."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.window.main_window import MainWindow
from tests.app.waiting import wait_until


def type_into(window: MainWindow, text: str) -> ControlsPanel:
    controls = window.panels.controls
    field = controls.held_out
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return controls


def count(window: MainWindow) -> int:
    frame = window.frame
    assert frame is not None
    return 0 if frame.held_out is None else len(frame.held_out.dataset)


def test_a_number_a_share_and_off(shared_window: MainWindow) -> None:
    window = shared_window
    assert window.panels.controls.held_out.text() == "off"
    for typed, expected, shown in (
        ("1,000", 1_000, "1,000"),
        ("10 %", 180, "180"),
        ("0", 0, "off"),
        ("25", 25, "25"),
        ("off", 0, "off"),
    ):
        controls = type_into(window, typed)
        wait_until(lambda: count(window) == expected)  # noqa: B023
        wait_until(lambda: controls.held_out.text() == shown)  # noqa: B023
        assert window.panels.loss.held_out.isChecked() == (expected > 0)
    window.panels.loss.held_out.trigger()  # on again, by the other way
    wait_until(lambda: count(window) == 25)
    wait_until(lambda: controls.held_out.text() == "25")


@pytest.mark.parametrize("typed", ["many", "-3", "120 %", "0 %", "9" * 50])
def test_a_text_that_is_no_number_is_refused_in_words(
    shared_window: MainWindow, typed: str
) -> None:
    before = shared_window.panels.controls.held_out.text()
    controls = type_into(shared_window, typed)
    assert controls.subset_problem.isVisible()
    assert controls.subset_problem.text() == (
        f"“{typed}” is not a number of images: write it like 300, 20 % or off."
    )
    assert controls.held_out.text() == before


def test_too_many_are_refused_and_the_number_in_force_is_shown(shared_window: MainWindow) -> None:
    before = shared_window.panels.controls.held_out.text()
    controls = type_into(shared_window, "1797")
    said = "1,797 images cannot be held out: "
    wait_until(lambda: said in shared_window.status.text.text())
    assert controls.held_out.text() == before
