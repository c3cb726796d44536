"""The worth of each of the five corrections: Shapley shares as bars, and a path."""

from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curves_of
from cnnviz.numerics.number_format import fixed, percent
from cnnviz.numerics.rule import SWITCHES
from cnnviz.numerics.variants import Switch
from cnnviz.training.comparison.report import sentences
from cnnviz.training.comparison.result import RuleComparison

_NEEDS_ALL: Final = (
    "What a correction is worth depends on which others are there. Press “What is each of the five "
    "worth?” to train all 32 rules."
)


class WorthView(QWidget):
    """Two plots of bars, and the path in words."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._comparison: RuleComparison | None = None
        self.bars = {
            name: make_plot(f"Shares of {name}", partial(self.columns, name), f"shares of {name}")
            for name in ("loss", "accuracy")
        }
        self.words = selectable_label("What each correction is worth")
        self.path = selectable_label("A path from notebook to exact")
        plots = QHBoxLayout()
        for name, plot in self.bars.items():
            plot.setMinimumWidth(28 * GRID)
            plot.setFixedHeight(27 * GRID)
            plot.read_from(partial(self._spoken_curves, name))
            plots.addWidget(plot, 1)
        fill_box(QVBoxLayout(self), plots, self.words, self.path, None, spacing=GRID)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        style_plot(self.bars["loss"], style, "change of the final loss", "")
        across = "change of the accuracy, points"
        style_plot(self.bars["accuracy"], style, across, "")
        self._draw()

    def show_comparison(self, comparison: RuleComparison) -> None:
        """Show the shares, if all 32 rules are there."""
        self._comparison = comparison
        self._draw()

    def _draw(self) -> None:
        comparison = self._comparison
        has_all = comparison is not None and comparison.has_all
        for plot in self.bars.values():
            plot.setVisible(has_all)
        self.path.setVisible(has_all)
        if comparison is None or not has_all:
            self.words.setText(_NEEDS_ALL)
            return
        self.words.setText(sentences(comparison))
        self.path.setText(path_words(comparison))
        for name, plot in self.bars.items():
            self._draw_bars(name, plot)

    def _shares(self, name: str) -> dict[Switch, float]:
        """Return the shares in the unit of the axis."""
        if self._comparison is None:
            return {}
        if name == "loss":
            return self._comparison.loss_shares
        return {s: 100 * share for s, share in self._comparison.accuracy_shares.items()}

    def columns(self, name: str) -> list[tuple[str, NDArray[np.generic]]]:
        """Return each correction and its share of the loss or of the accuracy."""
        shares = self._shares(name)
        return [
            ("correction", np.array(list(shares))),
            (f"share of {name}", np.array(list(shares.values()))),
        ]

    def _spoken_curves(self, name: str) -> list[SpokenCurve]:
        return curves_of(self.columns(name))

    def _draw_bars(self, name: str, plot: pg.PlotWidget) -> None:
        theme, shares = self._style.theme, self._shares(name)
        plot.clear()
        helps = -1 if name == "loss" else 1
        heights = np.arange(len(SWITCHES))[::-1]
        values = np.array([shares[switch] for switch in SWITCHES])
        brushes = [theme.accent if helps * value >= 0 else theme.wrong for value in values]
        bars = pg.BarGraphItem(x0=0, y=heights, width=values, height=0.6, brushes=brushes, pen=None)
        plot.addItem(bars)
        plot.addItem(pg.InfiniteLine(0, angle=90, pen=pg.mkPen(theme.muted)))
        largest = max(float(np.abs(values).max()), 1e-9)
        for height, switch, value in zip(heights, SWITCHES, values, strict=True):
            number = fixed(float(value), 4) if name == "loss" else fixed(float(value), 1)
            label = plot_text(self._style, theme.text, (0 if value >= 0 else 1, 0.5))
            label.setText(f" {number} ")
            label.setPos(float(value), float(height))
            plot.addItem(label, ignoreBounds=True)
            title = plot_text(self._style, theme.text, (1 if value >= 0 else 0, 0.5))
            title.setText(f" {switch.replace('-', ' ')} ")
            title.setPos(0, float(height))
            plot.addItem(title, ignoreBounds=True)
        plot.getAxis("left").setStyle(showValues=False, tickLength=0)
        plot.setYRange(-0.6, len(SWITCHES) - 0.4, padding=0)
        plot.setXRange(-1.6 * largest, 1.6 * largest, padding=0)


def path_words(comparison: RuleComparison) -> str:
    """Write the path from notebook to exact on which each correction helps most."""
    runs = comparison.path
    steps = [f"notebook: loss {fixed(runs[0].final_loss, 4)}, {percent(runs[0].final_accuracy)}"]
    for before, after in pairwise(runs):
        (added,) = set(after.rule.corrected) - set(before.rule.corrected)
        numbers = f"loss {fixed(after.final_loss, 4)}, {percent(after.final_accuracy)}"
        steps.append(f"+ {added.replace('-', ' ')}: {numbers}")
    return "From notebook to exact, each time by the correction that lowers the loss most:\n" + (
        "\n".join(steps)
    )
