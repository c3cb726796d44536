"""Curves of several rules over each other, with their names at the ends."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QPen

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, Theme
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.comparison.result import RuleComparison, RuleRun

_MOST_NAMED: Final = 8
"""Curves that are all named; of more, the notebook's, the exact and the chosen one are."""
_APART: Final = 1.4
"""Heights of a line between two names."""
_DASHES: Final = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
)


class RuleCurves(QObject):
    """One plot of a quantity over the iterations.

    `quantity` is the attribute of a `RuleRun` that is drawn: "loss" or "accuracy".
    """

    def __init__(self, quantity: str, style: Style, parent: QObject) -> None:
        super().__init__(parent)
        self._quantity, self._style = quantity, style
        self._factor = 100.0 if quantity == "accuracy" else 1.0
        self._comparison: RuleComparison | None = None
        self._chosen: Rule | None = None
        name = f"{quantity.capitalize()} of the rules over the iterations"
        self.plot = make_plot(name, self.columns, f"{quantity} of rules")
        self.plot.setMinimumSize(30 * GRID, 18 * GRID)
        self.plot.getViewBox().sigResized.connect(self._fit)
        self._names: list[pg.TextItem] = []
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        up = "accuracy, %" if self._quantity == "accuracy" else "mean error (loss)"
        style_plot(self.plot, style, "iteration", up)
        self._draw()

    def show_comparison(self, comparison: RuleComparison, chosen: Rule | None) -> None:
        """Draw the rules; the chosen one stands out."""
        self._comparison, self._chosen = comparison, chosen
        self._draw()

    def columns(self) -> list[tuple[str, NDArray[np.float64]]]:
        """Return the iterations and the values of each rule."""
        if self._comparison is None:
            return []
        iterations = np.arange(self._comparison.iterations, dtype=np.float64)
        curves = [(run.rule.title, self._values(run)) for run in self._comparison.runs]
        return [("iteration", iterations), *((f"{self._quantity}: {n}", v) for n, v in curves)]

    def _values(self, run: RuleRun) -> NDArray[np.float64]:
        values: NDArray[np.float64] = getattr(run, self._quantity) * self._factor
        return values

    def _draw(self) -> None:
        self.plot.clear()
        comparison = self._comparison
        if comparison is None:
            return
        for at, run in enumerate(comparison.runs):
            curve = self.plot.plot(self._values(run), pen=self._pen(run.rule, at))
            curve.setZValue(self._is_named(run.rule))
        if self._quantity == "accuracy":
            self.plot.setYRange(0, 100, padding=0.03)
        else:
            highest = max(float(np.nanmax(run.loss)) for run in comparison.runs)
            self.plot.setYRange(0, highest, padding=0.05)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Leave as much space as the names need at the right, and write them."""
        if (comparison := self._comparison) is None:
            return
        longest = max(len(run.loss) for run in comparison.runs)
        widest = self._width_of_names()
        space = widest / max(1.0, self.plot.getViewBox().width() - widest)
        self.plot.setXRange(0, longest * (1 + min(1.5, space)), padding=0)
        self._name_ends()

    def _is_named(self, rule: Rule) -> bool:
        comparison = self._comparison
        few = comparison is not None and len(comparison.runs) <= _MOST_NAMED
        return few or rule in (NOTEBOOK, EXACT, self._chosen)

    def _pen(self, rule: Rule, at: int) -> QPen:
        theme, scale = self._style.theme, self._style.scale
        named = self._is_named(rule)
        width = (2.5 if rule == self._chosen else 1.5 if named else 0.7) * scale
        pen: QPen = pg.mkPen(
            _colour(rule, at, theme) if named else theme.line,
            width=width,
            style=_DASHES[at % len(_DASHES)] if named else Qt.PenStyle.SolidLine,
        )
        return pen

    def _width_of_names(self) -> float:
        if self._comparison is None:
            return 0.0
        metrics = QFontMetricsF(self._style.scaled(0.9).body_font)
        names = (short_title(run.rule) for run in self._comparison.runs if self._is_named(run.rule))
        return max(metrics.horizontalAdvance(name) for name in names) + 2 * GRID

    def _name_ends(self) -> None:
        """Write names at the ends, one below the other if they would touch."""
        for name in self._names:
            self.plot.removeItem(name)
        self._names = []
        comparison, view = self._comparison, self.plot.getViewBox()
        if comparison is None or view.height() <= 0:
            return
        low, high = view.viewRange()[1]
        line = QFontMetricsF(self._style.scaled(0.9).body_font).height()
        step = _APART * line / view.height() * (high - low)
        ends = [
            (float(self._values(run)[-1]), len(run.loss) - 1, run.rule, at)
            for at, run in enumerate(comparison.runs)
            if self._is_named(run.rule)
        ]
        ends.sort(key=lambda end: -end[0])
        heights = spread([end[0] for end in ends], step, low, high)
        for height, (_, x, rule, at) in zip(heights, ends, strict=True):
            colour = _colour(rule, at, self._style.theme)
            name = plot_text(self._style, colour, (0, 0.5))
            name.setText(short_title(rule))
            name.setPos(x, height)
            self.plot.addItem(name, ignoreBounds=True)
            self._names.append(name)


def short_title(rule: Rule) -> str:
    """Return a rule's name at its curve: "notebook", "exact", or the corrections alone."""
    return rule.title.replace("notebook + ", "+ ").replace("-", " ")


def spread(heights: list[float], step: float, low: float, high: float) -> list[float]:
    """Return heights, given from the top, moved so that any two are at least `step` apart.

    They stay between `low` and `high` as long as all of them fit.
    """
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - step) if placed else min(height, high - step / 2))
    bottom = low + step / 2
    for at in reversed(range(len(placed))):
        if placed[at] >= bottom:
            break
        placed[at] = bottom
        bottom += step
    return placed


def _colour(rule: Rule, at: int, theme: Theme) -> str:
    if rule == EXACT:
        return theme.accent
    return theme.text if rule == NOTEBOOK else theme.branches[at % len(theme.branches)]
