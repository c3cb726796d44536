"""A segmented control: a few choices side by side, one of them chosen."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID


class Segment(NamedTuple):
    """One choice: the text on its button, and its explanation."""

    text: str
    explanation: str


class SegmentedControl(QWidget):
    """Buttons of which exactly one is checked. Tab reaches them, the arrow keys choose.

    A click does not take the keyboard focus, so that the window's keys keep their meaning.

    Assistive technology calls it by its `name`. The first of the `segments` is chosen at the start.
    """

    chosen = Signal(int)
    """Carries the index of the segment that the user chose."""

    def __init__(
        self, name: str, segments: Sequence[Segment], style: Style, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index, segment in enumerate(segments):
            button = _Button(segment.text)
            button.setAccessibleName(f"{name}: {segment.text}")  # a tooltip is its description
            button.setToolTip(segment.explanation)
            self._group.addButton(button, index)
            layout.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self._choose)
        self._index = 0
        self.set_style(style)

    @property
    def index(self) -> int:
        """Index of the chosen segment."""
        return self._index

    def sizeHint(self) -> QSize:
        """Return a size with space beside the words."""
        buttons = self._group.buttons()
        widths = [b.fontMetrics().horizontalAdvance(b.text()) + 1.5 * GRID for b in buttons]
        return super().sizeHint().expandedTo(QSize(round(sum(widths)), 0))

    def button(self, index: int) -> QPushButton:
        """Return the button of a segment."""
        button = self._group.button(index)
        if not isinstance(button, QPushButton):
            raise IndexError(index)
        return button

    def choose(self, index: int) -> None:
        """Choose a segment without emitting `chosen`; Tab leads to it afterwards."""
        chosen = self.button(index)
        chosen.setChecked(True)
        self._index = index
        if chosen.focusPolicy() == Qt.FocusPolicy.NoFocus:  # Qt left Tab to the last focused one
            for button in self._group.buttons():
                tab, no = Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.NoFocus
                button.setFocusPolicy(tab if button is chosen else no)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme, radius, edge = style.theme, GRID // 2, max(1, round(style.scale))
        font = style.scaled(0.9).body_font
        layout = self.layout()
        for button in self._group.buttons():
            button.setFont(font)
            if isinstance(layout, QHBoxLayout):  # the longer the words, the wider
                wide = QFontMetricsF(font).horizontalAdvance(button.text())
                layout.setStretchFactor(button, round(wide + 2 * GRID))
        set_sheet(
            self,
            f"QPushButton {{ color: {theme.text}; background: {theme.raised}; padding: 0;"
            f" border: {edge}px solid {theme.line}; }}"
            f"QPushButton:hover {{ border-color: {theme.muted}; }}"
            f"QPushButton:checked {{ color: {theme.on_accent}; background: {theme.accent};"
            f" border-color: {theme.accent}; }}"
            f"QPushButton:focus {{ border: {2 * edge}px solid {theme.text}; }}"
            f"QPushButton#first {{ border-top-left-radius: {radius}px;"
            f" border-bottom-left-radius: {radius}px; }}"
            f"QPushButton#last {{ border-top-right-radius: {radius}px;"
            f" border-bottom-right-radius: {radius}px; }}",
        )

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index != self._index:
            self._index = index
            self.chosen.emit(index)


class _Button(QPushButton):
    own_keys = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right})

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)  # a radio button for a screen reader; the group does the rest
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
