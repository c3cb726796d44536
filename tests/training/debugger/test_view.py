"""Figures of tensors."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.numerics.rule import EXACT
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.operation_positions import END
from cnnviz.training.debugger.view import tensor_view
from cnnviz.training.run.trainer import Trainer
from tests.training.driver import step_to

MakeTrainer = Callable[..., Trainer]


def test_every_statistic_is_that_of_the_tensor(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer(subset=7, rule=EXACT))
    step_to(debugger, END)
    view = debugger.view(2)
    assert set(view.tensors) == set(debugger.tensors)
    for name, values in debugger.tensors.items():
        figures = view.tensors[name].statistics
        whole = np.array(values, np.float64)
        assert figures.minimum == whole.min(), name
        assert figures.maximum == whole.max(), name
        assert figures.mean == pytest.approx(whole.mean(), rel=1e-9, abs=1e-15), name
        assert figures.zero == pytest.approx((whole == 0).mean()), name
        if name in {"A", "a", "o"}:
            assert figures.saturated == pytest.approx((whole * (1 - whole) < 1e-6).mean()), name
        else:
            assert figures.saturated is None, name
        average = view.tensors[name].average
        axis = {"X": 2, "P": 2, "C": 0, "A": 0, "a": 1, "G": 1, "g": 1, "M": 3}.get(name)
        if axis is None:
            assert average is None, name
        else:
            np.testing.assert_allclose(average, whole.mean(axis), rtol=1e-9, atol=1e-15)


def test_saturated_units_are_counted() -> None:
    values = np.array([[0.0, 1.0, 0.5, 1e-9, 1 - 1e-9, 0.1]])
    figures = tensor_view("o", values).statistics
    assert figures.saturated == pytest.approx(4 / 6)
    assert figures.zero == pytest.approx(1 / 6)
