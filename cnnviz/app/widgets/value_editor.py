"""A small field over a picture, in which one value is changed."""

from dataclasses import dataclass
from math import isfinite
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QObject, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.theme import GRID, Theme, body_font

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Editable:
    """A value that can be changed.

    Attributes
    ----------
    title : str
        What it is, with its index in the notebook.
    value : float
    low, high : float
        Its limits.
    decimals : int
        0 for a whole number.
    unit : str
        What it is measured in, and its limits in words.
    """

    title: str
    value: float
    low: float
    high: float
    decimals: int
    unit: str


class ValueEditor(QFrame):
    """Shows one value to be changed: at once with each step, or with Enter once it is typed."""

    value_entered = Signal(float)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setObjectName("value-editor")
        self.setAutoFillBackground(True)
        self.title, self.unit = QLabel(), QLabel()
        self.field = QDoubleSpinBox()
        self.field.setLocale(QLocale.c())
        self.field.setKeyboardTracking(False)
        self.field.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.field.valueChanged.connect(self.value_entered)
        self.field.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for widget in (self.title, self.field, self.unit):
            column.addWidget(widget)
        self.set_look(theme, 1.0)
        self.hide()

    def open_for(self, editable: Editable, beside: QPoint) -> None:
        """Show a value, beside a place in the parent, and take the keyboard."""
        self.title.setText(editable.title)
        self.unit.setText(editable.unit)
        self.field.setMinimumWidth(self.title.sizeHint().width())
        self.field.setAccessibleName(editable.title)
        with QSignalBlocker(self.field):
            self.field.setDecimals(editable.decimals)
            self.field.setRange(editable.low, editable.high)
            self.field.setValue(editable.value if isfinite(editable.value) else 0.0)
        self.adjustSize()
        room = self._host.rect()
        x = beside.x() if beside.x() + self.width() <= room.right() else beside.x() - self.width()
        y = min(beside.y(), room.bottom() - self.height())
        self.move(max(0, x), max(0, y))
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.selectAll()

    def close_editor(self) -> None:
        """Go away, and give the keyboard back."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def set_look(self, theme: Theme, scale: float) -> None:
        """Take colours, and type of another size."""
        for widget in (self.title, self.field, self.unit):
            widget.setFont(body_font(scale))
        self.setStyleSheet(
            f"#value-editor {{ background: {theme.panel}; border: {max(1, round(scale))}px solid "
            f"{theme.accent}; border-radius: {GRID // 2}px; }}"
            f"QLabel {{ color: {theme.text}; }}"
        )
        self.unit.setStyleSheet(f"color: {theme.muted};")
        if self.isVisible():
            self.adjustSize()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Close with Enter and Escape, and when the keyboard goes elsewhere."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in (*_ENTER, Qt.Key.Key_Escape):
                event.accept()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _ENTER:
                self.field.interpretText()
                self.close_editor()
                return True
            if event.key() == Qt.Key.Key_Escape:
                with QSignalBlocker(self.field):
                    self.field.setValue(self.field.value())  # what was typed is given up
                self.close_editor()
                return True
        elif kind == QEvent.Type.FocusOut and not self.isHidden():
            self._leave()
        return False

    @Slot()
    def _leave(self) -> None:
        self.field.interpretText()
        self.close_editor()
