"""Planes through a state: what spans them, and what they hold."""

import numpy as np
import pytest

from cnnviz.app.landscape.planes import Map, coarse_map, finer_map
from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.landscape.curvature import curvature
from cnnviz.numerics.landscape.line import step_of
from cnnviz.numerics.landscape.vectors import as_vector
from cnnviz.numerics.network import Floats
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.training.errors import SettingsError
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.own_code.source import OwnSource, own_variant
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def trainer() -> Trainer:
    made = Trainer(bundled_digits(), Settings(subset=12, learning_rate=20.0, rule=EXACT))
    for _ in range(3):
        made.step()
    return made


def holds(found: Map, points: Floats) -> bool:
    x, y = points.T
    plane = found.plane
    inside = (plane.x[0] < x) & (x < plane.x[-1]) & (plane.y[0] < y) & (y < plane.y[-1])
    return bool(inside.all())


def path(frame: Frame) -> Floats:
    return np.stack([as_vector(parameters) for _, parameters in frame.path])


def test_two_steps_span_a_plane_that_holds_the_path(trainer: Trainer) -> None:
    frame, kernels = frame_of(trainer, 0, path=True), BatchKernel()
    assert [iteration for iteration, _ in frame.path] == [0, 1, 2, 3]
    found = coarse_map(frame, "steps", kernels)
    step = step_of(kernels.of(frame), trainer.parameters, EXACT, 20.0)
    assert found.plane.axes[0] @ step == pytest.approx(np.linalg.norm(step))
    assert found.names == ("distance along step: exact", "distance towards step: notebook")
    assert found.step_names == ("exact", "notebook")
    assert holds(found, found.plane.project(path(frame)))
    assert holds(found, found.steps[:1])
    loss = found.plane.loss
    middle = np.abs(found.plane.x).argmin(), np.abs(found.plane.y).argmin()
    assert loss[middle[::-1]] == pytest.approx(frame.predictions.loss, rel=0.2)
    finer = finer_map(found, frame, kernels, lambda _share: None)
    assert finer.plane.loss.shape == (17, 17)


def test_under_another_rule_its_step_comes_first(trainer: Trainer) -> None:
    trainer.change(rule=NOTEBOOK)
    found = coarse_map(frame_of(trainer, 0), "steps", BatchKernel())
    assert found.step_names == ("notebook", "exact")


def test_a_step_along_the_exact_one_spans_a_plane_with_the_notebooks(trainer: Trainer) -> None:
    """That of own code that is right."""
    signature = SIGNATURES["dense_gradient"]
    source = OwnSource.parse(signature.template)
    variant = own_variant(source, source.functions[0], signature.operation.right.compute)
    trainer.change(rule=Rule(frozenset({variant})))
    found = coarse_map(frame_of(trainer, 0), "steps", BatchKernel())
    assert found.step_names == ("exact with own dense gradient", "notebook")


def test_two_curvatures_span_a_plane(trainer: Trainer) -> None:
    frame = frame_of(trainer, 0, path=True)
    found = coarse_map(frame, "curvatures", BatchKernel())
    strongest = curvature(trainer.batch, trainer.parameters).direction
    assert abs(found.plane.axes[0] @ strongest) == pytest.approx(1, abs=1e-3)
    assert holds(found, found.plane.project(path(frame)))
    assert found.step_names == ("exact",)


def test_parallel_directions_are_refused(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "cnnviz.app.landscape.planes.NOTEBOOK"
    monkeypatch.setattr(module, EXACT)
    with pytest.raises(SettingsError, match="span no plane"):
        coarse_map(frame_of(trainer, 0), "steps", BatchKernel())
