"""Two widgets beside or above each other, with a handle between them that can be dragged."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget


def made_splitter(orientation: Qt.Orientation, name: str, *parts: QWidget) -> QSplitter:
    """Return a splitter none of whose parts can be dragged away.

    Parameters
    ----------
    name : str
        What its handles divide, such as "the plot and the table".
    """
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setAccessibleName(f"{name[:1].upper()}{name[1:]}")
    for part in parts:
        splitter.addWidget(part)
    for at in range(1, splitter.count()):
        splitter.handle(at).setAccessibleName(f"Handle between {name}")
    return splitter
