"""Presentation size: the largest type, up to a limit, that the window has room for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import floor
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, QTimer, Slot
from PySide6.QtWidgets import QLayout, QMainWindow

LARGEST: Final = 1.6
"""Times the normal size of type and strokes."""
_STEP: Final = 0.05
_GROWING: Final = 0.7
"""Share of a window's least size that grows with its type, about."""
_REST: Final = 200
"""Milliseconds after a change of the window's size before type of another size is tried."""
_NESTED: Final = 8
"""Layouts in layouts, at most, that hear of another size one after the other."""


class PresentationSize(QObject):
    """Gives a window larger type, and never a larger window: a projector has no more room.

    Parameters
    ----------
    window : QMainWindow
        Becomes the parent.
    take_scale : callable
        Gives everything in the window type of a size, where 1 is the normal one.
    bars : callable
        Returns the width that the window's toolbars need at least, in device-independent pixels.
    require_whole : callable
        Lets panels that can be scrolled ask for room for all that they show, or for a part of it.
    """

    def __init__(
        self,
        window: QMainWindow,
        take_scale: Callable[[float], None],
        bars: Callable[[], int],
        require_whole: Callable[[bool], None],
    ) -> None:
        super().__init__(window)
        self._window, self._take_scale, self._bars = window, take_scale, bars
        self._require_whole = require_whole
        self._on = False
        self._larger: QSize | None = None  # what the next larger type would need
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._grow)

    def start(self) -> None:
        """Take larger type; in a window that is yet to be shown, once it is."""
        self._on = True
        if self._window.isVisible():
            self._grow()

    def end(self) -> None:
        """Take type of the normal size."""
        self._on = False
        self._rest.stop()
        self._take_scale(1.0)
        _settle()

    def window_shown(self) -> None:
        """Take larger type now, where it was asked for before."""
        if self._on:
            self._grow()

    def window_resized(self) -> None:
        """Look soon whether larger type has room now."""
        larger = self._larger
        if self._on and larger is not None and _holds(self._window.size(), larger):
            self._rest.start()

    @Slot()
    def _grow(self) -> None:
        """Try the largest type, and smaller ones until the window holds all of it."""
        room = self._window.size()
        self._larger, scale = None, LARGEST
        with keeping_size(self._window):
            self._require_whole(True)  # larger type is of no use if it must be scrolled
            while True:
                self._take_scale(scale)
                need = self._need()
                if scale <= 1 or _holds(room, need):
                    break
                self._larger = need
                scale = _smaller(scale, room, need)
            self._require_whole(False)

    def _need(self) -> QSize:
        """Return the window's least size with its type as it is now."""
        _settle()
        return self._window.minimumSizeHint().expandedTo(QSize(self._bars(), 0))


@contextmanager
def keeping_size(window: QMainWindow) -> Iterator[None]:
    """Keep a window as large as it is, though it may have no room for what is in it meanwhile."""
    layout = window.layout()
    if layout is None:
        raise AssertionError
    usual = layout.sizeConstraint()
    layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
    try:
        yield
        _settle()
    finally:
        layout.setSizeConstraint(usual)


def _settle() -> None:
    """Let every layout hear of the last change now."""
    for _ in range(_NESTED):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def _holds(room: QSize, need: QSize) -> bool:
    return need.boundedTo(room) == need


def _smaller(scale: float, room: QSize, need: QSize) -> float:
    """Return the next smaller scale to try: about one at which a window of this size holds all."""
    over = max(
        1 - room.width() / need.width(),
        1 - room.height() / need.height(),
    )
    fitting = floor(scale * (1 - over / _GROWING) / _STEP) * _STEP
    return max(1.0, min(fitting, scale - _STEP))
