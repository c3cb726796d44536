"""A small field over a picture that edits one value."""

from dataclasses import dataclass
from math import isfinite
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QObject, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.numerics.number_format import fixed, plain
from cnnviz.numerics.number_parsing import parse_number

_KEYS: Final = "Enter to apply, Esc to cancel."
_ALL_DECIMALS: Final = 323
"""Decimals with which a spin box rounds no number away."""


@dataclass(frozen=True, slots=True)
class Editable:
    """A value that can be changed."""

    title: str
    """Its name, with its index in the notebook."""
    value: float
    low: float
    high: float
    """low, high: its limits."""
    decimals: int
    """0 for a whole number."""
    unit: str
    """Its unit, and its limits in words."""


class ValueField(QDoubleSpinBox):
    """A spin box into which anything can be typed, and numbers as people write them: 1e-3, 2,5."""

    own_keys = ENTER | {Qt.Key.Key_Escape}
    _decimals = 0
    _limits = 0.0, 0.0

    def validate(self, text: str, position: int) -> object:
        """Let everything be typed."""
        right = self.problem_with(text) is None
        state = QValidator.State.Acceptable if right else QValidator.State.Intermediate
        return state, text, position

    def show_value(self, value: float, decimals: int, limits: tuple[float, float]) -> None:
        """Show a value with this number of decimals, or more if it is too small for them.

        Every number that is typed is kept whole. A value beyond the limits, as of a diverged
        weight, is shown as it is, but no other such value can be entered.
        """
        self._decimals, self._limits = decimals, limits
        self.setDecimals(_ALL_DECIMALS if decimals else 0)
        self.setRange(min(limits[0], value), max(limits[1], value))
        self.setValue(value)

    def textFromValue(self, value: float) -> str:
        """Write a value."""
        if value and abs(value) < 10.0**-self._decimals:
            return plain(value, 6)
        return fixed(value, self._decimals)

    def stepBy(self, steps: int) -> None:
        """Step in the last decimal if the value is too small for a step of its own size.

        From a value beyond the limits, a step leads to the nearest within them, or nowhere.
        """
        self.interpretText()
        low, high = self._limits
        if not low <= self.value() <= high:
            if (steps > 0) == (self.value() < low):
                self.setRange(low, high)  # which changes the value
            return
        self.setRange(low, high)
        if abs(self.value()) < 10.0**-self._decimals:
            self.setValue(self.value() + steps * 10.0**-self._decimals)
        else:
            super().stepBy(steps)

    def valueFromText(self, text: str) -> float:
        """Return the number that was typed; the value itself if its text is unchanged."""
        if text == self.textFromValue(self.value()):
            return self.value()
        number = parse_number(text.strip())
        return self.value() if number is None else number

    def problem_with(self, text: str) -> str | None:
        """Say why a text is not a valid value; None if it is."""
        number = parse_number(text.strip())
        if number is None:
            return f"“{text.strip()}” is not a number."
        is_changed = text != self.textFromValue(self.value())
        if is_changed and not self._limits[0] <= number <= self._limits[1]:
            low, high = (f"{limit:,.10g}".replace("-", "−") for limit in self._limits)
            return f"{text.strip()} is not between {low} and {high}."
        return None


class ValueEditor(QFrame):
    """Shows one value to be changed: at once with each step, or with Enter once it is typed."""

    value_entered = Signal(float)
    closed = Signal()

    def __init__(self, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self.setObjectName("value-editor")
        self.setAutoFillBackground(True)
        self.title, self.unit, self.problem = QLabel(), QLabel(), text_label(look="wrong")
        self.unit.setProperty("muted", True)
        self.field = ValueField()
        self.field.setAccessibleName("New value")
        self.field.setToolTip("Enter to apply, Esc to cancel")
        self.field.setLocale(QLocale.c())
        self.field.setKeyboardTracking(False)
        self.field.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.field.valueChanged.connect(self.value_entered)
        self.field.lineEdit().textEdited.connect(self._forget_problem)
        self.field.installEventFilter(self)
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        parts = self.title, self.field, self.unit, self.problem
        fill_box(QVBoxLayout(self), *parts, spacing=GRID // 2, margins=(GRID, GRID, GRID, GRID))
        self.set_style(style)
        self.hide()

    def open_for(self, editable: Editable, beside: QPoint) -> None:
        """Show a value beside a point of the parent, and take the focus."""
        self.title.setText(editable.title)
        self.unit.setText(f"{editable.unit}.\n{_KEYS}")
        self.problem.hide()
        self.field.setMinimumWidth(self.title.sizeHint().width())
        self.field.setAccessibleName(editable.title)
        with QSignalBlocker(self.field):
            value = editable.value if isfinite(editable.value) else 0.0
            self.field.show_value(value, editable.decimals, (editable.low, editable.high))
        self.adjustSize()
        host = self._host.rect()
        x = beside.x() if beside.x() + self.width() <= host.right() else beside.x() - self.width()
        y = min(beside.y(), host.bottom() - self.height())
        self.move(max(0, x), max(0, y))
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.selectAll()

    def close_editor(self) -> None:
        """Close, and return the keyboard focus."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme, line = style.theme, max(1, round(style.scale))
        set_sheet(
            self,
            f"#value-editor {{ background: {theme.panel}; border: {line}px solid "
            f"{theme.accent}; border-radius: {GRID // 2}px; }}",
        )
        if self.isVisible():
            self.adjustSize()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Close with Enter and Escape, and when the keyboard goes elsewhere."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in ENTER:
                problem = self.field.problem_with(self.field.text())
                if problem is None:
                    self.field.interpretText()
                    self.close_editor()
                else:
                    self._show_problem(problem)
                return True
            if event.key() == Qt.Key.Key_Escape:
                with QSignalBlocker(self.field):
                    self.field.setValue(self.field.value())  # discards the text that was typed
                self.close_editor()
                return True
        elif isinstance(event, QFocusEvent) and event.lostFocus() and not self.isHidden():
            self._leave()
        return False

    def _show_problem(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.show()
        self.adjustSize()
        self.move(self.x(), max(0, min(self.y(), self._host.rect().bottom() - self.height())))

    @Slot()
    def _forget_problem(self) -> None:
        if not self.problem.isHidden():
            self.problem.hide()
            self.adjustSize()

    @Slot()
    def _leave(self) -> None:
        self.field.interpretText()
        self.close_editor()
