"""What one operation computes: its formula, the formula with numbers in it, and its numpy line."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.formula import Formula
from cnnviz.numerics.formulae import formula, source
from cnnviz.numerics.operations import Operation
from cnnviz.training.debug_view import DebugView

_LINES = 3
"""Lines of code that are shown; the tip has them all."""


class OperationHead(QWidget):
    """One operation, in formulae and as code."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._operation: Operation | None = None
        self.failure = QLabel()
        self.failure.setWordWrap(True)
        self.failure.hide()
        self.formula = Formula(theme, "Formula")
        self.numbers = Formula(theme, "Formula with the numbers of this cell")
        self.code = QLabel()
        self.code.setAccessibleName("The numpy line of the readable path")
        self.code.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for label in (self.code, self.failure):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.code.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        for part in (self.failure, self.formula, self.numbers, self.code):
            column.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.set_theme(theme)
        self.set_scale(1.0)

    def show_operation(self, operation: Operation, view: DebugView, *, steady: bool) -> None:
        """Show an operation, with the numbers of the cell of its own that is pointed at.

        Parameters
        ----------
        operation : Operation
        view : DebugView
        steady : bool
            Whether the numbers keep their room where another tensor's cell is pointed at, so that
            what is beneath does not move away from the pointer.
        """
        self.formula.set_latex(formula(operation, view.rule))
        told = view.explanation
        own = told is not None and told.tensor in operation.writes
        if told is not None and own:
            self.numbers.set_latex(told.formula)
        elif operation is not self._operation:
            self.numbers.set_latex("")
        self._operation = operation
        policy = self.numbers.sizePolicy()
        policy.setRetainSizeWhenHidden(steady)
        self.numbers.setSizePolicy(policy)
        self.numbers.setVisible(own)
        whole = source(operation)
        lines = whole.partition("\n\n")[0].splitlines()
        if len(lines) > _LINES:
            lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
        self.code.setText("\n".join(lines))
        self.code.setToolTip(whole)
        failure = view.failure
        failed = failure is not None and failure.operation == operation.name
        self.failure.setVisible(failure is not None)
        if failure is not None:
            where = "" if failed else f"{failure.operation}: "
            self.failure.setText(f"{where}{failure.message}")

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.formula.set_theme(theme)
        self.numbers.set_theme(theme)
        self.code.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border-radius: 4px;"
            f" padding: 2px {GRID // 2}px;"
        )
        self.failure.setStyleSheet(f"color: {theme.wrong}; font-weight: 600;")

    def set_scale(self, scale: float) -> None:
        """Take type of another size."""
        self.failure.setFont(body_font(scale))
        self.code.setFont(number_font(0.85 * scale))
        self.formula.set_scale(scale)
        self.numbers.set_scale(0.9 * scale)
