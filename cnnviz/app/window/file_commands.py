"""Opening and saving of runs, and loading of data."""

from pathlib import Path

from PySide6.QtCore import QFileInfo, QObject, Slot
from PySide6.QtWidgets import QFileDialog

from cnnviz.app.window.parts import Parts
from cnnviz.data.mnist import download_mnist, is_cached, is_mnist
from cnnviz.training.loop.frame import Frame

# Dialogs are imported where they are opened, which is never at the start.


class FileCommands(QObject):
    """Asks for files, and sends the training loop commands to read and write them."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._loop = parts.window, parts.loop
        self._busy_notice = parts.busy_notice
        self._source = ""
        self._mnist = ""
        """Where MNIST has been loaded from in this session, if not from the cache."""
        actions = parts.actions
        actions.open_run.triggered.connect(self._open_run)
        actions.save_run.triggered.connect(self._save_run)
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
            self._busy_notice.track(self._loop.files.open(Path(path)))

    @Slot()
    def _save_run(self) -> None:
        from cnnviz.app.widgets.save_dialog import RUN, SaveDialog  # noqa: PLC0415

        track, save = self._busy_notice.track, self._loop.files.save
        dialog = SaveDialog("Save run", "run", [RUN], self._window)
        dialog.chosen.connect(lambda path: track(save(path)))
        dialog.open()

    @Slot()
    def _load_mnist(self) -> None:
        if is_cached():
            self._load_downloaded()
            return
        if self._mnist and QFileInfo.exists(self._mnist):
            self._load(self._mnist)
            return
        from cnnviz.app.window.download_dialog import DownloadDialog  # noqa: PLC0415

        dialog = DownloadDialog(download_mnist, self._window)
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
