"""The controls of a sketch: undo, clear and the thickness of the next stroke."""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QSlider, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.sketch import THICKNESS, Sketch
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel


class SketchTools(QObject):
    """Controls to be laid out in a widget, in which Ctrl+Z undoes as well."""

    def __init__(self, sketch: Sketch, widget: QWidget) -> None:
        super().__init__(widget)
        self._sketch = sketch
        self.undo = tab_button("Undo", "Remove what was drawn last (Ctrl+Z)", sketch.undo)
        self.clear = tab_button("Clear", "Remove everything that is drawn", sketch.clear)
        self.keeps_undo = True
        """Whether Ctrl+Z is that of the sketch, and not that of the window."""
        widget.installEventFilter(self)
        least, _, most = THICKNESS
        self.thickness = QSlider(Qt.Orientation.Horizontal)
        self.thickness.setRange(least, most)
        self.thickness.setValue(sketch.thickness)
        self.thickness.setAccessibleName("Thickness of the next stroke")
        self.thickness.setToolTip("Thickness of the next stroke")
        self.thickness.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.thickness.setMinimumWidth(8 * GRID)
        require_focus_for_wheel(self.thickness)
        self.thickness.valueChanged.connect(sketch.set_thickness)
        self.thickness_title = QLabel("Thickness")
        sketch.thickness_changed.connect(self.thickness.setValue)
        sketch.changed.connect(self._show)
        self._show()

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        """Undo with Ctrl+Z wherever the keyboard is in the widget."""
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not self.keeps_undo:
            return False
        if not (isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo)):
            return False
        event.accept()  # it is not the window's shortcut
        if kind == QEvent.Type.KeyPress:
            self._sketch.undo()
        return True

    def set_style(self, style: Style) -> None:
        """Use a style's size."""
        self.thickness_title.setFont(style.scaled(0.9).body_font)

    @Slot()
    def _show(self) -> None:
        for button in (self.undo, self.clear):
            button.setEnabled(not self._sketch.is_empty)
