"""Planes through a state: which directions span them, and how far they reach."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.lanczos import leading_eigenpairs
from cnnviz.numerics.landscape.line import loss_at, step_of
from cnnviz.numerics.landscape.plane import Plane, axes_of
from cnnviz.numerics.landscape.vectors import WEIGHTS, as_vector
from cnnviz.numerics.network import Floats
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.errors import SettingsError
from cnnviz.training.limits import check_slopes
from cnnviz.training.loop.frame import Frame

Directions = Literal["steps", "curvatures"]

FINEST: Final = 33
"""Points along each side of the finest plane."""
_MARGIN: Final = 0.25
"""Space around the points that the plane must contain, as a share of its size."""
_ROUGH: Final = 1e-4
"""Residual of an eigenpair, relative to its eigenvalue, that is enough for a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A plane through a state of a run."""

    plane: Plane
    iteration: int
    """The iteration of the state, which is at the origin."""
    names: tuple[str, str]
    """Names of the directions across and up."""
    steps: Floats
    """Shape (m, 2). The ends of the steps from the state, in coordinates of the plane."""
    step_names: tuple[str, ...]


def coarse_map(
    frame: Frame,
    directions: Directions,
    kernels: BatchKernel,
    on_progress: ProgressCallback = lambda _share: None,
) -> Map:
    """Compute the coarsest plane through a frame's state that holds its path and its next step.

    Raises
    ------
    NumericsError
        If the state has no meaningful loss or step.
    SettingsError
        If the directions are parallel, or there are too many images for the memory.
    DataError
        If an image cannot be read.
    """
    kernel, settings = kernels.of(frame), frame.settings
    origin = as_vector(frame.parameters)
    parameters = frame.parameters.astype(kernel.dtype)
    rules = {settings.rule.title: settings.rule, "exact": EXACT}
    if len(rules) == 1:
        rules["notebook"] = NOTEBOOK

    def step(rule: Rule) -> Floats:
        return step_of(kernel, parameters, rule, settings.learning_rate, frame.last_gradients)

    steps = {name: step(rule) for name, rule in rules.items()}
    if "notebook" not in steps and axes_of(*steps.values()) is None:
        # Own code that is right, or a fault that changes the length alone.
        steps["notebook"] = step(NOTEBOOK)
        del steps["exact"]
    if directions == "steps":
        first, second = steps.values()
        own, other = steps
        names = f"distance along step: {own}", f"distance towards step: {other}"
        reach = np.zeros(2)
    else:
        check_slopes(settings)
        hessian = Hessian(kernel.batch, parameters, kernel.dtype)
        pairs = leading_eigenpairs(hessian.times, WEIGHTS, 2, _ROUGH)
        first, second = (pair.vector for pair in pairs)
        names = "distance along the strongest curvature", "distance along the second"
        # ½ λ d² is the loss itself at this distance.
        values = np.abs([pair.value for pair in pairs])
        reach = np.sqrt(2 * loss_at(kernel, origin) / np.maximum(values, 1e-12))
        steps = {name: steps[name] for name in list(steps)[:1]}
    axes = axes_of(first, second)
    if axes is None:
        raise SettingsError(
            "the two directions are parallel, so they span no plane: choose the other two."
        )
    ends = np.stack(list(steps.values())) @ axes.T
    # Of a step that is far longer than the other, only the direction matters here.
    path = np.stack([as_vector(state) for _, state in frame.path] or [origin])
    held = np.concatenate([[-reach, reach], ends[:1], (path - origin) @ axes.T])
    plane = _around(kernel, origin, axes, held, on_progress)
    return Map(plane, frame.iteration, names, ends, tuple(steps))


def finer_map(found: Map, frame: Frame, kernels: BatchKernel, on_progress: ProgressCallback) -> Map:
    """Return a map with a point between every two."""
    return replace(found, plane=found.plane.finer(kernels.of(frame), on_progress))


def _around(
    kernel: FastIteration, origin: Floats, axes: Floats, held: Floats, on_progress: ProgressCallback
) -> Plane:
    """Return the square that holds some points of a plane, with space around them."""
    low, high = held.min(axis=0), held.max(axis=0)
    half = (0.5 + _MARGIN) * float((high - low).max()) or 1.0
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    x, y = (left, right), (bottom, top)
    return Plane.around(kernel, origin, axes, x, y, on_progress)
