"""Arrays cut from shared allocations: apart from each other, aligned, and of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.arena import CHUNK, Arena

LINE = 64


@given(
    dtype=st.sampled_from(["float32", "float64"]),
    shapes=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=3), min_size=1, max_size=8),
)
def test_arrays_are_aligned_and_never_share_memory(dtype: str, shapes: list[list[int]]) -> None:
    arena = Arena(dtype)
    arrays = [arena.empty(*shape) for shape in shapes]
    for number, array in enumerate(arrays):
        array.fill(number)
    for number, (array, shape) in enumerate(zip(arrays, shapes, strict=True)):
        assert array.shape == tuple(shape)
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.size == 0 or array.ctypes.data % LINE == 0
        assert (array == number).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_of_one_allocation_lie_beside_each_other(dtype: str) -> None:
    arena = Arena(dtype)
    first, second = arena.empty(LINE), arena.empty(LINE)
    assert second.ctypes.data == first.ctypes.data + first.nbytes
    assert first.base is second.base


def test_a_large_array_gets_a_separate_allocation() -> None:
    items = CHUNK // 4 + 1
    array = Arena("float32").empty(items)
    array[-1] = 1.0
    assert array.shape == (items,)
    assert array.ctypes.data % LINE == 0


def test_a_full_allocation_is_followed_by_another() -> None:
    arena = Arena("float64")
    half = CHUNK // 8 // 2 + LINE
    first, second = arena.empty(half), arena.empty(half)
    assert not np.shares_memory(first, second)
    assert first.base is not second.base
