"""Draws the real main window into a picture, without a display."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from cnnviz.app.application import create_application
from cnnviz.app.main_window import MainWindow
from cnnviz.app.theme import THEMES, ThemeName
from cnnviz.training.frame import Frame
from cnnviz.training.trainer import Trainer


class SnapshotError(Exception):
    """The picture could not be made or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What picture is wanted.

    Attributes
    ----------
    out : Path
        The file, whose ending names the format.
    size : tuple of int
        Width and height of the window in pixels.
    theme : {"light", "dark"}
    panel : str or None
        One panel's name; None for the whole window.
    image : int
        Index of the selected image.
    presentation : bool
        Whether type is larger.
    """

    out: Path
    size: tuple[int, int] = (1440, 900)
    theme: ThemeName = "light"
    panel: str | None = None
    image: int = 0
    presentation: bool = False


def snapshot(trainer: Trainer, iterations: int, picture: Picture, run: Path | None = None) -> None:
    """Train, and save a picture of the window.

    Parameters
    ----------
    trainer : Trainer
    iterations : int
        How many to do first; fewer are done where training cannot go on.
    picture : Picture
    run : Path, optional
        A recorded run to open first.

    Raises
    ------
    SnapshotError
        Where the picture cannot be written.
    """
    application = create_application(THEMES[picture.theme])
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder, "cnnviz.ini")), QSettings.Format.IniFormat)
        window = MainWindow(trainer, THEMES[picture.theme], store)
        try:
            window.set_presentation(picture.presentation)
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.show()
            window.resize(QSize(*picture.size))
            if run is not None:
                window.loop.open_run(run)
            window.selection.select_image(picture.image)
            command = window.loop.select(picture.image)
            for _ in range(iterations):
                command = window.loop.step()
            _wait_for(application, window, command)
            pixmap = _grab(window, picture)
        finally:
            window.close()
            window.deleteLater()
    if not pixmap.save(str(picture.out)):
        message = (
            f"{picture.out} cannot be written: name a file that ends in .png, in a folder that "
            "exists."
        )
        raise SnapshotError(message)


def _wait_for(application: QApplication, window: MainWindow, command: int) -> None:
    """Run Qt's events until a frame shows that the command has been carried out."""
    loop = QEventLoop(application)

    def look(frame: Frame) -> None:
        if frame.done >= command:
            loop.quit()

    window.frame_shown.connect(look)
    loop.exec()
    window.frame_shown.disconnect(look)
    application.processEvents()


def _grab(window: MainWindow, picture: Picture) -> QPixmap:
    if picture.panel is None:
        return window.grab()
    panel = window.panels[picture.panel]
    panel.resize(QSize(*picture.size))
    return panel.grab()
