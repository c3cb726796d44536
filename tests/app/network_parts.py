"""The widgets in the Network panel."""

from PySide6.QtWidgets import QLabel

from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.view import NetworkView


def view_of(panel: NetworkPanel) -> NetworkView:
    """Return what paints the matrices."""
    view = panel.findChild(NetworkView)
    assert isinstance(view, NetworkView)
    return view


def editor_of(panel: NetworkPanel) -> ValueEditor:
    """Return the field that opens beside a cell."""
    editor = panel.findChild(ValueEditor)
    assert isinstance(editor, ValueEditor)
    return editor


def value_text(panel: NetworkPanel) -> str:
    """Return the line of text below the matrices."""
    labels = panel.findChildren(QLabel)
    (label,) = (label for label in labels if label.accessibleName() == "Value under the pointer")
    return label.text()
