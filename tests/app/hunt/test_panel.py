"""A hunt in the window, from the first look to the saved result."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QScrollBar
from pytestqt.qtbot import QtBot

from cnnviz.app.hunt.panel import HuntPanel
from cnnviz.app.widgets.save_dialog import RESULT, SaveDialog
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.checking.fault import Fault
from cnnviz.training.hunt.cases import NUMBERS, hidden_fault, hunt_case
from cnnviz.training.hunt.hunt import Look
from cnnviz.training.hunt.instruments import instrument
from cnnviz.training.hunt.result_file import confirm
from tests.app.exports import exports_of

NUMBER = next(
    n for n in range(100) if isinstance(f := hidden_fault(n), Fault) and len(f.seen_by) == 2
)


class Hunter:
    """Someone at the Hunt panel."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        window.resize(1440, 900)
        window.bring_up("hunt")
        self.panel: HuntPanel = window.panels.hunt.panel  # type: ignore[attr-defined]
        qtbot.waitUntil(self.panel.isVisible)

    def press(self, button: QAbstractButton) -> None:
        assert button.isVisible()
        assert button.isEnabled()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.qtbot.waitUntil(lambda: not self.window.tasks.is_busy("hunt"), timeout=20_000)

    def open(self, number: int) -> None:
        self.panel.number.setValue(number)
        self.press(self.panel.open)


@pytest.fixture
def hunter(window: MainWindow, qtbot: QtBot) -> Hunter:
    return Hunter(window, qtbot)


def test_a_case_is_inspected_answered_revealed_and_saved(
    hunter: Hunter, qtbot: QtBot, tmp_path: Path
) -> None:
    panel, fault = hunter.panel, hidden_fault(NUMBER)
    assert isinstance(fault, Fault)
    assert not panel.evidence.isVisible()
    assert panel.hint.visibleRegion().isEmpty()
    assert not any(bar.isVisible() for bar in panel.findChildren(QScrollBar))
    hunter.open(NUMBER)
    assert panel.state.text() == f"Case {NUMBER}: cost 0, 0 looks, 0 hints."
    hunter.press(panel.instruments["loss"])
    assert panel.losses.isVisible()
    assert "drawn above" in panel.evidence.toPlainText()
    drawn = dict(panel.losses.columns())
    expected = instrument("loss").observe(hunt_case(NUMBER), "")
    np.testing.assert_array_equal(drawn["loss"], expected.losses)
    np.testing.assert_allclose(drawn["accuracy, %"], [100 * a for a in expected.accuracies])
    hunter.open(NUMBER)  # again from its beginning
    assert not panel.losses.isVisible()
    hunter.press(panel.instruments["symmetries"])
    panel.operation.setCurrentIndex(panel.operation.findData(fault.operation))
    for _ in range(2):  # to inspect the same again costs nothing
        hunter.press(panel.instruments["operation"])
    hunter.press(panel.hint)
    assert panel.state.text() == f"Case {NUMBER}: cost 5, 2 looks, 1 hint."
    evidence = panel.evidence.toPlainText()
    assert "Sums that are 0 for the exact gradient" in evidence
    assert "  wrong" in evidence
    assert "Something is wrong. It is in one of the operations." in evidence
    assert fault.title not in evidence
    panel.place.setCurrentIndex(panel.place.findData(fault.operation))
    hunter.press(panel.go_on)
    assert not panel.instruments["loss"].isEnabled()
    hunter.press(panel.back)
    assert panel.instruments["loss"].isEnabled()
    hunter.press(panel.go_on)
    panel.title.setCurrentText(fault.title)
    hunter.press(panel.go_on)
    panel.sure.setValue(90)
    hunter.press(panel.go_on)
    evidence = panel.evidence.toPlainText()
    assert "✓ Your answer is right." in evidence
    assert "You were 90 % sure: 0.01 on the scale" in evidence
    panel.name.setFocus()
    qtbot.keyClicks(panel.name, "Ada")
    exported = exports_of(panel)
    hunter.press(panel.save)
    (dialog,) = hunter.window.findChildren(SaveDialog)
    dialog.close()
    path = tmp_path / "hunt.json"
    path.write_bytes(exported[0].contents[RESULT]())
    confirmation = confirm(path)
    assert confirmation.problem == ""
    assert confirmation.person == "Ada"
    assert confirmation.hunt is not None
    assert confirmation.hunt.looks == (Look("symmetries"), Look("operation", fault.operation))


def test_a_wrong_answer_says_what_it_passed_over(hunter: Hunter) -> None:
    panel, fault = hunter.panel, hidden_fault(NUMBER)
    assert isinstance(fault, Fault)
    hunter.open(NUMBER)
    panel.place.setCurrentIndex(panel.place.count() - 1)
    assert panel.place.currentText() == "nothing: everything is right"
    hunter.press(panel.go_on)
    assert panel.question.text() == "How sure are you?"  # nothing is wrong with nothing
    hunter.press(panel.go_on)
    evidence = panel.evidence.toPlainText()
    assert fault.title in evidence
    assert "✗ Your answer was nothing: everything is right." in evidence
    assert "You did not use the operation check of one operation" in evidence
    hunter.press(panel.any)
    assert NUMBERS[0] <= panel.number.value() <= NUMBERS[1]
    assert panel.evidence.toPlainText() == ""
