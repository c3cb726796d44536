"""Tests of the words for a cell: its index must find the value in the notebook's arrays."""

import re
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.app.cells.cell import Cell, Column, Shown, cell_readout
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

IMAGE = 3


@pytest.fixture(scope="module")
def frame() -> Frame:
    trainer = Trainer(bundled_digits(), Settings(subset=20, learning_rate=0.01))
    trainer.step()
    made = frame_of(trainer, IMAGE)
    trainer.close()
    return made


def numbers(text: str) -> list[int]:
    """Return the notebook's indices, after where the cell is seen."""
    index = text.partition(" · ")[2].split("]")[0]
    return [int(n) for n in re.findall(r"\d+", index)]


def value(text: str) -> float:
    found = re.search(r"\] = (−?[\d.]+)", text)
    assert found
    return float(found[1].replace("−", "-"))


def notebook_C(frame: Frame, i: int, r: int, c: int) -> float:
    X = frame.dataset.images[IMAGE].T / 255
    f = frame.parameters.f
    return float(sum(X[r + u, c + v] * f[u, v, i] for u in range(5) for v in range(5)))


def test_an_image_cell(frame: Frame) -> None:
    text = cell_readout(Cell(Column.IMAGE, 0, 7, 12), frame, Shown())
    first, second, k = numbers(text)
    X = frame.dataset.images[:20].T / 255
    assert k == IMAGE
    assert text.startswith(f"image {IMAGE}, row 8, column 13 · X[")
    assert X[first, second, k] > 0, "an empty pixel would tell nothing"
    found = re.search(r"= ([\d.]+):", text)
    assert found
    assert float(found[1]) == pytest.approx(X[first, second, k], abs=1e-4)


@pytest.mark.parametrize(("i", "row", "col"), [(0, 0, 4), (1, 3, 2), (2, 4, 1)])
def test_a_filter_cell(frame: Frame, i: int, row: int, col: int) -> None:
    text = cell_readout(Cell(Column.FILTERS, i, row, col), frame, Shown())
    u, v, filter_index = numbers(text)
    assert value(text) == pytest.approx(frame.parameters.f[u, v, filter_index], rel=1e-3)
    assert text.startswith(f"filter {i + 1}, row {row + 1}, column {col + 1} · f[")
    assert text.endswith(f"filter {i + 1}")


def test_a_feature_map_cell(frame: Frame) -> None:
    cell = Cell(Column.MAPS, 1, 9, 14)
    before = cell_readout(cell, frame, Shown("C"))
    k, i, r, c = numbers(before)
    assert (k, i) == (IMAGE, 1)
    assert before.startswith(f"image {IMAGE}, filter 2, row 10, column 15 · C[")
    expected = notebook_C(frame, i, r, c)
    assert expected > 0.1
    assert value(before) == pytest.approx(expected, rel=1e-3)
    after = cell_readout(cell, frame, Shown("A"))
    assert after.split("]")[0] == before.split("]")[0].replace("C", "A", 1)
    assert value(after) == pytest.approx(1 / (1 + np.exp(-expected)), rel=1e-3)


def test_a_dense_cell(frame: Frame) -> None:
    cell = Cell(Column.DENSE, 2, 9, 14)
    text = cell_readout(cell, frame, Shown())
    found = re.match(
        r"filter 3, row 10, column 15 · "
        r"wo\[(\d)·576 \+ (\d+)·24 \+ (\d+)\] = wo\[(\d+)\] = ([−\d.]+)",
        text,
    )
    assert found
    i, r, c, unit = map(int, found.groups()[:4])
    assert unit == i * 576 + r * 24 + c
    weight = frame.parameters.wo[unit, 0]
    assert float(found[5].replace("−", "-")) == pytest.approx(weight, rel=1e-3)
    product = cell_readout(cell, frame, Shown(dense="wo·a"))
    name = f"filter 3, row 10, column 15 · wo[{unit}] · a[{unit}, {IMAGE}]"
    assert product.startswith(f"{name} = ")
    shown = float(product.split("= ")[1].split(":")[0].replace("−", "-"))
    activation = 1 / (1 + np.exp(-notebook_C(frame, i, r, c)))
    assert shown == pytest.approx(weight * activation, rel=1e-3)


def test_huge_and_undefined_values_are_short_words(frame: Frame) -> None:
    filters = frame.filters.copy()
    filters[0, 0, 0], filters[0, 0, 1] = -1.2345e12, np.nan
    changed = replace(frame, filters=filters)
    assert "= −1.234e12:" in cell_readout(Cell(Column.FILTERS, 0, 0, 0), changed, Shown())
    assert "= undefined:" in cell_readout(Cell(Column.FILTERS, 0, 0, 1), changed, Shown())
