"""The Debugger panel, created when it is first shown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.selection import Selection
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.debugger.panel import DebuggerPanel


class LazyDebuggerPanel(QWidget):
    """Creates the panel when it is first shown; until then, keeps what the panel is to show.

    The window appears sooner without the debugger's many parts.
    """

    made = Signal(object)
    """The panel was created; carries the `DebuggerPanel`."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._style = style
        self._frame: Frame | None = None
        self._breakpoints = frozenset[str](), frozenset[str]()
        self._panel: DebuggerPanel | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel; the first access creates it."""
        if self._panel is None:
            from cnnviz.app.debugger.panel import DebuggerPanel  # noqa: PLC0415  (slow)

            self._panel = panel = DebuggerPanel(self._selection, self._style)
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
        """Mark operations with dots, and those with a conditional breakpoint with rings."""
        self._breakpoints = names, conditional
        if self._panel is not None:
            self._panel.show_breakpoints(names, conditional)

    def set_style(self, style: Style) -> None:
        """Take colours, type and strokes."""
        self._style = style
        if self._panel is not None:
            self._panel.set_style(style)

    def showEvent(self, event: QShowEvent) -> None:
        """Create the panel if it does not exist yet."""
        super().showEvent(event)
        self.panel.show()
