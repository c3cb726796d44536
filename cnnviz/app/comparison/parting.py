"""Two rules in lockstep: where they part, and how their gradients compare."""

from functools import partial
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.plot_menu import PlotMenu
from cnnviz.app.widgets.plot_style import make_plot, plot_text, style_plot
from cnnviz.app.widgets.selectable_label import selectable_label
from cnnviz.training.comparison.lockstep import Lockstep
from cnnviz.training.comparison.lockstep_report import HEADER, rows, sentences

_NEEDS_TWO: Final = "Compare two rules to see in which operation they part."
_CURVES: Final = {
    "cosine": "cosine of the two gradients",
    "norm_ratio": "second gradient's length / first one's",
}


class PartingView(QWidget):
    """The sentences, a table of the tensors, and two plots over the iterations."""

    export_requested = Signal(object)
    """Carries an `Export` of one of the plots."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Lockstep | None = None
        self.words = selectable_label("Where the rules part")
        self.table = QTableWidget(0, len(HEADER))
        self.table.setAccessibleName("Differences of the tensors in the iteration of parting")
        self.table.setHorizontalHeaderLabels(HEADER)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(20 * GRID)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.plots = {name: make_plot(title.capitalize()) for name, title in _CURVES.items()}
        column = QVBoxLayout()
        for name, plot in self.plots.items():
            plot.setMouseEnabled(x=False, y=False)
            plot.setMinimumWidth(28 * GRID)
            plot.setFixedHeight(22 * GRID)
            menu = PlotMenu(plot, _CURVES[name], partial(self._columns, name))
            menu.export_requested.connect(self.export_requested)
            column.addWidget(plot, 1)
        beside = QHBoxLayout()
        beside.addWidget(self.table, 1)
        beside.addLayout(column, 1)
        fill_box(QVBoxLayout(self), self.words, beside, spacing=GRID)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        for widget in (self.table, self.table.horizontalHeader()):
            widget.setFont(style.body_font)
        for name, plot in self.plots.items():
            style_plot(plot, style, "iteration", _CURVES[name])
        self._draw()

    def show_lockstep(self, found: Lockstep | None) -> None:
        """Show where two rules part; None if not two were compared."""
        self._found = found
        self._draw()

    def _columns(self, name: str) -> list[tuple[str, NDArray[np.float64]]]:
        found = self._found
        if found is None:
            return []
        filters, dense = getattr(found.filters, name), getattr(found.dense, name)
        iterations = np.arange(found.iterations, dtype=np.float64)
        return [("iteration", iterations), ("filters", filters), ("dense weights", dense)]

    def _draw(self) -> None:
        found = self._found
        self.words.setText(_NEEDS_TWO if found is None else sentences(found))
        self.table.setVisible(found is not None)
        for plot in self.plots.values():
            plot.setVisible(found is not None)
        if found is None:
            return
        cells = rows(found)
        self.table.setRowCount(len(cells))
        for row, texts in enumerate(cells):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                font = self._style.number_font if column == 2 else self._style.body_font
                font.setBold(bool(texts[-1]))
                item.setFont(font)
                self.table.setItem(row, column, item)
        for name, plot in self.plots.items():
            self._draw_plot(name, plot)

    def _draw_plot(self, name: str, plot: pg.PlotWidget) -> None:
        theme = self._style.theme
        plot.clear()
        (_, x), *curves = self._columns(name)
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
