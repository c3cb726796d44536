"""Curves that are read with the keyboard, and a screen reader's words for them."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.curves.branch_curves import BranchCurve
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.curves.plots import LossCurves
from cnnviz.app.curves.spoken import spoken_curves
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.number_format import loss_text, percent
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.curve_plots import crosshair_line, read_lines

LAST = 40
NONE = np.empty(0, np.int64), np.empty(0)


@pytest.fixture(scope="module")
def trained() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    for iteration in range(LAST):
        if iteration == 10:
            trainer.change(learning_rate=1.0)
        trainer.step()
    frame = frame_of(trainer, 0)
    trainer.close()
    return frame


@pytest.fixture
def curves(qtbot: QtBot, make_host: Callable[[int, int], QWidget], trained: Frame) -> LossCurves:
    host = make_host(900, 300)
    panel = LossPanel(Selection(), Style(LIGHT), host)
    panel.resize(900, 300)
    panel.show()
    panel.show_frame(trained)
    loss = panel.curves.loss_plot
    host.activateWindow()
    loss.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is loss)
    return panel.curves


def value_of(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Value)


def test_the_keys_read_the_loss_along_the_curve(curves: LossCurves, trained: Frame) -> None:
    plot, losses = curves.loss_plot, trained.curve.loss
    name = trained.branch.name
    for key, iteration in (
        (Qt.Key.Key_Left, 40),
        (Qt.Key.Key_Left, 39),
        (Qt.Key.Key_PageUp, 35),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_PageDown, 5),
        (Qt.Key.Key_End, 40),
    ):
        QTest.keyClick(plot, key)
        where = f"iteration {iteration} of 40"
        assert value_of(plot) == (
            f"loss, branch {name}, {where}: {loss_text(float(losses[iteration]))}"
        )
        assert crosshair_line(plot).value() == iteration
        assert read_lines(plot)[0] == f"iteration {iteration}"
        share = percent(float(trained.curve.accuracy[iteration]))
        assert f"accuracy {share}" in read_lines(curves.accuracy_plot)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert not crosshair_line(plot).isVisible()
    assert "from" in value_of(plot)


def test_a_change_of_the_settings_is_read_at_its_iteration(curves: LossCurves) -> None:
    plot = curves.loss_plot
    QTest.keyClick(plot, Qt.Key.Key_Home)
    for _ in range(10):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert "iteration 10 of 40, η 15 → 1: " in value_of(plot)


def test_reading_beyond_a_zoomed_range_moves_it(curves: LossCurves) -> None:
    plot = curves.loss_plot
    plot.show_span((5.0, 15.0))
    QTest.keyClick(plot, Qt.Key.Key_End)
    low, high = plot.getViewBox().viewRange()[0]
    assert high - low == pytest.approx(10)
    assert low <= LAST <= high


def test_up_and_down_change_the_branch(curves: LossCurves, trained: Frame) -> None:
    plot = curves.loss_plot
    other = BranchCurve(2, "exact, η 100", np.linspace(0.5, 0.1, 11), 3)
    plot.set_other_branches("notebook, η 15", (other,), ())
    plot.set_curve(trained.curve.loss, LAST, (), None)
    QTest.keyClick(plot, Qt.Key.Key_Home)
    QTest.keyClick(plot, Qt.Key.Key_PageDown)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert value_of(plot) == "loss, branch exact, η 100, iteration 4 of 10: 0.340"
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert value_of(plot).startswith("loss, branch notebook, η 15, iteration 4 of 40: ")


def test_the_role_is_a_picture_and_the_description_has_the_value(curves: LossCurves) -> None:
    plot = curves.loss_plot
    QTest.keyClick(plot, Qt.Key.Key_End)
    interface = QAccessible.queryAccessibleInterface(plot)
    assert interface.role() == QAccessible.Role.Graphic
    assert interface.childCount() == 0
    assert interface.text(QAccessible.Text.Name) == "Loss over the iterations"
    value = interface.text(QAccessible.Text.Value)
    assert interface.text(QAccessible.Text.Description) in (value, "")


def test_a_summary_names_the_ends_and_what_lies_beyond_them() -> None:
    values = np.array([np.nan, 0.3, 0.9, 0.2, 0.25])
    (curve,) = spoken_curves("loss", [("a", values)], NONE, loss_text, lambda _: [])
    assert curve.summary() == (
        "loss, branch a: from 0.300 at iteration 1 of 4 to 0.250 at iteration 4 of 4, "
        "lowest 0.200 at iteration 3 of 4, highest 0.900 at iteration 2 of 4"
    )
    assert curve.point(0) == "loss, branch a, iteration 0 of 4: undefined"
    (none,) = spoken_curves("loss", [("a", np.full(3, np.nan))], NONE, loss_text, lambda _: [])
    assert none.summary() == "loss, branch a: undefined"


def test_held_out_images_are_a_curve_of_their_own() -> None:
    held_out = np.array([0, 10, 20]), np.array([0.5, 0.4, 0.3])
    curves = spoken_curves("accuracy", [("a", np.zeros(25))], held_out, percent, lambda _: [])
    assert [curve.name for curve in curves] == ["accuracy, branch a", "accuracy, held out"]
    assert curves[1].point(1) == "accuracy, held out, iteration 10 of 24: 40.0 %"
