"""Tests of the Network panel's layout."""

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from cnnviz.app.cells.cell import Cell, Column, Shown
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.backdrop import NAMES, TITLES, operations
from cnnviz.app.network.layout import NetworkLayout, lay_out, least_size
from cnnviz.app.network.sigmoid_plot import plot_axes
from cnnviz.app.network.style import NetworkStyle, network_style

SIZES = [(480, 380, 1.0), (780, 496, 1.0), (1200, 776, 1.0), (780, 484, 1.6), (1200, 760, 1.6)]
"""Widths, heights and presentation sizes of panels that must fit."""
SIDES = {Column.IMAGE: 28, Column.FILTERS: 5, Column.MAPS: 24, Column.DENSE: 24}

sizes = pytest.mark.parametrize(("width", "height", "scale"), SIZES)
pytestmark = pytest.mark.usefixtures("qapp")


def style(scale: float) -> NetworkStyle:
    return network_style(Style(LIGHT, scale))


def laid_out(width: float, height: float, scale: float) -> NetworkLayout:
    return lay_out(width, height, style(scale).metrics)


def boxes(layout: NetworkLayout) -> list[QRectF]:
    """Rectangles that must not overlap."""
    return [
        *(QRectF(p.rect) for p in layout.tiles),
        *(QRectF(c) for c in layout.controls),
        *layout.bars,
        *layout.bar_marks,
        *layout.bar_names,
        *layout.titles,
        *layout.operations,
        *layout.lines,
        *([layout.plot] if layout.plot.height() > 0 else []),
    ]


def assert_sound(layout: NetworkLayout, width: float, height: float) -> None:
    panel = QRectF(0, 0, width, height).adjusted(-1, -1, 1, 1)
    for box in boxes(layout):
        assert panel.contains(box), box
    for a, b in combinations(boxes(layout), 2):
        overlap = a.intersected(b)
        assert overlap.width() <= 1 or overlap.height() <= 1, (a, b)


@sizes
def test_nothing_is_cut_off_or_overlaps(width: int, height: int, scale: float) -> None:
    assert_sound(laid_out(width, height, scale), width, height)


@given(
    extra_width=st.integers(0, 2500),
    extra_height=st.integers(0, 1500),
    scale=st.sampled_from([1.0, 1.3, 1.6, 2.0]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_size_from_the_least_on_works(
    extra_width: int, extra_height: int, scale: float
) -> None:
    least = least_size(style(scale).metrics)
    width, height = least[0] + extra_width, least[1] + extra_height
    assert_sound(laid_out(width, height, scale), width, height)


@sizes
def test_texts_fit_into_their_rectangles(width: int, height: int, scale: float) -> None:
    layout, looks = laid_out(width, height, scale), style(scale)
    title, small = QFontMetricsF(looks.title), QFontMetricsF(looks.small)
    for rect, (full, short) in zip(layout.titles, TITLES, strict=True):
        assert title.horizontalAdvance(full) <= rect.width(), full
        assert title.horizontalAdvance(short) <= title.horizontalAdvance(full)
    for shown in (Shown("A"), Shown("C")):
        for rect, (_, name) in zip(layout.operations, operations(shown), strict=True):
            assert small.horizontalAdvance(name) <= rect.width(), name
    columns = (["X"], ["f"], ["A", "C"], ["wo", "wo·a"])
    for rect, quantities in zip(layout.bar_names, columns, strict=True):
        for quantity in quantities:
            assert small.horizontalAdvance(NAMES[quantity]) <= rect.width(), quantity


@sizes
def test_maps_and_image_share_whole_pixels_a_cell(width: int, height: int, scale: float) -> None:
    layout = laid_out(width, height, scale)
    cells = {p.cell for p in layout.tiles if p.column is not Column.FILTERS}
    assert len(cells) == 1
    for picture in layout.tiles:
        assert picture.rect.width() == picture.rect.height() == SIDES[picture.column] * picture.cell


def test_more_space_gives_larger_cells() -> None:
    cells = [laid_out(*size, 1.0).tiles[0].cell for size in ((480, 380), (780, 496), (1200, 776))]
    assert cells == sorted(set(cells))
    assert cells[0] >= 3


@given(
    column=st.sampled_from(list(Column)),
    i=st.integers(0, 2),
    row=st.integers(0, 27),
    col=st.integers(0, 27),
    x=st.floats(0.01, 0.99),
    y=st.floats(0.01, 0.99),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_point_of_a_cell_belongs_to_it(
    column: Column, i: int, row: int, col: int, x: float, y: float
) -> None:
    side = SIDES[column]
    cell = Cell(column, 0 if column is Column.IMAGE else i, row % side, col % side)
    layout = laid_out(780, 496, 1.0)
    rect = layout.cell_rect(cell)
    at = rect.left() + x * rect.width(), rect.top() + y * rect.height()
    assert layout.cell_at(*at) == cell


def test_there_is_no_cell_outside_the_tiles() -> None:
    layout = laid_out(780, 496, 1.0)
    for picture in layout.tiles:
        rect = picture.rect
        assert layout.cell_at(rect.left() - 0.5, rect.center().y()) is None
        assert layout.cell_at(rect.left() + rect.width() + 0.5, rect.center().y()) is None


def test_a_receptive_field_is_five_by_five_cells_from_its_first() -> None:
    layout = laid_out(780, 496, 1.0)
    field = layout.cell_rect(Cell(Column.IMAGE, 0, 23, 3), 5)
    last = layout.cell_rect(Cell(Column.IMAGE, 0, 27, 7))
    assert field.topLeft() == layout.cell_rect(Cell(Column.IMAGE, 0, 23, 3)).topLeft()
    assert field.bottomRight() == last.bottomRight()


def test_the_output_lines_close_up_if_the_plot_does_not_fit() -> None:
    least = least_size(style(1.6).metrics)
    for extra in range(0, 400, 8):
        height = least[1] + extra
        layout = laid_out(least[0] + 200, height, 1.6)
        drawn = plot_axes(layout.plot, style(1.6).small) is not None
        assert drawn == (layout.plot.height() > 0)
        if not drawn:
            gaps = {round(b.top() - a.bottom(), 3) for a, b in pairwise(layout.lines)}
            assert gaps == {0.0}
