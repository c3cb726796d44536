"""A tensor as a table: which one, which of its pictures, copied and saved."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnnviz.app.theme import GRID, Theme, body_font
from cnnviz.app.widgets.number_table import NumberTable
from cnnviz.app.widgets.tensor_sheet import (
    MEANINGS,
    Level,
    as_column,
    counts_images,
    sheet,
    symbol,
)
from cnnviz.numerics.operations import Operation
from cnnviz.training.debug_view import DebugView, TensorView


class NumbersView(QWidget):
    """The numbers of one tensor that an operation reads or writes."""

    chosen = Signal(str, object)
    """A cell was chosen; carries the tensor's name and the cell's index."""
    save_asked = Signal(str)
    """The whole tensor is to be saved; carries its name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._operation: Operation | None = None
        self._view: DebugView | None = None
        self._level: Level = "batch"
        self._tensor: TensorView | None = None
        self._laid: tuple[Level, int] = ("batch", 0)
        self._theme, self._scale = theme, 1.0
        self.tensors, self.pictures = QComboBox(), QComboBox()
        self.tensors.setAccessibleName("Tensor")
        self.pictures.setAccessibleName("Filter")
        self.copy, self.save = QPushButton("Copy"), QPushButton("Save …")
        self.copy.setToolTip("Copy the selected numbers, or all of them, with all digits (Ctrl+C)")
        self.save.setToolTip("Save the whole tensor as .npy or .csv")
        self.whose = QLabel()
        self.whose.setProperty("muted", True)
        self.whose.hide()
        self.table = NumberTable(theme)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.tensors, 1)
        row.addWidget(self.pictures)
        row.addWidget(self.copy)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID // 2, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(row)
        column.addWidget(self.whose)
        column.addWidget(self.table, 1)
        self.tensors.currentIndexChanged.connect(self._show)
        self.pictures.currentIndexChanged.connect(self._show)
        self.copy.clicked.connect(self.table.copy)
        self.save.clicked.connect(self._save)
        self.table.chosen.connect(self._choose)

    @property
    def tensor(self) -> str:
        """Name of the tensor that is shown; empty where there is none."""
        name = self.tensors.currentData()
        return name if isinstance(name, str) else ""

    def show_tensors(self, operation: Operation, view: DebugView, level: Level) -> None:
        """Offer what an operation writes, and then what it reads."""
        self._view, self._level = view, level
        if operation is not self._operation or self.tensors.count() != len(self._names(operation)):
            self._operation = operation
            with QSignalBlocker(self.tensors):
                self.tensors.clear()
                for name in self._names(operation):
                    self.tensors.addItem(f"{symbol(name)}: {MEANINGS[name]}", name)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.table.set_look(theme, self._scale)

    def set_scale(self, scale: float) -> None:
        """Take type of another size."""
        self._scale = scale
        self.table.set_look(self._theme, scale)
        for part in (self.tensors, self.pictures, self.copy, self.save, self.whose):
            part.setFont(body_font(0.9 * scale))

    def _names(self, operation: Operation) -> list[str]:
        there = self._view.tensors if self._view else {}
        return [name for name in (*operation.writes, *operation.reads) if name in there]

    @Slot()
    def _show(self) -> None:
        view = self._view
        if view is None or not self.tensor:
            self.table.show_sheet(None, 0)
            self._tensor = None
            return
        tensor = view.tensors[self.tensor]
        self.whose.setVisible(tensor.image is not None)
        self.whose.setText(f"Image {tensor.image} alone")
        if tensor is not self._tensor or self._laid != (self._level, view.image):
            self._tensor, self._laid = tensor, (self._level, view.image)
            laid = sheet(tensor, self._level, view.image)
            self._sheet = as_column(laid) if counts_images(tensor) else laid
            count = len(self._sheet.pictures)
            if self.pictures.count() != count:
                with QSignalBlocker(self.pictures):
                    self.pictures.clear()
                    self.pictures.addItems([f"filter {i + 1}" for i in range(count)])
            self.pictures.setVisible(count > 1)
        self.table.show_sheet(self._sheet, max(0, self.pictures.currentIndex()))

    @Slot()
    def _save(self) -> None:
        if self.tensor:
            self.save_asked.emit(self.tensor)

    @Slot(object)
    def _choose(self, index: tuple[int, ...]) -> None:
        self.chosen.emit(self.tensor, index)
