"""The menu of each panel: a picture of it, to be copied or written."""

from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from cnnviz.app.picture_file import Picture, copy_picture
from cnnviz.app.widgets.export import Export
from cnnviz.app.window.docks import Docks
from cnnviz.app.window.panels import Panels


class PanelPictures(QObject):
    """Opens the menu on a right click, or with the menu key, where a panel has none of its own."""

    export_requested = Signal(object)
    """Carries an `Export` of a panel."""

    def __init__(self, window: QMainWindow, docks: Docks, panels: Panels) -> None:
        super().__init__(window)
        self._docks = docks
        for name in panels.by_name:
            dock = docks[name]
            dock.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            dock.customContextMenuRequested.connect(partial(self._open, name, dock))

    def _open(self, name: str, dock: QDockWidget, position: QPoint) -> None:
        content = dock.widget()
        menu = QMenu(dock)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy picture").triggered.connect(lambda: copy_picture(content))
        menu.addAction("Save picture…").triggered.connect(
            lambda: self.export_requested.emit(Export.of_picture(name, Picture(content, fine=True)))
        )
        panels = menu.addMenu("Panels")
        panels.addActions([other.toggleViewAction() for other in self._docks.all()])
        menu.popup(dock.mapToGlobal(position))
