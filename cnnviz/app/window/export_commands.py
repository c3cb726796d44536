"""Exports of the run, of pictures and of plots, written on threads of their own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.app.clipboard import CLIPBOARD
from cnnviz.app.window.parts import Parts
from cnnviz.atomic_file import UnwritableFileError, replacing
from cnnviz.numerics.blocks import ProgressCallback, reporting_progress
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message

# Pictures and dialogs are imported where they are used, which is never at the start.

if TYPE_CHECKING:
    from cnnviz.app.widgets.export import Content, Export
    from cnnviz.training.export.taken_run import TakenRun


class ExportCommands(QObject):
    """Asks where to export something, and writes it; training goes on with a copy of the run.

    The status bar shows how far the file is, and cancels it.
    """

    finished = Signal(object)
    """A file has been written, or could not be; carries the `Message` about it."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._loop, self._tasks = parts.window, parts.loop, parts.tasks
        self._busy_notice, self._status = parts.busy_notice, parts.status
        self._taken: list[tuple[Path, TakenRun]] = []
        # How far the files are, by their tasks; None as long as that is not known.
        self._shares: dict[str, float | None] = {}
        self._status.cancel_requested.connect(self._cancel)
        CLIPBOARD.copied.connect(self._say_copied)
        actions = parts.actions
        actions.export_run.triggered.connect(self._ask)
        actions.save_picture.triggered.connect(self._save_picture)
        actions.copy_picture.triggered.connect(self._copy_picture)

    @property
    def is_writing(self) -> bool:
        """Whether a file is yet to be written."""
        return bool(self._shares)

    @Slot(object)
    def export(self, export: "Export") -> None:
        """Ask where to write a picture or a plot, and as what."""
        self._ask_where(f"Export {export.name}", export)

    @Slot(object)
    def show_frame(self, _frame: Frame) -> None:
        """Begin to write once a copy of the run has been taken."""
        while self._taken:
            self._begin(*self._taken.pop())

    @Slot()
    def _copy_picture(self) -> None:
        from cnnviz.app.picture_file import copy_picture  # noqa: PLC0415

        copy_picture(self._window)

    @Slot()
    def _save_picture(self) -> None:
        from cnnviz.app.picture_file import Picture  # noqa: PLC0415
        from cnnviz.app.widgets.export import Export  # noqa: PLC0415

        picture = Picture(self._window, fine=True)  # as it is now, without the dialog
        self._ask_where("Save picture", Export.of_picture("cnnviz", picture))

    @Slot()
    def _say_copied(self) -> None:
        self._status.show_message(Message("The picture is on the clipboard."))

    def _ask_where(self, title: str, export: "Export") -> None:
        """Ask where to write something, and as what."""
        from cnnviz.app.widgets.save_dialog import PICTURE, SaveDialog  # noqa: PLC0415

        by_ending = {kind.ending: content for kind, content in export.contents.items()}
        picture = export.picture
        size = None if picture is None else picture.size

        def write(path: Path) -> None:
            ending, width = path.suffix.lower(), dialog.picture_width
            content = by_ending[ending]  # a long table takes seconds to write
            if picture is not None and ending == PICTURE.ending:
                content = partial(picture.content, ending, width)
            self._write(f"export {path}", partial(_export_written, path, content))

        dialog = SaveDialog(title, export.name, list(export.contents), self._window, size)
        dialog.chosen.connect(write)
        dialog.open()

    @Slot()
    def _ask(self) -> None:
        from cnnviz.app.widgets.save_dialog import RUN_EXPORTS, SaveDialog  # noqa: PLC0415

        dialog = SaveDialog("Export run", "run", RUN_EXPORTS, self._window)
        dialog.chosen.connect(self._take)
        dialog.open()

    @Slot(object)
    def _take(self, path: Path) -> None:
        """Have a copy of the run taken on the training thread."""
        receive = self._taken.append
        self._busy_notice.track(self._loop.files.take(lambda taken: receive((path, taken))))

    def _begin(self, path: Path, taken: "TakenRun") -> None:
        task = f"export {path}"
        self._write(task, partial(_run_written, path, taken))
        self._show_share(task, 0.0)

    def _write(self, task: str, write: Callable[[ProgressCallback], Message]) -> None:
        """Write a file on a thread of its own, showing the progress that it reports."""
        self._shares[task] = None
        self._tasks.start(
            task,
            write,
            lambda message: self._finish(task, message),
            on_progress=lambda share: self._show_share(task, share),
            on_error=lambda text: self._finish(task, Message(text, refused=True)),
        )

    def _show_share(self, task: str, share: float) -> None:
        """Show how far a file is; of several, the one with the smallest share."""
        self._shares[task] = share
        self._show_shares()

    def _finish(self, task: str, message: Message) -> None:
        if self._shares.pop(task, None) is not None:
            self._show_shares()
        self._status.show_message(message)
        self.finished.emit(message)

    def _show_shares(self) -> None:
        known = [share for share in self._shares.values() if share is not None]
        self._status.show_saving(min(known, default=None), "Exporting")

    @Slot()
    def _cancel(self) -> None:
        for task in [task for task, share in self._shares.items() if share is not None]:
            self._tasks.cancel(task)
            self._finish(task, Message("Nothing was exported: that was cancelled."))


def _export_written(
    path: Path, content: "Callable[[], Content]", on_progress: ProgressCallback
) -> Message:
    """Write what an export holds, and return the message about it."""
    with reporting_progress(on_progress):
        return _written(content, path, f"Saved {path}.")


def _run_written(path: Path, taken: "TakenRun", on_progress: ProgressCallback) -> Message:
    """Write a run as the ending of a path says, and return the message about it."""
    from cnnviz.app.widgets.save_dialog import PDF_REPORT  # noqa: PLC0415
    from cnnviz.training.export.content import content_of, ending_of  # noqa: PLC0415

    with taken.branch.opened() as run:
        content = content_of(
            run, taken.branch.dataset, ending_of(path), taken.iteration, on_progress=on_progress
        )
    if path.name.lower().endswith(PDF_REPORT.ending):
        from cnnviz.app.report_pdf import as_pdf  # noqa: PLC0415

        content = as_pdf(content)
    on_progress(1.0)
    return _written(lambda: content, path, f"Exported to {path.name}.")


def _written(content: "Callable[[], Content]", path: Path, success: str) -> Message:
    """Write a file whole or not at all, and return the message about it."""
    try:
        made = content()
        with replacing(path) as file:
            file.writelines([made] if isinstance(made, bytes) else made)
    except UnwritableFileError as error:
        return Message(str(error), refused=True)
    return Message(success)
