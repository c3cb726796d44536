import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest

from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.training.errors import SettingsError, TrainingError
from cnnviz.training.settings import Settings


def test_defaults_are_the_notebooks() -> None:
    s = Settings()
    assert (s.subset, s.learning_rate, s.seed, s.rule, s.dtype) == (200, 15, 0, NOTEBOOK, "float64")


@pytest.mark.parametrize(
    "values",
    [
        {"subset": 2},
        {"subset": 60_000},
        {"learning_rate": 1e-4},
        {"learning_rate": 1e5},
        {"seed": 0},
        {"seed": 2**32 - 1},
        {"dtype": "float32"},
    ],
)
def test_bounds_are_allowed(values: dict[str, object]) -> None:
    Settings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"subset": 1}, "subset 1 "),
        ({"subset": 0}, "subset 0 "),
        ({"subset": -3}, "subset -3 "),
        ({"learning_rate": math.nextafter(1e-4, 0)}, "0.0001 and 100000"),
        ({"learning_rate": math.nextafter(1e5, math.inf)}, "0.0001 and 100000"),
        ({"learning_rate": 0.0}, "learning rate 0 "),
        ({"learning_rate": -15.0}, "learning rate −15 "),
        ({"learning_rate": math.nan}, "learning rate undefined "),
        ({"learning_rate": math.inf}, "learning rate ∞ "),
        ({"seed": -1}, "seed −1 "),
        ({"seed": 2**32}, "seed 4294967296 "),
        ({"dtype": "float16"}, "float64, float32"),
    ],
)
def test_beyond_the_bounds_is_refused(
    values: dict[str, object], named: str, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(SettingsError, match=named) as error:
        Settings(**values)  # type: ignore[arg-type]
    assert isinstance(error.value, TrainingError)
    is_one_sentence(error.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().seed = 1  # type: ignore[misc]


def test_kept_settings_leave_out_only_pausing() -> None:
    s = Settings(subset=7, learning_rate=2.0, pause_on_warning=False)
    assert s.kept == replace(s, pause_on_warning=True)
    assert Settings().kept == Settings()
