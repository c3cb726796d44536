"""The docks of the window, and its end."""

from PySide6.QtWidgets import QDockWidget

from cnnviz.app.window.main_window import MainWindow


def dock(window: MainWindow, name: str) -> QDockWidget:
    found = window.findChild(QDockWidget, f"dock-{name}")
    assert found is not None
    return found


def destroy(window: MainWindow) -> None:
    """Destroy a window, the panels first: as its dock goes, Qt would style all of one anew."""
    for each in window.findChildren(QDockWidget):
        each.widget().deleteLater()
    window.deleteLater()
