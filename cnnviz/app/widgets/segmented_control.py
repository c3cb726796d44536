"""A few choices side by side, of which one is chosen."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from cnnviz.app.look.theme import GRID, Theme, body_font

_OWN_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right})


class Choice(NamedTuple):
    """One of the choices: the text on it, and the words that explain it."""

    text: str
    explanation: str


class Segments(QWidget):
    """Buttons of which one is down. Tab reaches them, the arrow keys choose.

    A click does not take the keyboard focus, so that the window's keys keep their meaning.

    Parameters
    ----------
    name : str
        What is chosen, for assistive technology.
    choices : sequence of Choice
        The first is chosen at the start.
    theme : Theme
    """

    chosen = Signal(int)
    """Carries the index of the choice that a person made."""

    def __init__(
        self, name: str, choices: Sequence[Choice], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = 1.0
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index, choice in enumerate(choices):
            button = _Segment(choice.text)
            button.setAccessibleName(f"{name}: {choice.explanation}")
            button.setToolTip(choice.explanation)
            self._group.addButton(button, index)
            layout.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self._choose)
        self._index = 0
        self._restyle()

    @property
    def index(self) -> int:
        """Which choice is made."""
        return self._index

    def button(self, index: int) -> QPushButton:
        """Return the button of one choice."""
        button = self._group.button(index)
        if not isinstance(button, QPushButton):
            raise IndexError(index)
        return button

    def choose(self, index: int) -> None:
        """Make a choice without saying so."""
        self.button(index).setChecked(True)
        self._index = index

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._restyle()

    def set_scale(self, scale: float) -> None:
        """Take type of another size."""
        self._scale = scale
        self._restyle()

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index != self._index:
            self._index = index
            self.chosen.emit(index)

    def _restyle(self) -> None:
        theme, radius, edge = self._theme, GRID // 2, max(1, round(self._scale))
        font = body_font(0.9 * self._scale)
        layout = self.layout()
        for button in self._group.buttons():
            button.setFont(font)
            if isinstance(layout, QHBoxLayout):  # the longer the words, the wider
                wide = QFontMetricsF(font).horizontalAdvance(button.text())
                layout.setStretchFactor(button, round(wide + 2 * GRID))
        self.setStyleSheet(
            f"QPushButton {{ color: {theme.text}; background: {theme.raised}; padding: 0;"
            f" border: {edge}px solid {theme.line}; }}"
            f"QPushButton:hover {{ border-color: {theme.muted}; }}"
            f"QPushButton:checked {{ color: {theme.on_accent}; background: {theme.accent};"
            f" border-color: {theme.accent}; }}"
            f"QPushButton:focus {{ border: {2 * edge}px solid {theme.text}; }}"
            f"QPushButton#first {{ border-top-left-radius: {radius}px;"
            f" border-bottom-left-radius: {radius}px; }}"
            f"QPushButton#last {{ border-top-right-radius: {radius}px;"
            f" border-bottom-right-radius: {radius}px; }}"
        )


class _Segment(QPushButton):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def event(self, event: QEvent) -> bool:
        """Keep the keys that choose, also where they are shortcuts of the window."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            event.accept()
            return True
        return super().event(event)
