"""Images that the network has not seen, in the window: asked for, listed, shown, and left again."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from cnnviz.app.network.outside_button import OutsideButton
from cnnviz.app.predictions.model import PredictionColumn
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.forward import single_pass
from cnnviz.numerics.number_format import percent

LEFT = Qt.MouseButton.LeftButton


def choose(window: MainWindow, name: str) -> None:
    """Click a segment above the predictions."""
    (button,) = (b for b in window.panels.predictions.findChildren(QPushButton) if b.text() == name)
    QTest.mouseClick(button, LEFT)


@pytest.mark.usefixtures("plots_on_demand")
def test_a_held_out_image_is_found_and_shown(qtbot: QtBot, window: MainWindow) -> None:
    panel, network = window.panels.predictions, window.panels.network
    trained = panel.summary.text()
    choose(window, "Held out")
    qtbot.waitUntil(lambda: "at iteration 0" in panel.summary.text())
    frame = window.frame
    assert frame is not None
    held_out = frame.held_out
    assert held_out is not None
    assert panel.model.rowCount() == len(held_out.dataset) == 359
    assert window.panels.loss.held_out.isChecked()
    row = panel.table.visualRect(panel.model.index(2, PredictionColumn.DIGIT)).center()
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=row)
    button = network.findChild(OutsideButton)
    qtbot.waitUntil(button.isVisible)
    assert "held out 2" in button.text()
    passed = single_pass(
        held_out.dataset.image(2).T / 255,
        frame.parameters,
        *_statistics(window),
    )
    description = network.view.accessibleDescription()
    assert "held-out image 2: digit" in description
    assert "not trained on" in description
    assert f"o = {passed.o:.3f}" in description
    assert held_out.predictions.output[2] == pytest.approx(passed.o)
    right = (held_out.predictions.output > 0.5) == (held_out.dataset.labels > 4)
    share = percent(float(right.mean()))
    assert panel.summary.text() == f"{share} correct at iteration 0"
    QTest.mouseClick(button, LEFT, pos=QPoint(5, 5))
    qtbot.waitUntil(lambda: not button.isVisible())
    choose(window, "Trained on")
    qtbot.waitUntil(lambda: panel.summary.text() == trained)
    assert panel.model.rowCount() == 20


def _statistics(window: MainWindow) -> tuple[float, float]:
    """Mean and deviation of z over the subset, image by image."""
    frame = window.frame
    assert frame is not None
    z = [
        single_pass(image.T / 255, frame.parameters, 0.0, 1.0).z
        for image in frame.dataset.first(frame.settings.subset).images
    ]
    return float(np.mean(z)), float(np.std(z))


@pytest.mark.usefixtures("plots_on_demand")
def test_a_refusal_goes_back_to_the_images_that_are_trained_on(
    qtbot: QtBot, window: MainWindow
) -> None:
    panel = window.panels.predictions
    window.loop.change(subset=1797)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.settings.subset == 1797)
    choose(window, "Held out")
    qtbot.waitUntil(lambda: "all 1,797 are trained on" in window.status.text.text())
    assert panel.which.index == 0
    assert panel.model.rowCount() == 1797
