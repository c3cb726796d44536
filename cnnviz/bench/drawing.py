"""How long the window takes to draw what is large: a long curve, a long table."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from cnnviz.app.application import create_application
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.bench.live import open_window, predictions_of, wait
from cnnviz.data.dataset import Dataset
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

ITERATIONS: Final = 1_000_000
_CURVE_SIZE: Final = (680, 240)
_TURNS: Final = 30


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something that is drawn, and the seconds that each turn took.

    Attributes
    ----------
    what : str
    seconds : tuple of float
    """

    what: str
    seconds: tuple[float, ...]


def measure_curve() -> list[Drawing]:
    """Pan and zoom a curve of a million iterations."""
    create_application()
    plot = CurvePlot(("mean error", "loss"), str, colour=lambda theme: theme.accent)
    plot.set_style(Style(LIGHT))
    plot.resize(*_CURVE_SIZE)
    plot.show()
    loss = np.random.default_rng(0).random(ITERATIONS + 1)
    plot.set_curve(loss, ITERATIONS, (), None)
    widths = np.geomspace(ITERATIONS, 100, _TURNS)
    starts = np.linspace(0, ITERATIONS / 2, _TURNS)
    drawings = [
        _timed(
            "zooming a curve of 1,000,000 iterations",
            [partial(plot.show_span, (0.0, float(width))) for width in widths],
            plot,
        ),
        _timed(
            "panning half of a curve of 1,000,000 iterations",
            [partial(plot.show_span, (float(s), float(s) + ITERATIONS / 2)) for s in starts],
            plot,
        ),
    ]
    plot.close()
    plot.deleteLater()
    return drawings


def measure_table(dataset: Dataset, n: int) -> list[Drawing]:
    """Sort, narrow down and scroll the predictions of n images.

    Parameters
    ----------
    dataset : Dataset
        Holds `n` images at least.
    n : int
    """
    with open_window(Trainer(dataset, Settings(subset=n, dtype="float32"))) as window:
        while window.frame is None:
            wait(0.02)
        panel = predictions_of(window)
        orders = [i % panel.order.count() for i in range(1, _TURNS)]
        bar = panel.table.verticalScrollBar()
        places = np.linspace(0, bar.maximum(), 4 * _TURNS).round().astype(int)
        return [
            _timed(
                f"sorting {n:,} predictions",
                [partial(panel.order.setCurrentIndex, i) for i in orders],
                panel,
            ),
            _timed(
                f"narrowing {n:,} predictions to the wrong ones, and back",
                [panel.wrong_only.click] * 2 * (_TURNS // 4),
                panel,
            ),
            _timed(
                f"scrolling {n:,} predictions",
                [partial(bar.setValue, int(place)) for place in places],
                panel,
            ),
        ]


def _timed(what: str, acts: Sequence[Callable[[], object]], widget: QWidget) -> Drawing:
    """Time each act until the widget has been drawn again."""
    seconds = []
    for act in acts:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        start = time.perf_counter()
        act()
        widget.repaint()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        seconds.append(time.perf_counter() - start)
    return Drawing(what, tuple(seconds))
