"""Presentation size: the largest type, up to a limit, that fits the window."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from math import floor
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, QTimer, Slot
from PySide6.QtWidgets import QLayout, QMainWindow

LARGEST: Final = 1.6
"""The largest scale of type and strokes in a window of a usual height; 1 is the normal size."""
_USUAL_HEIGHT: Final = 1080
"""Pixels of a window; in a higher one, the largest scale is larger, too."""
_STEP: Final = 0.05
_GROWING: Final = 0.7
"""Approximate share of a window's minimum size that grows with its type."""
_BETWEEN: Final = 2
"""Sizes of type that are tried between one that fits and one that does not."""
_REST: Final = 200
"""Milliseconds after a change of the window's size before type of another size is tried."""
_NESTED: Final = 8
"""The deepest nesting of layouts, which pass on a change of size one by one."""


class PresentationSize(QObject):
    """Gives a window larger type without making it larger: a projector has no more pixels.

    A change is made in steps, and the window answers between them; it is seen when all are done.

    Parameters
    ----------
    set_scale : callable
        Scales everything in the window; 1 is the normal size.
    least_width : callable
        Returns the minimum width of the window's toolbars in device-independent pixels.
    require_space : callable
        Makes the main panel as large as what matters in it, with type of a scale; 0 ends that.
    """

    def __init__(
        self,
        window: QMainWindow,
        set_scale: Callable[[float], None],
        least_width: Callable[[], int],
        require_space: Callable[[float], None],
    ) -> None:
        super().__init__(window)
        self._window, self._set_scale, self._least_width = window, set_scale, least_width
        self._require_space = require_space
        self._on = False
        self._larger: QSize | None = None  # the size that the next larger type needs
        self._needed = QSize()  # the size that the type needs
        self._least = QSize()  # the window's minimum size when type was last fitted
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._grow)
        self._steps: Generator[None] | None = None
        self._next = QTimer(self, interval=0)
        self._next.timeout.connect(self._take_step)

    def start(self) -> None:
        """Use larger type, once the window is shown; from then on, nothing enlarges the window."""
        if not self._on:
            self._drop_steps()
            self._set_constraint(QLayout.SizeConstraint.SetNoConstraint)
            self._window.installEventFilter(self)
        self._on = True
        if self._window.isVisible():
            self._grow()

    def end(self, then: Callable[[], None]) -> None:
        """Use type of the normal size, and then do something more."""
        if self._on:
            self._drop_steps()
            self._window.removeEventFilter(self)
            self._set_constraint(QLayout.SizeConstraint.SetDefaultConstraint)
        self._on = False
        self._rest.stop()
        self._begin(self._shrinking(then))

    def finish(self) -> None:
        """Take all steps that are left now."""
        while self._steps is not None:
            self._take_step()

    def stop(self) -> None:
        """Take no more steps: the window closes."""
        self._on = False
        self._rest.stop()
        self._next.stop()
        self._drop_steps()

    def window_shown(self) -> None:
        """Use larger type now if it was requested before."""
        if self._on:
            self._grow()
            self.finish()

    def window_resized(self) -> None:
        """Try soon whether larger type fits now, or the type no longer does."""
        larger, size = self._larger, self._window.size()
        grows = larger is not None and _holds(size, larger)
        if self._on and (grows or not _holds(size, self._needed)):
            self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Try smaller type soon if a panel needs more room, as for a case that was opened."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self._window:
            is_due = self._steps is not None or self._rest.isActive()
            # In a window that is too small for any type, another attempt would be in vain.
            enough = self._window.size().expandedTo(self._least)
            if not is_due and not _holds(enough, self._window.minimumSizeHint()):
                self._rest.start()
        return False

    @Slot()
    def panels_changed(self) -> None:
        """Fit the type soon to the panels that are open now."""
        if self._on and self._steps is None:
            self._rest.start()

    def _set_constraint(self, constraint: QLayout.SizeConstraint) -> None:
        if (layout := self._window.layout()) is not None:
            layout.setSizeConstraint(constraint)

    @Slot()
    def _grow(self) -> None:
        self._rest.stop()
        self._begin(self._growing())

    def _begin(self, steps: Generator[None]) -> None:
        """Take the first step of a change; it replaces one that is under way."""
        self._drop_steps()
        self._steps = steps
        self._take_step()

    def _drop_steps(self) -> None:
        """Leave a change that is under way, which then restores the window's constraint."""
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    @Slot()
    def _take_step(self) -> None:
        if self._steps is not None and next(self._steps, self) is None:
            self._next.start()
        else:
            self._steps = None
            self._next.stop()

    def _growing(self) -> Generator[None]:
        """Try the largest type, then smaller ones until everything fits into the window.

        The first that fits may be far too small: then the middle between it and the last that was
        too large is tried, twice.
        """
        self._larger, scale, fitting = None, _largest(self._window.height()), 0.0
        between = _BETWEEN
        with _unpainted(self._window), keeping_size(self._window):
            try:
                while True:
                    yield
                    self._set_scale(scale)
                    self._require_space(scale)  # larger type is of no use if it must be scrolled
                    yield
                    need, available = self._need(), self._window.size()
                    if scale <= 1 or _holds(available, need):
                        fitting, self._needed = scale, need
                    else:
                        failed, self._larger = scale, need
                        if not fitting:
                            scale = _smaller(scale, available, need)
                            continue
                    if self._larger is None or not between or failed - fitting < 2 * _STEP:
                        break
                    between -= 1
                    scale = round((fitting + failed) / 2 / _STEP) * _STEP
                if scale != fitting:
                    self._set_scale(fitting)
                    yield
            finally:
                self._require_space(0)
        self._least = self._window.minimumSizeHint()

    def _shrinking(self, then: Callable[[], None]) -> Generator[None]:
        with _unpainted(self._window), keeping_size(self._window):
            yield
            self._set_scale(1.0)
            yield
            _settle()
            yield
            then()

    def _need(self) -> QSize:
        """Return the window's minimum size with its current type."""
        _settle()
        return self._window.minimumSizeHint().expandedTo(QSize(self._least_width(), 0))


@contextmanager
def _unpainted(window: QMainWindow) -> Iterator[None]:
    """Paint nothing of a window inside the block."""
    window.setUpdatesEnabled(False)
    try:
        yield
    finally:
        window.setUpdatesEnabled(True)
        # On X11, Qt loses a request to paint that comes inside the block, and makes no other one.
        window.repaint()


@contextmanager
def keeping_size(window: QMainWindow) -> Iterator[None]:
    """Keep the size of a window inside the block, even if its contents need more meanwhile."""
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
    """Let every layout follow the last change now."""
    for _ in range(_NESTED):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def _largest(height: int) -> float:
    """Return the largest scale in a window of a height in pixels."""
    return round(LARGEST * max(1.0, height / _USUAL_HEIGHT), 2)


def _holds(available: QSize, need: QSize) -> bool:
    return need.boundedTo(available) == need


def _smaller(scale: float, available: QSize, need: QSize) -> float:
    """Return the next smaller scale to try: about one at which everything fits."""
    over = max(
        1 - available.width() / need.width(),
        1 - available.height() / need.height(),
    )
    fitting = floor(scale * (1 - over / _GROWING) / _STEP) * _STEP
    return max(1.0, min(fitting, scale - _STEP))
