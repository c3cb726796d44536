"""Starts Qt and opens the window."""

import sys
from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import QCoreApplication, QSettings, QSize, Qt
from PySide6.QtWidgets import QApplication

from cnnviz import __version__
from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import LIGHT, THEMES, Theme, body_font
from cnnviz.app.runtime.fonts import add_symbols, font_problem
from cnnviz.app.runtime.garbage_collection import GarbageCollector
from cnnviz.app.runtime.settings_file import open_settings
from cnnviz.app.runtime.thread_priority import share_python, started
from cnnviz.app.widgets.spoken_picture import install_spoken_pictures
from cnnviz.app.window.fault_reporter import FaultReporter
from cnnviz.app.window.focus_keys import FocusKeys
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.sudden_end import ending_well
from cnnviz.terminal import complain
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.location import sessions_folder

TITLE_BAR = 32
"""Pixels kept free for the window's frame, on a screen no larger than the window."""


def create_application(theme: Theme = LIGHT) -> QApplication:
    """Return the Qt application, made and set up on the first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setOrganizationName("cnnviz")
    QCoreApplication.setApplicationName("cnnviz")
    QCoreApplication.setApplicationVersion(__version__)
    # Otherwise type of another size would need the whole style sheet to be applied again.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_UseStyleSheetPropagationInWidgetStyles)
    application = QApplication(sys.argv[:1])
    application.setApplicationDisplayName("")
    add_symbols()
    QApplication.setFont(body_font())
    apply_theme(application, theme)
    share_python()
    GarbageCollector(application)
    FocusKeys(application)
    install_spoken_pictures()
    return application


def default_store() -> QSettings:
    """Return where the layout and the look are kept between starts."""
    # These only show in which folder Qt keeps settings: ours must not be opened before they are
    # known to be in a file.
    neighbour = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "cnnviz location")
    return open_settings(Path(neighbour.fileName()).parent / "cnnviz" / "cnnviz.ini")


def stored_theme(store: QSettings) -> Theme:
    """Return the theme that was in use last; light at first."""
    name = store.value("theme")
    return next((theme for theme in THEMES.values() if theme.name == name), LIGHT)


def fitting(size: QSize, available: QSize) -> QSize:
    """Return the size that a window of this one takes on a screen, with space for its frame."""
    return size.boundedTo(available - QSize(0, TITLE_BAR))


def run_window(trainer: Trainer, opened: Callable[[MainWindow], object] | None = None) -> int:
    """Open the window on a run, and return the exit status.

    `opened` is called with the window once it has been shown.
    """
    store = default_store()
    theme = stored_theme(store)
    application = create_application(theme)
    if problem := font_problem(QApplication.font()):
        complain(problem)
        return 1
    window = MainWindow(trainer, theme, store, sessions=sessions_folder)
    window.resize(fitting(window.size(), window.screen().availableSize()))
    window.ask_before_closing()
    window.offer_next_steps()
    once = Qt.ConnectionType.SingleShotConnection
    window.frame_shown.connect(window.commands.sessions.offer_last, once)
    try:
        with ending_well(window), FaultReporter(window.status).watching():
            window.show()
            started()
            window.layout_keeper.begin()
            if opened is not None:
                opened(window)
            return application.exec()
    finally:
        if shiboken6.isValid(window):
            window.stop_training()  # Qt can also end without closing the window
