"""The branches as a table: what each is called, where it began, how far it came."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.branches.visibility import is_drawn
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.number_format import loss_text, percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branches import BranchView

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The table's columns, from the left."""

    NAME = 0
    LAST = 1
    LOSS = 2
    ACCURACY = 3


TITLES: Final = ("branch", "last", "loss", "right")
EXPLANATIONS: Final = (
    "Its name; the mark says whether it is drawn in the Loss panel",
    "Its newest iteration",
    "The mean error of its newest iteration",
    "The share of right predictions of its newest iteration",
)


class BranchesModel(QAbstractTableModel):
    """One row a branch, in the order in which they were begun."""

    renamed = Signal(int, str)
    """The person gave a branch another name; carries its number."""
    drawn_changed = Signal(int, bool)
    """The person wants a branch drawn, or not."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._frame: Frame | None = None
        self._rows: tuple[BranchView, ...] = ()
        self._drawn: Mapping[int, bool] = {}

    def show_frame(self, frame: Frame, drawn: Mapping[int, bool]) -> None:
        """List a frame's branches."""
        old = [branch.number for branch in self._rows]
        new = [branch.number for branch in frame.branches]
        self._drawn = drawn
        if old != new:
            self.beginResetModel()
            self._frame, self._rows = frame, frame.branches
            self.endResetModel()
            return
        self._frame, self._rows = frame, frame.branches
        self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(Column) - 1))

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        if self._rows:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1)
            )

    def branch(self, row: int) -> BranchView | None:
        """Return the branch in a row, or None."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, number: int) -> int:
        """Return a branch's row, or −1."""
        return next((i for i, b in enumerate(self._rows) if b.number == number), -1)

    def is_current(self, branch: BranchView) -> bool:
        """Whether a branch is the one that is looked at."""
        return self._frame is not None and self._frame.branch.number == branch.number

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many branches there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Say what can be done to a cell."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == Column.NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
            branch = self.branch(index.row())
            if branch is not None and not self.is_current(branch):
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401
        """Return a column's title, or what it means."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        texts = {Qt.ItemDataRole.DisplayRole: TITLES, Qt.ItemDataRole.ToolTipRole: EXPLANATIONS}
        chosen = texts.get(Qt.ItemDataRole(role))
        return chosen[section] if chosen else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return what is shown of a branch."""
        branch, frame = self.branch(index.row()), self._frame
        if branch is None or frame is None:
            return None
        name = index.column() == Column.NAME
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _words(branch, index.column())
            case Qt.ItemDataRole.EditRole if name:
                return branch.name
            case Qt.ItemDataRole.ToolTipRole:
                return self._origin(branch)
            case Qt.ItemDataRole.CheckStateRole if name and not self.is_current(branch):
                drawn = is_drawn(branch, frame, self._drawn)
                return Qt.CheckState.Checked if drawn else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.DecorationRole if name:
                return self._sample(branch)
            case Qt.ItemDataRole.FontRole:
                font = self._style.body_font
                font.setBold(self.is_current(branch))
                return font
            case Qt.ItemDataRole.TextAlignmentRole if not name:
                return int(Qt.AlignmentFlag.AlignRight) | int(Qt.AlignmentFlag.AlignVCenter)
            case _:
                return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401
        """Ask for another name, or for the branch to be drawn or not; the next frame says it."""
        branch = self.branch(index.row())
        if branch is None:
            return False
        if role == Qt.ItemDataRole.CheckStateRole:
            drawn = Qt.CheckState(value) == Qt.CheckState.Checked
            self.drawn_changed.emit(branch.number, drawn)
            return True
        if role == Qt.ItemDataRole.EditRole and str(value).strip() != branch.name:
            self.renamed.emit(branch.number, str(value))
            return True
        return False

    def _origin(self, branch: BranchView) -> str:
        parent = next((b for b in self._rows if b.number == branch.parent), None)
        here = " It is looked at." if self.is_current(branch) else ""
        if parent is None:
            return f"{branch.name}: from iteration 0.{here}"
        if branch.origin < 0:
            return f"{branch.name}: instead of iteration 0 of {parent.name}.{here}"
        return f"{branch.name}: from iteration {branch.origin:,} of {parent.name}.{here}"

    def _sample(self, branch: BranchView) -> QIcon:
        """Draw a piece of the branch's curve."""
        theme, scale = self._style.theme, self._style.scale
        width, height = round(3 * GRID * scale), round(GRID * scale)
        pixmap = QPixmap(width, height)
        pixmap.fill(Qt.GlobalColor.transparent)
        if self.is_current(branch):
            pen = QPen(QColor(theme.accent), 2 * scale)
        else:
            pen = branch_pen(branch.number, theme, 1.5 * scale)
        painter = QPainter(pixmap)
        painter.setPen(pen)
        painter.drawLine(0, height // 2, width, height // 2)
        painter.end()
        return QIcon(pixmap)


def _words(branch: BranchView, column: int) -> str:
    match column:
        case Column.NAME:
            return branch.name
        case Column.LAST:
            return f"{branch.last:,}"
        case Column.LOSS:
            return loss_text(float(branch.curve.loss[-1]))
        case _:
            return percent(float(branch.curve.accuracy[-1]))
