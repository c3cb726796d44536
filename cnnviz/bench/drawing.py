"""The time in which the window draws a long curve and a long table, and follows a stroke."""

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
from cnnviz.app.predictions.model import are_correct
from cnnviz.app.predictions.swarm import Outputs, positions
from cnnviz.bench.headless import repeated
from cnnviz.bench.live import open_window, wait
from cnnviz.bench.strokes import measure_strokes
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

ITERATIONS: Final = 1_000_000
_CURVE_SIZE: Final = (680, 240)
_A_ROUND: Final = 4
_TIMES: Final = 30
"""Times that each is drawn: in a round, and at most."""


@dataclass(frozen=True, slots=True)
class TimedDrawing:
    """Something that is drawn several times, and the seconds that each time took."""

    what: str
    seconds: tuple[float, ...]


def measure_drawing(source: str, n: int, rounds: int) -> list[TimedDrawing]:
    """Draw a curve of a million iterations, the predictions of n images, and on the image."""
    times = min(_A_ROUND * rounds, _TIMES)
    return [
        *_measure_curve(times),
        *_measure_table(source, n, times),
        *_measure_strokes(source, n),
    ]


def _measure_strokes(source: str, n: int) -> list[TimedDrawing]:
    what = "from a move of the pen on the image to its maps"
    paused, running = measure_strokes(source, n)
    return [
        TimedDrawing(f"{what}, paused", paused),
        TimedDrawing(f"{what}, while {n:,} images train", running),
    ]


def _measure_curve(times: int) -> list[TimedDrawing]:
    create_application()
    plot = CurvePlot(("mean error", "loss"), str, colour=lambda theme: theme.accent)
    plot.set_style(Style(LIGHT))
    plot.resize(*_CURVE_SIZE)
    plot.show()
    plot.set_curve(np.random.default_rng(0).random(ITERATIONS + 1), ITERATIONS, (), None)
    widths = np.geomspace(ITERATIONS, 100, times).tolist()
    starts = np.linspace(0, ITERATIONS / 2, times).tolist()
    zooms = [partial(plot.show_span, (0.0, width)) for width in widths]
    pans = [partial(plot.show_span, (start, start + ITERATIONS / 2)) for start in starts]
    drawings = [
        _timed(f"zooming a curve of {ITERATIONS:,} iterations", zooms, plot),
        _timed(f"panning half of a curve of {ITERATIONS:,} iterations", pans, plot),
    ]
    plot.close()
    plot.deleteLater()
    return drawings


def _measure_table(source: str, n: int, times: int) -> list[TimedDrawing]:
    trainer = Trainer(repeated(source, n), Settings(subset=n, dtype="float32"))
    with open_window(trainer) as window:
        while window.frame is None:
            wait(0.02)
        panel = window.panels.predictions
        orders = [i % panel.order.count() for i in range(1, times)]
        sorts = [partial(panel.order.setCurrentIndex, order) for order in orders]
        clicks = [panel.wrong_only.click] * 2 * (times // 4)
        bar = panel.table.verticalScrollBar()
        tops = np.linspace(0, bar.maximum(), 4 * times).round().astype(int).tolist()
        scrolls = [partial(bar.setValue, position) for position in tops]
        plot, frame = panel.plot_area.plot, window.frame
        shown = [
            Outputs(
                positions(frame.dataset.labels[:n]),
                np.random.default_rng(seed).random(n, np.float32),
                are_correct(frame.predictions),
                np.ones(n, np.bool_),
            )
            for seed in range(times)
        ]
        plots = [partial(plot.show_outputs, frame.dataset, outputs, 0) for outputs in shown]
        return [
            _timed(f"plotting {n:,} predictions", plots, plot.viewport()),
            _timed(f"sorting {n:,} predictions", sorts, panel),
            _timed(f"narrowing {n:,} predictions to the wrong ones, and back", clicks, panel),
            _timed(f"scrolling {n:,} predictions", scrolls, panel),
        ]


def _timed(what: str, acts: Sequence[Callable[[], object]], widget: QWidget) -> TimedDrawing:
    """Time each act until the widget has been drawn again."""
    seconds = []
    for act in acts:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        start = time.perf_counter()
        act()
        widget.repaint()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        seconds.append(time.perf_counter() - start)
    return TimedDrawing(what, tuple(seconds))
