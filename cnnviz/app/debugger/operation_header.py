"""The header of one operation: its formula, the formula with numbers in it, and its numpy."""

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.debugger.code_lines import CodeLines
from cnnviz.app.debugger.formula import Formula
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.numerics.operations import Operation
from cnnviz.training.debugger.view import DebugView

_NAMES = "np is numpy, lr is η."


class OperationHeader(QWidget):
    """One operation, in formulae and as code."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._operation: Operation | None = None
        self.failure = text_label(look="wrong")
        self.failure.setProperty("heading", True)
        self.failure.hide()
        self.formula = Formula(style, "Formula")
        self.numbers = Formula(style, "Formula with the numbers of this cell")
        self.code = CodeLines()
        self.code.setToolTip(_NAMES)
        self.code.hide()
        parts = self.failure, self.formula, self.numbers, self.code
        box = QVBoxLayout(self)
        fill_box(box, *parts, stretched=self.formula, spacing=GRID // 2)
        box.setStretchFactor(self.numbers, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.set_style(style)

    def show_operation(self, operation: Operation, view: DebugView, *, steady: bool) -> None:
        """Show an operation, and the numbers of the explained cell if the operation wrote it.

        Parameters
        ----------
        steady : bool
            Whether the formula with numbers keeps its height while it is hidden, so that nothing
            beneath moves away from the pointer.
        """
        self.formula.set_latex(operation.variant(view.rule).latex)
        explained = view.explanation
        is_written = explained is not None and explained.tensor in operation.writes
        if explained is not None and is_written:
            self.numbers.set_latex(explained.formula)
        elif operation is not self._operation:
            self.numbers.set_latex("")
        self._operation = operation
        policy = self.numbers.sizePolicy()
        policy.setRetainSizeWhenHidden(steady)
        self.numbers.setSizePolicy(policy)
        self.numbers.setVisible(is_written)
        self.code.set_code(operation.variant(view.rule).numpy)
        self.code.show()
        failure = view.failure
        failed = failure is not None and failure.operation == operation.name
        self.failure.setVisible(failure is not None)
        if failure is not None:
            where = "" if failed else f"{failure.operation}: "
            self.failure.setText(f"{where}{failure.message}")

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type."""
        self.formula.set_style(style)
        self.numbers.set_style(style.scaled(0.9))
        self.code.set_style(style)
