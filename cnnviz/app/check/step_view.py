"""Why the gradient check takes the step it does: the error of differences by their step."""

from math import log10
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.numerics.checking.gradient_check import STEP, GradientCheck
from cnnviz.numerics.checking.step_curve import STEPS, StepCurve
from cnnviz.numerics.number_format import compact, percent

_ACROSS: Final = "step: how far any C and ẑ moves at most"
_UP: Final = "largest error of a difference of the loss"
_WORDS: Final = (
    "A difference of the loss over a step is not exactly its derivative. With long steps, the "
    "error comes from the curvature of the loss: a tenth of the step makes it a hundredth. With "
    "short steps, it comes from rounding: a tenth of the step makes it ten times as large. The "
    "check takes a step in between."
)


class StepView(QWidget):
    """The two curves, the chosen step, and the error of the rule that was checked."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.words = selectable_label("Errors of differences of the loss")
        self._words = _WORDS
        self.words.setText(self._words)
        self.plot = make_plot(
            "Error of differences of the loss by their step", self.columns, "step"
        )
        self.plot.setLogMode(x=True, y=True)
        self.plot.setMinimumSize(40 * GRID, 25 * GRID)
        self._curve: StepCurve | None = None
        self._checked: GradientCheck | None = None
        fill_box(QVBoxLayout(self), self.words, self.plot, stretched=self.plot, spacing=GRID // 2)
        self.set_style(style)

    @property
    def curve(self) -> StepCurve | None:
        """The curve that is shown."""
        return self._curve

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        style_plot(self.plot, style, _ACROSS, _UP)
        self._draw()

    def show_curve(
        self, curve: StepCurve | None, checked: GradientCheck, images: int, of: int
    ) -> None:
        """Show the errors, and that of the rule; None takes the curves away.

        They are computed on `images` of the `of` images.
        """
        image_words = (
            f"all {of:,} images" if images == of else f"the first {images:,} of {of:,} images"
        )
        self._words = f"{_WORDS} The curves are those of {image_words}."
        self._curve, self._checked = curve, checked
        self.words.setText(self._words)
        self._draw()

    def show_progress(self, share: float) -> None:
        """Show how much of the curves is computed."""
        self.words.setText(f"{self._words} Computing: {percent(round(share, 2), 0)} …")

    def show_error(self, sentence: str) -> None:
        """Show why there are no curves."""
        self.words.setText(sentence)

    def columns(self) -> list[tuple[str, NDArray[np.float64]]]:
        """Return the step sizes and the largest error at each."""
        if self._curve is None:
            return []
        return [
            ("step", np.array(STEPS)),
            ("largest error, filters", self._curve.filters),
            ("largest error, dense weights", self._curve.dense),
        ]

    def _draw(self) -> None:
        self.plot.clear()
        curve, checked, style = self._curve, self._checked, self._style
        if curve is None or checked is None:
            return
        theme = style.theme
        x = np.log10(STEPS)
        curves = (
            (curve.filters, "filters", checked.filters, theme.branches[3], Qt.PenStyle.SolidLine),
            (curve.dense, "dense weights", checked.dense, theme.text, Qt.PenStyle.DashLine),
        )
        lowest = min(float(c.min()) for c, *_ in curves)
        highest = max(float(c.max()) for c, *_ in curves)
        for errors, name, comparison, colour, dash in curves:
            pen = pg.mkPen(colour, width=1.5 * style.scale, style=dash)
            self.plot.plot(STEPS, errors, pen=pen)
            self._write(name, colour, (x[-1], log10(errors[-1])), (1, 0.5))
            if not comparison.agrees:
                worst = float(comparison.error.max())
                highest = max(highest, worst)
                words = f"{name}: this rule is off by {compact(worst)}"
                self._draw_rule_error(worst, words, above=errors is curve.filters)
        low, high = log10(lowest), log10(highest)
        self._draw_chosen(low + 0.75 * (high - low))
        truncation = max(float(curve.filters[1]), float(curve.dense[1]))  # above both curves
        self._write("truncation", theme.muted, (x[1], log10(truncation)), (1, 1))
        self._write("rounding", theme.muted, (x[-6], log10(curve.dense[-6])), (1, 0))
        self.plot.setXRange(x[-1] - 2.2, x[0] + 0.3, padding=0)
        self.plot.setYRange(low - 0.7, high + 1.2, padding=0)

    def _draw_chosen(self, height: float) -> None:
        theme = self._style.theme
        line = pg.InfiniteLine(log10(STEP), angle=90, pen=pg.mkPen(theme.accent))
        self.plot.addItem(line, ignoreBounds=True)
        self._write(f"chosen: {compact(STEP)}", theme.accent, (log10(STEP), height), (0, 0.5))

    def _draw_rule_error(self, error: float, words: str, *, above: bool) -> None:
        theme = self._style.theme
        pen = pg.mkPen(theme.wrong, style=Qt.PenStyle.DotLine)
        self.plot.addItem(pg.InfiniteLine(log10(error), angle=0, pen=pen), ignoreBounds=True)
        self._write(f"✗ {words}", theme.wrong, (log10(STEPS[0]) + 0.2, log10(error)), (1, above))

    def _write(
        self, text: str, colour: str, at: tuple[float, float], anchor: tuple[float, float]
    ) -> None:
        words = plot_text(self._style, colour, anchor)
        words.setText(text)
        words.setPos(*at)
        words.setZValue(1)  # above the lines
        self.plot.addItem(words, ignoreBounds=True)
