"""The plot of the loss along the next step."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout

from cnnviz.app.landscape.along import Along, along, sentences
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.computed_panel import ComputedPanel
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curve_over
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.line import Line
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import compact, plain
from cnnviz.training.loop.frame import Frame

INTERVAL: Final = 200
"""Milliseconds between two computations while training runs."""
_NEAR_THE_END: Final = 0.85
"""Share of the axis from which the name of a line stands on its left."""
_BELOW: Final = 0.25
"""Space below the lowest loss for labels, as a share of the range."""
_HEIGHTS: Final = (-0.3, 1.3, -1.4, 2.4, -2.5, 3.5)
"""Vertical anchors of a label, the best first: beneath its point below 0, over it above 1."""
_ACROSS: Final = (1.0, 0.0, 0.8, 0.6, 0.4, 0.2, 1.4, 1.8, 2.2, 2.6, 3.0)
"""Horizontal anchors of a label, the best first: left of its point above 1."""
_SLACK: Final = 0.005
"""Share of the axis by which a label may reach out of the plot."""
_COLUMNS: Final = 50
"""Positions below a label at which it is compared with a curve."""
_SYMBOLS: Final = {"own": "o", "exact": "d"}


class AlongView(ComputedPanel[Along]):
    """Draws the loss along the next step of the rule, and along the exact gradient."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__("loss along the step", INTERVAL, tasks, "Where the next step ends")
        self._style = style
        self._found: Along | None = None
        self._kernels = BatchKernel()
        self.plot = make_plot("Loss along the next step", self.columns, "loss along the step")
        self.plot.read_from(self._spoken_curves)
        self.plot.setLogMode(x=True, y=False)
        self.curves = {name: self.plot.plot() for name in ("exact", "own")}
        self.dots = {name: pg.ScatterPlotItem(pxMode=True) for name in self.curves}
        self._here = pg.InfiniteLine(angle=0)
        self._at_rate = pg.InfiniteLine(angle=90)
        self.labels: list[pg.TextItem] = []
        """The texts in the plot."""
        self.plot.getViewBox().sigResized.connect(self._write_labels)
        for item in (self._here, self._at_rate, *self.dots.values()):
            self.plot.addItem(item)
        fill_box(QVBoxLayout(self), self.words, self.plot, stretched=self.plot, spacing=GRID)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme, width = style.theme, 2 * style.scale
        style_plot(self.plot, style, "learning rate η", "mean error")
        thin = {"width": style.scale, "style": Qt.PenStyle.DashLine}
        self._here.setPen(pg.mkPen(theme.muted, **thin))
        self._at_rate.setPen(pg.mkPen(theme.text, **thin))
        for name, colour in self._colours().items():
            dashed = Qt.PenStyle.SolidLine if name == "own" else Qt.PenStyle.DashLine
            self.curves[name].setPen(pg.mkPen(colour, width=width, style=dashed))
            self.dots[name].setSymbol(_SYMBOLS[name])
            self.dots[name].setSize(1.25 * GRID * style.scale)
            self.dots[name].setBrush(pg.mkBrush(colour))
            self.dots[name].setPen(pg.mkPen(theme.panel))
        if self._found is not None:
            self._show(self._found)

    def columns(self) -> list[tuple[str, Floats]]:
        """Return the learning rates and losses along each step."""
        return [
            column
            for name, rate, loss in self._lines()
            for column in ((f"learning rate: {name}", rate), (f"loss: {name}", loss))
        ]

    def _lines(self) -> list[tuple[str, Floats, Floats]]:
        """Return the name, the learning rates and the losses of each line."""
        found = self._found
        if found is None:
            return []
        lines = [(found.rule.title, found.current)]
        if found.exact is not found.current:
            lines.append(("exact", found.exact))
        return [(name, one.multiples * found.learning_rate, one.loss) for name, one in lines]

    def _spoken_curves(self) -> list[SpokenCurve]:
        return [
            curve_over("learning rate", rate, f"loss along the step of {name}", loss)
            for name, rate, loss in self._lines()
        ]

    def _colours(self) -> dict[str, str]:
        return {"own": self._style.theme.accent, "exact": self._style.theme.text}

    def _computation(self, frame: Frame) -> Callable[[ProgressCallback], Along]:
        return lambda on_progress: along(frame, self._kernels, on_progress)

    def _show(self, result: Along) -> None:
        self._found = result
        self.words.setText(sentences(result))
        lines, rate = _drawn(result), result.learning_rate
        for name, curve in self.curves.items():
            drawn = lines.get(name)
            if drawn is None:
                curve.setData([], [])
                self.dots[name].setData([], [])
                continue
            curve.setData(drawn.multiples * rate, drawn.loss, connect="finite")
            has_minimum = drawn.overshoot is not None
            at = [np.log10(drawn.best * rate)] if has_minimum else []
            self.dots[name].setData(at, [drawn.lowest] if has_minimum else [])
        self._here.setValue(result.current.start)
        self._at_rate.setValue(np.log10(rate))
        self._fit(tuple(lines.values()), rate)
        self._write_labels()

    def _fit(self, lines: tuple[Line, ...], rate: float) -> None:
        losses = np.concatenate([*(one.loss for one in lines), [lines[0].start]])
        low = min(float(np.nanmin(losses)), *(one.lowest for one in lines))
        high = float(np.nanmax(losses))
        span = max(high - low, 1e-3 * high)
        multiples = lines[0].multiples
        view = self.plot.getPlotItem()
        view.setXRange(*np.log10(multiples[[0, -1]] * rate), padding=0.02)
        view.setYRange(low - _BELOW * span, high + 0.1 * span, padding=0)

    @Slot()
    def _write_labels(self) -> None:
        """Write what the lines are; their names where no curve and no other label is."""
        for label in self.labels:
            self.plot.removeItem(label)
        self.labels = []
        found, view = self._found, self.plot.getPlotItem()
        if found is None:
            return
        colours, ((low, high), (_, top)) = self._colours(), view.viewRange()
        at = np.log10(found.learning_rate)
        beside = (-0.1, 0.0) if (at - low) / (high - low) < _NEAR_THE_END else (1.1, 0.0)
        self._label(f"η = {plain(found.learning_rate)}", self._style.theme.text, (at, top), beside)
        here = high, found.current.start
        self._label("loss now", self._style.theme.muted, here, (1, 1.1), (1, -0.1), (2.5, 1.1))
        names = {"own": found.rule.title, "exact": "exact gradient"}
        for name, one in _drawn(found).items():
            text = names[name]
            where = (np.log10(one.multiples[-1] * found.learning_rate), float(one.loss[-1]))
            if one.overshoot is None and one.best > 0:
                text += ": still falling"
            elif one.best > 0:
                text += f": lowest at η = {compact(one.best * found.learning_rate)}"
                where = (np.log10(one.best * found.learning_rate), one.lowest)
            if np.isfinite(where[1]):
                share = (where[0] - low) / (high - low)
                shares = share, *_ACROSS
                anchors = [(across, above) for across in shares for above in _HEIGHTS]
                self._label(text, colours[name], where, *anchors)

    def _label(
        self, text: str, colour: str, where: tuple[float, float], *anchors: tuple[float, float]
    ) -> None:
        """Write a text by the first of some anchors at which it covers nothing."""
        label = plot_text(self._style, colour, anchors[0])
        label.setText(text)
        label.fill = pg.mkBrush(None)  # a curve may be there
        label.setPos(*where)
        self.plot.addItem(label, ignoreBounds=True)
        free = (anchor for anchor in anchors if self.covers_nothing(label, anchor))
        label.setAnchor(next(free, anchors[0]))
        self.labels.append(label)

    def covers_nothing(self, label: pg.TextItem, anchor: tuple[float, float]) -> bool:
        """Return whether a label would cover no curve and no other label, and be in the plot."""
        label.setAnchor(anchor)
        view = self.plot.getViewBox()
        box = _box(view, label)
        (left, right), (bottom, top) = view.viewRange()
        if not (bottom <= box.top() and box.bottom() <= top):  # its axis points upwards
            return False
        slack = _SLACK * (right - left)
        if not (left - slack <= box.left() and box.right() <= right + slack):
            return False
        if any(box.intersects(_box(view, other)) for other in self.labels):
            return False
        crossed = box.left() <= self._at_rate.value() <= box.right()
        if crossed or box.top() <= self._here.value() <= box.bottom():
            return False
        columns = np.linspace(max(left, box.left()), min(right, box.right()), _COLUMNS)
        for _, rates, losses in self._lines():
            heights = np.interp(columns, np.log10(rates), losses)
            if np.any((heights >= box.top()) & (heights <= box.bottom())):
                return False
        return True


def _drawn(found: Along) -> dict[str, Line]:
    """Return the lines that are drawn, by the names of their curves."""
    lines = {"own": found.current}
    if found.exact is not found.current:
        lines["exact"] = found.exact
    return lines


def _box(view: pg.ViewBox, label: pg.TextItem) -> QRectF:
    """Return where a label is, in the coordinates of a view."""
    box: QRectF = view.mapSceneToView(label.sceneBoundingRect()).boundingRect()
    return box
