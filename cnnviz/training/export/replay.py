"""A recorded run as a page that replays it, computing every number in the browser."""

import base64
import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import FORWARD, OPERATIONS, Operation
from cnnviz.numerics.tensors import TENSORS, Tensor
from cnnviz.numerics.variants import DEPARTURES, Variant
from cnnviz.pages.page import embedded_json, filled, script_of
from cnnviz.pages.pictures import colour_map
from cnnviz.training.errors import ExportError
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.settings import Settings

MOST_IMAGES: Final = 2_000
"""Images whose feature maps a browser can hold, in 30 MB or so each time."""
MOST_STATES: Final = 1_000
"""States whose weights a page holds, in 20 MB; of a longer run, some evenly spaced ones."""
_COLOURS: Final = {"signed-light": "CET-CBD1", "signed-dark": "CET-D6", "activation": "viridis"}


def as_replay(run: Run, dataset: Dataset) -> str:
    """Return a page that plays a run: weights and images are in it, all else it computes.

    Raises
    ------
    ExportError
        If the run has too many images, drawn ones, or a rule with faults or own code.
    """
    settings = [mark.settings for mark in run.config.settings]
    images = run.config.images
    if images > MOST_IMAGES:
        raise ExportError(
            f"the run has {images:,} images, and a page replays at most {MOST_IMAGES:,}: record it "
            "with a smaller subset."
        )
    if any(one.drawings for one in settings):
        raise ExportError("a page has the images of the data alone: restore those that were drawn.")
    for one in settings:
        if one.rule.extra:
            raise ExportError(
                f"a page knows the 32 rules of the five switches alone, not {one.rule.title}."
            )
    every = math.ceil(run.iterations / (MOST_STATES - 1)) if run.iterations >= MOST_STATES else 1
    states = [*range(0, run.iterations, every), run.iterations]
    name = run.config.annotations.name or "run"
    data = dataset.first(images)
    record = {
        "name": name,
        "data": dataset.name,
        "iterations": run.iterations,
        "every": every,
        "precision": run.config.dtype,
        "settings": [
            {"iteration": mark.iteration, **_settings(mark.settings)}
            for mark in run.config.settings
        ],
        "bookmarks": [[mark.iteration, mark.name] for mark in run.config.annotations.bookmarks],
        "f": _packed(run.f[states], run.config.dtype),
        "wo": _packed(run.wo[states], run.config.dtype),
        "loss": _packed(run.loss, np.float64),
        "accuracy": _packed(run.accuracy, np.float64),
        "images": _packed(data.images, np.uint8),
        "labels": _packed(data.labels, np.uint8),
        "operations": [_operation(operation) for operation in OPERATIONS],
        "tensors": [_tensor(tensor) for tensor in TENSORS.values()],
        "colours": {key: _packed(colour_map(value), np.uint8) for key, value in _COLOURS.items()},
    }
    styles = "base.css", "replay.css"
    script = script_of("replay")
    return filled("replay.html", name, styles, run=embedded_json(record), script=script)


def _settings(settings: Settings) -> dict[str, Any]:
    rate, title = plain(settings.learning_rate, 6), settings.rule.title
    return {
        "subset": settings.subset,
        "learningRate": settings.learning_rate,
        "corrected": settings.rule.corrected,
        "dtype": settings.dtype,
        "pixels": [[p.image, p.row, p.col, p.grey] for p in settings.pixels],
        "text": f"rule {title} · η = {rate} · {settings.subset:,} images · {settings.dtype}",
    }


def _operation(operation: Operation) -> dict[str, Any]:
    departures = [variant for variant in DEPARTURES if variant.operation == operation.name]
    variants = operation.right, *departures
    return {
        "name": operation.name,
        "title": operation.title,
        "isForward": operation in FORWARD,
        "writes": operation.writes,
        "switches": sorted({name for variant in variants for name in variant.switches}),
        "variants": [_variant(operation, variant) for variant in variants],
    }


def _variant(operation: Operation, variant: Variant) -> dict[str, Any]:
    reads = [name for name in operation.reads if re.search(rf"\b{name}\b", variant.numpy)]
    return {
        "name": variant.name,
        "switches": sorted(variant.switches, key=str),
        "formula": variant.formula,
        "latex": variant.latex,
        "numpy": variant.numpy,
        "reads": reads,
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    fields = "name", "symbol", "latex", "meaning", "axes", "scale"
    return {field: getattr(tensor, field) for field in fields}


def _packed(array: NDArray[Any], dtype: DTypeLike) -> str:
    """Write numbers as text: base64 of their bytes, the least significant one first."""
    little = np.dtype(dtype).newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(array, little).tobytes()).decode()
