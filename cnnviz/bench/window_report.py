"""What `cnnviz bench --live` and `--soak` print: a table for people, JSON for programs."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from cnnviz.bench.soak import SETTLED, Moment, growth
from cnnviz.bench.window import Window


def window_table(windows: Sequence[Window], about: Mapping[str, str]) -> str:
    """Return the figures of the window as text."""
    lines = [f"{name}: {value}" for name, value in about.items()]
    for window in windows:
        paint = window.first_paint
        spread = f"least {min(paint):.2f}, most {max(paint):.2f}"
        lines += [
            "",
            f"The window on {window.platform}, 1440 × 900, exact gradient, as fast as it goes.",
            f"First picture with all in it, s: median {statistics.median(paint):.2f}, {spread}.",
            "",
            (
                f"{'n':>7}{'headless':>12}{'live':>12}{'share':>8}{'least–most':>13}{'drawn':>10}"
                f"{'gap':>9}{'answer':>9}"
            ),
            (
                f"{'':>7}{'iterations/s':>24}{'of all, of each turn':>21}{'times/s':>10}"
                f"{'p95, ms':>9}{'p95, ms':>9}"
            ),
        ]
        lines += [
            f"{live.n:>7,}{statistics.mean(live.headless):>12.1f}"
            f"{statistics.mean(live.live):>12.1f}{live.share:>8.0%}"
            f"{f'{min(live.shares):.0%}–{max(live.shares):.0%}':>13}{live.drawn:>10.1f}"
            f"{live.gap * 1e3:>9.1f}{live.answer * 1e3:>9.1f}"
            for live in window.live
        ]
        lines += ["", "Until it is drawn, ms as median and 95th percentile:"]
        lines += [
            f"  {drawing.what}: {statistics.median(drawing.seconds) * 1e3:.1f}, "
            f"{np.percentile(drawing.seconds, 95) * 1e3:.1f}"
            for drawing in window.drawings
        ]
        lines += [
            f"Memory at most, 60,000 images, {kind}: {megabytes:.0f} MB"
            for kind, megabytes in window.memory.items()
        ]
    return "\n".join(lines) + "\n"


def window_json(windows: Sequence[Window], about: Mapping[str, str]) -> str:
    """Return the figures of the window as JSON; times in seconds, memory in megabytes."""
    report = {"machine": dict(about), "window": [asdict(window) for window in windows]}
    return json.dumps(report, indent=2) + "\n"


def soak_table(moments: Sequence[Moment], about: Mapping[str, str]) -> str:
    """Return what a long run held as text."""
    lines = [f"{name}: {value}" for name, value in about.items()]
    lines += ["", f"{'seconds':>9}{'iteration':>12}{'resident, MB':>14}{'history at most, MB':>21}"]
    lines += [
        f"{m.seconds:>9.0f}{m.iteration:>12,}{m.resident:>14.1f}{m.history:>21.1f}" for m in moments
    ]
    if moments[-1].seconds > SETTLED:
        lines += [
            "",
            f"Growth after the first minute, apart from history: {growth(moments):.1f} MB",
        ]
    return "\n".join(lines) + "\n"


def soak_json(moments: Sequence[Moment], about: Mapping[str, str]) -> str:
    """Return what a long run held as JSON."""
    report = {"machine": dict(about), "soak": [asdict(moment) for moment in moments]}
    return json.dumps(report, indent=2) + "\n"
