"""The docks of the window, what is in them, and its end."""

from PySide6.QtWidgets import QDockWidget, QWidget

from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.main_window import MainWindow


def dock(window: MainWindow, name: str) -> QDockWidget:
    found = window.findChild(QDockWidget, f"dock-{name}")
    assert found is not None
    return found


def panel_of(window: MainWindow, name: str) -> QWidget:
    """Return a panel, which is created if it is created when it is first seen."""
    panel = window.panels.by_name[name]
    if not isinstance(panel, LazyPanel):
        return panel
    made: QWidget = panel.panel
    return made


def destroy(window: MainWindow) -> None:
    """Destroy a window, the panels first: as its dock goes, Qt would style all of one anew."""
    for each in window.findChildren(QDockWidget):
        each.widget().deleteLater()
    window.deleteLater()
