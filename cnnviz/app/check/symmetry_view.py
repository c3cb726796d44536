"""The three sums that are 0 for the exact gradient, and why they are."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.check.words import SYMMETRIES_WHY, symmetry_rows
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.numerics.checking.symmetries import Symmetries


class SymmetryView(QWidget):
    """A few lines of text that can be selected."""

    def __init__(self) -> None:
        super().__init__()
        self.why = selectable_label("Why three sums are 0", SYMMETRIES_WHY)
        self.sums = selectable_label("The sums")
        self.sums.setTextFormat(Qt.TextFormat.RichText)
        fill_box(QVBoxLayout(self), self.why, self.sums, None, spacing=2 * GRID)

    def show_sums(self, found: Symmetries, limits: Symmetries) -> None:
        """Show the sums, and how far rounding may take each."""
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}&nbsp;&nbsp;&nbsp;</td>" for cell in row)
            for row in symmetry_rows(found, limits)
        )
        self.sums.setText(f"<table cellpadding='4'>{rows}</table>")
