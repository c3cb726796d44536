"""Fills the palette with everything that the window can do or show, and opens it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QSlider,
    QWidget,
)

from cnnviz.app.palette.entries import PaletteEntry
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.breakpoint_commands import BreakpointCommands
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.dialogs import written_keys
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.panel_focus import PanelFocus, focus_on
from cnnviz.app.window.panel_help import PANEL_HELP, first_sentence
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.workspace_commands import WorkspaceCommands
from cnnviz.app.window.workspaces import WORKSPACES
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point

if TYPE_CHECKING:
    from cnnviz.app.palette.palette import Palette
    from cnnviz.numerics.checking.case import AnyFault

_KIND: Final = "palette"
_CONTROLS: Final = QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QSlider


class PaletteCommands(QObject):
    """Opens the palette."""

    def __init__(
        self,
        parts: Parts,
        focus: PanelFocus,
        breakpoints: BreakpointCommands,
        debugger: DebuggerCommands,
        lessons: LessonCommands,
        workspaces: WorkspaceCommands,
    ) -> None:
        super().__init__(parts.window)
        self._window, self._docks, self._panels = parts.window, parts.docks, parts.panels
        self._tasks, self._debugger, self._lessons = parts.tasks, debugger, lessons
        self._workspaces, self._choose_workspace = workspaces, parts.choose_workspace
        self._focus, self._breakpoints, self._style = focus, breakpoints, parts.style
        self._palette: Palette | None = None
        self._lesson_entries: tuple[PaletteEntry, ...] | None = None  # once they have been read

    @Slot()
    def open(self) -> "Palette":
        """Open the palette over the window; it replaces one that is open."""
        from cnnviz.app.palette.palette import Palette  # noqa: PLC0415  (not at the start)

        if self._palette is not None and shiboken6.isValid(self._palette):
            self._palette.dismiss()
        entries = (
            *self._workspace_entries(),
            *self._panel_entries(),
            *self._action_entries(),
            *self._operation_entries(),
            *self._control_entries(),
            *self._fault_entries(),
            *(self._lesson_entries or ()),
        )
        self._palette = palette = Palette(entries, self._style(), self._window)
        if self._lesson_entries is None:
            self._read_lessons(palette)
        palette.reveal()
        return palette

    def _workspace_entries(self) -> Iterator[PaletteEntry]:
        for workspace in WORKSPACES:
            yield PaletteEntry(
                workspace.name.title(),
                "Workspace",
                partial(self._choose_workspace, workspace.name),
                f"{_capital(workspace.explanation)}.",
                written_keys(self._workspaces.actions[workspace.name].shortcut()),
            )

    def _panel_entries(self) -> Iterator[PaletteEntry]:
        for name in self._panels.by_name:
            choose = partial(self._focus.enter, name)
            yield PaletteEntry(name.title(), "Panel", choose, first_sentence(PANEL_HELP[name]))

    def _action_entries(self) -> Iterator[PaletteEntry]:
        """List the enabled actions of the menus, with the menus' names."""
        listed_otherwise = {
            *self._workspaces.actions.values(),
            *(dock.toggleViewAction() for dock in self._docks.all()),
        }
        for menu in self._window.menuBar().actions():
            for action in _actions_in(menu.menu()):
                if action.isEnabled() and action not in listed_otherwise:
                    yield PaletteEntry(
                        action.text().replace("&", ""),
                        menu.text().replace("&", ""),
                        action.trigger,
                        _sentence(action.toolTip().split(" (")[0], action.text()),
                        written_keys(action.shortcut()),
                    )

    def _operation_entries(self) -> Iterator[PaletteEntry]:
        for operation in OPERATIONS:
            name = operation.writes[0]
            show = partial(self._debugger.explain, Point(name, ()))
            detail = f"In the debugger: {TENSORS[name].meaning}."
            yield PaletteEntry(_capital(operation.title), "Operation", show, detail)

    def _control_entries(self) -> Iterator[PaletteEntry]:
        """List the controls of every panel, also of those that have not been opened yet."""
        from cnnviz.app.palette.panel_controls import CONTROLS  # noqa: PLC0415  (not at the start)

        if self._breakpoints.saved:
            _ = self._panels.breakpoints.panel  # more of its controls can be used than without any
        for panel, inside in self._panels.by_name.items():
            kind = "Setting" if panel == "controls" else f"In {panel.title()}"
            if isinstance(inside, LazyPanel) and not inside.is_made:
                named = CONTROLS[panel]
            else:
                named = {name: hint for name, (_, hint) in named_controls(inside).items()}
            for name, hint in named.items():
                yield PaletteEntry(name, kind, partial(self._go_to, panel, name), hint)

    def _fault_entries(self) -> Iterator[PaletteEntry]:
        from cnnviz.numerics.checking.case import GALLERY  # noqa: PLC0415  (not at the start)

        for fault in GALLERY:
            detail = "Put it into the exact rule, and check the backward pass."
            yield PaletteEntry(
                _capital(fault.title), "Fault", partial(self._check_fault, fault), detail
            )

    def _read_lessons(self, palette: "Palette") -> None:
        """Read all lessons beside the window, and add them to the palette."""

        def add(found: list[tuple[str, str, Path]]) -> None:
            self._lesson_entries = tuple(
                PaletteEntry(title, "Lesson", partial(self._begin_lesson, path), summary)
                for title, summary, path in found
            )
            if shiboken6.isValid(palette):
                palette.add(self._lesson_entries)

        self._tasks.start(_KIND, lambda _on_progress: _lessons_found(), add)

    def _begin_lesson(self, path: Path) -> None:
        self._choose_workspace("teach")
        self._lessons.begin_file(path)

    def _check_fault(self, fault: "AnyFault") -> None:
        self._docks.bring_up("check")
        self._panels.check.panel.check_fault(fault)

    def _go_to(self, panel: str, name: str) -> None:
        """Open a panel and give the keyboard to one of its controls, if it is there now."""
        self._focus.enter(panel)
        control, _ = named_controls(self._panels.by_name[panel]).get(name, (None, ""))
        if control is not None:
            focus_on(control)


def _lessons_found() -> list[tuple[str, str, Path]]:
    """Return title, summary and file of every lesson that can be read."""
    from cnnviz.teaching.library import (  # noqa: PLC0415  (slow)
        bundled_folder,
        lessons_of,
        own_folder,
    )

    folders = bundled_folder(), own_folder()
    found = [lesson for folder in folders for lesson in lessons_of(folder)[0]]
    return [(lesson.title, lesson.summary, lesson.path) for lesson in found]


def _actions_in(menu: QObject | None) -> Iterator[QAction]:
    """Return the actions of a menu and of those in it."""
    for action in menu.actions() if isinstance(menu, QMenu) else ():
        if action.menu() is not None:
            yield from _actions_in(action.menu())
        elif not action.isSeparator():
            yield action


def named_controls(panel: QWidget) -> dict[str, tuple[QWidget, str]]:
    """Return the controls of a panel that can be used now, and their hints, by their names."""
    found = ((_name(one), one) for one in _controls_in(panel))
    return {name: (one, _capital(_sentence(one.toolTip()))) for name, one in found if name}


def _controls_in(panel: QWidget) -> Iterator[QWidget]:
    """Return the controls of a panel that can be used now, without parts of other controls."""
    for control in panel.findChildren(QWidget):
        if (
            isinstance(control, _CONTROLS)
            and not isinstance(control.parent(), _CONTROLS)
            and control.focusPolicy() != control.focusPolicy().NoFocus
            and control.isEnabledTo(panel)
            and control.isVisibleTo(panel)
        ):
            yield control


def _name(control: QWidget) -> str:
    text = control.text() if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or " ".join(text.replace("&", "").split())


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _sentence(text: str, title: str = "") -> str:
    """Return a tooltip as a sentence; nothing if it only repeats the title."""
    plain = title.replace("&", "").rstrip("…")
    return "" if not text or text == plain else f"{text.rstrip('.')}."
