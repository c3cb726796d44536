"""Boxes, arrows, scroll bars and the buttons of titles as large as the type."""

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QTableView,
    QToolButton,
    QWidget,
)

from cnnviz.app.look.theme import body_font

_SIZE: Final = "cnnviz size of type"
_SIZED: Final = (
    *(QCheckBox, QComboBox, QAbstractSpinBox, QAbstractSlider, QTableView, QDockWidget),
)
"""Widgets with parts whose lengths are in "em" in the style sheet: the height of the type."""
_SUBTITLE: Final = "subtitle"
"""The property of a button that is as far from the left as the text of the check box above it."""
_TITLE_BUTTON: Final = "QDockWidgetTitleButton"
"""The class of the buttons in a panel's title, which is Qt's own."""


def follow_type(application: QApplication) -> None:
    """Let parts of controls follow the size of the application's type, if it has changed.

    Qt keeps the pixels of an "em" until a widget is polished again. Widgets learn of the type
    afterwards, and then ask for their sizes.
    """
    size = application.font().pointSizeF()
    before = application.property(_SIZE)
    application.setProperty(_SIZE, size)
    if before in (None, size):
        return
    is_usual = size == body_font().pointSizeF()
    of_titles = application.findChild(_TitleButtonStyle) or _TitleButtonStyle(application)
    for widget in application.allWidgets():
        if widget.inherits(_TITLE_BUTTON):
            widget.setStyle(None if is_usual else of_titles)  # type: ignore[arg-type]
            application.sendEvent(widget, QEvent(QEvent.Type.ScreenChangeInternal))  # forget a size
        elif isinstance(widget, _SIZED) or _has_arrow(widget) or widget.property(_SUBTITLE):
            widget.style().polish(widget)


def _has_arrow(widget: QWidget) -> bool:
    """Return whether a widget is a button that opens a menu."""
    return isinstance(widget, QToolButton) and widget.menu() is not None


class _TitleButtonStyle(QProxyStyle):
    """Gives the buttons of a title icons as large as the type; the style sheet has no word for it.

    It is a style of these few alone, as Python would slow every other control down.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__("Fusion")
        self.setParent(application)

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        """Return a size in pixels."""
        pixels = super().pixelMetric(metric, option, widget)
        if metric == QStyle.PixelMetric.PM_SmallIconSize:
            pixels = round(pixels * QApplication.font().pointSizeF() / body_font().pointSizeF())
        return pixels
