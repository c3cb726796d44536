"""Two rules in lockstep: where they part, their tensors, and how their gradients compare."""

from functools import partial
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.comparison.tensor_view import TensorPairView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.labels import selectable_label, text_label
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curves_of
from cnnviz.app.widgets.table_setup import text_table
from cnnviz.training.comparison.lockstep import Lockstep, OperationDifference, TensorsBeside
from cnnviz.training.comparison.lockstep_report import (
    HEADER,
    gradient_sentences,
    parting_sentence,
    row,
)

_NEEDS_TWO: Final = "Compare two rules to see in which operation they part."
_KIND: Final = "tensors beside each other"
_NUMBER: Final = 2
"""The column of numbers."""
_CURVES: Final = {
    "cosine": "cosine of gradients",
    "norm_ratio": "length, second / first",
}


class PartingView(QWidget):
    """The sentences, the tensors of an iteration beside each other, and two plots.

    At first it shows the tensor at which the rules part; a row of the table chooses another one.
    """

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._tasks = tasks
        self._found: Lockstep | None = None
        self._image = 0
        self._tensor = ""
        self._differences: tuple[OperationDifference, ...] = ()
        self.words = selectable_label("Where the rules part")
        self.compared = selectable_label("How the gradients compare")
        self.iteration = IntegerBox(
            "Iteration of the table and the pictures",
            "Which iteration the table and the pictures below compare",
            (0, 99),
            prefix="Iteration ",
        )
        hint = "Choose a tensor in the table below; the image is the selected one."
        self.hint = text_label(hint, look="muted")
        self.tensors = TensorPairView(style)
        self.table = text_table("Differences of the tensors in this iteration", HEADER)
        self.table.setProperty("spaced", True)
        self.table.setMinimumHeight(44 * GRID)
        self.plots = {
            name: make_plot(title.capitalize(), partial(self.columns, name), title)
            for name, title in _CURVES.items()
        }
        self._lay_out()
        self.iteration.valueChanged.connect(self._compute)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.set_style(style)

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        for name, plot in self.plots.items():
            plot.setMinimumWidth(28 * GRID)
            plot.setFixedHeight(22 * GRID)
            plot.read_from(partial(self._spoken_curves, name))
            column.addWidget(plot, 1)
        beside, at = QHBoxLayout(), QHBoxLayout()
        beside.addWidget(self.table, 1)
        beside.addLayout(column, 1)
        fill_box(at, self.iteration, self.hint, stretched=self.hint)
        parts = self.words, at, self.tensors, beside, self.compared, None
        fill_box(QVBoxLayout(self), *parts, spacing=GRID)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.tensors.set_style(style)
        for name, plot in self.plots.items():
            style_plot(plot, style, "iteration", _CURVES[name])
        self._draw()

    def show_lockstep(self, found: Lockstep | None) -> None:
        """Show where two rules part; None if not two were compared."""
        self._found = found
        if found is not None:
            parting = found.parting
            self._tensor = parting.first.tensor if parting else "delta"
            self.iteration.setRange(0, found.iterations - 1)
            self.iteration.setValue(parting.iteration if parting else 0)
            self._show_differences(parting.differences if parting else ())
        self._draw()
        self._compute()

    def show_image(self, image: int) -> None:
        """Show the tensors of another image, or of the last one that was trained on."""
        if image != self._image:
            self._image = image
            self._compute()

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._differences):
            tensor = self._differences[index.row()].tensor
            if tensor != self._tensor:
                self._tensor = tensor
                self._compute()

    @Slot()
    def _compute(self) -> None:
        """Compute the tensors of the chosen iteration again."""
        found, tensor = self._found, self._tensor
        if found is None:
            return
        iteration, image = self.iteration.value(), min(self._image, found.images - 1)
        self._tasks.start(
            _KIND,
            lambda _report: found.beside(iteration, tensor, image),
            self._show_tensors,
            on_error=self.tensors.show_error,
        )

    def _show_tensors(self, beside: TensorsBeside) -> None:
        if self._found is not None:
            self._show_differences(beside.differences)
            self.tensors.show_tensors(beside, self._found.rules)

    def _show_differences(self, differences: tuple[OperationDifference, ...]) -> None:
        self._differences = differences
        self._fill_table()

    def columns(self, name: str) -> list[tuple[str, NDArray[np.float64]]]:
        """Return the values of the plot of this name, by iteration."""
        found = self._found
        if found is None:
            return []
        filters, dense = getattr(found.filters, name), getattr(found.dense, name)
        iterations = np.arange(found.iterations, dtype=np.float64)
        return [("iteration", iterations), ("filters", filters), ("dense weights", dense)]

    def _spoken_curves(self, name: str) -> list[SpokenCurve]:
        """Return the two curves of a plot, as "filters: cosine of gradients"."""
        columns = self.columns(name)
        named = [(f"{title}: {_CURVES[name]}", values) for title, values in columns[1:]]
        return curves_of([*columns[:1], *named])

    def _draw(self) -> None:
        found = self._found
        self.words.setText(_NEEDS_TWO if found is None else parting_sentence(found))
        self.compared.setText("" if found is None else gradient_sentences(found))
        parts: tuple[QWidget, ...] = self.iteration, self.hint, self.tensors, self.table
        for part in parts:
            part.setVisible(found is not None)
        for plot in self.plots.values():
            plot.setVisible(found is not None)
        if found is None:
            return
        self._fill_table()
        for name, plot in self.plots.items():
            self._draw_plot(name, plot)

    def _fill_table(self) -> None:
        found = self._found
        if found is None:
            return
        self.table.setRowCount(len(self._differences))
        for number, one in enumerate(self._differences):
            texts = row(one, found, self.iteration.value())
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                font = self._style.number_font if column == _NUMBER else self._style.body_font
                font.setBold(bool(texts[-1]))
                item.setFont(font)
                self.table.setItem(number, column, item)
            if one.tensor == self._tensor and self.table.currentRow() != number:
                self.table.setCurrentCell(number, 0)

    def _draw_plot(self, name: str, plot: pg.PlotWidget) -> None:
        theme = self._style.theme
        plot.clear()
        (_, x), *curves = self.columns(name)
        dashes = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine
        for (title, y), colour, dash in zip(
            curves, (theme.accent, theme.text), dashes, strict=True
        ):
            finite = np.where(np.isfinite(y), y, np.nan)
            plot.plot(x, finite, pen=pg.mkPen(colour, style=dash), connect="finite")
            if np.isfinite(y).any():
                last = int(np.flatnonzero(np.isfinite(y))[-1])
                label = plot_text(self._style, colour, (0, title == "filters"))
                label.setText(title)
                label.setPos(x[last], y[last])
                plot.addItem(label, ignoreBounds=True)
        plot.setXRange(0, 1.4 * max(1, len(x)), padding=0)
