"""The inputs of an operation and its outputs, side by side."""

from typing import Final

from PySide6.QtCore import QPoint, QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.debugger.tensors.card_frame import CardFrame
from cnnviz.app.debugger.tensors.tensor_card import TensorCard
from cnnviz.app.debugger.tensors.tensor_layout import Level
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.numerics.correspondence import Known, is_read, known_indices
from cnnviz.numerics.operations import Operation
from cnnviz.training.debugger.view import DebugView

_NARROW: Final = 340
"""Pixels below which there is one column."""
_USUAL: Final = 400
"""Pixels of height, at the normal scale, in which pictures have their usual size."""
_MOST_ENLARGED: Final = 2.5


class TensorBoard(QWidget):
    """Cards of the tensors that an operation reads, on the left, and writes, on the right."""

    pointed_at = Signal(str, object)
    """Carries a tensor's name and a cell's index."""
    chosen = Signal(str, object)
    """The same, of a cell that was clicked."""
    edit_requested = Signal(str, object)
    """The same, of a cell that is to be changed."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._tasks = tasks
        self._narrow = False
        self._enlarged = 1.0
        self._cards: dict[str, CardFrame] = {}
        self._titles = QLabel("Goes in"), QLabel("Comes out")
        self._nothing = QLabel("Not computed yet: F10 does the next operation.")
        self._nothing.setWordWrap(True)
        self._sides = QVBoxLayout(), QVBoxLayout()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, GRID // 2, 0, GRID)
        grid.setHorizontalSpacing(2 * GRID)
        for column, (title, side) in enumerate(zip(self._titles, self._sides, strict=True)):
            title.setProperty("muted", True)
            grid.addWidget(title, 0, column)
            side.setSpacing(GRID)
            side.addStretch(1)
            grid.addLayout(side, 1, column)
            grid.setColumnStretch(column, 1)
        self._grid = grid
        self._sides[1].insertWidget(0, self._nothing)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.set_style(style)

    def card(self, name: str) -> TensorCard:
        """Return the card of a tensor that is shown.

        Raises KeyError if it is not.
        """
        return self.frame(name).card

    def frame(self, name: str) -> CardFrame:
        """Return the card of a tensor that is shown, with its distribution.

        Raises KeyError if it is not.
        """
        frame = self._cards[name]
        if frame.isHidden():
            raise KeyError(name)
        return frame

    def corner_of(self, name: str, index: tuple[int, ...]) -> QPoint:
        """Return the point beside a cell of a card, in the board.

        Raises KeyError if the tensor is not shown.
        """
        card = self.card(name)
        cell = card.sheet.position(index) if card.sheet else None
        corner = card.cell_rect(cell).topRight() if cell else QPointF()
        return card.mapTo(self, corner.toPoint() + QPoint(2 * GRID, 0))

    def show_tensors(self, operation: Operation, view: DebugView, level: Level) -> None:
        """Show the tensors that an operation reads and writes.

        `level` says whether the pictures show all images or the selected one.
        """
        known = view.tensors
        wanted = [(name, 0) for name in operation.reads if name in known]
        wanted += [(name, 1) for name in operation.writes if name in known]
        for name, card in self._cards.items():
            card.setHidden(name not in dict(wanted))
            card.release(unless=known.get(name))
        rows = [0, 0]
        for name, side in wanted:
            card = self._cards.get(name) or self._new_card(name)
            layout = self._sides[side]
            if layout.indexOf(card) != rows[side]:
                layout.insertWidget(rows[side], card)
            rows[side] += 1
            point = view.point.index if view.point and view.point.tensor == name else None
            card.show_tensor(known[name], level, view.image, point)
            card.card.mark_inputs(_inputs(operation, view, name) if side == 0 else None)
            card.setHidden(False)
        self._nothing.setHidden(rows[1] > 0)

    def restart_ranges(self) -> None:
        """Note no jump of colours: another run is shown."""
        for card in self._cards.values():
            card.card.restart_range()

    def set_viewport_height(self, height: int) -> None:
        """Enlarge the pictures if they fit."""
        self._enlarged = min(_MOST_ENLARGED, max(1.0, height / (_USUAL * self._style.scale)))
        for card in self._cards.values():
            card.card.enlarge(self._enlarged)

    def release(self) -> None:
        """Show no tensor, and release all."""
        for card in self._cards.values():
            card.setHidden(True)
            card.release()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put outputs below inputs if they do not fit beside them."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * self._style.scale
        if narrow != self._narrow:
            self._narrow = narrow
            for item, row in ((self._titles[1], 2), (self._sides[1], 3)):
                cell = (row, 0) if narrow else (row - 2, 1)
                if isinstance(item, QLabel):
                    self._grid.removeWidget(item)
                    self._grid.addWidget(item, *cell)
                else:
                    self._grid.removeItem(item)
                    item.setParent(None)
                    self._grid.addLayout(item, *cell)
            self._grid.setColumnStretch(1, 0 if narrow else 1)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        for title in (*self._titles, self._nothing):
            title.setFont(style.scaled(0.85).body_font)
        for card in self._cards.values():
            card.set_style(style)

    def _new_card(self, name: str) -> CardFrame:
        frame = self._cards[name] = CardFrame(self._tasks, self._style, self)
        card = frame.card
        card.enlarge(self._enlarged)
        card.pointed_at.connect(self.pointed_at)
        card.chosen.connect(self.chosen)
        card.edit_requested.connect(self.edit_requested)
        return frame


def _inputs(operation: Operation, view: DebugView, name: str) -> Known | None:
    """Return which entries of a tensor go into the pointed cell; None without such a cell."""
    point = view.point
    if point is None or not point.index or point.tensor not in operation.writes:
        return None
    if not is_read(operation.name, name, view.rule):
        return None
    known = dict(known_indices(point.tensor, point.index, name, view.rule))
    if point.mean:
        known.pop("k", None)
    return known
