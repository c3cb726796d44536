"""A tensor as a table: which one, which of its pictures, copied and saved."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.debugger.tensors.number_table import NumberTable
from cnnviz.app.debugger.tensors.tensor_contents import tensor_contents
from cnnviz.app.debugger.tensors.tensor_layout import Level, Position, as_column, is_mean, lay_out
from cnnviz.app.debugger.tensors.tensor_text import shown_words, state_words
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.named_choice import name_choice
from cnnviz.numerics.operations import Operation
from cnnviz.numerics.tensors import TENSORS, symbol
from cnnviz.training.debugger.view import DebugView, TensorView

_SYMBOL = 16
"""Least number of characters shown of a tensor's name and meaning."""


class NumbersView(QWidget):
    """The numbers of one tensor that an operation reads or writes."""

    chosen = Signal(str, object)
    """A cell was chosen; carries the tensor's name and the cell's index."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._offered: tuple[str, ...] = ()  # the operation's name, and those of its tensors
        self._pointed = ""
        self._selected: tuple[str, tuple[int, ...]] | None = None  # the cell last scrolled to
        self._view: DebugView | None = None
        self._level: Level = "batch"
        self._tensor: TensorView | None = None
        self._laid_out_for: tuple[Level, int] = ("batch", 0)
        self.tensors, self.pictures = ElidingComboBox(_SYMBOL, "Tensor"), QComboBox()
        self.pictures.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.tensors.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_choice(self.pictures, "Filter")
        self.save = tab_button("Save…", "Save the whole tensor", self._save)
        tip = "Copy the selected numbers (Ctrl+A selects all) with all digits (Ctrl+C)"
        self.table = NumberTable(style)
        self.copy = tab_button("Copy", tip, self.table.copy)
        self.state = text_label(name="Whose numbers these are", look="muted")
        tools = flow_row(self.tensors, self.pictures, self.copy, self.save, gap=GRID // 2)
        column, margins = QVBoxLayout(self), (0, GRID // 2, 0, 0)
        parts = tools, self.state, self.table
        fill_box(column, *parts, stretched=self.table, spacing=GRID // 2, margins=margins)
        self.tensors.currentIndexChanged.connect(self._show)
        self.pictures.currentIndexChanged.connect(self._show)
        self.table.chosen.connect(self._choose)

    @property
    def tensor(self) -> str:
        """Name of the tensor that is shown; empty if there is none."""
        name = self.tensors.currentData()
        return name if isinstance(name, str) else ""

    def show_tensors(self, operation: Operation, view: DebugView, level: Level) -> None:
        """Offer the tensors that an operation writes and reads, and open on the selected cell.

        The chosen tensor stays until a cell of another tensor is selected; the chosen filter, until
        another cell is.
        """
        self._view, self._level = view, level
        names = [name for name in (*operation.writes, *operation.reads) if name in view.tensors]
        pointed, chosen = view.point.tensor if view.point else "", self.tensor
        offered, moved = (operation.name, *names), pointed != self._pointed
        wanted = pointed if (moved or offered[:1] != self._offered[:1]) else chosen
        with QSignalBlocker(self.tensors):
            if offered != self._offered:
                self.tensors.clear()
                for name in names:
                    self.tensors.addItem(f"{symbol(name)}: {TENSORS[name].meaning}", name)
            entries = [self.tensors.findData(name) for name in (wanted, chosen)]
            self.tensors.setCurrentIndex(next((at for at in entries if at >= 0), 0))
        self._offered, self._pointed = offered, pointed
        self._show()

    def release(self) -> None:
        """Show no tensor, and release all."""
        self._view = None
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Open on the selected cell again the next time."""
        self._selected = None
        super().hideEvent(event)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.table.set_style(style)
        tools = (self.tensors, self.pictures, self.copy, self.save)
        for tool in tools:
            set_sheet(tool, f"padding: {GRID // 4}px {3 * GRID // 4}px;")
        for part in (*tools, self.state):
            part.setFont(style.scaled(0.9).body_font)

    @Slot()
    def _show(self) -> None:
        view = self._view
        if view is None or not self.tensor:
            self.table.show_sheet(None, 0)
            self._tensor = None
            self.state.setText("")
            self.save.setEnabled(False)
            return
        tensor = view.tensors[self.tensor]
        if tensor is not self._tensor or self._laid_out_for != (self._level, view.image):
            self._tensor, self._laid_out_for = tensor, (self._level, view.image)
            sheet = lay_out(tensor, self._level, view.image)
            self._sheet = as_column(sheet) if sheet.is_number_per_image else sheet
            count = len(self._sheet.pictures)
            if self.pictures.count() != count:
                with QSignalBlocker(self.pictures):
                    self.pictures.clear()
                    self.pictures.addItems([f"filter {i + 1}" for i in range(count)])
            self.pictures.setVisible(count > 1)
        cell = self._newly_selected(view)
        if cell is not None:
            with QSignalBlocker(self.pictures):
                self.pictures.setCurrentIndex(cell[0])
        self.table.show_sheet(self._sheet, max(0, self.pictures.currentIndex()), stale=tensor.stale)
        if cell is not None:
            self.table.select(*cell[1:])
        self._describe(tensor, view.image)

    def _newly_selected(self, view: DebugView) -> Position | None:
        """Return the position of the selected cell if the table has not scrolled to it yet."""
        point = view.point
        if point is None or point.tensor != self.tensor:
            self._selected = None
            return None
        selected, self._selected = self._selected, (point.tensor, point.index)
        return None if selected == self._selected else self._sheet.position(point.index)

    def _describe(self, tensor: TensorView, image: int) -> None:
        """Describe whose numbers these are, how new they are, and whether they can be saved."""
        words = [shown_words(tensor, self._sheet, self._level, image), state_words(tensor)]
        self.state.setText(" · ".join(part for part in words if part))
        is_whole = not tensor.stale and tensor.image is None
        self.save.setEnabled(is_whole)
        if is_whole:
            all_images = ", every image's numbers" if is_mean(tensor, self._level) else ""
            self.save.setToolTip(f"Save the whole tensor{all_images}, as .npy or .csv")
        else:
            self.save.setToolTip("Step on to where it is computed: only then it can be saved")

    @Slot()
    def _save(self) -> None:
        if self._tensor is not None:
            contents = tensor_contents(self._tensor)
            request_export(self, Export(self._tensor.name, contents))

    @Slot(object)
    def _choose(self, index: tuple[int, ...]) -> None:
        self.chosen.emit(self.tensor, index)
