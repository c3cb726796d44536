"""The gradient check as pictures: by the rule, by differences of the loss, and their error."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.check.weight_pictures import GAPS, WeightPictures
from cnnviz.app.check.words import tolerance_words, verdict_words
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.colour_bar import largest_magnitude, paired_ranges
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.picture_grid import (
    GridCell,
    GridPicture,
    PictureGrid,
    PictureRow,
    under_titles,
)
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.numerics.checking.gradient_check import GradientCheck
from cnnviz.numerics.number_format import round_range

_TITLES: Final = ("by this rule", "by differences of the loss", "off by")
_ROWS: Final = {"filters": "75 filter weights", "dense": "1,728 dense weights"}
_HINT: Final = "Point at a derivative to read it; a click, or Enter, shows it in the debugger."


class GradientView(QWidget):
    """Two rows of three pictures, with a colour bar below each."""

    cell_requested = Signal(object)
    """A derivative is to be shown in the debugger; carries a `Point`."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.verdicts = {name: selectable_label(f"Verdict on the {name}") for name in _ROWS}
        self.tolerance = selectable_label("Tolerance", look="muted")
        self.readout = selectable_label("Derivative", _HINT)
        self.pictures = PictureGrid("Derivatives of all weights, computed in two ways")
        self.pictures.setMinimumSize(40 * GRID, 38 * GRID)
        self.pictures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.pictures.cell_read.connect(lambda words: self.readout.setText(words or _HINT))
        self.pictures.cell_chosen.connect(self._request)
        self._shown: tuple[WeightPictures, ...] = ()
        self._checked: GradientCheck | None = None
        self._is_drawn = True
        centred = Qt.AlignmentFlag.AlignHCenter
        drawn = under_titles(self.pictures, [QLabel(t, alignment=centred) for t in _TITLES])
        body = QWidget()
        column, texts = QVBoxLayout(body), (*self.verdicts.values(), self.tolerance)
        fill_box(column, *texts, drawn, spacing=GRID // 2)
        column.setStretchFactor(drawn, 1)
        area = scrolled(body)  # what is read stays in view
        fill_box(QVBoxLayout(self), area, self.readout, stretched=area, spacing=GRID // 2)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.pictures.set_style(style)
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
        self.tolerance.setText(tolerance_words(checked))
        comparisons = {"filters": checked.filters, "dense": checked.dense}
        for name, comparison in comparisons.items():
            self.verdicts[name].setText(f"{_ROWS[name]}: {verdict_words(comparison)}")
        self._shown = (
            WeightPictures.of("filters", checked.filters),
            WeightPictures.of("dense", checked.dense),
        )
        self._is_drawn = False
        self._draw_pictures()

    def _draw_pictures(self) -> None:
        """Draw the pictures, if they can be seen and are not up to date: they take 0.1 s."""
        if self.isVisible() and not self._is_drawn:
            self._is_drawn = True
            self.pictures.show_rows([_row(shown, self._style) for shown in self._shown])

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has been computed meanwhile."""
        super().showEvent(event)
        self._draw_pictures()

    @Slot(object)
    def _request(self, cell: GridCell) -> None:
        point = self._shown[cell.pictures].point_at(cell.row, cell.column)
        if point is not None:
            self.cell_requested.emit(point)


def _row(pictures: WeightPictures, style: Style) -> PictureRow:
    signed, sequential = style.theme.signed, style.theme.activation
    spans = paired_ranges(pictures.analytic, pictures.numerical)
    error = round_range(largest_magnitude(pictures.error))
    drawn = (
        GridPicture(pictures.analytic, (-spans[0], spans[0]), signed),
        GridPicture(pictures.numerical, (-spans[1], spans[1]), signed),
        GridPicture(pictures.error, (0.0, error), sequential),
    )
    return PictureRow(drawn, pictures.words_at, GAPS[pictures.weights], names_filters=True)
