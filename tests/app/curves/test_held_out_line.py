"""Loss and accuracy on held-out images: the evaluated states, and the words about them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.curves.branch_curves import CurveNames
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.number_format import loss_text
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.curve_plots import curve, overlay, read_lines


@pytest.fixture(scope="module")
def evaluated() -> Frame:
    """A run of 43 iterations, evaluated every tenth and at the end."""
    trainer = Trainer(bundled_digits(), Settings(subset=100, rule=EXACT, learning_rate=100.0))
    trainer.held_out.switch(True, 120)
    trainer.evaluate_held_out()
    for _ in range(43):
        trainer.step()
    trainer.evaluate_held_out()
    frame = frame_of(trainer, 0)
    trainer.close()
    return frame


@pytest.fixture
def panel(make_host: Callable[[int, int], QWidget], evaluated: Frame) -> LossPanel:
    made = LossPanel(Selection(), Style(LIGHT), make_host(1000, 400))
    made.resize(900, 300)
    made.show()
    made.show_frame(evaluated)
    made.complete()
    return made


def held_out_line(plot: CurvePlot) -> pg.PlotCurveItem:
    """The dashed line in the colour of the run's own curve."""
    (line,) = (
        item
        for item in plot.getPlotItem().listDataItems()
        if isinstance(item, pg.PlotCurveItem) and item is not curve(plot)
    )
    assert line.opts["pen"].style() == Qt.PenStyle.CustomDashLine
    assert line.opts["pen"].color() == curve(plot).opts["pen"].color()
    return line


def test_the_figures_are_drawn_where_they_were_evaluated(
    panel: LossPanel, evaluated: Frame
) -> None:
    held_out, curves = evaluated.curve.held_out, panel.curves
    assert held_out.iteration.tolist() == [0, 10, 20, 30, 40, 43]
    for plot, expected in (
        (curves.loss_plot, held_out.loss),
        (curves.accuracy_plot, 100 * held_out.accuracy),
    ):
        x, y = held_out_line(plot).getData()
        np.testing.assert_array_equal(x, held_out.iteration)
        np.testing.assert_allclose(y, expected)
        assert [text for _, text, _ in overlay(plot, CurveNames).labels()] == ["╌╌ held out"]
        (column,) = (values for name, values in plot.columns() if name.endswith(": held out"))
        np.testing.assert_allclose(column[held_out.iteration], expected)
        assert np.isnan(column).sum() == 44 - 6
    curves.loss_plot.read(25)
    assert read_lines(curves.loss_plot) == [
        "iteration 25",
        f"loss {loss_text(float(evaluated.curve.loss[25]))}",
        f"held out: {loss_text(float(held_out.loss[2]))}, at 20",
    ]
    curves.loss_plot.read(43)
    assert read_lines(curves.loss_plot)[-1] == f"held out: {loss_text(float(held_out.loss[-1]))}"


def test_the_menu_asks_for_them_and_says_which_they_are(panel: LossPanel, evaluated: Frame) -> None:
    button = next(a for a in panel.add.menu().actions() if a.text() == "Held-out images")
    assert button.isChecked()
    assert "120 held-out images, images 1,677 to 1,796 of the data" in button.toolTip()
    assert "every 10 iterations and whenever training pauses or waits" in button.toolTip()
    wanted = QSignalSpy(panel.hold_out_requested)
    button.trigger()
    assert [wanted.at(i)[0] for i in range(wanted.count())] == [False]
    panel.show_frame(replace_held_out(evaluated))
    assert not button.isChecked()
    assert list(panel.curves.loss_plot.getPlotItem().listDataItems()) == [
        curve(panel.curves.loss_plot)
    ]


def test_the_name_in_a_narrow_plot_is_shorter_but_whole(panel: LossPanel, evaluated: Frame) -> None:
    panel.set_style(Style(LIGHT, 1.6))
    panel.show_frame(evaluated)
    seen = []
    for width in range(760, 500, -20):
        panel.resize(width, 420)
        QApplication.processEvents()
        names = overlay(panel.curves.loss_plot, CurveNames)
        metrics = QFontMetricsF(names._font)
        for box, words, _ in names.labels():
            assert box.width() >= metrics.horizontalAdvance(words)
            if not seen or seen[-1] != words:
                seen.append(words)
    assert seen == ["╌╌ held out", "held out"]


def replace_held_out(frame: Frame) -> Frame:
    """The same state with the evaluation off."""
    return replace(frame, held_out=None)
