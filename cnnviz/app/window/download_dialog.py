"""The dialog that downloads MNIST: it asks, shows the progress, and can be cancelled."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.data.download import Progress
from cnnviz.data.errors import DataError, DownloadCancelledError

Download = Callable[[Progress, Callable[[], bool]], Path]
"""``download(progress, cancelled)``, as `cnnviz.data.mnist.download_mnist`."""

_POLL_INTERVAL = 50


class DownloadThread(QThread):
    """Runs a download; the window's thread reads its attributes."""

    def __init__(self, download: Download, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("download")
        self._download = download
        self._cancelled = Event()
        self.here, self.total = 0, 0
        """Bytes so far, and in all."""
        self.error = ""
        """Why it failed; empty if it did not."""
        self.succeeded = False

    def cancel(self) -> None:
        """End the download."""
        self._cancelled.set()

    def run(self) -> None:
        """Body of the thread."""
        try:
            self._download(self._progress, self._cancelled.is_set)
            self.succeeded = True
        except DownloadCancelledError:
            pass
        except DataError as error:
            self.error = str(error)
        except Exception as error:  # whatever it is, the dialog shows it
            self.error = f"the download failed: {type(error).__name__}: {error}"

    def _progress(self, here: int, total: int) -> None:
        self.here, self.total = here, total


class DownloadDialog(QDialog):
    """Asks, then downloads; it is accepted once MNIST is in the cache."""

    def __init__(self, download: Download, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("MNIST")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self._download = download
        self._thread: DownloadThread | None = None
        self.words = text_label(
            "MNIST, 60,000 handwritten digits, has not been downloaded yet. It can be downloaded "
            "once (about 10 MB) and is then kept."
        )
        self.words.setMinimumWidth(52 * GRID)
        self.bar = QProgressBar()
        self.bar.hide()
        self.start_button = QPushButton("Download", default=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.addButton(self.start_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.start_button.clicked.connect(self.start)
        self.buttons.rejected.connect(self.reject)
        margins = 3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID
        parts = self.words, self.bar, self.buttons
        fill_box(QVBoxLayout(self), *parts, spacing=2 * GRID, margins=margins)
        self._timer = QTimer(self, interval=_POLL_INTERVAL)
        self._timer.timeout.connect(self._show_progress)

    @Slot()
    def start(self) -> None:
        """Download, or try again."""
        self._drop_thread()
        self._thread = DownloadThread(self._download, self)
        self._thread.finished.connect(self._finish)
        self.words.setText("Downloading MNIST …")
        self.start_button.setEnabled(False)
        self.bar.setRange(0, 0)
        self.bar.show()
        self._thread.start()
        self._timer.start()

    def reject(self) -> None:
        """Cancel: the thread ends, and leaves no incomplete file."""
        self._drop_thread()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Cancel."""
        self._drop_thread()
        super().closeEvent(event)

    @Slot()
    def _show_progress(self) -> None:
        if self._thread is not None and self._thread.total:
            # In kB: Qt's progress bar counts in 32-bit integers.
            self.bar.setRange(0, self._thread.total // 1000)
            self.bar.setValue(self._thread.here // 1000)
            megabytes = f"{self._thread.here / 1e6:.1f} of {self._thread.total / 1e6:.1f} MB"
            self.words.setText(f"Downloading MNIST: {megabytes}")

    @Slot()
    def _finish(self) -> None:
        self._timer.stop()
        thread = self._thread
        if thread is None:
            return
        if thread.succeeded:
            self._drop_thread()
            self.accept()
        elif thread.error:
            self.bar.hide()
            self.words.setText(thread.error)
            self.start_button.setText("Try again")
            self.start_button.setEnabled(True)

    def _drop_thread(self) -> None:
        self._timer.stop()
        if self._thread is not None:
            thread, self._thread = self._thread, None
            thread.cancel()
            thread.wait()
            thread.deleteLater()
