"""The card of the first screen: four things worth doing."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPushButton, QWidget

from cnnviz.app.guide.card import Card
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label

DOORS: Final = (
    ("watch", "Watch it learn", "The exact gradient, at a rate at which it learns, running."),
    ("notebook", "What is wrong with the notebook?", "Find the five faults of its backward pass."),
    ("step", "Step through one iteration", "Operation by operation, every number explained."),
    ("lessons", "Lessons", "Predict, then see: ten lessons of ten minutes at most."),
)
"""Name, text on the button, and one line of explanation."""
_WITH_LINES: Final = 56 * GRID
"""Width from which the lines of explanation are shown, at the normal scale."""
SESSION: Final = "session"
"""The name of the door to the last session."""


class WelcomeCard(Card):
    """Offers the four doors."""

    opened = Signal(str)
    """Carries the name of the door that was chosen."""

    def __init__(self, style: Style, panel: QWidget) -> None:
        super().__init__(
            "A network of 1,803 weights, every number in sight. Begin with:", style, panel
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        self.doors: dict[str, QPushButton] = {}
        self._grid = grid
        self._lines: list[QLabel] = []
        for name, text, line in DOORS:
            self._add_door(name, text, line)
        grid.setColumnStretch(1, 1)
        self.again = QCheckBox("Show this at the next start")
        self.again.setChecked(True)
        self.again.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addLayout(grid)
        self.body.addWidget(self.again)
        self.setTabOrder(self.again, self.close_button)

    def offer_session(self, line: str) -> None:
        """Offer to continue the last session, which a line describes."""
        if SESSION not in self.doors:
            self._add_door(SESSION, "Continue where you were", line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the lines of explanation into the tool tips if they do not fit."""
        super().resizeEvent(event)
        for line in self._lines:
            wide = self.width() >= _WITH_LINES * self._scale
            line.setVisible(wide and not self.is_left_out(line))

    def _add_door(self, name: str, text: str, line: str) -> None:
        row = len(self.doors)
        button = tab_button(text, line, lambda: self._open(name))
        button.setAccessibleDescription(line)
        explanation = text_label(line, look="muted")
        self._lines.append(explanation)
        self.dispensable.insert(0, explanation)
        self._grid.addWidget(button, row, 0)
        self._grid.addWidget(explanation, row, 1)
        self.doors[name] = button

    def _open(self, name: str) -> None:
        self.hide()
        self.opened.emit(name)
