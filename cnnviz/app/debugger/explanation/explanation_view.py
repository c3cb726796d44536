"""How one number came about: the explanation as text, and every image's share beneath it."""

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.debugger.explanation.contribution_strip import ContributionStrip
from cnnviz.app.debugger.explanation.explanation_text import ExplainedCell, ExplanationText
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box

_CONTRIBUTIONS: Final = 1 / 3
"""The largest share of the height that the contributions take."""


class ExplanationView(QWidget):
    """The view This cell."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.text = ExplanationText(style)
        self.contributions = ContributionStrip(style)
        parts = self.text, self.contributions
        fill_box(QVBoxLayout(self), *parts, stretched=self.text, spacing=GRID // 2)
        self.setFocusProxy(self.text)

    def show_cell(self, cell: ExplainedCell) -> None:
        """Show how a number came about."""
        self.text.show_cell(cell)
        self.contributions.show_contributions(cell.explanation, cell.dataset, cell.image)

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        self.text.set_style(style)
        self.contributions.set_style(style)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the text most of the height."""
        super().resizeEvent(event)
        self.contributions.set_most_height(_CONTRIBUTIONS * self.height())
