"""A button that starts a long computation, its progress, and a button that cancels it."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz.app.runtime.background import BackgroundTasks, Compute
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.share_bar import ShareBar

T = TypeVar("T")


class TaskRow(QWidget):
    """Starts one kind of computation and shows how far it is.

    `kind` is what `BackgroundTasks` calls the computation, `start_text` is on the button, and
    `cancel_tip` says what cancelling does.
    """

    started = Signal()
    """The start button was pressed; the owner is to call `run`."""

    def __init__(
        self,
        tasks: BackgroundTasks,
        kind: str,
        start_text: str,
        cancel_tip: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._kind = tasks, kind
        self.start = tab_button(start_text, act=self.started.emit)
        self._starters = [self.start]
        self.progress = ShareBar(f"Progress: {kind}")
        self.cancel = tab_button("Cancel", cancel_tip, self.stop)
        self.error = text_label(name=f"Error: {kind}")
        parts = self.start, self.progress, self.cancel, self.error
        self._row = QHBoxLayout(self)
        fill_box(self._row, *parts, stretched=self.error)
        self._show_busy(busy=False)

    def add(self, button: QPushButton) -> None:
        """Add a button beside the one that starts."""
        self._row.insertWidget(1, button)

    def starts_too(self, button: QPushButton) -> None:
        """Let another button start the computation only while none is under way."""
        self._starters.append(button)

    def run(
        self,
        compute: Compute[T],
        on_result: Callable[[T], object],
        on_cancel: Callable[[], object] = lambda: None,
    ) -> None:
        """Start a computation, which replaces the previous one; see `BackgroundTasks.start`."""

        def finish(result: T) -> None:
            self._show_busy(busy=False)
            on_result(result)

        self.error.clear()
        self.progress.show_share(0.0)
        self._show_busy(busy=True)
        self._tasks.start(
            self._kind,
            compute,
            finish,
            on_progress=self.progress.show_share,
            on_error=self._show_error,
            on_cancel=on_cancel,
        )

    @Slot()
    def stop(self) -> None:
        """Cancel the computation."""
        self._tasks.cancel(self._kind)
        self._show_busy(busy=False)

    def _show_busy(self, *, busy: bool) -> None:
        for part in (self.progress, self.cancel):
            part.setVisible(busy)
        for button in self._starters:
            button.setEnabled(not busy)

    def _show_error(self, text: str) -> None:
        self._show_busy(busy=False)
        self.error.setText(text)
