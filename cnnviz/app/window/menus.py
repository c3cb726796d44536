"""The menus and their actions."""

from collections.abc import Sequence

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from cnnviz.app.look.theme import THEMES
from cnnviz.app.window.run_toolbar import RunToolbar


class Actions:
    """The menus of a window, and their actions, which are yet to be connected.

    The actions of the toolbar are in the menus, too; the View menu lists the docks in their order.
    """

    def __init__(
        self, window: QMainWindow, run_toolbar: RunToolbar, docks: Sequence[QDockWidget]
    ) -> None:
        titles = "&File", "&Edit", "&Data", "&Run", "&View", "&Help"
        menus = [QMenu(title, window) for title in titles]
        for menu in menus:
            window.menuBar().addMenu(menu)
        file, edit, self.data, run, self.view, about = menus
        self._fill_file_menu(file)
        self._fill_edit_menu(edit)
        self._fill_data_menu(self.data)
        self._fill_run_menu(run, run_toolbar)
        self._fill_view_menu(self.view, docks)
        self._fill_help_menu(about)

    def add_to_view(self, actions: Sequence[QAction]) -> None:
        """Add a group of actions at the top of the View menu."""
        first = self.view.actions()[0]
        self.view.insertActions(first, actions)
        self.view.insertSeparator(first)

    def _fill_file_menu(self, menu: QMenu) -> None:
        self.open_run = _add(menu, "&Open run…", "Ctrl+O", "Open a recorded run")
        self.save_run = _add(menu, "&Save run…", "Ctrl+S", "Save every iteration of the run")
        self.export_run = _add(
            menu,
            "&Export run…",
            "Ctrl+E",
            "The run as a table, a replay or a report, or this iteration as a notebook",
        )
        self.save_picture = _add(menu, "Save &picture…", "Ctrl+P", "Save a picture of the window")
        self.copy_picture = _add(
            menu, "&Copy picture", "Ctrl+Shift+P", "Copy a picture of the window"
        )
        self.export_moving = _add(
            menu, "Export &moving picture…", tip="Panels over iterations as GIF or MP4"
        )
        self.sessions = _add(menu, "Sess&ions…", tip="Continue what you did before, or delete it")
        self.open_lesson = _add(menu, "Open &lesson…", tip="Open a lesson that you have written")
        self.open_notebook = _add(
            menu, "Open &notebook…", tip="Open a notebook or script of your own; it is not run"
        )
        menu.addSeparator()
        self.quit = _add(menu, "&Quit", "Ctrl+Q", "Quit")

    def _fill_edit_menu(self, menu: QMenu) -> None:
        self.undo = _add(menu, "&Undo", "Ctrl+Z")
        self.redo = _add(menu, "&Redo")
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

    def _fill_data_menu(self, menu: QMenu) -> None:
        self.bundled = _add(menu, "&Bundled digits")
        self.mnist = _add(menu, "&MNIST…")
        self.data_file = _add(menu, "&File…")
        self.data_folder = _add(menu, "F&older…")

    def _fill_run_menu(self, menu: QMenu, run_toolbar: RunToolbar) -> None:
        menu.addActions([run_toolbar.run, run_toolbar.step, run_toolbar.back])
        menu.addSeparator()
        self.first = _add(menu, "&First iteration", "Home", "Go to iteration 0")
        self.newest = _add(menu, "&Newest iteration", "End", "Go to the newest iteration")
        self.jump = _add(menu, "&Jump to iteration…", "Ctrl+G", "Type an iteration to go to")
        self.bookmark = _add(
            menu, "Book&mark", "Ctrl+D", "Bookmark this iteration, or remove its bookmark"
        )
        self.previous_bookmark = _add(
            menu, "&Previous bookmark", "Alt+Left", "Go to the previous bookmark"
        )
        self.next_bookmark = _add(menu, "Ne&xt bookmark", "Alt+Right", "Go to the next bookmark")
        menu.addSeparator()
        self.branches = _add(
            menu,
            "Bran&ches…",
            "Ctrl+B",
            "Show the branches; press again to choose one with the keyboard",
        )
        menu.addSeparator()
        self.breakpoints = _add(
            menu, "&Breakpoints", "Ctrl+Shift+B", "Show and edit the breakpoints"
        )
        self.to_cause = _add(
            menu,
            "Back to j&ust before",
            "Ctrl+Shift+Left",
            "Go back to the latest iteration at which the breakpoint's condition did not hold",
        )
        menu.addSeparator()
        menu.addAction(run_toolbar.reset)

    def _fill_view_menu(self, menu: QMenu, docks: Sequence[QDockWidget]) -> None:
        menu.addActions([dock.toggleViewAction() for dock in docks])
        menu.addSeparator()
        self.next_panel = _add(menu, "Ne&xt panel", "F6", "Move the focus to the next panel")
        self.previous_panel = _add(
            menu, "Previo&us panel", "Shift+F6", "Move the focus to the previous panel"
        )
        self.panel_menu = _add(
            menu,
            "Menu of this panel",
            "Ctrl+M",
            "Open the title menu of the panel in use",
        )
        self.resize_panel = _add(
            menu, "Resi&ze this panel", "F8", "Change the size of the panel with the arrow keys"
        )
        menu.addSeparator()
        self.themes = {
            name: _add(menu, f"&{name.title()} theme", checkable=True) for name in THEMES
        }
        """The choice of theme, by name; exactly one is checked."""
        group = QActionGroup(menu)
        for theme in self.themes.values():
            group.addAction(theme)
        self.presentation = _add(
            menu,
            "&Presentation size",
            "Ctrl+F11",
            "Larger type, for the back of a classroom",
            checkable=True,
        )
        self.spotlight = _add(
            menu,
            "Spotli&ght",
            "Ctrl+L",
            "Darken all but a circle around the pointer",
            checkable=True,
        )
        self.present_next = _add(
            menu, "Presen&t next", "PgDown", "In a presentation: next step, operation or iteration"
        )
        self.present_previous = _add(
            menu,
            "Present pre&vious",
            "PgUp",
            "In a presentation: previous step, operation or iteration",
        )
        menu.addSeparator()
        self.reset_layout = _add(menu, "&Reset layout")

    def _fill_help_menu(self, menu: QMenu) -> None:
        self.find = _add(
            menu,
            "&Find anything…",
            "Ctrl+K",
            "Find any action, panel, lesson, operation or setting",
        )
        self.help = _add(menu, "&Explain this panel", "F1", "Explain the panel in use")
        self.explain = _add(menu, "&What is this?", "Shift+F1", "Explain what you click next")
        self.welcome = _add(menu, "Where to &begin", tip="Four things worth doing")
        self.lessons = _add(menu, "&Lessons", tip="Predict, then see what happens")
        self.shortcuts = _add(menu, "&Keyboard shortcuts", "Ctrl+F1", "Show the keyboard shortcuts")
        self.messages = _add(menu, "&Messages…", tip="The messages so far, with their times")
        self.about = _add(menu, "&About cnnviz")

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


def _add(
    menu: QMenu, text: str, keys: str = "", tip: str = "", *, checkable: bool = False
) -> QAction:
    """Add an action to a menu, and return it."""
    action = QAction(text, menu)  # if the menu made it, it could be lost with the menu's object
    menu.addAction(action)
    action.setShortcut(QKeySequence(keys))
    action.setToolTip(tip or text.replace("&", "").rstrip("…"))
    action.setCheckable(checkable)
    return action
