"""The dialog that has panels drawn at one iteration after another, into a GIF or an MP4."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.export_process import ExportProcess
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.save_dialog import ANIMATION, VIDEO, SaveDialog
from cnnviz.app.widgets.task_row import TaskRow
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop

_OFFERED: Final = ("network", "loss", "predictions", "debugger", "landscape", "pull")
_CHOSEN: Final = ("network", "loss")
_COLUMNS: Final = 3
"""Columns of boxes to be ticked."""
_FRAMES: Final = 200
"""Proposed at most."""
_FASTEST: Final = 50
_PIXELS: Final = 200, 4096


class MovingDialog(QDialog):
    """Asks for panels, iterations, pace and size, and then shows how far the file is.

    A separate process draws, from a copy of the run.
    """

    def __init__(
        self, loop: TrainingLoop, tasks: BackgroundTasks, frame: Frame, theme: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export moving picture")
        self._loop, self._theme, self._image = loop, theme, frame.image.index
        self._copied: Path | None = None
        self._folder = tempfile.TemporaryDirectory(  # a copy may be open on Windows
            prefix="cnnviz-", ignore_cleanup_errors=True
        )
        self._out = Path()
        self.panels = {name: QCheckBox(name.title()) for name in _OFFERED}
        for name, box in self.panels.items():
            box.setChecked(name in _CHOSEN)
            box.toggled.connect(self._check)
        last = frame.last
        self.first = _field("First iteration", 0, last, 0)
        self.last = _field("Last iteration", 0, last, last)
        step = max(1, last // _FRAMES)
        self.step = _field("Iterations from one frame to the next", 1, max(1, last), step)
        self.pace = _field("Frames a second", 1, _FASTEST, 10)
        self.width_field = _field("Width in pixels", *_PIXELS, 960)
        self.height_field = _field("Height in pixels", *_PIXELS, 720)
        self.summary = QLabel()
        self.task = TaskRow(tasks, "moving picture", "Export…", "Stop; no file is left", self)
        self.task.started.connect(self._ask)
        for field in (self.first, self.last, self.step, self.pace):
            field.valueChanged.connect(self._check)
        self._lay_out()
        self._check()

    @Slot(object)
    def show_frame(self, _frame: Frame) -> None:
        """Start to draw once the copy of the run has been written."""
        if self._copied is not None and self._copied.is_file():
            copy, self._copied = self._copied, None
            process = ExportProcess(copy, self._out, self._options())
            self.task.run(process.compute, self._show_saved, process.cancel)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Cancel the drawing."""
        self._leave()
        super().closeEvent(event)

    def reject(self) -> None:
        """Cancel the drawing, and close."""
        self._leave()
        super().reject()

    def _leave(self) -> None:
        self._copied = None
        self.task.stop()
        self._folder.cleanup()
        self.deleteLater()

    @property
    def chosen(self) -> list[str]:
        """The panels to be drawn."""
        return [name for name, box in self.panels.items() if box.isChecked()]

    def _options(self) -> Sequence[str]:
        iterations = f"{self.first.value()}:{self.last.value()}:{self.step.value()}"
        return (
            *("--panels", ",".join(self.chosen), "--iterations", iterations),
            *("--fps", str(self.pace.value()), "--theme", self._theme),
            *("--size", f"{self.width_field.value()}x{self.height_field.value()}"),
            *("--image", str(self._image)),
        )

    @Slot()
    def _check(self) -> None:
        """Show how long the picture will be, or which choice is missing."""
        first, last, step = self.first.value(), self.last.value(), self.step.value()
        if not self.chosen:
            words = "Choose a panel."
        elif last < first:
            words = "The last iteration comes before the first."
        else:
            count = len(range(first, last + 1, step))
            seconds = f"{count / self.pace.value():.1f} s"
            words = f"{count:,} frames, {seconds}" if count > 1 else f"1 frame, {seconds}"
        self.summary.setText(words)
        self.task.start.setEnabled(bool(self.chosen) and first <= last)

    @Slot()
    def _ask(self) -> None:
        dialog = SaveDialog("Export moving picture", "run", [ANIMATION, VIDEO], self)
        dialog.chosen.connect(self._begin)
        dialog.open()

    @Slot(object)
    def _begin(self, out: Path) -> None:
        """Have the run copied, for the process to read."""
        self._out = out
        copy = Path(self._folder.name, "run.npz")
        copy.unlink(missing_ok=True)
        self.task.error.clear()
        self._copied = copy
        self._loop.files.copy(copy)

    def _show_saved(self, _result: None) -> None:
        self.task.error.setText(f"Saved {self._out}.")

    def _lay_out(self) -> None:
        names = QGridLayout()
        for at, box in enumerate(self.panels.values()):
            names.addWidget(box, *divmod(at, _COLUMNS))
        form = QFormLayout()
        form.addRow("Panels from the top", names)
        form.addRow("Iterations", _row(self.first, QLabel("to"), self.last))
        form.addRow("Every", _row(self.step, QLabel("iterations")))
        form.addRow("Pace", _row(self.pace, QLabel("frames a second")))
        size = _row(self.width_field, QLabel("×"), self.height_field, QLabel("pixels"))
        form.addRow("Size", size)
        form.addRow("Length", self.summary)
        margins = 2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        self.task.start.setDefault(True)
        self.task.cancel.setAutoDefault(False)
        fill_box(QVBoxLayout(self), form, self.task, close, spacing=2 * GRID, margins=margins)


def _field(name: str, least: int, most: int, value: int) -> IntegerBox:
    return IntegerBox(name, "", (least, most), value, separator="")


def _row(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    fill_box(row, *parts, None)
    return row
