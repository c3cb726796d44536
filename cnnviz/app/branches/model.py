"""The branches as a table: name, loss, accuracy, rule, learning rate, images, iterations."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.branches.visibility import is_drawn
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.titled_table_model import Index, TitledTableModel
from cnnviz.numerics.number_format import loss_text, percent, plain
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branch import BranchView

_Role = Qt.ItemDataRole


class BranchColumn(IntEnum):
    """The columns of the table, from the left."""

    NAME = 0
    LOSS = 1
    ACCURACY = 2
    RULE = 3
    RATE = 4
    SUBSET = 5
    LAST = 6


_TITLES: Final = ("branch", "loss", "correct", "rule", "η", "n", "last")
_EXPLANATIONS: Final = (
    "Its name; the mark says whether it is drawn in the Loss panel",
    "The mean error of its newest iteration",
    "The share of correct predictions of its newest iteration",
    "The gradient rule of its newest iteration",
    "The learning rate of its newest iteration",
    "The number of images of its newest iteration",
    "Its newest iteration",
)


class BranchesModel(TitledTableModel[BranchView]):
    """A table with one row per branch, in the order in which they began."""

    renamed = Signal(int, str)
    """The person has renamed a branch; carries its number and the name."""
    drawn_changed = Signal(int, bool)
    """The person has chosen whether a branch is drawn; carries its number."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        numbers = set(BranchColumn) - {BranchColumn.NAME, BranchColumn.RULE}
        super().__init__(_TITLES, _EXPLANATIONS, numbers, style, parent)
        self._frame: Frame | None = None
        self._drawn: Mapping[int, bool] = {}

    def show_frame(self, frame: Frame, drawn: Mapping[int, bool]) -> None:
        """Show a frame's branches; `drawn` is the person's choice of those that are drawn."""
        same = [b.number for b in self._rows] == [b.number for b in frame.branches]
        if not same:
            self.beginResetModel()
        self._frame, self._rows, self._drawn = frame, frame.branches, drawn
        if same:
            self._redraw()
        else:
            self.endResetModel()

    def row_of(self, number: int) -> int:
        """Return a branch's row, or −1."""
        return next((i for i, b in enumerate(self._rows) if b.number == number), -1)

    def is_current(self, branch: BranchView) -> bool:
        """Whether a branch is the current one."""
        return self._frame is not None and self._frame.branch.number == branch.number

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return the flags of a cell."""
        branch = self.row(index.row())
        if branch is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == BranchColumn.NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
            if not self.is_current(branch):
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401
        """Return the content of a cell."""
        branch, frame = self.row(index.row()), self._frame
        if branch is None or frame is None:
            return None
        is_name = index.column() == BranchColumn.NAME
        match role:
            case _Role.DisplayRole:
                return _text(branch, index.column())
            case _Role.EditRole if is_name:
                return branch.name
            case _Role.ToolTipRole:
                return tooltip_text(self._tip(branch, index.column()))
            case _Role.CheckStateRole if is_name and not self.is_current(branch):
                drawn = is_drawn(branch, frame, self._drawn)
                return Qt.CheckState.Checked if drawn else Qt.CheckState.Unchecked
            case _Role.DecorationRole if is_name:
                return self._sample(branch)
            case _Role.FontRole:
                font = self._style.body_font
                font.setBold(self.is_current(branch))
                return font
            case _Role.TextAlignmentRole:
                return self._alignment(index.column())
        return None

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: ANN401
        """Request another name, or that the branch is drawn or not; the next frame has it."""
        branch = self.row(index.row())
        if branch is None:
            return False
        if role == _Role.CheckStateRole:
            drawn = Qt.CheckState(value) == Qt.CheckState.Checked
            self.drawn_changed.emit(branch.number, drawn)
            return True
        if role == _Role.EditRole and str(value).strip() != branch.name:
            self.renamed.emit(branch.number, str(value))
            return True
        return False

    def _tip(self, branch: BranchView, column: int) -> str:
        if column == BranchColumn.RULE:
            return f"The rule is {branch.settings.rule.title}"
        return self._origin(branch)

    def _origin(self, branch: BranchView) -> str:
        parent = next((b for b in self._rows if b.number == branch.parent), None)
        current = " It is the current branch." if self.is_current(branch) else ""
        if parent is None:
            return f"{branch.name}: from iteration 0.{current}"
        if branch.origin < 0:
            return f"{branch.name}: instead of iteration 0 of {parent.name}.{current}"
        return f"{branch.name}: from iteration {branch.origin:,} of {parent.name}.{current}"

    def _sample(self, branch: BranchView) -> QIcon:
        """Return a short line, drawn as the branch's curve is."""
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


def _text(branch: BranchView, column: int) -> str:
    match column:
        case BranchColumn.NAME:
            return branch.name
        case BranchColumn.LOSS:
            return loss_text(float(branch.curve.loss[-1]))
        case BranchColumn.ACCURACY:
            return percent(float(branch.curve.accuracy[-1]))
        case BranchColumn.RULE:
            return _rule_text(branch.settings.rule)
        case BranchColumn.RATE:
            return plain(branch.settings.learning_rate, 4)
        case BranchColumn.SUBSET:
            return f"{branch.settings.subset:,}"
        case _:
            return f"{branch.last:,}"


def _rule_text(rule: Rule) -> str:
    """Return a rule in two words: "notebook + 2" has two corrections."""
    if rule.extra:
        return "own code" if rule.extra[0].label.startswith("own ") else "with a fault"
    corrections = len(rule.corrected)
    return rule.title if rule in {NOTEBOOK, EXACT} else f"notebook + {corrections}"
