"""The gradient check as pictures: by the rule, by differences of the loss, and their error."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.check.weight_pictures import GAPS, WeightPictures
from cnnviz.app.check.words import tolerance_words, verdict_words
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.colour_bar import largest_magnitude, paired_ranges
from cnnviz.app.widgets.picture_grid import add_picture, name_filters
from cnnviz.app.widgets.selectable_label import selectable_label
from cnnviz.numerics.checking.gradient_check import GradientCheck
from cnnviz.numerics.number_format import round_range

_TITLES: Final = ("by this rule", "by differences of the loss", "off by")
_ROWS: Final = {"filters": "75 filter weights", "dense": "1,728 dense weights"}
_HINT: Final = "Point at a derivative to read it; a click shows it in the debugger."


class GradientView(QWidget):
    """Two rows of three pictures, with a colour bar below each."""

    cell_requested = Signal(object)
    """A derivative is to be shown in the debugger; carries a `Point`."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdicts = {name: selectable_label(f"Verdict on the {name}") for name in _ROWS}
        self.tolerance = selectable_label("Tolerance")
        self.tolerance.setProperty("muted", True)
        self.readout = selectable_label("Derivative")
        self.readout.setText(_HINT)
        self.pictures = pg.GraphicsLayoutWidget()
        self.pictures.setAccessibleName("Derivatives of all weights, computed in two ways")
        self.pictures.setMinimumSize(40 * GRID, 38 * GRID)
        self.pictures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._shown: dict[pg.ViewBox, WeightPictures] = {}
        self._checked: GradientCheck | None = None
        self.pictures.scene().sigMouseMoved.connect(self._read)
        self.pictures.scene().sigMouseClicked.connect(self._click)
        titles = QHBoxLayout()
        for title in _TITLES:
            titles.addWidget(QLabel(title, alignment=Qt.AlignmentFlag.AlignHCenter), 1)
        parts = *self.verdicts.values(), self.tolerance, titles, self.pictures, self.readout
        fill_box(QVBoxLayout(self), *parts, stretched=self.pictures, spacing=GRID // 2)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.pictures.setBackground(style.theme.panel)
        self._draw()

    def show_check(self, checked: GradientCheck) -> None:
        """Show the derivatives."""
        self._checked = checked
        self.readout.setText(_HINT)
        self._draw()

    def _draw(self) -> None:
        checked = self._checked
        if checked is None:
            return
        self.pictures.clear()
        self._shown.clear()
        theme = self._style.theme
        self.tolerance.setText(tolerance_words(checked))
        signed, sequential = theme.signed, theme.activation
        comparisons = {"filters": checked.filters, "dense": checked.dense}
        for name, comparison in comparisons.items():
            self.verdicts[name].setText(f"{_ROWS[name]}: {verdict_words(comparison)}")
        for row, pictures in enumerate(
            (
                WeightPictures.of("filters", checked.filters),
                WeightPictures.of("dense", checked.dense),
            )
        ):
            spans = paired_ranges(pictures.analytic, pictures.numerical)
            error = round_range(largest_magnitude(pictures.error))
            for column, (values, low, high, colours) in enumerate(
                (
                    (pictures.analytic, -spans[0], spans[0], signed),
                    (pictures.numerical, -spans[1], spans[1], signed),
                    (pictures.error, 0.0, error, sequential),
                )
            ):
                place = 2 * row, column
                view = add_picture(self.pictures, values, (low, high), colours, self._style, place)
                name_filters(view, self._style, pictures.size, GAPS[pictures.weights])
                self._shown[view] = pictures

    def _cell_at(self, position: QPointF) -> tuple[WeightPictures, int, int] | None:
        for view, pictures in self._shown.items():
            if view.sceneBoundingRect().contains(position):
                at = view.mapSceneToView(position)
                return pictures, int(np.floor(at.y())), int(np.floor(at.x()))
        return None

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        found = self._cell_at(position)
        words = found[0].words_at(*found[1:]) if found else ""
        self.readout.setText(words or _HINT)

    @Slot(object)
    def _click(self, event: MouseClickEvent) -> None:
        found = self._cell_at(event.scenePos())
        if found and (point := found[0].point_at(*found[1:])) is not None:
            self.cell_requested.emit(point)
