"""What stands above and below the columns of the plot: the digits, and how many are right."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneWheelEvent

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.swarm import DIGITS

_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)
_SMALLEST: Final = 0.6
"""Size of the counts, relative to body text, below which they may touch."""


class _DigitAxis(pg.AxisItem):  # type: ignore[misc]
    """Texts above or below the ten columns, and a caption left of them."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._style: Style | None = None
        # A cached axis is painted without Python.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def boundingRect(self) -> QRectF:
        """Return the axis, and the corner left of it."""
        return QRectF(self.rect().adjusted(-self.pos().x(), 0, 0, 0))

    def mouseDragEvent(self, event: MouseDragEvent) -> None:
        """Leave drags to others."""
        event.ignore()

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Leave clicks to others."""
        event.ignore()

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        """Leave the wheel to others."""
        event.ignore()

    def _column(self, digit: int) -> QRectF:
        """Return the rectangle of a digit's text."""
        rect = self.rect()
        wide = rect.width() / DIGITS
        return QRectF(rect.left() + digit * wide, rect.top(), wide, rect.height())

    def _corner(self) -> QRectF:
        """Return the rectangle of the caption."""
        return QRectF(-self.pos().x(), 0, self.pos().x() - GRID / 2, self.rect().height())


class DigitHeader(_DigitAxis):
    """The digits above their columns, to be clicked."""

    clicked = Signal(int)
    """Carries a digit."""

    def __init__(self) -> None:
        super().__init__("top")
        self._chosen: int | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._font, self._small = style.body_font, style.scaled(0.85).body_font
        self._font.setWeight(QFont.Weight.DemiBold)
        self.setHeight(round(QFontMetricsF(self._font).height() + GRID / 2))
        self.update()

    def show_chosen(self, digit: int | None) -> None:
        """Mark the digit that the predictions are filtered to."""
        if digit != self._chosen:
            self._chosen = digit
            self.update()

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Report the digit that was clicked."""
        digit = int(event.pos().x() // (self.rect().width() / DIGITS))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= digit < DIGITS:
            event.accept()
            self.clicked.emit(digit)
        else:
            event.ignore()

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        """Paint a button for each digit."""
        if self._style is None:
            return
        theme = self._style.theme
        painter.setFont(self._small)
        painter.setPen(QColor(theme.muted))
        rightward = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._corner(), int(rightward), "digit")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        for digit in range(DIGITS):
            box = self._column(digit).adjusted(1.5, 0.5, -1.5, -1.5)
            chosen = digit == self._chosen
            painter.setPen(QColor(theme.accent if chosen else theme.line))
            painter.setBrush(QColor(theme.accent if chosen else theme.raised))
            painter.drawRoundedRect(box, GRID / 2, GRID / 2)
            painter.setPen(QColor(theme.on_accent if chosen else theme.text))
            painter.drawText(box, _CENTRE, str(digit))


class DigitCounts(_DigitAxis):
    """How many images of each digit are right and wrong, below their columns."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._counts: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        height = QFontMetricsF(style.scaled(0.85).number_font).height()
        self.setHeight(round(2 * height + GRID / 2))
        self.update()

    def show_counts(self, right: NDArray[np.intp], wrong: NDArray[np.intp]) -> None:
        """Show how many images are right and wrong, shapes (10,)."""
        if self._counts is None or not np.array_equal(self._counts, (right, wrong)):
            self._counts = right, wrong
            self.update()

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        """Paint a row of each."""
        if self._style is None or self._counts is None:
            return
        theme = self._style.theme
        painter.setFont(self._font(max(int(np.max(part)) for part in self._counts)))
        half = self.rect().height() / 2 - GRID / 4
        for row, (mark, colour) in enumerate((("✓", theme.accent), ("✗", theme.wrong))):
            painter.setPen(QColor(colour))
            corner = self._corner()
            corner.setRect(corner.x(), GRID / 4 + row * half, corner.width(), half)
            painter.drawText(corner, int(Qt.AlignmentFlag.AlignRight), mark)
            for digit, count in enumerate(self._counts[row].tolist()):
                box = self._column(digit)
                box.setRect(box.x(), GRID / 4 + row * half, box.width(), half)
                painter.drawText(box, _CENTRE | int(Qt.TextFlag.TextDontClip), str(count))

    def _font(self, largest: int) -> QFont:
        """Return a font in which the largest count fits between its neighbours."""
        if self._style is None:
            raise AssertionError
        room = self._column(0).width() - GRID / 4
        font = self._style.scaled(0.85).number_font
        wide = QFontMetricsF(font).horizontalAdvance("0" * len(str(largest)))
        return self._style.scaled(
            max(_SMALLEST, min(0.85, 0.85 * room / max(wide, 1.0)))
        ).number_font
