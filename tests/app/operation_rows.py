"""The debugger's list of operations, as a person or a screen reader finds it."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from cnnviz.app.debugger.operation_list import OperationList
from cnnviz.numerics.operations import FORWARD, OPERATIONS


def index_of(operations: OperationList, position: int) -> QModelIndex:
    """Return the row of an operation; the forward and the backward pass each have a heading."""
    return operations.model().index(position + 1 + (position >= len(FORWARD)), 0)


def words(operations: OperationList, position: int) -> str:
    """Return the accessible text of an operation's row, which is also its tooltip."""
    index = index_of(operations, position)
    text = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == index.data(Qt.ItemDataRole.ToolTipRole)
    assert isinstance(text, str)
    return text


def newest(operations: OperationList) -> int | None:
    """Return the position of the operation that was done last."""
    return _the_one_with(operations, "(just done")


def next_row(operations: OperationList) -> int | None:
    """Return the position of the next or running operation."""
    return _the_one_with(operations, ": you are here")


def marked(operations: OperationList) -> set[str]:
    """Return the names of the operations before which a run stops."""
    return _those_with(operations, ", a run stops before it)")


def conditional(operations: OperationList) -> set[str]:
    """Return the names of the operations that a conditional breakpoint names."""
    return _those_with(operations, ", a conditional breakpoint names it)")


def spot(operations: OperationList, position: int) -> QPoint:
    """Return the middle of an operation's row."""
    return operations.visualRect(index_of(operations, position)).center()


def margin(operations: OperationList, position: int) -> QPoint:
    """Return the rectangle of an operation's breakpoint margin."""
    rect = operations.visualRect(index_of(operations, position))
    return QPoint(rect.left() + 8, rect.center().y())


def click(operations: OperationList, at: QPoint) -> None:
    """Click a point of the list."""
    QTest.mouseClick(operations.viewport(), Qt.MouseButton.LeftButton, pos=at)


def tooltip(operations: OperationList, at: QPoint) -> str:
    """Return the tooltip at a point of the list."""
    viewport = operations.viewport()
    event = QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)
    text = QToolTip.text()
    QToolTip.hideText()
    return text


def _the_one_with(operations: OperationList, text: str) -> int | None:
    found = [p for p in range(len(OPERATIONS)) if text in words(operations, p)]
    assert len(found) <= 1
    return found[0] if found else None


def _those_with(operations: OperationList, text: str) -> set[str]:
    return {o.name for p, o in enumerate(OPERATIONS) if text in words(operations, p)}
