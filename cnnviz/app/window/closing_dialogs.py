"""The dialogs before a window closes, and the names of the files that are saved then."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from cnnviz.app.widgets.save_dialog import RUN
from cnnviz.training.run.branch import BranchView

_LISTED: Final = 5
"""Branches that the question names."""
_NAME: Final = 40
"""Characters of a branch's name in the question and in a file's name."""
_OF_DEVICES: Final = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
"""Beginnings of names that mean a device on Windows, whatever their ending."""
Buttons = QMessageBox.StandardButton


def unsaved_box(unsaved: Sequence[BranchView], parent: QWidget) -> QMessageBox:
    """Return the question whether to save the branches that would be lost."""
    box = _box("Unsaved branches" if len(unsaved) > 1 else "Unsaved run", parent)
    box.setText(_question(unsaved))
    box.setStandardButtons(Buttons.Save | Buttons.Discard | Buttons.Cancel)
    box.setDefaultButton(Buttons.Save)
    box.button(Buttons.Save).setText("Save…")
    return box


def waiting_box(text: str, parent: QWidget) -> tuple[QMessageBox, QPushButton]:
    """Return what explains why the window is still open, and its button that gives up saving."""
    box = _box("Still saving", parent)
    box.setText(text)
    give_up = box.addButton("Give up saving", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Keep the window open", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    return box, give_up


def folder_dialog(parent: QWidget) -> QFileDialog:
    """Return the question in which folder to save every branch."""
    dialog = QFileDialog(parent, "Save every branch in a folder")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Save here")
    return dialog


def _box(title: str, parent: QWidget) -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    return box


def _question(unsaved: Sequence[BranchView]) -> str:
    """Return the question, which names the branches that would be lost."""
    lines = [f"“{_short(branch.name)}”, {_iterations(branch)}" for branch in unsaved[:_LISTED]]
    if len(unsaved) > _LISTED:
        lines.append(f"and {len(unsaved) - _LISTED:,} more")
    what = "this run" if len(unsaved) == 1 else "these branches"
    return f"Save {what} before the window closes?\n\n" + "\n".join(lines)


def _iterations(branch: BranchView) -> str:
    return "1 iteration" if branch.last == 1 else f"{branch.last:,} iterations"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[:_NAME]}…"


def file_names(folder: Path, branches: Sequence[BranchView]) -> dict[Path, BranchView]:
    """Return a new file in a folder for each branch, named after it; nothing is replaced.

    The names are distinct and valid on every system.
    """
    files: dict[Path, BranchView] = {}
    taken: set[str] = set()
    for branch in branches:
        name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", branch.name)[:_NAME].strip(" .-") or "run"
        name = f"run {name}" if _OF_DEVICES.match(name) else name
        path, number = folder / f"{name}{RUN.ending}", 1
        while _folded_name(path) in taken or path.exists() or path.is_symlink():
            number += 1
            path = folder / f"{name} {number}{RUN.ending}"
        taken.add(_folded_name(path))
        files[path] = branch
    return files


def _folded_name(path: Path) -> str:
    """Return a file's name in a form in which those that macOS or Windows confuse are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path.name).casefold())
