"""The small dialogs: about, shortcuts, details of an error."""

import platform
from collections.abc import Sequence
from typing import Final

import numpy as np
import PySide6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cnnviz import __version__
from cnnviz.app.look.icons import window_icon
from cnnviz.app.look.key_names import named_keys
from cnnviz.app.look.theme import GRID, body_font, number_font
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label

_IN_PANELS: Final = (
    ("Tab, Shift+Tab", "Go to the next or the previous control"),
    ("Arrows, Enter, Esc", "After F8: change the panel's size, keep it, restore it"),
    ("Arrows", "On the handle between two parts of a panel: move it"),
    ("Ctrl+Arrows", "In Network: choose a cell"),
    ("Enter, F2", "In Network: change the value in the cell"),
    ("+, −, 0", "In Network: zoom in at the cell, zoom out, view all"),
    ("Enter, F2, Space", "In Breakpoints: edit it, turn it on or off"),
    ("Enter, F2, Space", "In Branches: switch to it, rename it, show or hide its curve"),
    ("Delete", "In Breakpoints and Branches: delete it"),
    ("Ctrl+Z", "In a drawing: remove the last stroke; in a text field: undo what was typed"),
    ("Ctrl+Home, Ctrl+End", "In a table: go to its first and its last row"),
    ("Arrows", "In the plot of predictions: select the next image up, down, left or right"),
    ("0 to 9, Esc", "In the plot of predictions: list one digit, list all again"),
    ("←, →, Esc", "In a histogram: point at a bar, or at none"),
    ("↑, ↓, Enter", "In the list of operations: show another one, run to it"),
    ("Arrows, Enter", "In a picture of the debugger: select a cell, and pin it"),
    ("Esc", "In the debugger: release the pinned cell; in Network: end drawing"),
    ("Ctrl+C", "In a table of numbers: copy"),
)
"""Keys that belong to a panel, and their effect there."""
_ARROWS: Final = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}


def _dialog(title: str, parent: QWidget) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    fill_box(column, spacing=2 * GRID, margins=(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID))
    return dialog, column


def _close_button(dialog: QDialog, column: QVBoxLayout) -> QDialogButtonBox:
    """Add a row of buttons with one that closes the dialog."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    column.addWidget(buttons)
    return buttons


def _scale() -> float:
    """How large the application's type is; 1 is the normal size."""
    return QApplication.font().pointSizeF() / body_font().pointSizeF()


def _paragraph(text: str, width: int) -> QLabel:
    """Return a label of a width in pixels that is high enough for its wrapped text."""
    words = QLabel(text)
    words.setWordWrap(True)
    words.setFixedWidth(width)
    words.ensurePolished()
    words.setMinimumHeight(words.heightForWidth(width))
    return words


def _scrolled(dialog: QDialog, column: QVBoxLayout, body: QWidget, parent: QWidget) -> None:
    """Put a body into a dialog, which scrolls it if it is higher than the parent's window."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(body)
    column.addWidget(area, 1)
    _close_button(dialog, column)
    dialog.ensurePolished()
    bar = area.verticalScrollBar().sizeHint().width()
    width = body.sizeHint().width()
    area.setMinimumWidth(width + bar)
    around = dialog.sizeHint().height() - area.sizeHint().height()
    height = body.heightForWidth(width + bar) + around
    available = max(parent.window().height(), around + 10 * GRID)
    dialog.resize(dialog.minimumSizeHint().width(), min(height, available))


def about(parent: QWidget) -> QDialog:
    """Return the dialog about the program, its data and the versions of its libraries."""
    dialog, column = _dialog("About cnnviz", parent)
    body = QWidget()
    from importlib.metadata import version  # noqa: PLC0415  (slow, and not needed at the start)

    scale = _scale()
    side = round(64 * scale)
    picture = QLabel()
    picture.setPixmap(window_icon().pixmap(side, side))
    words = _paragraph(
        f"<h3>cnnviz {__version__}</h3>"
        "<p>See, debug and teach how a small convolutional network learns: three 5 × 5 filters, a "
        "sigmoid and one dense output, trained from scratch in numpy to say whether a digit is "
        "greater than 4.</p>"
        "<p>Bundled digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, "
        "UCI Machine Learning Repository, 1998 (CC BY 4.0).</p>"
        f"<p>Python {platform.python_version()}, numpy {np.__version__}, "
        f"PySide6 {PySide6.__version__}, pyqtgraph {version('pyqtgraph')}. MIT licence.</p>",
        round(52 * GRID * scale),
    )
    margins = GRID, GRID, GRID, GRID
    fill_box(QVBoxLayout(body), picture, words, None, spacing=2 * GRID, margins=margins)
    _scrolled(dialog, column, body, parent)
    return dialog


def shortcuts(groups: Sequence[tuple[str, Sequence[QAction]]], parent: QWidget) -> QDialog:
    """Return the dialog that lists the keys of these actions, each group under its heading."""
    dialog, column = _dialog("Keyboard shortcuts", parent)
    listed = [
        (title, [(written_keys(a.shortcut()), a.toolTip().split(" (")[0]) for a in actions])
        for title, actions in groups
    ]
    listed.append(("In the panels", [(named_keys(keys), words) for keys, words in _IN_PANELS]))
    body, margins = QWidget(), (GRID, GRID, GRID, GRID)
    tables = map(_key_table, _two_columns(listed))
    fill_box(QHBoxLayout(body), *tables, spacing=4 * GRID, margins=margins)
    around = 6 * GRID + round(2 * GRID * _scale())  # margins, and a scroll bar beside the type
    if body.sizeHint().width() + around > parent.window().width():
        body = QWidget()
        QVBoxLayout(body).addLayout(_key_table(listed))
    _scrolled(dialog, column, body, parent)
    return dialog


_Group = tuple[str, Sequence[tuple[str, str]]]


def _two_columns(groups: Sequence[_Group]) -> tuple[list[_Group], list[_Group]]:
    """Distribute groups over two columns of about the same length, in their order."""
    whole = sum(len(rows) + 2 for _, rows in groups)
    columns: tuple[list[_Group], list[_Group]] = [], []
    above = 0
    for title, rows in groups:
        columns[2 * above // whole].append((title, rows))
        above += len(rows) + 2
    return columns


def _key_table(groups: Sequence[_Group]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    scale = _scale()
    row = 0
    for title, rows in groups:
        heading = text_label(title, look="heading")
        if row:
            heading.setContentsMargins(0, GRID, 0, 0)
        grid.addWidget(heading, row, 0, 1, 2)
        row += 1
        for keys, words in rows:
            key, explanation = QLabel(keys), _paragraph(words, round(36 * GRID * scale))
            key.setFont(number_font(scale))
            grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(explanation, row, 1, Qt.AlignmentFlag.AlignTop)
            row += 1
    grid.setRowStretch(row, 1)
    return grid


def written_keys(keys: QKeySequence) -> str:
    """Write a shortcut with arrows for the arrow keys."""
    *held, last = named_keys(keys.toString()).split("+")
    return "+".join([*held, _ARROWS.get(last, last)])


def details(text: str, parent: QWidget, title: str = "Details") -> QDialog:
    """Return a dialog with a long text that can be copied."""
    dialog, column = _dialog(title, parent)
    words = QPlainTextEdit(text)
    words.setReadOnly(True)
    words.setFont(number_font(_scale()))
    available = parent.window().size() - QSize(8 * GRID, 16 * GRID)
    words.setMinimumSize(QSize(90 * GRID, 45 * GRID).boundedTo(available))
    column.addWidget(words)
    copy = QPushButton("&Copy")
    copy.clicked.connect(lambda: QApplication.clipboard().setText(text))
    _close_button(dialog, column).addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    return dialog
