"""Commands about time: jumps, bookmarks, edits and branches."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QInputDialog

from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.branch_names import LONGEST_NAME

if TYPE_CHECKING:
    from cnnviz.app.branches.panel import BranchesPanel


class TimeCommands(QObject):
    """Turns requests of the panels into commands of the training loop."""

    seek = Signal(int)
    """Carries the iteration to go to."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        loop, banner, docks = parts.loop, parts.banner, parts.docks
        self._track = track = parts.busy_notice.track
        network, loss, branches = parts.panels.network, parts.panels.loss, parts.panels.branches
        self._window, self._loop, self._docks = parts.window, loop, docks
        self._loss, self._lazy_branches = loss, branches
        self._frame: Frame | None = None
        banner.run_requested.connect(loop.start)
        banner.newest_requested.connect(self._go_to_newest)
        network.edit_began.connect(loop.pause)
        network.edit_requested.connect(lambda edit: track(loop.edit(edit)))
        network.pixel_requested.connect(lambda stroke: track(loop.draw(stroke)))
        network.erasing_requested.connect(lambda image: track(loop.erase(image)))
        loss.timeline.bookmark_requested.connect(self._toggle_bookmark)
        banner.branches_requested.connect(lambda: docks.bring_up("branches"))
        branches.made.connect(self._connect_branches)
        actions = parts.actions
        actions.jump.triggered.connect(self._jump)
        actions.first.triggered.connect(lambda: self.seek.emit(0))
        actions.newest.triggered.connect(self._go_to_newest)
        actions.bookmark.triggered.connect(self._toggle_bookmark)
        actions.next_bookmark.triggered.connect(lambda: self._go_to_bookmark(1))
        actions.previous_bookmark.triggered.connect(lambda: self._go_to_bookmark(-1))
        self._first, self._newest = actions.first, actions.newest
        self._next, self._previous = actions.next_bookmark, actions.previous_bookmark
        actions.branches.triggered.connect(self._list_branches)

    @Slot(object)
    def _connect_branches(self, panel: "BranchesPanel") -> None:
        loop, track = self._loop, self._track
        panel.switch_requested.connect(lambda number: track(loop.switch(number)))
        panel.rename_requested.connect(loop.rename_branch)
        panel.delete_requested.connect(loop.delete_branch)
        panel.undo_requested.connect(loop.restore_branch)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Enable the actions that go to another iteration or bookmark."""
        self._frame = frame
        self._newest.setEnabled(frame.iteration < frame.last)
        self._first.setEnabled(frame.iteration > 0)
        marks = [b.iteration for b in frame.branch.bookmarks]
        self._next.setEnabled(bool(marks) and marks[-1] > frame.iteration)
        self._previous.setEnabled(bool(marks) and marks[0] < frame.iteration)

    @Slot()
    def _jump(self) -> None:
        self._docks.bring_up("loss")
        self._loss.timeline.jump()

    @Slot()
    def _go_to_newest(self) -> None:
        if self._frame is not None:
            self.seek.emit(self._frame.last)

    def _go_to_bookmark(self, direction: int) -> None:
        """Go to the next bookmark, or with the direction −1 to the previous one."""
        if (frame := self._frame) is not None:
            away = [direction * (b.iteration - frame.iteration) for b in frame.branch.bookmarks]
            if distances := [distance for distance in away if distance > 0]:
                self.seek.emit(frame.iteration + direction * min(distances))

    @Slot()
    def _toggle_bookmark(self) -> None:
        """Remove the bookmark of the current state, or ask for the name of one."""
        frame = self._frame
        if frame is None:
            return
        mark = Bookmark(frame.iteration, f"iteration {frame.iteration:,}")
        if any(b.iteration == mark.iteration for b in frame.branch.bookmarks):
            self._loop.bookmark(frame.branch.number, mark.iteration, None)
            return
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Bookmark")
        dialog.setLabelText(f"Name of the bookmark at iteration {mark.iteration:,}:")
        dialog.setTextValue(mark.name)
        number = frame.branch.number

        def add(name: str) -> None:
            chosen = name.strip()[:LONGEST_NAME] or mark.name
            self._loop.bookmark(number, mark.iteration, chosen)

        dialog.textValueSelected.connect(add)
        dialog.open()

    @Slot()
    def _list_branches(self) -> None:
        """Show the branches; if they are shown already, focus their table."""
        seen = not self._lazy_branches.visibleRegion().isEmpty()
        self._docks.bring_up("branches")
        if seen:
            self._lazy_branches.panel.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
