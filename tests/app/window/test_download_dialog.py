"""The download dialog against downloads that succeed, fail, and can be cancelled."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window import file_commands
from cnnviz.app.window.download_dialog import DownloadDialog
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data import mnist
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.download import Progress
from cnnviz.data.errors import DownloadCancelledError, OfflineError
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


def cancel_button(dialog: DownloadDialog) -> object:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_download_starts_only_on_consent(qtbot: QtBot) -> None:
    called = threading.Event()

    def download(_progress: Progress, _cancelled: Callable[[], bool]) -> Path:
        called.set()
        return Path()

    dialog = DownloadDialog(download)
    dialog.show()
    assert not called.is_set()
    assert "has not been downloaded yet" in dialog.words.text()
    click(qtbot, cancel_button(dialog))
    assert not called.is_set()


def test_progress_is_shown_and_the_dialog_accepts(qtbot: QtBot) -> None:
    go_on = threading.Event()

    def download(progress: Progress, _cancelled: Callable[[], bool]) -> Path:
        progress(4_000_000, 10_000_000)
        assert go_on.wait(10)
        return Path()

    dialog = DownloadDialog(download)
    dialog.show()
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: dialog.words.text() == "Downloading MNIST: 4.0 of 10.0 MB")
    assert dialog.bar.isVisible()
    assert dialog.bar.value() == pytest.approx(0.4 * dialog.bar.maximum())
    assert not dialog.start_button.isEnabled()
    with qtbot.waitSignal(dialog.accepted):
        go_on.set()


@pytest.mark.parametrize("how", ["button", "escape", "close"])
def test_cancelling_asks_the_download_to_end(qtbot: QtBot, how: str) -> None:
    asked = threading.Event()

    def download(_progress: Progress, cancelled: Callable[[], bool]) -> Path:
        while not cancelled():
            asked.wait(0.01)
        asked.set()
        raise DownloadCancelledError("cancelled.")

    dialog = DownloadDialog(download)
    dialog.show()
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(dialog.bar.isVisible)
    if how == "button":
        click(qtbot, cancel_button(dialog))
    elif how == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        dialog.close()
    assert asked.is_set()


def test_a_failure_is_shown_and_can_be_retried(qtbot: QtBot) -> None:
    tries = []

    def download(_progress: Progress, _cancelled: Callable[[], bool]) -> Path:
        tries.append(1)
        if len(tries) == 1:
            raise OfflineError("MNIST cannot be reached.")
        return Path()

    dialog = DownloadDialog(download)
    dialog.show()
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: dialog.words.text() == "MNIST cannot be reached.")
    assert dialog.start_button.text() == "Try again"
    with qtbot.waitSignal(dialog.accepted):
        click(qtbot, dialog.start_button)
    assert len(tries) == 2


def test_the_window_asks_downloads_and_loads(
    qtbot: QtBot, store: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = []
    monkeypatch.setattr(file_commands, "is_cached", lambda: bool(there))

    def download(_progress: Progress, _cancelled: Callable[[], bool]) -> Path:
        there.append(1)
        return Path()

    monkeypatch.setattr(file_commands, "download_mnist", download)
    window = MainWindow(Trainer(bundled_digits(), Settings(subset=9)), LIGHT, store)
    loaded: list[str] = []
    monkeypatch.setattr(window.loop, "load", loaded.append)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    window.actions_.mnist.trigger()
    dialog = window.findChild(DownloadDialog)
    assert dialog is not None
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: loaded == ["mnist"])
    window.actions_.mnist.trigger()
    assert loaded == ["mnist", "mnist"]
    window.close()
    window.deleteLater()


def test_mnist_in_another_folder_needs_no_download(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was reported as missing after a start with --data on its folder."""
    monkeypatch.setattr(file_commands, "is_cached", lambda: False)
    digits, folder = bundled_digits().first(1000), tmp_path / "mine"
    folder.mkdir()
    for name, kind, array in (
        ("train-images-idx3-ubyte", b"\0\0\x08\x03", digits.images),
        ("train-labels-idx1-ubyte", b"\0\0\x08\x01", digits.labels),
    ):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / name).write_bytes(kind + sizes + array.tobytes())
    labels = (folder / "train-labels-idx1-ubyte").read_bytes()
    known = mnist.MnistFile("labels", 0, len(labels), hashlib.sha256(labels).hexdigest())
    window.loop.load(str(folder))
    number = window.loop.load("bundled")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= number)
    window.actions_.mnist.trigger()
    dialog = window.findChild(DownloadDialog)  # these are not MNIST
    assert dialog is not None
    dialog.reject()
    monkeypatch.setattr(mnist, "FILES", (known, mnist.IMAGES))
    window.loop.load(str(folder))
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.dataset.name == "mine")
    window.loop.load("bundled")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.dataset.name != "mine")
    window.actions_.mnist.trigger()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.dataset.name == "mine")
    assert [d for d in window.findChildren(DownloadDialog) if d.isVisible()] == []


def test_closing_the_window_ends_a_download(qtbot: QtBot, window: MainWindow) -> None:
    asked = threading.Event()

    def download(_progress: Progress, cancelled: Callable[[], bool]) -> Path:
        while not cancelled():
            asked.wait(0.01)
        asked.set()
        raise DownloadCancelledError("cancelled.")

    dialog = DownloadDialog(download, window)
    dialog.show()
    click(qtbot, dialog.start_button)
    window.close()
    assert asked.is_set()
