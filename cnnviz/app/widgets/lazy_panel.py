"""A panel that is created when it is first seen."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.widgets.view import View
from cnnviz.training.loop.frame import Frame

_NO_MARGINS: Final = 0, 0, 0, 0


class LazyPanel(QWidget):
    """Creates a panel when it is first seen; until then, keeps the newest frame for it.

    The window, or a workspace, appears sooner without the parts of panels that are hidden at first,
    or behind another tab.

    `make` returns the panel, a widget, whose module should be imported there.
    """

    made = Signal(object)
    """The panel was created; carries it."""

    def __init__(self, make: Callable[[Style], Any], style: Style) -> None:
        super().__init__()
        self._make, self._style = make, style
        self._frame: Frame | None = None
        self._made: View | None = None
        # Only once the docks have been laid out is known which ones are behind others.
        self._creation = QTimer(self, singleShot=True, interval=0)
        self._creation.timeout.connect(self._create_if_seen)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(*_NO_MARGINS)

    @property
    def is_made(self) -> bool:
        """Whether the panel exists."""
        return self._made is not None

    @property
    def panel(self) -> Any:  # noqa: ANN401
        """The panel; the first access creates it."""
        if self._made is None:
            self._creation.stop()
            panel = self._make(self._style)
            self._made = panel
            if self._frame is not None:
                panel.show_frame(self._frame)
            self._layout.addWidget(panel)
            policy = panel.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            panel.setSizePolicy(policy)
            self.made.emit(panel)
        return self._made

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self._frame = frame
        if self._made is not None:
            self._made.show_frame(frame)

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        self._style = style
        if self._made is not None:
            self._made.set_style(style)

    @Slot(bool)
    def set_in_front(self, in_front: bool) -> None:
        """Stop updating the panel behind another tab, where Qt reports it as visible.

        The window gets the keyboard if it was in the panel: Qt would give it to a button of the
        toolbar, which Space then presses.
        """
        if self._made is not None:
            focused = QApplication.focusWidget()
            if not in_front and focused is not None and self.isAncestorOf(focused):
                self.window().setFocus()
            self.panel.setVisible(in_front)
        elif in_front:
            self._creation.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Create the panel soon, if it does not exist yet and can be seen then."""
        super().showEvent(event)
        if self._made is None:
            self._creation.start()
        else:
            self.panel.show()

    @Slot()
    def _create_if_seen(self) -> None:
        if self.isVisible() and not self.visibleRegion().isEmpty():
            self.panel.show()
