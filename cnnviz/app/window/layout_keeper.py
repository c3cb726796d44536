"""Writes the layout of the window while it changes, so that it is there even after a kill −9."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow

from cnnviz.app.runtime.settings_file import is_writable
from cnnviz.app.window.docks import Docks

INTERVAL: Final = 2_000
"""Milliseconds between checks for changes, the most that a crash may lose."""


class LayoutKeeper(QObject):
    """Writes the whole layout once the window has settled, and from then on its changes.

    So a window that is open at the same time, or closed later, does not undo another one's layout.

    `others` returns more values to keep, by their keys. `is_passing` returns whether the layout is
    a lesson's and will be undone; it is not kept then.
    """

    def __init__(
        self,
        window: QMainWindow,
        docks: Docks,
        store: QSettings,
        others: Callable[[], Mapping[str, object]],
        is_passing: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._docks, self._store, self._others = docks, store, others
        self._is_passing = is_passing
        self._kept: dict[str, object] = {}
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """Write changes from now on."""
        self._timer.start()

    def keep(self) -> None:
        """Write the changes since the last time; the first time, everything."""
        values = {**self._docks.layout(), **self._others()}
        changed = {name: v for name, v in values.items() if self._kept.get(name) != v}
        if changed and is_writable(self._store):
            for name, value in changed.items():
                self._store.setValue(name, value)
            self._store.sync()
            self._kept = values

    def stop(self) -> None:
        """Look no more: the window closes."""
        self._timer.stop()

    @Slot()
    def _look(self) -> None:
        is_dragged = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if not (is_dragged or self._is_passing()):
            self.keep()
