"""Tests of the table's model: which images, in which order, and their texts."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtTest import QSignalSpy

from cnnviz.app.predictions.model import (
    Arrangement,
    PredictionColumn,
    PredictionsModel,
    SortKey,
    arranged,
    by_digit,
    counts,
)
from cnnviz.data.dataset import Dataset
from cnnviz.training.run.predictions import Predictions

OUTPUTS = st.lists(
    st.tuples(st.one_of(st.floats(0, 1, width=16), st.just(math.nan)), st.booleans()),
    min_size=1,
    max_size=60,
)


def predictions(rows: list[tuple[float, bool]]) -> Predictions:
    output = np.array([o for o, _ in rows])
    target = np.array([t for _, t in rows], np.uint8)
    error = (target - output) ** 2 / 2
    return Predictions(output, error, target, math.nan, math.nan)


def dataset(length: int) -> Dataset:
    return Dataset("made", np.zeros((length, 28, 28), np.uint8), np.arange(length) % 10)


def value(p: Predictions, key: str, image: int) -> float:
    return float(image if key == "index" else getattr(p, key)[image])


@given(OUTPUTS)
def test_the_figures_of_each_digit_are_those_of_its_images(
    rows: list[tuple[float, bool]],
) -> None:
    labels = np.array([3 + 4 * high for _, high in rows])
    p = predictions(rows)
    found = by_digit(labels, p)
    for digit in range(10):
        defined = [o for (o, _), d in zip(rows, labels, strict=True) if d == digit and o == o]
        high = [o for o in defined if o > 0.5]
        right = high if digit > 4 else [o for o in defined if o <= 0.5]
        assert (found.images[digit], found.high[digit]) == (len(defined), len(high))
        assert (found.right[digit], found.wrong[digit]) == (
            len(right),
            len(defined) - len(right),
        )
        errors = [((digit > 4) - o) ** 2 / 2 for o in defined]
        expected = np.mean(errors) if errors else math.nan
        assert found.error[digit] == pytest.approx(expected, nan_ok=True)


@given(OUTPUTS, st.sampled_from(["index", "error", "output"]), st.booleans(), st.booleans())
def test_the_order_is_that_of_a_stable_sort(
    rows: list[tuple[float, bool]], key: SortKey, descending: bool, wrong_only: bool
) -> None:
    p = predictions(rows)
    listed = [
        i
        for i, (output, target) in enumerate(rows)
        if not wrong_only or (not math.isnan(output) and (output > 0.5) != target)
    ]
    defined = [i for i in listed if not math.isnan(value(p, key, i))]
    sign = -1 if descending else 1
    wanted = sorted(defined, key=lambda i: sign * value(p, key, i))
    wanted += [i for i in listed if i not in defined]
    assert arranged(p, Arrangement(key, descending, wrong_only)).tolist() == wanted


@given(OUTPUTS)
def test_counts_are_those_of_a_loop(rows: list[tuple[float, bool]]) -> None:
    c = counts(predictions(rows))
    defined = [(o > 0.5, t) for o, t in rows if not math.isnan(o)]
    assert c.low + c.high == len(rows)
    assert c.low_correct + c.high_correct == sum(o == t for o, t in defined)
    assert c.low_correct == sum(not o and not t for o, t in defined)
    assert c.high_correct == sum(o and t for o, t in defined)
    assert c.high == sum(t for _, t in rows)


@pytest.fixture
def model(check_model: Callable[[QAbstractItemModel], None]) -> PredictionsModel:
    made = PredictionsModel()
    check_model(made)
    rows = [(0.2, False), (0.9, False), (0.6, True), (math.nan, True)]
    made.show(dataset(4), predictions(rows), Arrangement(), rearrange=True)
    return made


def column(model: PredictionsModel, which: PredictionColumn, role: int = 0) -> list[Any]:
    return [model.data(model.index(row, which), role) for row in range(model.rowCount())]


def test_texts_of_cells(model: PredictionsModel) -> None:
    assert column(model, PredictionColumn.INDEX) == ["0", "1", "2", "3"]
    assert column(model, PredictionColumn.DIGIT) == ["0", "1", "2", "3"]
    assert column(model, PredictionColumn.TARGET) == ["≤ 4", "≤ 4", "> 4", "> 4"]
    assert column(model, PredictionColumn.OUTPUT) == ["0.20", "0.90", "0.60", "undefined"]
    assert column(model, PredictionColumn.ERROR) == ["0.020", "0.405", "0.080", "–"]
    assert column(model, PredictionColumn.CORRECT) == ["✓", "✗", "✓", "?"]
    accessible = column(model, PredictionColumn.CORRECT, Qt.ItemDataRole.AccessibleTextRole)
    assert accessible == ["correct", "wrong", "correct", "undefined"]


def test_columns_are_named_and_explained(model: PredictionsModel) -> None:
    titles = ("", "index", "digit", "target", "output", "error", "")
    for section, title in enumerate(titles):
        across = Qt.Orientation.Horizontal
        assert model.headerData(section, across) == title
        assert model.headerData(section, across, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("length", [2, 9])
def test_rows_are_inserted_and_removed_at_the_end(model: PredictionsModel, length: int) -> None:
    gone, come = QSignalSpy(model.rowsRemoved), QSignalSpy(model.rowsInserted)
    reset = QSignalSpy(model.modelReset)
    rows = [(0.1 * i, False) for i in range(length)]
    model.show(dataset(length), predictions(rows), Arrangement(), rearrange=False)
    assert model.rowCount() == length
    assert (gone.count(), come.count(), reset.count()) == (length < 4, length > 4, 0)
    assert column(model, PredictionColumn.INDEX) == [str(i) for i in range(length)]


def test_new_values_keep_the_order_until_it_may_change(
    model: PredictionsModel,
) -> None:
    order = Arrangement("output", descending=True)
    rows = [(0.2, False), (0.9, False), (0.6, True), (0.5, True)]
    model.show(dataset(4), predictions(rows), order, rearrange=True)
    assert column(model, PredictionColumn.INDEX) == ["1", "2", "3", "0"]
    spy = QSignalSpy(model.dataChanged)
    rows[0] = (1.0, False)
    model.show(dataset(4), predictions(rows), order, rearrange=False)
    assert column(model, PredictionColumn.INDEX) == ["1", "2", "3", "0"]
    assert column(model, PredictionColumn.OUTPUT)[3] == "1.00"
    assert spy.count() == 1
    assert (spy.at(0)[0].row(), spy.at(0)[1].row()) == (0, 3)
    model.show(dataset(4), predictions(rows), order, rearrange=True)
    assert column(model, PredictionColumn.INDEX) == ["0", "1", "2", "3"]


def test_the_row_of_an_image_is_found(model: PredictionsModel) -> None:
    p = model.predictions
    assert p is not None
    model.show(dataset(4), p, Arrangement("error", True, wrong_only=True), rearrange=True)
    assert [model.row_of(image) for image in range(-1, 6)] == [-1, -1, 0, -1, -1, -1, -1]
    assert model.image_at(0) == 1


def test_an_empty_model() -> None:
    model = PredictionsModel()
    assert model.rowCount() == 0
    assert model.row_of(0) == -1
    assert model.data(QModelIndex()) is None
