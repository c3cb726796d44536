"""The dialog with the sessions that are kept: continue one, or delete some."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.sessions.picture import picture_of, picture_size
from cnnviz.app.sessions.words import entry_text
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.numerics.number_format import counted
from cnnviz.training.limits import readable_size
from cnnviz.training.run.state_log import MOST_BYTES as MOST_STATES
from cnnviz.training.run.state_log import MOST_WRITTEN
from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.folder import MOST_BYTES, SessionEntry, oldest_to_delete

_ROLE: Final = Qt.ItemDataRole.UserRole
_SIZE: Final = QSize(90 * GRID, 60 * GRID)


class SessionsDialog(QDialog):
    """Lists sessions, the newest first. It reads and deletes nothing itself."""

    resume_requested = Signal(object)
    """Carries the path of the session to go on with."""
    delete_requested = Signal(object)
    """Carries the paths of the sessions to delete, which the person has confirmed."""

    def __init__(self, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sessions")
        self._style = style
        self.intro = text_label(
            "Everything you do is saved at once: branches, edits, bookmarks, breakpoints and code. "
            "Continue a session where you left it; this one is kept, too.",
            look="muted",
        )
        self.list = QListWidget()
        self.list.setAccessibleName("Sessions")
        self.list.setIconSize(picture_size(style.scale))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setWordWrap(True)
        self.list.setSpacing(GRID // 2)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(self._resume)
        self.space = text_label("Reading …", "Space taken")
        self.resume = QPushButton("Continue")
        self.resume.setDefault(True)
        self.resume.clicked.connect(self._resume)
        self.delete = QPushButton("Delete…")
        self.delete.clicked.connect(self._ask)
        for button in (self.resume, self.delete):
            button.setMinimumWidth(14 * GRID)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        fill_box(row, self.delete, None, self.resume, close)
        margins = 3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID
        parts = self.intro, self.list, self.space, row
        fill_box(QVBoxLayout(self), *parts, stretched=self.list, spacing=2 * GRID, margins=margins)
        size = _SIZE * style.scale
        self.resize(size.boundedTo(parent.window().size()))
        self._enable()

    def show_entries(self, entries: Sequence[SessionEntry], scratch: int = 0) -> None:
        """List sessions, and select the oldest if they take much space.

        `scratch` is the size in bytes of this window's scratch file, which it has if sessions
        cannot be kept.
        """
        self.list.clear()
        now = time.time()
        oldest = oldest_to_delete(entries)
        for entry in entries:
            item = QListWidgetItem(entry_text(entry, now))
            item.setData(_ROLE, entry)
            if entry.summary is not None:
                item.setIcon(self._icon(entry.summary))
            if entry.in_use:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
            item.setSelected(entry in oldest)
        self.space.setText(_space(entries, oldest, scratch))
        self._enable()

    def _icon(self, summary: SessionSummary) -> QIcon:
        icon, ratio = QIcon(), self.devicePixelRatioF()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            on_accent = mode == QIcon.Mode.Selected
            picture = picture_of(summary, self._style, ratio, on_accent=on_accent)
            icon.addPixmap(picture, mode)
        return icon

    @property
    def selected(self) -> list[SessionEntry]:
        """The sessions that are selected."""
        return [item.data(_ROLE) for item in self.list.selectedItems()]

    @Slot()
    def _enable(self) -> None:
        selected = self.selected
        self.delete.setEnabled(bool(selected))
        self.resume.setEnabled(len(selected) == 1 and selected[0].summary is not None)

    @Slot()
    def _resume(self) -> None:
        if self.resume.isEnabled():
            self.resume_requested.emit(self.selected[0].path)
            self.close()

    @Slot()
    def _ask(self) -> None:
        chosen = self.selected
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete sessions")
        size = readable_size(sum(entry.size + entry.states for entry in chosen))
        box.setText(f"Delete {counted(len(chosen), 'session')}, {size}? It cannot be undone.")
        box.setStandardButtons(
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel
        )
        box.button(QMessageBox.StandardButton.Discard).setText("Delete")
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        paths: list[Path] = [entry.path for entry in chosen]
        box.button(QMessageBox.StandardButton.Discard).clicked.connect(
            lambda: self.delete_requested.emit(paths)
        )
        box.open()


def _space(entries: Sequence[SessionEntry], oldest: Sequence[SessionEntry], scratch: int) -> str:
    taken = readable_size(sum(entry.size for entry in entries))
    text = f"Sessions take {taken} and may take {readable_size(MOST_BYTES)}"
    text += ": delete the oldest, which are selected." if oldest else "."
    if states := sum(entry.states for entry in entries):
        text += (
            f" Their states, which let long runs be saved fast, take {readable_size(states)} more "
            f"and may take {readable_size(MOST_STATES)} for each open window: the oldest are "
            "removed automatically, and computed again when they are needed. A window writes at "
            f"most {readable_size(MOST_WRITTEN)} of them."
        )
    if scratch:
        text += (
            f" A scratch file that lets runs be saved fast takes {readable_size(scratch)} more "
            f"and may take {readable_size(MOST_STATES)}. At most {readable_size(MOST_WRITTEN)} "
            "are ever written to it, and it is removed when the window closes."
        )
    return text
