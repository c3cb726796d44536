"""A recorded run as a page that replays it, computing every number in the browser."""

import base64
import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.network import Floats
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import FORWARD, OPERATION_NAMED, OPERATIONS, Operation
from cnnviz.numerics.tensors import TENSORS, Tensor
from cnnviz.numerics.variants import DEPARTURES, Variant
from cnnviz.pages.page import embedded_json, filled, script_of
from cnnviz.pages.pictures import colour_map
from cnnviz.training.export.marks import marks_of
from cnnviz.training.export.replay_tensors import Stored, held_of, stored_tensors, summed
from cnnviz.training.own_code.source import OwnVariant
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.settings import Settings

_OWN_CODE: Final = "the program has computed what own code writes"
_BY_OWN_CODE: Final = "Own code computes it: the program has run it for this page, which cannot."
_READING: Final = 0.5
"""Share of reading states, or computing them again, in the progress."""
_COLOURS: Final = {"signed-light": "CET-CBD1", "signed-dark": "CET-D6", "activation": "viridis"}


def as_replay(
    run: Run, dataset: Dataset, on_progress: ProgressCallback = lambda _share: None
) -> str:
    """Return a page that plays a run: it holds weights and images, and computes the rest.

    Tensors that it cannot compute, see `replay_tensors`, are computed here. `on_progress` is called
    with the share that is done; an error that it raises ends it.

    Raises ExportError if the run has own code that does not run.
    """
    held = held_of(run)
    states, dtype = [], run.config.dtype
    for done, at in enumerate(held.states):
        on_progress(_READING * done / len(held.states))
        states.append(run.states.parameters(at))
    stored = list(
        stored_tensors(
            run, dataset, held, lambda share: on_progress(_READING + (1 - _READING) * share)
        )
    )
    name = run.config.title
    data = dataset.first(held.images)
    drawings: dict[bytes, int] = {}
    settings = [
        {"iteration": mark.iteration, **_settings(mark.settings, held.images, drawings)}
        for mark in run.config.settings
    ]
    put_in = (variant for mark in run.config.settings for variant in mark.settings.rule.extra)
    has_own_code = any(isinstance(variant, OwnVariant) for variant in put_in)
    record = {
        "name": name,
        "data": dataset.name,
        "iterations": run.iterations,
        "every": held.every,
        "held": held.images,
        "precision": dtype,
        "settings": settings,
        "marks": marks_of(run),
        "f": _packed(np.stack([state.f for state in states]), dtype),
        "wo": _packed(np.stack([state.wo for state in states]), dtype),
        "loss": _packed(run.loss, np.float64),
        "accuracy": _packed(run.accuracy, np.float64),
        "heldOut": _held_out(run.held_out),
        "images": _packed(data.images, np.uint8),
        "labels": _packed(data.labels, np.uint8),
        "drawings": [base64.b64encode(grey).decode() for grey in drawings],
        "stored": [one and _stored(one) for one in stored],
        "lastScore": stored[-1] and _score(stored[-1]),
        "computed": _OWN_CODE if has_own_code else "",
        "operations": [_operation(operation) for operation in OPERATIONS],
        "tensors": [_tensor(tensor) for tensor in TENSORS.values()],
        "colours": {key: _packed(colour_map(value), np.uint8) for key, value in _COLOURS.items()},
    }
    styles = "base.css", "replay.css"
    script = script_of("replay")
    return filled("replay.html", name, styles, run=embedded_json(record), script=script)


def _held_out(curve: HeldOutCurve) -> dict[str, list[float]]:
    """Return the defined figures of the states that were evaluated on held-out images."""
    known = np.isfinite(curve.loss) & np.isfinite(curve.accuracy)
    names = "iteration", "loss", "accuracy", "images"
    return {name: getattr(curve, name)[known].tolist() for name in names}


def _settings(settings: Settings, held: int, drawings: dict[bytes, int]) -> dict[str, Any]:
    """Return settings; each drawing that is new is added to the drawings, with its number."""
    rate, title = plain(settings.learning_rate, 6), settings.rule.title
    return {
        "subset": settings.subset,
        "held": min(settings.subset, held),
        "learningRate": settings.learning_rate,
        "corrected": settings.rule.corrected,
        "extra": {variant.operation: _put_in(variant) for variant in settings.rule.extra},
        "summed": summed(settings, held),
        "dtype": settings.dtype,
        "pixels": [[p.image, p.row, p.col, p.grey] for p in settings.pixels if p.image < held],
        "drawings": [
            [d.image, d.label, drawings.setdefault(d.grey, len(drawings))]
            for d in settings.drawings
            if d.image < held
        ],
        "text": f"rule {title} · η = {rate} · {settings.subset:,} images · {settings.dtype}",
    }


def _put_in(variant: Variant) -> dict[str, Any]:
    """Return a fault, which the page computes by its name, or own code, which it cannot."""
    made = _variant(OPERATION_NAMED[variant.operation], variant)
    if isinstance(variant, OwnVariant):
        return {**made, "departs": False, "fault": None, "note": _BY_OWN_CODE}
    fault = next(one for one in FAULTS if one.variant == variant)
    note = f"Put in on purpose: {variant.name}."
    return {**made, "departs": not fault.is_decoy, "fault": fault.name, "note": note}


def _stored(one: Stored) -> dict[str, Any]:
    tensors = {name: _numbers(name, values) for name, values in one.tensors.items()}
    problem = one.problem and dict(zip(("operation", "message"), one.problem, strict=True))
    return {"tensors": tensors, "problem": problem}


def _numbers(name: str, values: Floats) -> dict[str, Any]:
    """Return a tensor with its strides: the units of an image lie side by side in the page."""
    order = range(values.ndim)
    if TENSORS[name].axes[: values.ndim] == ("j", "k"):
        order = range(values.ndim)[::-1]
    lengths = np.cumprod([1, *(values.shape[axis] for axis in reversed(order))])[:-1].tolist()
    strides = dict(zip(reversed(order), lengths, strict=True))
    return {
        "shape": values.shape,
        "strides": [strides[axis] for axis in range(values.ndim)],
        "values": _packed(values.transpose(*order), np.float64),
    }


def _score(one: Stored) -> dict[str, float | None]:
    names = "loss", "accuracy"
    return {n: None if math.isnan(v) else v for n, v in zip(names, one.score, strict=True)}


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
    known = *operation.reads, *(name for name in variant.more_reads if name in TENSORS)
    reads = [name for name in known if re.search(rf"\b{name}\b", variant.numpy)]
    return {
        "name": variant.name,
        "switches": sorted(variant.switches, key=str),
        "departs": bool(variant.switches),
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
