"""The docks of the window."""

from PySide6.QtWidgets import QDockWidget

from cnnviz.app.window.main_window import MainWindow


def dock(window: MainWindow, name: str) -> QDockWidget:
    found = window.findChild(QDockWidget, f"dock-{name}")
    assert found is not None
    return found
