"""Edits a cell of X, f or wo in the debugger."""

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.cells.cell import Cell
from cnnviz.app.cells.edits import cell_of, change_of, editable_of
from cnnviz.app.cells.value_editor import ValueEditor
from cnnviz.app.look.style import Style
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel


class CellEditing(QObject):
    """Opens a field over a cell and emits the change that is entered."""

    began = Signal()
    """A value is about to be changed."""
    edit_requested = Signal(object)
    """Carries an `Edit` of a parameter."""
    pixel_requested = Signal(object)
    """Carries a `Pixel` to be drawn."""

    def __init__(self, style: Style, host: QWidget) -> None:
        super().__init__(host)
        self._cell: Cell | None = None
        self._frame: Frame | None = None
        self._iteration = 0
        self._card: QWidget | None = None
        self.editor = ValueEditor(style, host)
        self.editor.value_entered.connect(self._enter)
        self.editor.closed.connect(self._give_back)

    def open_for(
        self, frame: Frame, tensor: str, index: tuple[int, ...], card: QWidget, beside: QPoint
    ) -> bool:
        """Open the field for a cell; return whether the cell can be changed.

        Parameters
        ----------
        frame : Frame
            With the iteration that is stepped through.
        index : tuple of int
            As the tensor is indexed.
        beside : QPoint
            If the field is, in the host.
        """
        view, cell = frame.debug, cell_of(tensor, index, frame.image.index)
        if view is None or cell is None:
            return False
        value = None if tensor == "X" else float(view.tensors[tensor].values[index])
        editable = editable_of(cell, frame, value)
        if editable is None:
            return False
        self._cell, self._frame, self._iteration = cell, frame, view.iteration
        self._card = card
        self.began.emit()
        self.editor.open_for(editable, beside)
        return True

    def close(self) -> None:
        """Close the field."""
        self.editor.close_editor()

    @Slot(float)
    def _enter(self, value: float) -> None:
        if self._cell is None or self._frame is None:
            return
        change = change_of(self._cell, self._frame, value, self._iteration)
        if isinstance(change, Pixel):
            self.pixel_requested.emit(change)
        else:
            self.edit_requested.emit(change)

    @Slot()
    def _give_back(self) -> None:
        """Give the keyboard back, unless a click has given it to something else."""
        clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if self._card is not None and self._card.isVisible() and not clicked:
            self._card.setFocus()
