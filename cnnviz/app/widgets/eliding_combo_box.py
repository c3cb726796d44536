"""A combo box that elides its text."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from cnnviz.app.widgets.named_choice import name_choice


class ElidingComboBox(QComboBox):
    """A combo box whose text ends in an ellipsis if it does not fit.

    A text of `characters` letters fits at its least width; assistive technology calls it by its
    `name`.
    """

    def __init__(self, characters: int, name: str, tip: str = "") -> None:
        super().__init__()
        name_choice(self, name, tip)
        self.setMinimumContentsLength(characters)
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box and the elided text."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        words = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - 2
        )
        option.currentText = words  # type: ignore[attr-defined]
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
