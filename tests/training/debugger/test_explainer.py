"""The cell that is pointed at while stepping through an iteration."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.operation_positions import END
from cnnviz.training.debugger.point import Point
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import step_to

MakeTrainer = Callable[..., Trainer]


def test_a_cell_is_explained(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, END)
    debugger.explainer.point_at(Point("dF", (1, 2, 3)))
    view = debugger.view(2)
    assert view.explanation is not None
    assert view.why is not None
    assert view.ranked is not None
    assert view.explanation.value == debugger.tensors["dF"][1, 2, 3]
    shares = view.explanation.shares
    assert shares is not None
    assert shares.sum() == pytest.approx(view.explanation.value)
    assert list(np.abs(shares[view.ranked])) == sorted(np.abs(shares), reverse=True)
    assert debugger.view(2).explanation is view.explanation  # computed once
    assert debugger.view(1).explanation is not view.explanation


def test_causes_are_left_out_until_another_cell_is_explained(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, END)
    debugger.explainer.leave_out({"distance"})  # nothing is explained yet
    debugger.explainer.point_at(Point("dF", (1, 2, 3)))
    whole = debugger.view(2).why
    assert whole is not None
    assert whole.recomputed is None
    debugger.explainer.leave_out({"unit slope", "pixel"})
    left = debugger.view(2).why
    assert left is not None
    assert left.left_out == {"unit slope"}  # no pixel by itself is a cause
    t = debugger.tensors
    rows = (np.arange(24)[:, None] * 24 + np.arange(24)) * 3 + 1
    g = (t["wo_next"][rows] * t["delta"] / 4).mean(axis=2)
    window = t["X"][2:26, 3:27].mean(axis=2)
    assert left.recomputed == pytest.approx((window * g).sum(), rel=1e-9)
    debugger.explainer.leave_out(())
    assert debugger.view(2).why == whole
    debugger.explainer.leave_out({"ink"})
    debugger.explainer.point_at(Point("dF", (0, 0, 0)))
    other = debugger.view(2).why
    assert other is not None
    assert other.left_out == set()


def test_the_cell_follows_the_selected_image(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 3)
    debugger.explainer.point_at(Point("C", (1, 2, 3, 4)))
    assert debugger.view(1).point == Point("C", (1, 2, 3, 4))
    assert debugger.view(3).point == Point("C", (3, 2, 3, 4))


def test_without_a_choice_the_largest_number_is_explained(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 2)
    view = debugger.view(1)
    assert view.point is not None
    assert view.explanation is not None
    assert abs(view.explanation.value) == np.abs(debugger.tensors["C"][1]).max()


@pytest.mark.parametrize(
    "point", [Point("C", (99, 0, 0, 0)), Point("C", (0, 0)), Point("C", (0, 0, 0, -1))]
)
def test_an_index_outside_a_tensor_gives_none(make_trainer: MakeTrainer, point: Point) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 2)
    debugger.explainer.point_at(point)
    view = debugger.view(0)
    assert view.point is not None
    assert view.explanation is not None
    assert view.explanation.index == view.point.index != point.index


@pytest.mark.parametrize("name", ["X", "y", "f", "wo"])
def test_inputs_are_explained_before_the_first_operation(
    make_trainer: MakeTrainer, name: str
) -> None:
    debugger = Debugger(make_trainer())
    assert debugger.position == 0
    debugger.explainer.point_at(Point(name, ()))
    view = debugger.view(1)
    assert view.point is not None
    assert view.explanation is not None
    assert view.why is not None
    assert view.explanation.value == debugger.tensors[name][view.point.index]
    assert view.why.factors == ()


@pytest.mark.parametrize("name", ["dF", "nonsense"])
def test_a_tensor_that_is_not_computed_is_not_explained(
    make_trainer: MakeTrainer, name: str
) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 2)
    debugger.explainer.point_at(Point(name, (0, 0, 0)))
    view = debugger.view(0)
    assert view.explanation is None
    assert view.why is None


def test_a_mean_over_the_images_follows_the_selected_image(
    make_trainer: MakeTrainer,
) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, END)
    debugger.explainer.point_at(Point("C", (1, 2, 3, 4), mean=True))
    view = debugger.view(1)
    C = debugger.tensors["C"]
    assert view.explanation is not None
    assert view.why is not None
    assert view.explanation.value == view.why.value == pytest.approx(C[:, 2, 3, 4].mean())
    assert view.ranked is not None
    assert debugger.view(3).point == Point("C", (3, 2, 3, 4), mean=True)
    debugger.explainer.point_at(Point("dF", (1, 2, 3), mean=True))  # has no number for each image
    view = debugger.view(1)
    assert view.point == Point("dF", (1, 2, 3))
    assert view.explanation is not None
    assert view.explanation.value == debugger.tensors["dF"][1, 2, 3]
