"""Explains panels and controls where they are."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QMoveEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDockWidget,
    QToolButton,
    QWhatsThis,
    QWidget,
)

from cnnviz.app.look.theme import GRID
from cnnviz.app.window.panel_focus import PanelFocus
from cnnviz.app.window.panel_help import PANEL_HELP
from cnnviz.app.window.parts import Parts

_SIDE: Final = 2 * GRID
"""The side of the button in a panel's title, in pixels, if Qt's have no size yet."""


class HelpInPlace(QObject):
    """Adds the buttons, and shows explanations."""

    def __init__(self, parts: Parts, focus: PanelFocus) -> None:
        super().__init__(parts.window)
        self._window, self._docks, self._focus = parts.window, parts.docks, focus
        docks = parts.docks
        for name in parts.panels.by_name:
            docks[name].setWhatsThis(f"<h4>{name.title()}</h4><p>{PANEL_HELP[name]}</p>")
            _HelpButton(docks[name], name).clicked.connect(
                lambda _checked=False, name=name: self.explain(name)
            )

    def explain(self, panel: str) -> None:
        """Show the explanation of a panel in front of it; any key or click closes the text."""
        dock = self._docks[panel]
        under_title = dock.mapToGlobal(QPoint(dock.width() // 2, 4 * GRID))
        QWhatsThis.showText(under_title, dock.whatsThis(), dock)

    def explain_focused(self) -> bool:
        """Explain the panel that has the keyboard; return whether one has it."""
        if name := self._focus.focused:
            self.explain(name)
        return bool(name)

    @Slot()
    def explain_next_click(self) -> None:
        """Explain the widget that is clicked next: a control by its tooltip, else its panel."""
        for widget in self._window.findChildren(QWidget):
            if widget.toolTip() and not widget.whatsThis():
                widget.setWhatsThis(widget.toolTip())
        QWhatsThis.enterWhatsThisMode()


class _HelpButton(QToolButton):
    """A question mark beside the buttons that Qt puts into a panel's title."""

    def __init__(self, dock: QDockWidget, name: str) -> None:
        super().__init__(dock)
        self.setObjectName("help")
        self.setText("?")
        self.setToolTip(f"What is {name.title()}?")
        self.setAccessibleName(f"Explain {name.title()}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # F1 explains the panel that has the keyboard
        self._neighbour = dock.findChild(QAbstractButton, "qt_dockwidget_floatbutton")
        if self._neighbour is not None:
            self._neighbour.installEventFilter(self)
            self._follow()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep to the left of Qt's button."""
        if isinstance(event, QMoveEvent | QResizeEvent | QShowEvent):
            self._follow()
        return False

    def _follow(self) -> None:
        beside = self._neighbour
        if beside is not None:
            side = max(_SIDE, self.fontMetrics().height(), beside.height())
            top = beside.y() + (beside.height() - side) // 2
            self.setGeometry(beside.x() - side - GRID // 2, top, side, side)
            self.raise_()
