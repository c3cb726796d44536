"""Notes of the window in a session, beside the run: its view, breakpoints, code and lesson."""

import json
from collections.abc import Mapping

from PySide6.QtCore import QObject, Slot

from cnnviz.app.breakpoints.store import breakpoints_from_json, breakpoints_to_json
from cnnviz.app.window.breakpoint_commands import BreakpointCommands
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.own_code_commands import OwnCodeCommands
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.workspaces import WORKSPACES
from cnnviz.training.breakpoints.breakpoint import Breakpoint


class SessionNotes(QObject):
    """Notes the window's part of a session as it changes, and shows it when one is continued."""

    def __init__(
        self,
        parts: Parts,
        breakpoints: BreakpointCommands,
        own_code: OwnCodeCommands,
        lessons: LessonCommands,
    ) -> None:
        super().__init__(parts.window)
        self._loop, self._docks, self._breakpoints = parts.loop, parts.docks, breakpoints
        self._selection, self._own_code, self._lessons = parts.selection, own_code, lessons
        self._choose_workspace = parts.choose_workspace
        parts.selection.image_changed.connect(self._note_image)
        parts.selection.branches_changed.connect(self._note_branches)
        parts.docks.arranged.connect(self._note_workspace)
        breakpoints.kept.connect(self._note_breakpoints)
        own_code.code_kept.connect(self._note_code)

    def begin(self) -> None:
        """Note how the window was opened."""
        self._note_workspace()
        self._note_breakpoints(self._breakpoints.saved)
        self._note_code(self._own_code.code)

    @Slot(object)
    def restore(self, notes: Mapping[str, str]) -> None:
        """Restore the notes of a session; those that cannot be read change nothing."""
        if (name := notes.get("workspace")) in {workspace.name for workspace in WORKSPACES}:
            self._choose_workspace(name)
        image = notes.get("image", "")
        if image.isascii() and image.isdecimal() and len(image) < 6:
            self._selection.select_image(int(image))
        for number, drawn in _branches(notes.get("branches", "")).items():
            self._selection.draw_branch(number, drawn=drawn)
        breakpoints, _ = breakpoints_from_json(notes.get("breakpoints", "[]"))
        self._breakpoints.replace(breakpoints or ())
        self._own_code.restore(notes.get("own-code", ""))
        self._lessons.restore(notes.get("lesson", ""))

    @Slot()
    def _note_workspace(self) -> None:
        self._loop.note("workspace", self._docks.workspace)

    @Slot(int)
    def _note_image(self, index: int) -> None:
        self._loop.note("image", str(index))

    @Slot()
    def _note_branches(self) -> None:
        drawn = {str(n): drawn for n, drawn in self._selection.drawn_branches.items()}
        self._loop.note("branches", json.dumps(drawn))

    @Slot(object)
    def _note_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        self._loop.note("breakpoints", breakpoints_to_json(breakpoints))

    @Slot(str)
    def _note_code(self, text: str) -> None:
        self._loop.note("own-code", text)


def _branches(text: str) -> dict[int, bool]:
    """Return which branches were drawn; none if the text says something else."""
    try:
        drawn = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(drawn, dict):
        return {}
    return {int(n): on for n, on in drawn.items() if n.isdecimal() and isinstance(on, bool)}
