"""The menus and their actions."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QMenuBar

from cnnviz.app.look.theme import THEMES, ThemeName
from cnnviz.app.window.run_toolbar import RunToolbar


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of the menus that are not in the toolbar."""

    open_run: QAction
    save_run: QAction
    export_run: QAction
    save_picture: QAction
    copy_picture: QAction
    export_moving: QAction
    sessions: QAction
    open_lesson: QAction
    open_notebook: QAction
    bundled: QAction
    mnist: QAction
    data_file: QAction
    data_folder: QAction
    quit: QAction
    undo: QAction
    redo: QAction
    newest: QAction
    breakpoints: QAction
    to_cause: QAction
    first: QAction
    jump: QAction
    bookmark: QAction
    next_bookmark: QAction
    previous_bookmark: QAction
    branches: QAction
    themes: dict[ThemeName, QAction]
    """The choice of theme, by name; exactly one is checked."""
    presentation: QAction
    spotlight: QAction
    present_next: QAction
    present_previous: QAction
    reset_layout: QAction
    welcome: QAction
    lessons: QAction
    find: QAction
    next_panel: QAction
    previous_panel: QAction
    panel_menu: QAction
    resize_panel: QAction
    explain: QAction
    help: QAction
    shortcuts: QAction
    messages: QAction
    about: QAction
    data: QMenu
    """The choice of data, also shown by the Controls panel."""
    view: QMenu
    """The panels, the theme and the layout."""

    def add_to_view(self, actions: Sequence[QAction]) -> None:
        """Add a group of actions at the top of the View menu."""
        first = self.view.actions()[0]
        self.view.insertActions(first, actions)
        self.view.insertSeparator(first)

    def with_keys(self) -> dict[str, list[QAction]]:
        """Return the actions that have a shortcut, by topic."""
        return {
            "Time": [
                self.first,
                self.newest,
                self.jump,
                self.bookmark,
                self.previous_bookmark,
                self.next_bookmark,
            ],
            "Branches and breakpoints": [self.branches, self.breakpoints, self.to_cause],
            "Edit": [self.undo, self.redo],
            "Files": [
                self.open_run,
                self.save_run,
                self.export_run,
                self.save_picture,
                self.copy_picture,
            ],
            "Window": [
                self.find,
                self.next_panel,
                self.previous_panel,
                self.panel_menu,
                self.resize_panel,
                self.help,
                self.explain,
                self.presentation,
                self.spotlight,
                self.present_next,
                self.present_previous,
                self.shortcuts,
                self.quit,
            ],
        }


def make_menus(
    window: QMainWindow, run_toolbar: RunToolbar, docks: Sequence[QDockWidget]
) -> Actions:
    """Fill the window's menu bar and return the actions, which are yet to be connected.

    The actions of the toolbar are in the menus, too; the View menu lists the docks in their order.
    """

    def action(text: str, keys: str = "", tip: str = "", *, checkable: bool = False) -> QAction:
        made = QAction(text, window)
        made.setShortcut(QKeySequence(keys))
        made.setToolTip(tip or text.replace("&", "").rstrip("…"))
        made.setCheckable(checkable)
        return made

    themes = {name: action(f"&{name.title()} theme", checkable=True) for name in THEMES}
    data = QMenu("&Data", window)
    actions = Actions(
        open_run=action("&Open run…", "Ctrl+O", "Open a recorded run"),
        save_run=action("&Save run…", "Ctrl+S", "Save every iteration of the run"),
        export_run=action(
            "&Export run…",
            "Ctrl+E",
            "The run as a table, a replay or a report, or this iteration as a notebook",
        ),
        save_picture=action("Save &picture…", "Ctrl+P", "Save a picture of the window"),
        copy_picture=action("&Copy picture", "Ctrl+Shift+P", "Copy a picture of the window"),
        export_moving=action("Export &moving picture…", tip="Panels over iterations as GIF or MP4"),
        sessions=action("Sess&ions…", tip="Continue what you did before, or delete it"),
        open_lesson=action("Open &lesson…", tip="Open a lesson that you have written"),
        open_notebook=action(
            "Open &notebook…", tip="Open a notebook or script of your own; it is not run"
        ),
        bundled=action("&Bundled digits"),
        mnist=action("&MNIST…"),
        data_file=action("&File…"),
        data_folder=action("F&older…"),
        quit=action("&Quit", "Ctrl+Q", "Quit"),
        undo=action("&Undo", "Ctrl+Z"),
        redo=action("&Redo"),
        newest=action("&Newest iteration", "End", "Go to the newest iteration"),
        breakpoints=action("&Breakpoints", "Ctrl+Shift+B", "Show and edit the breakpoints"),
        to_cause=action(
            "Back to j&ust before",
            "Ctrl+Shift+Left",
            "Go back to the latest iteration at which the breakpoint's condition did not hold",
        ),
        first=action("&First iteration", "Home", "Go to iteration 0"),
        jump=action("&Jump to iteration…", "Ctrl+G", "Type an iteration to go to"),
        bookmark=action("Book&mark", "Ctrl+D", "Bookmark this iteration, or remove its bookmark"),
        next_bookmark=action("Ne&xt bookmark", "Alt+Right", "Go to the next bookmark"),
        previous_bookmark=action("&Previous bookmark", "Alt+Left", "Go to the previous bookmark"),
        branches=action(
            "Bran&ches…", "Ctrl+B", "Show the branches; again: choose one with the keyboard"
        ),
        themes=themes,
        presentation=action(
            "&Presentation size",
            "Ctrl+F11",
            "Larger type, for the back of a classroom",
            checkable=True,
        ),
        spotlight=action(
            "Spotli&ght", "Ctrl+L", "Darken all but a circle around the pointer", checkable=True
        ),
        present_next=action(
            "Presen&t next", "PgDown", "In a presentation: next step, operation or iteration"
        ),
        present_previous=action(
            "Present pre&vious", "PgUp", "In a presentation: the step before, as a clicker does"
        ),
        reset_layout=action("&Reset layout"),
        welcome=action("Where to &begin", tip="Four things worth doing"),
        lessons=action("&Lessons", tip="Predict, then see what happens"),
        find=action(
            "&Find anything…", "Ctrl+K", "Find any action, panel, lesson, operation or setting"
        ),
        next_panel=action("Ne&xt panel", "F6", "Go to the next panel with the keyboard"),
        previous_panel=action(
            "Previo&us panel", "Shift+F6", "Go to the previous panel with the keyboard"
        ),
        panel_menu=action(
            "Menu of this panel", "Ctrl+M", "The menu of the title of the panel with the keyboard"
        ),
        resize_panel=action(
            "Resi&ze this panel", "F8", "Change the size of the panel with the arrow keys"
        ),
        explain=action("&What is this?", "Shift+F1", "Explain what you click next"),
        help=action("&Explain this panel", "F1", "Explain the panel that has the keyboard"),
        shortcuts=action("&Keyboard shortcuts", "Ctrl+F1", "Show the keyboard shortcuts"),
        messages=action("&Messages…", tip="The messages so far, with their times"),
        about=action("&About cnnviz"),
        data=data,
        view=QMenu("&View", window),
    )
    actions.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
    group = QActionGroup(window)
    for theme in themes.values():
        group.addAction(theme)
    data.addActions([actions.bundled, actions.mnist, actions.data_file, actions.data_folder])
    _fill(window.menuBar(), actions, run_toolbar, docks)
    return actions


def _fill(
    bar: QMenuBar, actions: Actions, run_toolbar: RunToolbar, docks: Sequence[QDockWidget]
) -> None:
    file = bar.addMenu("&File")
    file.addActions([actions.open_run, actions.save_run, actions.export_run])
    file.addActions([actions.save_picture, actions.copy_picture, actions.export_moving])
    file.addActions([actions.sessions, actions.open_lesson, actions.open_notebook])
    file.addSeparator()
    file.addAction(actions.quit)
    bar.addMenu("&Edit").addActions([actions.undo, actions.redo])
    bar.addMenu(actions.data)
    run = bar.addMenu("&Run")
    run.addActions([run_toolbar.run, run_toolbar.step, run_toolbar.back])
    run.addSeparator()
    run.addActions([actions.first, actions.newest, actions.jump])
    run.addActions([actions.bookmark, actions.previous_bookmark, actions.next_bookmark])
    run.addSeparator()
    run.addAction(actions.branches)
    run.addSeparator()
    run.addActions([actions.breakpoints, actions.to_cause])
    run.addSeparator()
    run.addAction(run_toolbar.reset)
    view = actions.view
    bar.addMenu(view)
    for dock in docks:
        view.addAction(dock.toggleViewAction())
    view.addSeparator()
    view.addActions([actions.next_panel, actions.previous_panel, actions.panel_menu])
    view.addAction(actions.resize_panel)
    view.addSeparator()
    view.addActions([*actions.themes.values(), actions.presentation])
    view.addActions([actions.spotlight, actions.present_next, actions.present_previous])
    view.addSeparator()
    view.addAction(actions.reset_layout)
    about = bar.addMenu("&Help")
    about.addActions([actions.find, actions.help, actions.explain])
    about.addActions([actions.welcome, actions.lessons])
    about.addActions([actions.shortcuts, actions.messages, actions.about])
