"""Opening, saving and loading of runs, pictures and data."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileInfo, QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMainWindow

from cnnviz.app.picture_file import Picture, copy_picture, write_bytes
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.save_dialog import (
    PICTURE,
    RUN,
    FileType,
    SaveDialog,
)
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.download_dialog import Download, DownloadDialog
from cnnviz.app.window.menus import Actions
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.atomic_file import UnwritableFileError
from cnnviz.data.mnist import is_cached, is_mnist
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.loop.training_loop import TrainingLoop


class FileCommands(QObject):
    """Asks for files, and sends the training loop commands to read and write them.

    Parameters
    ----------
    window : QMainWindow
        Becomes the parent; pictures show it.
    busy_notice : BusyNotice
        Shows that reading or writing takes long.
    status : StatusBar
        Shows the file that was saved.
    download : callable
        Downloads MNIST.
    tasks : BackgroundTasks
        Writes exports.
    """

    def __init__(
        self,
        window: QMainWindow,
        loop: TrainingLoop,
        busy_notice: BusyNotice,
        status: StatusBar,
        download: Download,
        tasks: BackgroundTasks,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._loop = loop
        self._busy_notice = busy_notice
        self._status = status
        self._download = download
        self._tasks = tasks
        self._source = ""
        self._mnist = ""
        """Where MNIST has been loaded from in this session, if not from the cache."""

    def connect_actions(self, actions: Actions) -> None:
        """Connect the actions of the menus."""
        actions.open_run.triggered.connect(self._open_run)
        actions.save_run.triggered.connect(self._save_run)
        actions.save_picture.triggered.connect(self._save_picture)
        actions.copy_picture.triggered.connect(self._copy_picture)
        actions.bundled.triggered.connect(lambda: self._load("bundled"))
        actions.mnist.triggered.connect(self._load_mnist)
        actions.data_file.triggered.connect(self._load_file)
        actions.data_folder.triggered.connect(self._load_folder)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Note where MNIST is."""
        if frame.branch.source != self._source:  # another data set
            self._source = frame.branch.source
            if is_mnist(frame.dataset):
                self._mnist = self._source

    @Slot()
    def _open_run(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open run", "", "Runs (*.npz)")
        if path:
            self._busy_notice.track(self._loop.open_run(Path(path)))

    @Slot()
    def _save_run(self) -> None:
        track, save = self._busy_notice.track, self._loop.save_run
        self._ask("Save run", "run", [RUN], lambda path: track(save(path)))

    @Slot()
    def _save_picture(self) -> None:
        picture = Picture(self._window, fine=True)  # as it is now, without the dialog
        self._ask_where("Save picture", Export.of_picture("cnnviz", picture))

    @Slot()
    def _copy_picture(self) -> None:
        copy_picture(self._window)
        self._status.show_message(Message("The picture of the window is on the clipboard."))

    @Slot(object)
    def export(self, export: Export) -> None:
        """Ask where to write a picture or a plot, and as what."""
        self._ask_where(f"Export {export.name}", export)

    def _ask_where(self, title: str, export: Export) -> None:
        """Ask where to write something, and as what."""
        by_ending = {kind.ending: content for kind, content in export.contents.items()}
        picture = export.picture
        size = None if picture is None else picture.size

        def write(path: Path) -> None:
            ending, width = path.suffix.lower(), dialog.picture_width
            content = by_ending[ending]  # a long table takes seconds to write
            if picture is not None and ending == PICTURE.ending:
                content = partial(picture.content, ending, width)
            self._tasks.start(
                f"export {path}",
                lambda _on_progress: _written(lambda: write_bytes(content(), path), path),
                self._status.show_message,
            )

        dialog = SaveDialog(title, export.name, list(export.contents), self._window, size)
        dialog.chosen.connect(write)
        dialog.open()

    def _ask(
        self, title: str, name: str, kinds: Sequence[FileType], write: Callable[[Path], object]
    ) -> None:
        dialog = SaveDialog(title, name, kinds, self._window)
        dialog.chosen.connect(write)
        dialog.open()

    @Slot()
    def _load_mnist(self) -> None:
        if is_cached():
            self._load_downloaded()
            return
        if self._mnist and QFileInfo.exists(self._mnist):
            self._load(self._mnist)
            return
        dialog = DownloadDialog(self._download, self._window)
        dialog.accepted.connect(self._load_downloaded)
        dialog.open()

    @Slot()
    def _load_downloaded(self) -> None:
        self._load("mnist")

    @Slot()
    def _load_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Open digits: an IDX images file with its labels beside it, or mnist.npz"
        )
        self._load(path)

    @Slot()
    def _load_folder(self) -> None:
        self._load(
            QFileDialog.getExistingDirectory(self._window, "Open a folder with MNIST's files")
        )

    def _load(self, source: str) -> None:
        """Load data, if a source was chosen."""
        if source:
            self._busy_notice.track(self._loop.load(source))


def _written(write: Callable[[], None], path: Path) -> Message:
    """Write a file, and return what there is to say about it."""
    try:
        write()
    except UnwritableFileError as error:
        return Message(str(error), refused=True)
    return Message(f"Saved {path}.")
