"""One window for many tests: brought back to its first state after each, and compared with it.

A test gets a window in which everything is as in every other test's: what Qt shows, and what the
program's objects keep. If a test leaves anything else behind, the next one gets a new window.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PySide6.QtCore import (
    QByteArray,
    QCoreApplication,
    QEvent,
    QMargins,
    QObject,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSettings,
    QSize,
    QSizeF,
    QTimer,
)
from PySide6.QtGui import QAction, QColor, QFont, QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QScrollBar, QWidget
from shiboken6 import isValid

from cnnviz.app.breakpoints.panel import BreakpointsPanel
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.frame_images import FrameImages
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.readout import Readout
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.predictions.shared_height import SharedHeight
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.widgets.segmented_control import SegmentedControl
from cnnviz.app.widgets.speed_control import DEFAULT_SPEED
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.workspaces import WORKSPACES
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.command_queue import Command
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.docks import destroy
from tests.app.network_parts import painting_of, view_of
from tests.app.waiting import NEVER, wait_until

_SHOWN: Final = (
    *("enabled", "text", "plainText", "value", "minimum", "maximum", "checked", "currentIndex"),
    *("toolTip", "accessibleName", "accessibleDescription", "styleSheet", "font"),
    *("windowTitle", "iconText"),
)
"""Qt's properties of a widget or action that are compared."""
_PASSING: Final = {
    *("_last", "_captioned", "_changed", "_taken", "_saving_began"),  # moments
    *("_shown", "_awaited", "_done", "_sent", "_selected_by"),  # numbers of commands
    "_before",  # the number of a run
    *("_up", "_across"),  # axes, which keep a range as long as it fits
    # Copies of what was painted or measured.
    *("_plot", "_sources", "_backdrop", "_heights", "thumbnails"),
    "_lineSegmentsRendered",  # of pyqtgraph
}
"""Attributes that may differ when the same is shown again, beside those called `_painted…`."""
_VALUES: Final = (bool, int, float, str, bytes, type(None), Enum)
_QT_VALUES: Final = (
    *(QPoint, QPointF, QSize, QSizeF, QRect, QRectF, QMargins),
    *(QColor, QFont, QPalette, QByteArray),
)
_log = logging.getLogger(__name__)
State = Mapping[str, object]


class ReusedWindow:
    """Lends a window to one test after another.

    Parameters
    ----------
    folder : Path
        For the window's settings, and a run file that no test uses.
    prepare : callable
        Brings a window, in which nothing has been done, to where the tests begin. What a test has
        changed of a panel that no command changes back, it changes back, too.
    is_compared : bool
        Whether a window is as new: one with any trace of a test is replaced. If not, the run is a
        new one and the layout is the first, but panels may keep what has been chosen in them.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        prepare: Callable[[MainWindow], None],
        *,
        is_compared: bool = True,
    ) -> None:
        self._settings, self._prepare, self._is_compared = settings, prepare, is_compared
        self._store = QSettings(str(folder / "cnnviz.ini"), QSettings.Format.IniFormat)
        self._run_file = folder / "run.npz"
        self._digits = bundled_digits()
        self._window: MainWindow | None = None
        self._first: State = {}
        self._is_lent = False

    def lend(self) -> MainWindow:
        """Return the window if it is as at first, or else a new one."""
        if self._window is not None and not self._is_lent:
            _activate(self._window)  # another one may have been open meanwhile
            left = self._is_compared and _differences(self._first, _state_of(self._window))
            if left:
                _log.info("a test has left behind\n%s", "\n".join(left[:12]))
                self.close()
        if self._window is None:
            self._window = self._open()
        self._window.setUpdatesEnabled(True)
        self._is_lent = True
        return self._window

    def take_back(self) -> None:
        """Bring the window to its first state, by what the program has for it."""
        window = self._window
        assert window is not None
        self._is_lent = False
        window.setUpdatesEnabled(False)  # nobody sees it until it is lent again
        _begin_again(window.loop, Trainer(self._digits, self._settings))
        window.selection.select_image(0)
        window.run_toolbar.speed.speed_chosen.emit(DEFAULT_SPEED)
        _settle(window)
        sent, actions = window.loop.sent, window.actions_
        if actions.presentation.isChecked():
            window.set_presentation(False)
        if not actions.themes[LIGHT.name].isChecked():
            window.set_theme(LIGHT)
        window.commands.debugger.maximise.setChecked(False)
        if not (workspace := window.commands.workspaces.actions[WORKSPACES[0].name]).isChecked():
            workspace.trigger()
        window.resize(self._size)
        if window.saveState() != self._layout:
            window.restoreState(self._layout)
        for shared in window.findChildren(SharedHeight):
            shared.reset()  # Qt, as it restores, rounds the heights otherwise
        _discard_lazy_panels(window)
        while window.status.dismiss.isVisible():
            window.status.dismiss.click()
        _forget_network(window)
        window.iteration_banner.train.setToolTip(self._tip)  # as long as it is hidden, any
        _activate(window)
        self._prepare(window)
        if window.loop.sent != sent:
            _settle(window)
        self._store.clear()
        _forget_choices(window)
        _handle_events(window)

    def owns(self, it: QObject) -> bool:
        """Return whether the window contains something, which it takes with it."""
        up: QObject | None = it
        while up is not None and up is not self._window:
            up = up.parent()
        return up is not None

    def close(self) -> None:
        """Close the window, if there is one."""
        if (window := self._window) is not None:
            self._window = None
            window.close_unasked()
            destroy(window)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _open(self) -> MainWindow:
        self._store.clear()
        self._window = window = MainWindow(
            Trainer(self._digits, self._settings), LIGHT, self._store
        )
        window.show()
        wait_until(lambda: window.frame is not None)
        window.panels.network.complete()
        _settle(window)
        # Some of a window settles only when it has shown this and that.
        window.status.show_message(Message("Ready.", "Details"))
        for readout in window.findChildren(Readout):
            readout.show_text("Value")  # `take_back` ends it
        window.panels.debugger.mark(stops=frozenset(), conditional=frozenset())
        _ = window.commands.palette
        window.loop.change(learning_rate=1.0)
        window.loop.step()
        window.loop.back()
        window.loop.files.save(self._run_file)  # which starts a thread that is kept
        _settle(window)
        wait_until(lambda: not window.loop.files.is_saving)
        _settle(window)
        self._prepare(window)
        _settle(window)
        self._size, self._layout = window.size(), window.saveState()
        self._tip = window.iteration_banner.train.toolTip()
        self.take_back()
        self._first = _state_of(window) if self._is_compared else {}
        return window


def _activate(window: MainWindow) -> None:
    window.activateWindow()
    wait_until(window.isActiveWindow)
    window.setFocus()


def _settle(window: MainWindow) -> None:
    """Wait until all commands have been carried out, and everything that was to come is shown."""
    sent = window.loop.select(window.selection.image)
    wait_until(lambda: window.frame is not None and window.frame.done >= sent)
    _handle_events(window)


def _handle_events(window: MainWindow) -> None:
    """Wait until no timer runs, and handle all events."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    while len(active := _active_timers(window)) > 1:  # one fetches frames
        wait_until(lambda timers=active: not all(isValid(t) and t.isActive() for t in timers))
    for _ in range(3):  # one layout makes another one necessary
        QApplication.processEvents()


def _active_timers(window: MainWindow) -> list[QTimer]:
    timers = [t for t in window.findChildren(QTimer) if t.isActive() and t.interval() < NEVER]
    return [t for t in timers if t.parent() is not window.status]  # a message may be shown


def _discard_lazy_panels(window: MainWindow) -> None:
    """Delete the lazy panels, so that each is created again when it is first shown."""
    for lazy in window.findChildren(LazyPanel):
        if isinstance(lazy._made, QWidget):
            lazy._made.deleteLater()
            lazy._made = None
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _forget_network(window: MainWindow) -> None:
    """Choose no cell, and A and wo; let colours begin with the ranges of this frame."""
    network, frame = window.panels.network, window.frame
    assert isinstance(network, NetworkPanel)
    assert frame is not None
    painting = painting_of(network)
    if painting.chosen is not None:
        painting.choose(None)
        del view_of(network).spoken_value
    for choice in network.findChildren(SegmentedControl):
        choice.choose(0)
    painting._images = FrameImages()
    network.show_frame(frame)


def _forget_choices(window: MainWindow) -> None:
    """Show right predictions, too."""
    predictions = window.panels.predictions
    assert isinstance(predictions, PredictionsPanel)
    predictions.wrong_only.setChecked(False)


def forget_breakpoints(window: MainWindow) -> None:
    """Leave the panel as if there had been no breakpoint and no stop."""
    if window.commands.breakpoints.saved:
        window.commands.breakpoints.replace(())
    if not window.panels.breakpoints.is_made:
        return
    panel = window.panels.breakpoints.panel
    assert isinstance(panel, BreakpointsPanel)
    if panel.model.rowCount() or not panel.deleted.isHidden():
        panel.replace(())
    panel.model._next_number = 1
    panel.examples.aboutToShow.emit()
    panel._deleted.clear()
    problem = panel.table.problem
    for text in (problem.caret, problem.words, panel.deleted, panel.stop_text):
        text.clear()
    panel.show_image.setText("")
    panel.show_image.hide()
    panel.back.hide()
    panel.table.clearFocus()


@Command(moves=True, absolute=True, ends_steps=True)
def _begin_again(loop: TrainingLoop, trainer: Trainer) -> None:
    """Pause, and go on with a trainer with which nothing has been done."""
    session = loop._paused()
    session.trainer.close()
    session.use(trainer)
    session.select(0)
    session.follows_path = False


def _state_of(window: MainWindow) -> State:
    """Return everything that a test could have changed: what is shown, and what objects keep."""
    return {**dict(_shown(window)), **dict(_kept(window)), **dict(_around(window))}


def _differences(before: State, after: State) -> list[str]:
    if before == after:
        return []
    missing = "–"
    return [
        f"{name}: {before.get(name, missing)!r:.80} → {after.get(name, missing)!r:.80}"
        for name in {**before, **after}
        if before.get(name, missing) != after.get(name, missing)
    ]


def _around(window: MainWindow) -> Iterator[tuple[str, object]]:
    """Yield saved settings, running timers, and the application's state for all windows."""
    store = window._store
    yield "saved", {key: store.value(key) for key in store.allKeys()}
    yield "timers", Counter(type(timer.parent()).__name__ for timer in _active_timers(window))
    yield "active", window.isActiveWindow()
    focused = QApplication.focusWidget()
    yield "focus", focused and (type(focused).__name__, focused.objectName())
    yield "open", len([w for w in QApplication.topLevelWidgets() if w.isVisible()])
    yield "application", (QApplication.font(), QApplication.palette())


def _shown(window: MainWindow) -> Iterator[tuple[str, object]]:
    """Yield what Qt knows of each widget and action."""
    for path, it in _tree("", window):
        names = _properties(type(it))
        if isinstance(it, QWidget):
            if it.isVisible():
                names = [*names, "geometry"]
            elif it.objectName().startswith("qt_scrollarea") or isinstance(it, QScrollBar):
                continue  # not up to date
            yield f"{path} hidden", it.isHidden()
        for name in names:
            yield f"{path} {name}", it.property(name)
        if isinstance(it, QAbstractItemView):
            here, chosen = it.currentIndex(), it.selectedIndexes()
            yield f"{path} current", (here.row(), here.column())
            yield f"{path} chosen", [(index.row(), index.column()) for index in chosen]


def _tree(path: str, it: QObject) -> Iterator[tuple[str, QObject]]:
    """Yield the widgets and actions in an object; raising one changes the order of the others."""
    if isinstance(it, QWidget | QAction):
        yield path, it
    counts: Counter[str] = Counter()
    for child in it.children():
        name = f"{type(child).__name__} {child.objectName()}"
        counts[name] += 1
        yield from _tree(f"{path}/{name}{counts[name]}", child)


@cache
def _properties(kind: type[QObject]) -> list[str]:
    """Return those of Qt's properties that objects of a kind have."""
    meta = kind.staticMetaObject
    return [name for name in _SHOWN if meta.indexOfProperty(name) >= 0]


def _kept(window: MainWindow) -> Iterator[tuple[str, object]]:
    """Yield the values that the program's objects keep, from the window on."""
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("window", window)]
    while waiting:
        path, it = waiting.pop()
        kind = type(it)
        if _compares(kind):
            yield path, "nan" if it != it else it
        elif (parts_of := _taking_apart(kind)) is not None and id(it) not in seen:
            parts = parts_of(it)
            if not all(_compares(type(part)) for part in parts.values()):  # or it may be shared
                seen.add(id(it))
            yield path, (kind.__name__, len(parts))
            waiting += [(f"{path}{name}", part) for name, part in parts.items()]


@cache
def _compares(kind: type) -> bool:
    """Return whether values of a kind are compared as they are."""
    return issubclass(kind, (*_VALUES, *_QT_VALUES))


@cache
def _taking_apart(kind: type) -> Callable[[Any], dict[str, object]] | None:
    """Return what takes an object of the program, or a container, apart; None for all others."""
    if issubclass(kind, Frame):
        names = "iteration", "last", "running", "settings", "breakpoints"
        return lambda it: {f".{name}": repr(getattr(it, name)) for name in names}
    if issubclass(kind, np.ndarray):
        return lambda it: {"": f"{it.shape} {it.tobytes()!r}"}
    if issubclass(kind, set | frozenset):
        return lambda it: {"": repr(sorted(map(repr, it)))}
    if issubclass(kind, dict):
        return lambda it: {f"[{key!r}]": value for key, value in it.items()}
    if issubclass(kind, list | tuple):
        return lambda it: {f"[{i}]": value for i, value in enumerate(it)}
    if not any(base.__module__.startswith("cnnviz.app") for base in kind.__mro__):
        return None
    slots = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]

    def parts(it: object) -> dict[str, object]:
        return {
            f".{name}": getattr(it, name, None)
            for name in (*getattr(it, "__dict__", ()), *slots)
            if name not in _PASSING and not name.startswith(("_painted", "__"))
        }

    return parts
