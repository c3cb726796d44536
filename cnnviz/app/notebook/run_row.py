"""The progress of a running script, and the button that stops it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cnnviz.app.notebook.run import ScriptRun
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.share_bar import ShareBar

_INTERVAL: Final = 100
"""Milliseconds between updates of a running script's time and output."""


class RunRow(QWidget):
    """Follows a script while it runs; hidden otherwise.

    `is_busy` returns whether the script's task is still under way.
    """

    printed = Signal(str)
    """Carries the output of the script so far."""

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        super().__init__()
        self._is_busy = is_busy
        self.run: ScriptRun | None = None
        """The script that runs."""
        self.progress = ShareBar("Share of the time limit that the script has used")
        self.time = QLabel()
        tip = "End its process; what it did until then is judged"
        self.stop_button = tab_button("Stop", tip, self._stop)
        self._timer = QTimer(self, interval=_INTERVAL)
        self._timer.timeout.connect(self._follow)
        fill_box(QHBoxLayout(self), self.progress, self.time, self.stop_button)
        self.hide()

    def begin(self, run: ScriptRun) -> None:
        """Follow a script that has been started."""
        self.run = run
        self.stop_button.setEnabled(True)
        self._timer.start()
        self.show()

    def end(self) -> None:
        """Follow the script no longer."""
        self.run = None
        self._timer.stop()
        self.hide()

    @Slot()
    def _stop(self) -> None:
        """Stop the script; the part that has been run is judged."""
        if self.run is not None:
            self.run.stop()
            self.stop_button.setEnabled(False)

    @Slot()
    def _follow(self) -> None:
        run = self.run
        if run is None or not self._is_busy():
            self._timer.stop()
            return
        self.progress.show_share(min(1.0, run.seconds / run.limit))
        self.time.setText(f"{run.seconds:.0f} of at most {run.limit:.0f} s")
        self.printed.emit(run.output)
