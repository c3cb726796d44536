"""The widgets in the Network panel."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.network.frame_images import Scale
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.level_bar import LevelBar
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.view import NetworkView


def view_of(panel: NetworkPanel) -> NetworkView:
    """Return pyqtgraph's view, which the panel makes after its first picture."""
    panel.complete()
    view = panel.findChild(NetworkView)
    assert isinstance(view, NetworkView)
    return view


def viewport_of(panel: NetworkPanel) -> QWidget:
    """Return the text about the cell under the mouse."""
    return view_of(panel).viewport()


def painting_of(panel: NetworkPanel) -> NetworkPainting:
    """Return what paints the matrices."""
    painting = panel.findChild(NetworkPainting)
    assert isinstance(painting, NetworkPainting)
    return painting


def layout_of(panel: NetworkPanel) -> NetworkLayout:
    """Return where everything is."""
    return painting_of(panel).layout


def scale_of(panel: NetworkPanel, column: Column) -> Scale:
    """Return the words at a column's colour bar."""
    return painting_of(panel).scales[column]


def bar_of(panel: NetworkPanel, column: Column) -> LevelBar:
    """Point at a column's colour bar, and return it."""
    viewport, rect = viewport_of(panel), layout_of(panel).bars[column]
    QTest.mouseMove(viewport, rect.center().toPoint())
    items = view_of(panel).scene().items(rect.center())
    (bar,) = (item for item in items if isinstance(item, LevelBar))
    return bar


def is_marked_as_edited(panel: NetworkPanel, cell: Cell) -> bool:
    """Look whether a cell has the outline of edited ones, with no cell chosen or pointed at."""
    viewport = viewport_of(panel)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(2, viewport.height() - 2))
    rect, theme = panel.cell_rect(cell), painting_of(panel).style.theme
    outline = QPoint(rect.left() - 2, rect.center().y())
    return bool(panel.grab().toImage().pixelColor(outline).name() == theme.accent)


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
