"""A class's view of the window: a spotlight, and a presenter's clicker."""

from PySide6.QtCore import QObject, Slot

from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.spotlight import Spotlight


class Presenting(QObject):
    """Turns the spotlight on and off, and obeys a clicker, which presses Page Down and Page Up.

    A clicker goes through the lesson that is shown, else through the operations if the debugger is
    in front, else through the iterations.
    """

    def __init__(self, parts: Parts, debugger: DebuggerCommands, lessons: LessonCommands) -> None:
        super().__init__(parts.window)
        self._window, self._docks, actions = parts.window, parts.docks, parts.actions
        self._run_toolbar, self._style = parts.run_toolbar, parts.style
        self._debugger, self._lessons = debugger, lessons
        self._spotlight: Spotlight | None = None
        self._clicks = actions.present_next, actions.present_previous
        actions.spotlight.toggled.connect(self._light)
        actions.presentation.toggled.connect(self._follow_presentation)
        actions.present_next.triggered.connect(lambda _checked: self._click(forward=True))
        actions.present_previous.triggered.connect(lambda _checked: self._click(forward=False))
        self._follow_presentation(actions.presentation.isChecked())

    @Slot(bool)
    def _light(self, on: bool) -> None:
        if self._spotlight is not None:
            self._spotlight.end()
        self._spotlight = Spotlight(self._window, self._style().scale) if on else None
        if self._spotlight is not None:
            self._spotlight.begin()

    @Slot(bool)
    def _follow_presentation(self, on: bool) -> None:
        """Leave the keys to the panels while nothing is presented."""
        for action in self._clicks:
            action.setEnabled(on)

    def _click(self, *, forward: bool) -> None:
        panel, bar = self._lessons.panel, self._run_toolbar
        if panel is not None and panel.step is not None and self._is_seen("lesson"):
            (panel.next_button if forward else panel.back_button).click()
        elif self._is_seen("debugger"):
            self._debugger.actions["step" if forward else "back"].trigger()
        else:
            (bar.step if forward else bar.back).trigger()

    def _is_seen(self, panel: str) -> bool:
        return not self._docks[panel].visibleRegion().isEmpty()
