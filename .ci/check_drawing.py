"""Draw frames in a window and report the drift of None's reference count per frame.

Some PySide6 releases lose or gain references to None whenever a frame is drawn. Before Python 3.12
None is mortal, so losing them ends in an abort. Each frame here is painted by Qt's own paint
events; a crash shows as the exit status of this process.

Exit status: 0 no drift above the noise, 1 drift, anything else a crash.
"""

import argparse
import gc
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import pairwise

# Offscreen paints with the same raster engine as a window on a display does.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

NONE_IS_MORTAL = sys.version_info < (3, 12)
WARM_UP = 20
# One reference in every frame is a drift of 1. What happens once, such as a cache that fills,
# shows in one block of frames and not in the median of them.
BLOCKS = 5
NOISE = 0.1
TIME_LIMIT = 60.0


class PaintCounter(QObject):
    """Counts the paint events of the widgets it is installed on."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002, N802
        """Count paint events and let every event through."""
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Process events until `condition` holds; raise `TimeoutError` after the time limit."""
    end = time.monotonic() + TIME_LIMIT
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {TIME_LIMIT:.0f} s")
        QApplication.processEvents()


def paint(window: QWidget) -> None:
    """Paint every visible widget of `window` once, through Qt's paint events."""
    # A scroll area, and so pyqtgraph's view, paints its viewport and not itself.
    surfaces = [
        widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        for widget in [window, *window.findChildren(QWidget)]
        if widget.isVisible()
    ]
    counter = PaintCounter()
    view = surfaces[0]
    view.installEventFilter(counter)
    for surface in surfaces:
        surface.update()
    wait_until(lambda: counter.count > 0, "a paint event")
    view.removeEventFilter(counter)


@contextmanager
def own_folders() -> Iterator[None]:
    """Keep the settings and data of the person who runs this out of it, and unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        for variable in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = folder
        yield


@contextmanager
def plain_window() -> Iterator[tuple[QWidget, Callable[[], None]]]:
    """Open a window of one image and one 500-point curve; the callable gives both new content."""
    pg.setConfigOptions(imageAxisOrder="row-major")
    application = pg.mkQApp()
    random = np.random.default_rng(0)
    window = pg.GraphicsLayoutWidget(show=False, size=(900, 500))
    image = pg.ImageItem()
    window.addPlot().addItem(image)
    # A pen, not a tuple: numpy 2.2 and later leak a None for each tuple that pyqtgraph's mkColor
    # is given (in `numpy.dtype(tuple)`), which is no doing of Qt's.
    curve = window.addPlot().plot(pen=pg.mkPen("#c8c8c8"))

    def advance() -> None:
        image.setImage(
            random.integers(0, 256, (280, 280), dtype=np.uint8), autoLevels=False, levels=(0, 255)
        )
        curve.setData(random.standard_normal(500))

    window.show()
    yield window, advance
    window.close()
    application.processEvents()


@contextmanager
def main_window() -> Iterator[tuple[QWidget, Callable[[], None]]]:
    """Open the program's window; the callable trains one iteration."""
    # Not at the top: --plain does without the program.
    from cnnviz.app.application import create_application, default_store  # noqa: PLC0415
    from cnnviz.app.look.theme import LIGHT  # noqa: PLC0415
    from cnnviz.app.window.main_window import MainWindow  # noqa: PLC0415
    from cnnviz.data.bundled import bundled_digits  # noqa: PLC0415
    from cnnviz.training.run.trainer import Trainer  # noqa: PLC0415
    from cnnviz.training.settings import Settings  # noqa: PLC0415

    application = create_application()
    window = MainWindow(Trainer(bundled_digits(), Settings()), LIGHT, default_store())
    step = window.findChild(QAction, "step")
    if step is None:
        raise LookupError('the main window has no QAction named "step"')
    iteration = 0

    def advance() -> None:
        nonlocal iteration
        iteration += 1
        step.trigger()
        title = re.compile(rf"\biteration {iteration:,}(?![\d,])")
        wait_until(lambda: title.search(window.windowTitle()) is not None, title.pattern)
        # Frames of a window that only shows an error would measure something else.
        if window.status.dismiss.isVisible():
            raise RuntimeError(f"the window says: {window.status.text.text()}")

    window.show()
    yield window, advance
    window.close()
    application.processEvents()


def draw(window: QWidget, advance: Callable[[], None], frames: int) -> None:
    """Draw `frames` frames, each with new content."""
    for _ in range(frames):
        advance()
        paint(window)


def none_references() -> int:
    """Return None's reference count after everything unreachable has been collected."""
    gc.collect()
    return sys.getrefcount(None)


def main() -> int:
    """Draw, report one line and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plain", action="store_true", help="a small pyqtgraph window instead")
    parser.add_argument("--frames", type=int, default=200)
    arguments = parser.parse_args()

    with (
        own_folders(),
        plain_window() if arguments.plain else main_window() as (window, advance),
    ):
        wait_until(window.isVisible, "the window")
        draw(window, advance, WARM_UP)
        block = max(1, arguments.frames // BLOCKS)
        counts = [none_references()]
        for _ in range(BLOCKS):
            draw(window, advance, block)
            counts.append(none_references())
    drift = statistics.median((b - a) / block for a, b in pairwise(counts))

    about = ", ".join(
        [
            f"Python {sys.version.split()[0]}",
            *(f"{name} {version(name)}" for name in ("PySide6-Essentials", "pyqtgraph", "numpy")),
            f"{block * BLOCKS} frames of the {'plain' if arguments.plain else 'main'} window",
        ]
    )
    if not NONE_IS_MORTAL:
        sys.stdout.write(f"{about}: no crash (None is immortal here)\n")
        return 0
    failed = abs(drift) > NOISE
    verdict = "DRIFT" if failed else "no drift, no crash"
    sys.stdout.write(f"{about}: {drift:+.3f} references to None per frame: {verdict}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
