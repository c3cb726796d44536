"""The menu of each panel: a picture of it, to be copied or written, and its size."""

from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QDockWidget, QMenu

from cnnviz.app.look.theme import GRID
from cnnviz.app.window.panel_focus import PanelFocus
from cnnviz.app.window.parts import Parts


class PanelPictures(QObject):
    """Opens the menu on a right click on a title, or by a key, which acts for the focused panel.

    In a panel that has no menu of its own, a right click or the menu key opens it as well.
    """

    resizing_requested = Signal(str)
    """Carries the panel whose size is to be changed with the keyboard."""

    def __init__(self, parts: Parts, panel_focus: PanelFocus) -> None:
        super().__init__(parts.window)
        self._docks, self._panel_focus = parts.docks, panel_focus
        parts.actions.panel_menu.triggered.connect(self._open_focused)
        for name in parts.panels.by_name:
            dock = parts.docks[name]
            dock.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            dock.customContextMenuRequested.connect(partial(self._open, name, dock))

    @Slot()
    def _open_focused(self) -> None:
        """Open the menu of the panel that has the keyboard, or else of the workspace's main one."""
        name = self._panel_focus.focused or self._docks.main
        menu = self._open(name, self._docks[name], QPoint(2 * GRID, 3 * GRID))
        menu.setActiveAction(menu.actions()[0])

    def _open(self, name: str, dock: QDockWidget, position: QPoint) -> QMenu:
        from cnnviz.app.picture_file import Picture, copy_picture  # noqa: PLC0415  (slow)
        from cnnviz.app.widgets.export import Export, request_export  # noqa: PLC0415  (slow)

        content = dock.widget()
        menu = QMenu(dock)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy picture").triggered.connect(lambda: copy_picture(content))
        menu.addAction("Save picture…").triggered.connect(
            lambda: request_export(dock, Export.of_picture(name, Picture(content, fine=True)))
        )
        menu.addAction("Resize").triggered.connect(lambda: self.resizing_requested.emit(name))
        panels = menu.addMenu("Panels")
        panels.addActions([other.toggleViewAction() for other in self._docks.all()])
        menu.popup(dock.mapToGlobal(position))
        return menu
