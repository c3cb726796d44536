"""The context menu of the network's pictures."""

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.cells.edits import EDITABLE
from cnnviz.app.cells.names import point_words
from cnnviz.app.cells.tensor_entries import points_of, points_of_image
from cnnviz.app.network.column_table import EXPORTED, column_table
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.picture_file import copy_picture
from cnnviz.app.widgets.colour_range import offer_range
from cnnviz.app.widgets.export import request_export
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame


class NetworkMenu(QMenu):
    """The commands for the chosen cell, the image, and a column of pictures or all of them.

    `column` is the column at which the menu was requested; `drawing` is offered at the image.
    """

    edit_requested = Signal()
    """The value of the chosen cell is to be changed."""
    erasing_requested = Signal(int)
    """Carries the image to restore."""
    profile_requested = Signal(int)
    """Carries the filter whose profile is to be shown."""
    explanation_requested = Signal(object)
    """Carries a `Point` to explain in the debugger."""

    def __init__(
        self,
        painting: NetworkPainting,
        view: QWidget,
        column: Column | None,
        drawing: QAction,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._painting, self._view, self._column = painting, view, column
        frame = painting.frame
        image = -1 if frame is None else frame.image.index
        if painting.chosen is not None and frame is not None:
            self._offer_cell(painting.chosen, frame)
        if image >= 0:  # the debugger has the images of the batch
            self._offer_output(self.addMenu(f"Explain the output for image {image}"), image)
        self.addSeparator()
        if column is not None:
            scale = painting.scales[column]
            offer_range(
                self,
                held=scale.held,
                hold=lambda: painting.hold(scale.quantity, scale.low, scale.high),
                follow=lambda: painting.follow(scale.quantity),
            )
        if column is Column.IMAGE:
            self.addAction(drawing)
        view_all = self.addAction("View all")
        view_all.setEnabled(painting.is_zoomed)
        view_all.triggered.connect(painting.show_all)
        copy = self.addAction("Copy picture")
        copy.triggered.connect(lambda: copy_picture(view, self._part()))
        self.addAction("Export…").triggered.connect(self._request_export)

    def _offer_cell(self, cell: Cell, frame: Frame) -> None:
        """Add the commands for the chosen cell."""
        change = self.addAction("Change value…")
        change.setEnabled(cell.column in EDITABLE)
        change.triggered.connect(self.edit_requested)
        restore = self.addAction("Restore original image")
        image, settings = frame.image.index, frame.settings
        drawn = {p.image for p in settings.pixels} | {d.image for d in settings.drawings}
        restore.setEnabled(image in drawn)
        restore.triggered.connect(lambda: self.erasing_requested.emit(image))
        self.addSeparator()
        if cell.column in (Column.FILTERS, Column.MAPS):
            respond = self.addAction(f"What does filter {cell.i + 1} respond to?")
            respond.triggered.connect(lambda: self.profile_requested.emit(cell.i))
        for point in points_of(cell, image, self._painting.shown) if image >= 0 else ():
            self._offer(self, f"Explain {point_words(point)} in the debugger", point)

    def _offer_output(self, menu: QMenu, image: int) -> None:
        for point in points_of_image(image):
            meaning = "mean of E over all images" if point.mean else TENSORS[point.tensor].meaning
            self._offer(menu, f"{point_words(point)}: {meaning}", point)

    def _offer(self, menu: QMenu, text: str, point: Point) -> None:
        menu.addAction(text).triggered.connect(lambda: self.explanation_requested.emit(point))

    def _part(self) -> QRect | None:
        """Return where the column of pictures is in the view; None for the whole panel."""
        column = self._column
        return None if column is None else self._painting.layout.columns[column].toAlignedRect()

    @Slot()
    def _request_export(self) -> None:
        """Have the column of pictures written with its numbers, or the whole panel."""
        from cnnviz.app.widgets.plot_export import plot_export  # noqa: PLC0415  (slow)

        column = self._column
        frame = self._painting.frame  # newer than the menu, if training runs
        if column is None or frame is None:
            export = plot_export("network", self._view)
        else:
            numbers = column_table(column, frame, self._painting.shown)
            export = plot_export(EXPORTED[column], self._view, numbers, self._part())
        request_export(self._view, export)
