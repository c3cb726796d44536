"""The context menu of a plot."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu

from cnnviz.app.picture_file import copy_picture
from cnnviz.app.widgets.export import request_export

if TYPE_CHECKING:
    from cnnviz.app.widgets.plot_export import Columns


class PlotMenu(QObject):
    """Opens a menu on a right click, unless it is a drag, and with the menu key.

    `name` says what the plot shows; `columns` returns the numbers that it shows now.
    """

    def __init__(
        self,
        view: pg.GraphicsView,
        name: str,
        columns: "Callable[[], Columns]",
        actions: Sequence[QAction] = (),
    ) -> None:
        super().__init__(view)
        self._view, self._name, self._columns = view, name, columns
        self._actions = actions
        view.viewport().installEventFilter(self)
        view.scene().sigMouseClicked.connect(self._click)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu for the menu key; for the mouse, wait in case it begins to drag."""
        if not isinstance(event, QContextMenuEvent):
            return super().eventFilter(watched, event)
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            self._open(self._view.mapToGlobal(self._view.rect().center()))
        return True

    @Slot(object)
    def _click(self, event: MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self._open(event.screenPos().toPoint())

    def _open(self, position: QPoint) -> None:
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._actions)
        menu.addAction("Copy picture").triggered.connect(lambda: copy_picture(self._view))
        menu.addAction("Export…").triggered.connect(self._request_export)
        menu.popup(position)

    @Slot()
    def _request_export(self) -> None:
        from cnnviz.app.widgets.plot_export import plot_export  # noqa: PLC0415  (slow)

        request_export(self._view, plot_export(self._name, self._view, self._columns()))
