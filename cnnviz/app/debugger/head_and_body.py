"""A header that keeps its height from one operation to the next, and views beneath it."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box

_LEAST_HEAD: Final = 6 * GRID
_USUAL_HEAD: Final = 12 * GRID
"""Most pixels of the header; it grows beyond them for the few operations that need more."""
_LEAST_BODY: Final = 16 * GRID
"""Pixels that are left to the body if there are as many, at the normal scale."""


class HeadAndBody(QWidget):
    """A line, tabs, a header, and views that get the rest.

    The header keeps the height that it has needed so far at its width, so that views stay where
    they are from one operation to the next; it scrolls if a view needs the height. The current view
    may ask for more than the usual height by its minimum height.
    """

    view_height_changed = Signal(int)
    """Carries the height that is left to the views."""

    def __init__(
        self,
        parent: QWidget,
        line: QWidget,
        head: QWidget,
        tabs: QWidget,
        views: QStackedWidget,
    ) -> None:
        super().__init__(parent)
        self._head, self._views, self._lines = head, views, (line, tabs)
        self._scale = 1.0
        self._tallest = (0, 0)  # width of the header, and the greatest height it needed
        self.area = QScrollArea(self)
        self.area.setWidget(head)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setAccessibleName("Formulae and code")
        parts, margins = (line, tabs, self.area, views), (GRID, 0, 0, 0)
        fill_box(QVBoxLayout(self), *parts, stretched=views, spacing=GRID // 2, margins=margins)
        views.currentChanged.connect(self._fit)
        head.installEventFilter(self)

    def set_style(self, style: Style) -> None:
        """Fit the header to type of another size."""
        self._scale = style.scale
        self._tallest = (0, 0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the height again."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Divide the height again if the lines around have other contents."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Divide the height again if the header, which is in no layout, has other contents."""
        if (
            watched is self._head
            and isinstance(event, QEvent)
            and event.type() == QEvent.Type.LayoutRequest
        ):
            self._fit()
        return False

    @Slot()
    def _fit(self) -> None:
        least = self._head.minimumSizeHint().height()
        wanted = max(least, self._head.heightForWidth(self.width() - GRID)) + 1  # for rounding
        if self._tallest[0] == self.width():
            wanted = max(wanted, self._tallest[1])
        self._tallest = self.width(), min(wanted, round(_USUAL_HEAD * self._scale))
        used = sum(line.sizeHint().height() for line in self._lines) + 3 * GRID // 2
        body = max(round(_LEAST_BODY * self._scale), self._views.currentWidget().minimumHeight())
        most = self.height() - used - body
        height = min(wanted, max(round(_LEAST_HEAD * self._scale), most))
        scrolls = height < wanted
        # Only what scrolls has a use for the keys.
        focus = Qt.FocusPolicy.StrongFocus if scrolls else Qt.FocusPolicy.NoFocus
        self.area.setFocusPolicy(focus)
        if height != self.area.height():
            self.area.setFixedHeight(height)
        self.view_height_changed.emit(self.height() - used - height)
