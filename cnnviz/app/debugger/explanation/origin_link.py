"""Where a number leads: a sentence, and a button to what made it or what it goes into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import DebugView, Point
from cnnviz.training.run.edits import Edit

_UPDATES: Final = {t.update_of: t.name for t in TENSORS.values() if t.update_of}
"""The parameters, and the names of their next states."""
_TITLES: Final = {name: operation.title for operation in OPERATIONS for name in operation.writes}


@dataclass(frozen=True, slots=True)
class OriginLink:
    """Where a number leads.

    Attributes
    ----------
    words : str
        One sentence.
    point : Point or None
        The number that it leads to; None where it goes no further.
    iteration : int
        In which that number is.
    button : str
        What the button to it says.
    """

    words: str
    point: Point | None = None
    iteration: int = 0
    button: str = ""


def lead_of(view: DebugView, edits: Sequence[Edit]) -> OriginLink | None:
    """Return where the number that is pointed at leads; None where nothing is to say.

    Parameters
    ----------
    view : DebugView
    edits : sequence of Edit
        What was changed by hand along the line that is looked at.
    """
    point, iteration = view.point, view.iteration
    if point is None or not point.index:
        return None
    if point.tensor == "E" and not point.mean:
        loss = Point("E", point.index, mean=True)
        return OriginLink(
            "The loss is the mean of E over all images.", loss, iteration, "Go to the loss"
        )
    if point.tensor not in _UPDATES:
        return None
    by_hand = (iteration, point.tensor, point.index)
    if any((edit.iteration, edit.tensor, edit.index) == by_hand for edit in edits):
        return OriginLink(f"It was given this value by hand, at iteration {iteration:,}.")
    if iteration == 0:
        return OriginLink("The run starts with it: no update made it.")
    updated = _UPDATES[point.tensor]
    return OriginLink(
        f"The {_TITLES[updated]} of iteration {iteration - 1:,} made it.",
        Point(updated, point.index),
        iteration - 1,
        "Go to the update that made it",
    )


class OriginLinkRow(QWidget):
    """A sentence and a button; nothing where a number leads nowhere."""

    followed = Signal(object)
    """The button was pressed; carries the `OriginLink`."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lead: OriginLink | None = None
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAccessibleName("Where this number comes from")
        self.button = QPushButton()
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID // 2)
        self._row.addWidget(self.words, 1)
        self._row.addWidget(self.button)
        self.button.clicked.connect(self._follow)
        self.hide()
        self.set_style(style)

    def show_lead(self, lead: OriginLink | None) -> None:
        """Show where a number leads."""
        self._lead = lead
        self.setHidden(lead is None)
        if lead is not None:
            self.words.setText(lead.words)
            self.button.setText(lead.button)
            self.button.setHidden(lead.point is None)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the button beneath the words where there is no room beside them."""
        super().resizeEvent(event)
        self._fit()

    def set_style(self, style: Style) -> None:
        """Take colours and type."""
        self.words.setStyleSheet(f"color: {style.theme.text};")
        for part in (self.words, self.button):
            part.setFont(body_font(0.9 * style.scale))
        self.button.setStyleSheet(f"padding: 2px {GRID}px;")
        self._fit()

    def _fit(self) -> None:
        words = self.words.fontMetrics().horizontalAdvance(self.words.text()) + 2 * GRID
        used = words + (self.button.sizeHint().width() if self._lead and self._lead.point else 0)
        way = QBoxLayout.Direction
        self._row.setDirection(way.LeftToRight if used <= self.width() else way.TopToBottom)

    @Slot()
    def _follow(self) -> None:
        if self._lead is not None:
            self.followed.emit(self._lead)
