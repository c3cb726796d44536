"""The text beside a tensor's pictures."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QFontMetricsF

from cnnviz.app.debugger.tensors.tensor_layout import Level, Sheet
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import TensorView


def shape_words(view: TensorView) -> str:
    """Return its shape."""
    return " × ".join(f"{length:,}" for length in view.values.shape)


def state_words(view: TensorView) -> str:
    """Say how new the values are; may be empty."""
    if view.stale:
        return "old: yet to be computed again"
    if view.image is not None:
        return "alone; the rest of the batch is not computed yet"
    if not view.fresh:
        return ""
    if (known := view.image_changes) is not None:
        own = f"image {known.image}'s values"
        return f"just computed, {_changes(known.mask, own)}"
    if view.changed is None:
        return "just computed"
    return f"just computed, {_changes(view.changed, 'the values')}"


def _changes(mask: NDArray[np.bool_], values: str) -> str:
    if not mask.any():
        return f"{values} are the same as before"
    return f"{percent(np.count_nonzero(mask) / mask.size)} of {values} changed"


def shown_words(view: TensorView, sheet: Sheet, level: Level, image: int) -> str:
    """Say whose values the pictures and their colour bar are."""
    if view.image is not None:
        return f"image {view.image}"
    if sheet.is_number_per_image:
        return f"one cell per image, {view.values.size:,} of them"
    if sheet.axis is None:
        return TENSORS[view.name].meaning
    if level == "batch" and view.average is not None:
        return "mean over all images"
    return f"image {image}"


def figures_of(view: TensorView, sheet: Sheet) -> str:
    """Say whose statistics these are, if not those of the pictures."""
    if sheet.axis is None or sheet.is_number_per_image:
        return ""
    whose = "all images" if view.image is None else f"image {view.image}"
    return f"figures of {whose}:"


def figures(view: TensorView) -> tuple[tuple[str, ...], ...]:
    """Return the statistics, as they are shown: on two lines if they fit."""
    s = view.statistics
    shares: tuple[str, ...] = (f"exactly 0: {percent(s.zero)}",)
    if s.saturated is not None:  # of every unit, and not of those that see ink alone
        every = "outputs" if view.name == "o" else "units"
        shares = (f"of all {every}", f"saturated: {percent(s.saturated)}", *shares)
    return (
        (f"min {compact(s.minimum)}", f"mean {compact(s.mean)}", f"max {compact(s.maximum)}"),
        shares,
    )


def figure_lines(view: TensorView, whose: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """Return the statistics in lines that fit a width, below whose they are."""
    lines = [whose] if whose else []
    for first, *others in figures(view):
        lines.append(first)
        for words in others:
            longer = f"{lines[-1]}  {words}"
            if metrics.horizontalAdvance(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(words)
    return lines
