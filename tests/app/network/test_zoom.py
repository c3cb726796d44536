"""Tests of the part of a matrix that is in view."""

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.app.network.zoom import Part

SIDE = 24
floats = st.floats(-100, 100)
parts = st.builds(
    lambda factor, x, y: Part.whole(SIDE).zoomed(factor, x, y),
    st.floats(0.1, 20),
    st.floats(0, SIDE),
    st.floats(0, SIDE),
)


def is_inside(part: Part) -> bool:
    return 0 <= part.left <= SIDE - part.size and 0 <= part.top <= SIDE - part.size


@given(parts, st.floats(0.1, 10), floats, floats)
def test_a_part_never_leaves_its_matrix(part: Part, factor: float, x: float, y: float) -> None:
    for other in (part.zoomed(factor, x, y), part.moved(x, y)):
        assert 3 <= other.size <= SIDE
        assert is_inside(other)


@given(st.floats(1, 8), st.floats(0, 1), st.floats(0, 1))
def test_the_point_under_the_pointer_stays(factor: float, right: float, down: float) -> None:
    x, y = right * SIDE, down * SIDE
    part = Part.whole(SIDE).zoomed(factor, x, y)
    assert abs((x - part.left) / part.size - right) < 1e-9
    assert abs((y - part.top) / part.size - down) < 1e-9
    assert part.zoomed(1 / factor, x, y).is_whole == (factor >= 1)


@given(parts, st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
def test_a_cell_comes_into_view_at_the_nearest_edge(part: Part, row: int, col: int) -> None:
    shown = part.showing(row, col)
    assert shown.left <= col <= shown.left + shown.size - 1 + 1e-9
    assert shown.top <= row <= shown.top + shown.size - 1 + 1e-9
    assert shown.showing(row, col) == shown
    assert shown.size == part.size
