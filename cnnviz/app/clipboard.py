"""Says when a picture has been copied."""

from typing import Final

from PySide6.QtCore import QObject, Signal


class Clipboard(QObject):
    """Says when a picture has been copied, wherever in the window that was."""

    copied = Signal()


CLIPBOARD: Final = Clipboard()
