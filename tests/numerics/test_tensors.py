import numpy as np
import pytest

from cnnviz.numerics.network import initial_parameters, ravel_unit, unravel_unit
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT, RULES, Rule
from cnnviz.numerics.tensors import (
    TENSORS,
    entry_latex,
    entry_text,
    located_text,
    seen_position,
    symbol,
)
from tests.numerics.samples import made_batch


def test_a_name_is_read_as_its_symbol() -> None:
    assert [symbol(name) for name in ("C", "delta", "f_next")] == ["C", "δ", "f′"]


@pytest.mark.parametrize(
    ("name", "index", "axis", "words"),
    [
        ("C", (3, 0, 5, 7), None, "C[3, 0, 5, 7]"),
        ("error_wrt_output", (0, 2), None, "∂E/∂o[0, 2]"),
        ("std", (0, 0), None, "std z"),
        ("C", (3, 0, 5, 7), 0, "mean of C[:, 0, 5, 7]"),
        ("P", (5, 7, 3, 0, 1), 2, "mean of P[5, 7, :, 0, 1]"),
        ("E", (0, 3), 1, "loss"),
    ],
)
def test_a_number_is_named_as_the_arrays_are_indexed(
    name: str, index: tuple[int, ...], axis: int | None, words: str
) -> None:
    assert entry_text(name, index, axis) == words


@pytest.mark.parametrize(
    ("name", "index", "axis", "text"),
    [
        ("X", (9, 3, 7), None, "image 7, row 4, column 10"),
        ("f", (0, 2, 1), None, "filter 2, row 3, column 1"),
        ("wo", (753, 0), None, "filter 2, row 10, column 8"),
        ("C", (3, 0, 5, 7), None, "image 3, filter 1, row 8, column 6"),
        ("C", (3, 0, 5, 7), 0, "filter 1, row 8, column 6"),
        ("G", (753, 4), None, "image 4, filter 2, row 10, column 8"),
        ("M", (5, 7, 2), None, "filter 3, row 8, column 6"),
        ("dF", (1, 0, 2), None, "filter 2, row 3, column 1"),
        ("P", (5, 7, 3, 0, 1), None, "image 3, patch at row 8, column 6: row 2, column 1"),
        ("P", (5, 7, 3, 0, 1), 2, "patch at row 8, column 6: row 2, column 1"),
        ("o", (0, 3), None, "image 3"),
        ("E", (0, 3), 1, ""),
        ("std", (0, 0), None, ""),
    ],
)
def test_a_number_is_found_in_its_picture(
    name: str, index: tuple[int, ...], axis: int | None, text: str
) -> None:
    assert seen_position(name, index, axis) == text
    entry = entry_text(name, index, axis)
    assert located_text(name, index, axis) == (f"{text} · {entry}" if text else entry)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_the_axes_are_those_of_the_arrays(rule: Rule) -> None:
    n = 4  # the length of no other axis
    tensors = iterate(made_batch(n), initial_parameters(0), rule, 1.0)
    assert tensors.keys() == TENSORS.keys()
    for name, values in tensors.items():
        tensor = TENSORS[name]
        assert 0 <= len(tensor.axes) - values.ndim <= (name in {"g", "M"}), name
        axes = tensor.axes[: values.ndim]
        lengths = {"k": n, "i": 3, "j": 1728, "r": 24, "c": 24, "u": 5, "v": 5, "": 1}
        lengths |= {"r+u": 28, "c+v": 28}
        assert values.shape == tuple(lengths[axis] for axis in axes), name
        images = [axis for axis, length in enumerate(values.shape) if length == n]
        assert tensor.image_axis(values.ndim) == (images[0] if images else None), name
        assert tensor.is_number_per_image == (values.shape == (1, n))
        assert tensor.is_number == (values.size == 1)
        if not images and "k" not in tensor.axes:
            assert tensor.shape == values.shape


def test_a_tensor_is_written_by_the_declared_operation() -> None:
    assert [t.name for t in TENSORS.values() if not t.written_by] == ["X", "y", "f", "wo"]
    for operation in OPERATIONS:
        assert operation.writes == tuple(
            t.name for t in TENSORS.values() if t.written_by == operation.name
        )


def test_scales_contain_the_values() -> None:
    tensors = iterate(made_batch(20), initial_parameters(3), EXACT, 1.0)
    for name, values in tensors.items():
        tensor = TENSORS[name]
        if tensor.scale in {"ink", "activation"}:
            assert values.min() >= 0
            assert values.max() <= 1
        if tensor.sigmoid_of:
            inner = 1 / (1 + np.exp(-tensors[tensor.sigmoid_of]))
            inner = inner.reshape(20, -1).T if name == "a" else inner
            np.testing.assert_allclose(values, inner, rtol=1e-12)
        if tensor.update_of:
            assert TENSORS[tensor.update_of].axes == tensor.axes
            assert TENSORS[tensor.update_of].editable
    assert [name for name in TENSORS if TENSORS[name].editable] == ["X", "f", "wo"]
    assert len({tensor.symbol for tensor in TENSORS.values()}) == len(TENSORS)
    assert len({tensor.meaning for tensor in TENSORS.values()}) == len(TENSORS)


@pytest.mark.parametrize(
    ("name", "index", "latex"),
    [
        ("C", (3, 0, 5, 7), "C_{3,0,5,7}"),
        ("wo", (12, 0), r"\mathrm{wo}_{12}"),
        ("delta", (0, 9), r"\delta_{9}"),
        ("std", (0, 0), r"\mathrm{std}\,z"),
        ("g", (4,), "g_{4}"),
        ("M", (1, 2, 0, "k"), "M_{1,2,0,k}"),
        ("error_wrt_output", (0, "k"), r"\frac{\partial E_{k}}{\partial o_{k}}"),
    ],
)
def test_an_entry_in_latex(name: str, index: tuple[int | str, ...], latex: str) -> None:
    assert entry_latex(name, index) == latex


def test_units_are_numbered_filter_by_filter() -> None:
    units = np.arange(1728).reshape(3, 24, 24)
    for unit_index in ((0, 0, 0), (0, 0, 1), (1, 3, 7), (2, 23, 23)):
        assert ravel_unit(*unit_index) == units[unit_index]
        assert unravel_unit(int(units[unit_index])) == unit_index
