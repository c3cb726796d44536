"""The loss and the accuracy of a case over its first iterations, as two plots."""

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.plot_style import make_plot, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curves_of
from cnnviz.numerics.network import Floats
from cnnviz.training.hunt.instruments import Evidence


class LossPlots(QWidget):
    """Two small plots beside each other."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._evidence: Evidence | None = None
        self.plots = {
            name: make_plot(
                f"{title} of the case over the iterations", self.columns, "loss of the case"
            )
            for name, title in (("loss", "Loss"), ("accuracy, %", "Accuracy"))
        }
        for name, plot in self.plots.items():
            plot.read_from(partial(self._curves, name))
            plot.setMinimumWidth(18 * GRID)
        self.setFixedHeight(20 * GRID)
        fill_box(QHBoxLayout(self), *self.plots.values())
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        for name, plot in self.plots.items():
            style_plot(plot, style, "iteration", name)
        self._draw()

    def show_evidence(self, evidence: Evidence) -> None:
        """Draw the losses and accuracies that a look has shown."""
        self._evidence = evidence
        self._draw()

    def columns(self) -> list[tuple[str, Floats]]:
        """Return the iterations, losses and accuracies."""
        if self._evidence is None:
            return []
        losses = np.array(self._evidence.losses)
        accuracies = 100 * np.array(self._evidence.accuracies)
        iterations = np.arange(len(losses), dtype=np.float64)
        return [("iteration", iterations), ("loss", losses), ("accuracy, %", accuracies)]

    def _curves(self, name: str) -> list[SpokenCurve]:
        return curves_of([column for column in self.columns() if column[0] in ("iteration", name)])

    def _draw(self) -> None:
        if self._evidence is None:
            return
        theme, (_, x), *curves = self._style.theme, *self.columns()
        for (_, y), plot, colour in zip(
            curves, self.plots.values(), (theme.accent, theme.text), strict=True
        ):
            plot.clear()
            plot.plot(
                x,
                y,
                pen=pg.mkPen(colour),
                symbol="o",
                symbolSize=4,
                symbolBrush=colour,
                symbolPen=None,
            )
        self.plots["loss"].setYRange(0, max(0.01, *self._evidence.losses), padding=0.05)
        self.plots["accuracy, %"].setYRange(0, 100, padding=0.05)
