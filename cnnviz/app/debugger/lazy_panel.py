"""Where the Debugger panel is, which is made when it is first wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.look.theme import Theme
from cnnviz.app.selection import Selection
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.debugger.panel import DebuggerPanel


class DebuggerPlace(QWidget):
    """Holds the panel, and until it is there, what it is to show.

    The window opens without the debugger, and is on screen sooner without its many parts.

    Parameters
    ----------
    selection : Selection
    theme : Theme
    """

    made = Signal(object)
    """The `DebuggerPanel` is there now: carries it."""

    def __init__(self, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._theme, self._scale = theme, 1.0
        self._frame: Frame | None = None
        self._breakpoints = frozenset[str](), frozenset[str]()
        self._panel: DebuggerPanel | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel, which is made when it is first asked for."""
        if self._panel is None:
            from cnnviz.app.debugger.panel import DebuggerPanel  # noqa: PLC0415  (slow)

            self._panel = panel = DebuggerPanel(self._selection, self._theme)
            panel.set_scale(self._scale)
            panel.show_breakpoints(*self._breakpoints)
            if self._frame is not None:
                panel.show_frame(self._frame)
            self._layout.addWidget(panel)
            self.made.emit(panel)
        return self._panel

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self._frame = frame
        if self._panel is not None:
            self._panel.show_frame(frame)

    def show_breakpoints(self, names: frozenset[str], conditional: frozenset[str]) -> None:
        """Put dots beside operations, and rings where a breakpoint asks for more."""
        self._breakpoints = names, conditional
        if self._panel is not None:
            self._panel.show_breakpoints(names, conditional)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        if self._panel is not None:
            self._panel.set_theme(theme)

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size; 1 is the normal one."""
        self._scale = scale
        if self._panel is not None:
            self._panel.set_scale(scale)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the panel, where it is not there yet."""
        super().showEvent(event)
        self.panel.show()
