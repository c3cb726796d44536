"""The tools below the Network while a digit is drawn on its image."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.sketch import Sketch
from cnnviz.app.widgets.sketch_tools import SketchTools


class DrawingTools(QWidget):
    """Undo, clear, the selected image, the thickness of a stroke, keep and done, in one line."""

    image_requested = Signal()
    """The selected image is to be drawn over."""
    leaving_requested = Signal()
    """The mode is to be left."""
    keeping_requested = Signal()
    """The drawing is to be kept."""

    def __init__(self, sketch: Sketch, style: Style, panel: QWidget) -> None:
        super().__init__(panel)
        self._tools = tools = SketchTools(sketch, panel)
        self.undo, self.clear, self.thickness = tools.undo, tools.clear, tools.thickness
        copying = "Put the selected image on the paper, to draw over it"
        self.copy = tab_button("From image", copying, self.image_requested.emit)
        keeping = "Say which digit it is in the panel Drawing, and keep it in place of an image"
        self.keep = tab_button("Keep…", keeping, self.keeping_requested.emit)
        self.done = tab_button("Done", "Show the image again (Esc)", self.leaving_requested.emit)
        self._title = tools.thickness_title
        self._buttons = self.undo, self.clear, self.copy, self.keep, self.done
        parts = *self._buttons[:3], self._title, self.thickness, *self._buttons[3:]
        margins = GRID, 0, GRID, GRID // 2
        fill_box(QHBoxLayout(self), *parts, None, spacing=GRID // 2, margins=margins)
        self.set_style(style)

    def keep_undo(self, on: bool) -> None:
        """Let Ctrl+Z in the whole panel undo a stroke, or not."""
        self._tools.keeps_undo = on

    def set_style(self, style: Style) -> None:
        """Use a style's size."""
        self._tools.set_style(style)
        for button in self._buttons:
            button.setStyleSheet(f"padding: 0 {GRID}px;")
        self.thickness.setMaximumWidth(round(20 * GRID * style.scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the title of the thickness if it does not fit."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            self._title.show()
            self._title.setVisible(layout.minimumSize().width() <= self.width())
