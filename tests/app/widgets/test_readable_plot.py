"""Plots that are read with the keyboard: the position of the mark, and the words."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.widgets.plot_style import make_plot, style_plot
from cnnviz.app.widgets.readable_plot import ReadablePlot, curves_of

STEPS = np.array([1.0, 0.1, 0.01])
COLUMNS = [
    ("step", STEPS),
    ("filters", np.array([0.5, np.nan, 0.25])),
    ("dense weights", np.array([1e-3, 2e-3])),
]


@pytest.fixture
def plot(qtbot: QtBot) -> ReadablePlot:
    made = make_plot("Errors")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.setLogMode(x=True, y=False)
    style_plot(made, Style(LIGHT), "step", "error")
    made.read_from(lambda: curves_of(COLUMNS))
    made.show()
    return made


def mark(plot: ReadablePlot) -> tuple[pg.InfiniteLine, pg.TextItem]:
    added = plot.getViewBox().childGroup.childItems()
    (line,) = (item for item in added if isinstance(item, pg.InfiniteLine))
    (text,) = (item for item in added if isinstance(item, pg.TextItem))
    return line, text


def test_the_arrows_mark_points_on_every_curve(plot: ReadablePlot) -> None:
    summary = "filters: from 0.500 at step 1 to 0.250 at step 0.01. dense weights: "
    assert plot.spoken_value.startswith(summary)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    line, text = mark(plot)
    assert line.value() == pytest.approx(0)  # on a logarithmic axis
    assert text.toPlainText() == plot.spoken_value == "filters, step 1: 0.500"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.spoken_value == "filters, step 0.1: undefined"
    assert line.value() == pytest.approx(-1)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert plot.spoken_value == "dense weights, step 0.1: 0.00200"
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.spoken_value == "dense weights, step 0.1: 0.00200"  # this curve ends there
    plot.clear()
    assert line.isVisible()
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert plot.spoken_value.startswith(summary)


def test_bars_have_names_and_no_mark(plot: ReadablePlot) -> None:
    shares = np.array([-0.1, 0.2])
    plot.read_from(
        lambda: curves_of(
            [("correction", np.array(["scale", "update-order"])), ("share of loss", shares)]
        )
    )
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.spoken_value == "share of loss, correction update order: 0.200"
    assert not any(
        isinstance(i, pg.InfiniteLine) for i in plot.getViewBox().childGroup.childItems()
    )


def test_without_curves_the_keys_are_left_to_others(plot: ReadablePlot) -> None:
    plot.read_from(list, lambda: "a plane")
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.spoken_value == "a plane"


def test_of_many_curves_the_first_are_summed_up(plot: ReadablePlot) -> None:
    curves = [(f"rule {i}", np.array([0.5])) for i in range(5)]
    plot.read_from(lambda: curves_of([("iteration", np.arange(1)), *curves]))
    assert plot.spoken_value.endswith("rule 2, iteration 0: 0.500. 2 more")
