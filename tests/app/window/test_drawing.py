"""A digit drawn in the window: the network follows each stroke; it can be kept and taken back."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from cnnviz.app.drawing.panel import DrawingPanel
from cnnviz.app.network.outside_button import OutsideButton
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.drawing import as_mnist
from cnnviz.numerics.forward import single_pass
from cnnviz.training.loop.frame import Frame
from tests.app.pens import LEFT, mouse_stroke

pytestmark = pytest.mark.reuses_window(compared=False)


@pytest.fixture
def panel(window: MainWindow, plots_on_demand: None) -> DrawingPanel:  # noqa: ARG001
    window.bring_up("drawing")
    made: DrawingPanel = window.panels.drawing.panel
    return made


def frame_of(window: MainWindow) -> Frame:
    assert window.frame is not None
    return window.frame


def is_shown(window: MainWindow, panel: DrawingPanel) -> bool:
    """Whether the network has the drawing on the pad."""
    view = frame_of(window).outside
    return view is not None and np.array_equal(view.image, as_mnist(panel.pad.sketch.ink))


def test_maps_and_output_follow_each_stroke(
    qtbot: QtBot, window: MainWindow, panel: DrawingPanel
) -> None:
    assert panel.note.text().startswith("What the network sees of your digit")
    assert panel.pad.height() == panel.pad.width()
    mouse_stroke(panel.pad, (0.5, 0.2), (0.5, 0.5), release=False)  # the button is still down
    qtbot.waitUntil(lambda: is_shown(window, panel))
    mouse_stroke(panel.pad, (0.5, 0.5), (0.5, 0.8))
    mouse_stroke(panel.pad, (0.3, 0.4), (0.5, 0.2))
    qtbot.waitUntil(lambda: is_shown(window, panel))
    frame = frame_of(window)
    view = frame.outside
    assert view is not None
    subset = frame.dataset.first(frame.settings.subset).images
    z = [single_pass(image.T / 255, frame.parameters, 0, 1).z for image in subset]
    expected = single_pass(
        as_mnist(panel.pad.sketch.ink).T / 255,
        frame.parameters,
        float(np.mean(z)),
        float(np.std(z)),
    )
    assert (view.z, view.zs, view.o) == pytest.approx((expected.z, expected.zs, expected.o))
    np.testing.assert_allclose(view.maps, expected.C.swapaxes(1, 2))
    assert panel.answer.text().startswith(f"o = {expected.o:.3f}: ")
    assert "mean and deviation of z over the 20 images trained on" in panel.note.text()
    described = window.panels.network.view.accessibleDescription()
    assert "drawn digit: which digit?, no target, not trained on" in described
    panel.digit.setCurrentText("1")
    qtbot.waitUntil(lambda: "✓" in panel.answer.text() or "✗" in panel.answer.text())
    assert ("✓" in panel.answer.text()) == (expected.o <= 0.5)
    button = window.panels.network.findChild(OutsideButton)
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: frame_of(window).outside is None)
    assert panel.answer.text() == ""


def test_it_follows_training(qtbot: QtBot, window: MainWindow, panel: DrawingPanel) -> None:
    mouse_stroke(panel.pad, (0.3, 0.3), (0.7, 0.7))
    qtbot.waitUntil(lambda: is_shown(window, panel))
    before = frame_of(window).outside
    window.loop.step()
    qtbot.waitUntil(lambda: frame_of(window).iteration == 1)
    after = frame_of(window).outside
    assert before is not None
    assert after is not None
    assert after.z != before.z
    assert "at iteration 1." in panel.note.text()
    QTest.keyClick(panel.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    panel.tools.clear.click()
    qtbot.waitUntil(lambda: frame_of(window).outside is None)


def test_a_drawing_is_kept_with_its_digit_and_taken_back(
    qtbot: QtBot, window: MainWindow, panel: DrawingPanel
) -> None:
    window.selection.select_image(3)
    mouse_stroke(panel.pad, (0.3, 0.3), (0.7, 0.3), (0.4, 0.8))
    qtbot.waitUntil(lambda: is_shown(window, panel))
    assert not panel.keep.isEnabled()  # nobody has said which digit it is
    panel.digit.setCurrentText("7")
    qtbot.waitUntil(panel.keep.isEnabled)
    assert panel.keep.text() == "Keep as image 3"
    image, old = as_mnist(panel.pad.sketch.ink), frame_of(window).dataset
    QTest.mouseClick(panel.keep, LEFT)
    qtbot.waitUntil(lambda: len(frame_of(window).settings.drawings) == 1)
    frame = frame_of(window)
    assert frame.outside is None
    assert panel.again.isVisible()
    assert (frame.image.index, frame.image.label, frame.image.target) == (3, 7, 1)
    np.testing.assert_array_equal(frame.image.image, image)
    assert frame.dataset.labels[3] == 7
    assert frame.predictions.target[3] == 1
    window.loop.step()
    qtbot.waitUntil(lambda: frame_of(window).iteration == 1)
    window.loop.erase(3)
    qtbot.waitUntil(lambda: not frame_of(window).settings.drawings)
    assert frame_of(window).dataset.labels[3] == old.labels[3]
    QTest.mouseClick(panel.again, LEFT)
    qtbot.waitUntil(lambda: is_shown(window, panel))
    qtbot.waitUntil(lambda: not panel.again.isVisible())
    np.testing.assert_array_equal(frame_of(window).image.image, old.image(3))


def test_a_picture_is_opened_or_refused_in_words(
    qtbot: QtBot, window: MainWindow, panel: DrawingPanel, tmp_path: Path
) -> None:
    panel.pad.grab()  # the pad has been painted
    mouse_stroke(panel.pad, (0.3, 0.3), (0.7, 0.3), (0.4, 0.8))
    path = tmp_path / "digit.png"
    assert panel.pad.grab().save(str(path))
    drawn = as_mnist(panel.pad.sketch.ink).astype(int)
    panel.open_picture(path)
    qtbot.waitUntil(lambda: panel.pad.accessibleDescription() == "1 stroke.")
    qtbot.waitUntil(lambda: is_shown(window, panel))
    assert np.abs(as_mnist(panel.pad.sketch.ink).astype(int) - drawn).mean() < 20
    path.write_text("no picture")
    panel.open_picture(path)
    qtbot.waitUntil(lambda: "not a PNG or JPEG picture" in panel.note.text())


def test_every_control_has_a_name(panel: DrawingPanel) -> None:
    for button in panel.findChildren(QAbstractButton):
        assert button.text() or button.accessibleName()
    for part in (panel.pad, panel.tools.thickness, panel.digit, panel.preview):
        assert part.accessibleName()
