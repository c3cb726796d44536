"""The real main window without a display, drawn when its contents have settled."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QDockWidget, QVBoxLayout, QWidget

from cnnviz.app.application import create_application
from cnnviz.app.errors import SnapshotError
from cnnviz.app.look.theme import GRID, THEMES, ThemeName
from cnnviz.app.picture_file import Picture
from cnnviz.app.runtime.fonts import font_problem
from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.runtime.training_thread import FramePump
from cnnviz.app.runtime.unhandled_errors import watching_unhandled_errors
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.panel_area import PanelArea
from cnnviz.app.window.main_window import MainWindow
from cnnviz.terminal import ended_at_once
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.run.trainer import Trainer


@contextmanager
def offscreen_window(trainer: Trainer, theme: ThemeName) -> "Iterator[OffscreenWindow]":
    """Open the main window on a run without showing it; the window takes the trainer.

    Raises SnapshotError if there are no fonts, or, at the end, if a part of the window has failed.
    """
    faults: list[Exception] = []

    def note(error: Exception) -> bool:
        faults.append(error)
        return len(faults) == 1

    with (
        watching_unhandled_errors(note),
        filtering_qt_messages(is_of_use),
        tempfile.TemporaryDirectory() as folder,
        ended_at_once(Path(folder)),
    ):
        create_application(THEMES[theme])
        if problem := font_problem(QApplication.font()):
            raise SnapshotError(problem)
        store = QSettings(str(Path(folder, "cnnviz.ini")), QSettings.Format.IniFormat)
        window = MainWindow(trainer, THEMES[theme], store)
        opened = OffscreenWindow(window)
        try:
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.setUpdatesEnabled(False)  # until a picture is wanted
            window.show()
            yield opened
        finally:
            window.close()
            window.deleteLater()
    if faults:
        message = f"an error in cnnviz spoils the picture: {type(faults[0]).__name__}: {faults[0]}."
        raise SnapshotError(message)


class OffscreenWindow:
    """Waits until the contents of a window have settled, and draws it.

    It notes errors of the training thread from the start.
    """

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self._loop = QEventLoop(window)
        self._errors: list[Message] = []
        self._command = self._shown = 0
        pump = window.findChild(FramePump)
        if pump is None:
            raise AssertionError
        pump.message_taken.connect(self._note)
        window.frame_shown.connect(self._check)

    def wait_for(self, command: int) -> None:
        """Run Qt's events until a frame shows that a command has been carried out.

        Raises SnapshotError if the training thread reports an error instead.
        """
        self._command = command
        if not self._errors and self._shown < command:
            self._loop.exec()
        if self._errors:
            raise SnapshotError(self._errors[0].text)
        QApplication.processEvents()

    def settle(self) -> None:
        """Wait for everything that the window has requested: frames, results, layouts.

        A result can make the window request more, so this ends only after a round without any.

        Raises SnapshotError if the training thread reports an error.
        """
        window, before = self.window, -1
        while before != window.loop.sent or not window.tasks.are_done:
            before = window.loop.sent
            self.wait_for(before)
            while not window.tasks.are_done:  # what panels compute of the state
                QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            QApplication.processEvents()

    def fix_size(self, panel: str | None, size: tuple[int, int]) -> QWidget:
        """Give the window, or a panel that is brought up, exactly a size, and return it.

        Raises SnapshotError if the size is too small for it.
        """
        window, wanted = self.window, QSize(*size)
        drawn: QWidget = window if panel is None else window.panels.by_name[panel]
        if panel is not None:
            window.bring_up(panel)  # some are hidden at first
        window.complete(panel)
        if wanted.expandedTo(drawn.minimumSizeHint()) != wanted:
            window.commands.layout.size.window_shown()  # larger type fitted a part of all panels
        least = drawn.minimumSizeHint().expandedTo(drawn.minimumSize())
        if wanted.expandedTo(least) != wanted:
            what = f"the {panel} panel" if panel else "the window"
            message = (
                f"{wanted.width()}x{wanted.height()} is too small: {what} needs at least "
                f"{least.width()}x{least.height()} pixels."
            )
            raise SnapshotError(message)
        drawn.setFixedSize(wanted)  # whatever the layout around it prefers
        window.setUpdatesEnabled(True)
        QApplication.processEvents()
        return drawn

    def arranged(self, panels: tuple[str, ...], size: tuple[int, int]) -> QWidget:
        """Return the window, or a widget with panels below each other, at exactly a size.

        Raises SnapshotError if the size is too small.
        """
        if not panels:
            return self.fix_size(None, size)
        if "debugger" in panels:
            self.window.commands.debugger.open()
        for name in panels:
            self.window.complete(name)
        stack, wanted = _stack(self.window, panels), QSize(*size)
        stack.show()
        self.settle()
        least = stack.minimumSizeHint()
        if wanted.expandedTo(least) != wanted:
            need = "need" if len(panels) > 1 else "needs"
            raise SnapshotError(
                f"{wanted.width()}x{wanted.height()} is too small: {', '.join(panels)} {need} at "
                f"least {least.width()}x{least.height()} pixels."
            )
        stack.setFixedSize(wanted)
        return stack

    def draw(
        self, panels: tuple[str, ...], size: tuple[int, int], *, pixels_alone: bool = False
    ) -> Picture:
        """Draw the window or panels at exactly a size, once everything has settled.

        `pixels_alone` says that the picture will not be written as SVG or PDF.

        Raises SnapshotError if the size is too small for it, or the training thread reports an
        error.
        """
        drawn = self.fix_size(panels[0], size) if len(panels) == 1 else self.arranged(panels, size)
        self.settle()
        return Picture(drawn, pixels_alone=pixels_alone)

    def _note(self, message: Message) -> None:
        self._errors.append(message)
        self._loop.quit()

    def _check(self, frame: Frame) -> None:
        self._shown = frame.done
        if frame.done >= self._command:
            self._loop.quit()


def _stack(window: MainWindow, names: tuple[str, ...]) -> QWidget:
    """Take panels out of their docks, where one can hide another; share the height by need."""
    stack = QWidget(window, Qt.WindowType.Window)
    stack.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    stack.setBackgroundRole(QPalette.ColorRole.Base)  # as panels have it
    layout = QVBoxLayout(stack)
    contents = [_docked(window.panels.by_name[name]) for name in names]
    fill_box(layout, *contents, spacing=GRID, margins=(GRID, GRID, GRID, GRID))
    for at, content in enumerate(contents):
        if isinstance(content, PanelArea):
            content.require_whole(True)
        layout.setStretch(at, max(1, content.minimumSizeHint().height()))
    return stack


def _docked(panel: QWidget) -> QWidget:
    """Return the widget of a panel's dock: the panel, or what scrolls it."""
    while (parent := panel.parentWidget()) is not None and not isinstance(parent, QDockWidget):
        panel = parent
    return panel


def is_of_use(text: str) -> bool:
    """Return whether a message of Qt is about more than a limit of its offscreen platform."""
    return not text.startswith("This plugin does not support")
