"""The small dialogs: about, shortcuts, details of an error."""

import platform
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
import PySide6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from cnnviz import __version__
from cnnviz.app.icons import window_icon
from cnnviz.app.theme import GRID, number_font

_IN_PANELS: Final = [
    ("Tab, Shift+Tab", "Go to the next control, or the one before"),
    ("Up, Down", "In the list of operations: look at another one"),
    ("Enter", "In the list of operations: run to it"),
    ("Arrows, Enter", "On a picture of the debugger: point at a cell, and keep it"),
    ("Esc", "In the debugger: let go of the cell that was kept"),
    ("Ctrl+C", "In a table of numbers: copy"),
]
"""Keys that belong to a panel, and what they do there."""


def _dialog(title: str, parent: QWidget) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
    column.setSpacing(2 * GRID)
    return dialog, column


def _close_button(dialog: QDialog, column: QVBoxLayout) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    column.addWidget(buttons)


def about(parent: QWidget) -> QDialog:
    """Return the dialog that says what the program is and what it runs on."""
    dialog, column = _dialog("About cnnviz", parent)
    picture = QLabel()
    picture.setPixmap(window_icon().pixmap(64, 64))
    column.addWidget(picture)
    words = QLabel(
        f"<h3>cnnviz {__version__}</h3>"
        "<p>See, debug and teach how a small convolutional network learns: three 5 × 5 filters, a "
        "sigmoid and one dense output, trained from scratch in numpy to say whether a digit is "
        "greater than 4.</p>"
        "<p>Bundled digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, "
        "UCI Machine Learning Repository, 1998 (CC BY 4.0).</p>"
        f"<p>Python {platform.python_version()}, numpy {np.__version__}, "
        f"PySide6 {PySide6.__version__}, pyqtgraph {pg.__version__}. MIT licence.</p>"
    )
    words.setWordWrap(True)
    words.setMinimumWidth(52 * GRID)
    column.addWidget(words)
    _close_button(dialog, column)
    return dialog


def shortcuts(actions: Sequence[QAction], parent: QWidget) -> QDialog:
    """Return the dialog that lists the keys of these actions."""
    dialog, column = _dialog("Keyboard shortcuts", parent)
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    rows = [(a.shortcut().toString(), a.toolTip().split(" (")[0]) for a in actions]
    rows += _IN_PANELS
    half = -(-len(rows) // 2)  # in two columns, or they would not fit a small screen
    for i, (keys, words) in enumerate(rows):
        column_, row = divmod(i, half)
        key, said = QLabel(keys), QLabel(words)
        key.setFont(number_font())
        said.setWordWrap(True)
        said.setMinimumWidth(38 * GRID)
        grid.addWidget(key, row, 2 * column_, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, row, 2 * column_ + 1, Qt.AlignmentFlag.AlignTop)
    column.addLayout(grid)
    _close_button(dialog, column)
    return dialog


def details(text: str, parent: QWidget) -> QDialog:
    """Return a dialog with a long text that can be copied."""
    dialog, column = _dialog("Details", parent)
    words = QPlainTextEdit(text)
    words.setReadOnly(True)
    words.setFont(number_font())
    words.setMinimumSize(90 * GRID, 45 * GRID)
    column.addWidget(words)
    _close_button(dialog, column)
    return dialog
