"""The metrics of the steps that can be drawn beside the loss: their names and formats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.look.style import Style
from cnnviz.numerics.fast import SAMPLED
from cnnviz.numerics.number_format import compact, percent
from cnnviz.training.run.step_metrics import Metric


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """A curve that can be added."""

    metric: Metric
    title: str
    """Its entry in the menu."""
    explanation: str
    """Explains it in a sentence."""
    symbol: str
    """Its name before its values, and at the axis."""
    write: Callable[[float], str]
    """Writes a value."""
    is_share: bool = False
    """Whether it is a share, drawn in per cent; others are drawn on a logarithmic scale."""

    def make_plot(self, style: Style) -> CurvePlot:
        """Return an empty plot for it."""
        plot = CurvePlot(
            (f"{self.symbol}, %" if self.is_share else self.symbol, self.symbol),
            self.write,
            title=self.title[0].lower() + self.title[1:],
            colour=lambda theme: theme.text,
            fixed=(0, 100) if self.is_share else None,
            factor=100 if self.is_share else 1,
            labelled=False,
        )
        plot.setAccessibleName(f"{self.title} over the iterations")
        plot.setAccessibleDescription(self.explanation)
        plot.set_style(style)
        if not self.is_share:
            plot.set_log(True)
        return plot


METRIC_CURVES: Final = (
    MetricCurve(
        "filter_ratio",
        "Step / weight of the filters",
        "The length of the step that led to each state, over that of the filters before it",
        "|Δf| / |f|",
        compact,
    ),
    MetricCurve(
        "dense_ratio",
        "Step / weight of the dense weights",
        "The length of the step that led to each state, over that of the dense weights before it",
        "|Δwo| / |wo|",
        compact,
    ),
    MetricCurve(
        "filter_gradient",
        "Gradient norm of the filters",
        "The length of the rule's gradient of the filters in the step that led to each state",
        "|dF|",
        compact,
    ),
    MetricCurve(
        "dense_gradient",
        "Gradient norm of the dense weights",
        "The length of the rule's gradient of the dense weights in the step that led to each state",
        "|dW|",
        compact,
    ),
    MetricCurve(
        "saturated_share",
        "Saturated units",
        f"The share of the units that see ink whose sigmoid is saturated, {SAMPLED}",
        "saturated",
        percent,
        is_share=True,
    ),
)
