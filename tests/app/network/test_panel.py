"""Tests of the Network panel: its drawing, its readout and its controls."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.look.colour_maps import activation_table, ink_table, signed_table
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.network.sigmoid_plot import LIMIT, plot_axes
from cnnviz.app.network.style import network_style
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.segmented_control import SegmentedControl
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.network_parts import (
    layout_of,
    painting_of,
    scale_of,
    value_text,
    view_of,
    viewport_of,
)
from tests.app.painting import PaintCounter, cell_centre

NAN = float("nan")
SHOWN = 7
SIDES = {Column.IMAGE: 28, Column.FILTERS: 5, Column.MAPS: 24, Column.DENSE: 24}


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """The states of iterations 0 to 5, of an image that is no mirror image of itself."""
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    made = []
    for _ in range(6):
        made.append(frame_of(trainer, SHOWN))
        trainer.step()
    trainer.close()
    return made


@pytest.fixture
def selection() -> Selection:
    made = Selection()
    made.select_image(SHOWN)
    return made


@pytest.fixture
def host(make_host: Callable[[int, int], QWidget]) -> QWidget:
    """A window larger than the panel, so that the pointer can leave it."""
    return make_host(1300, 900)


@pytest.fixture
def panel(host: QWidget, selection: Selection, frames: list[Frame]) -> NetworkPanel:
    made = NetworkPanel(selection, Style(LIGHT), host)
    made.resize(780, 520)
    made.show()
    made.show_frame(frames[5])
    made.complete()
    return made


def picture(panel: NetworkPanel) -> QImage:
    return panel.grab().toImage()


def test_new_numbers_leave_nothing_of_the_old_ones(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    panel.show_frame(replace(frames[5], image=replace(frames[5].image, z=-1.23e45, o=0.9)))
    panel.grab()
    panel.show_frame(frames[5])
    again = picture(panel)
    painting_of(panel)._ground = None  # or only the output column is painted again
    assert picture(panel) == again


def colour_at(image: QImage, panel: NetworkPanel, cell: Cell) -> int:
    return image.pixel(cell_centre(panel, cell).toPoint())


def point_at(qtbot: QtBot, panel: NetworkPanel, cell: Cell) -> None:
    """Move the mouse there, as a person would."""
    viewport = viewport_of(panel)
    QTest.mouseMove(viewport, viewport.mapFrom(panel, cell_centre(panel, cell).toPoint()))
    qtbot.waitUntil(lambda: panel.hovered == cell)


def choose(qtbot: QtBot, panel: NetworkPanel, name: str, text: str) -> None:
    segments = next(s for s in panel.findChildren(SegmentedControl) if s.accessibleName() == name)
    button = next(segments.button(i) for i in (0, 1) if segments.button(i).text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def spin_box(panel: NetworkPanel) -> QSpinBox:
    return panel.findChildren(QSpinBox)[0]


def test_the_number_of_the_image_is_read_as_everywhere(
    qtbot: QtBot, panel: NetworkPanel, frames: list[Frame]
) -> None:
    box, last = spin_box(panel), frames[0].settings.subset - 1
    before = box.text()
    box.lineEdit().setText(f"{last + 1}")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert QToolTip.text() == f"There is no image {last + 1}: they go from 0 to {last}."
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == before
    box.lineEdit().setText(" 7 ")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), box.text().removeprefix("k = ")) == (7, "7")


def expected_signed(value: float, largest: float, theme: Theme) -> int:
    return signed_table(theme)[round(float(np.clip(value / largest * 127 + 128, 1, 255)))]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(480, 400), (780, 520), (1200, 800)], ids=str)
def test_every_cell_has_the_colour_of_its_value(
    qtbot: QtBot, panel: NetworkPanel, frames: list[Frame], theme: Theme, size: tuple[int, int]
) -> None:
    panel.set_style(Style(theme))
    panel.resize(*size)
    frame = frames[5]
    view = frame.image
    for maps, dense in (("A", "wo"), ("C", "wo·a")):
        choose(qtbot, panel, "Feature maps show", maps)
        choose(qtbot, panel, "Dense maps show", dense)
        drawn = picture(panel)
        for row in range(28):
            for col in range(28):
                at = colour_at(drawn, panel, Cell(Column.IMAGE, 0, row, col))
                assert at == ink_table(theme)[view.image[row, col]]
        signed = [
            (Column.FILTERS, frame.filters),
            (Column.DENSE, frame.dense if dense == "wo" else view.contributions),
        ]
        if maps == "C":
            signed.append((Column.MAPS, view.maps))
        for column, values in signed:
            largest = scale_of(panel, column).high
            assert largest >= np.abs(values).max()
            for (i, row, col), value in np.ndenumerate(values):
                at = colour_at(drawn, panel, Cell(column, i, row, col))
                assert at == expected_signed(value, largest, theme)
        if maps == "A":
            for (i, row, col), value in np.ndenumerate(view.activations):
                at = colour_at(drawn, panel, Cell(Column.MAPS, i, row, col))
                assert at == activation_table(theme)[round(value * 254 + 1)]


def test_images_are_upright(panel: NetworkPanel, frames: list[Frame]) -> None:
    """An image with ink only at the top right differs in every other orientation."""
    image = np.zeros((28, 28), np.uint8)
    image[2, 25] = 255
    filters = np.zeros((3, 5, 5))
    filters[1, 0, 4] = 1.0
    view = replace(frames[0].image, image=image)
    panel.show_frame(replace(frames[0], image=view, filters=filters))
    drawn = picture(panel)
    ink, high = QColor(LIGHT.ink).rgb(), signed_table(LIGHT)[255]
    inked = cell_centre(panel, Cell(Column.IMAGE, 0, 2, 25))
    middle = cell_centre(panel, Cell(Column.IMAGE, 0, 14, 14))
    assert inked.x() > middle.x()
    assert inked.y() < middle.y()
    assert drawn.pixel(inked.toPoint()) == ink
    cells = [Cell(Column.FILTERS, i, r, c) for i in range(3) for r in range(5) for c in range(5)]
    lit = [cell for cell in cells if colour_at(drawn, panel, cell) == high]
    assert lit == [Cell(Column.FILTERS, 1, 0, 4)]


def test_columns_run_from_left_to_right_and_filters_from_top_to_bottom(
    panel: NetworkPanel,
) -> None:
    lefts = [cell_centre(panel, Cell(column, 0, 0, 0)).x() for column in Column]
    assert lefts == sorted(lefts)
    for column in (Column.FILTERS, Column.MAPS, Column.DENSE):
        tops = [cell_centre(panel, Cell(column, i, 0, 0)).y() for i in range(3)]
        assert tops == sorted(tops)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_filters_row_is_framed_in_its_colour(panel: NetworkPanel, theme: Theme) -> None:
    panel.set_style(Style(theme))
    drawn = picture(panel)
    for column in (Column.FILTERS, Column.MAPS, Column.DENSE):
        for i, colour in enumerate(theme.filters):
            rect = layout_of(panel).tile(column, i).rect
            frame = QPoint(rect.left() - 1, rect.center().y() + 20)
            assert drawn.pixel(frame) == QColor(colour).rgb()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (
            Cell(Column.IMAGE, 0, 3, 9),
            "image 7, row 4, column 10 · X[9, 3, 7] = 0: grey level 0 of 255",
        ),
        (
            Cell(Column.FILTERS, 1, 3, 2),
            "filter 2, row 4, column 3 · f[2, 3, 1] = 4.701: weight of filter 2",
        ),
        (
            Cell(Column.MAPS, 2, 3, 12),
            "image 7, filter 3, row 4, column 13 · A[7, 2, 12, 3] = 1.000 = σ(C), C = 71.82",
        ),
        (
            Cell(Column.DENSE, 1, 3, 12),
            (
                "filter 2, row 4, column 13 · wo[1·576 + 12·24 + 3] = wo[867] = 1.794: weighs the "
                "outlined unit"
            ),
        ),
    ],
)
def test_the_cell_under_the_mouse_is_read_out(
    qtbot: QtBot, panel: NetworkPanel, cell: Cell, text: str
) -> None:
    point_at(qtbot, panel, cell)
    assert panel.readout() == text
    assert value_text(panel) == text


def test_the_cell_under_the_mouse_is_outlined(qtbot: QtBot, panel: NetworkPanel) -> None:
    before = picture(panel)
    cell = Cell(Column.FILTERS, 0, 2, 2)
    point_at(qtbot, panel, cell)
    after = picture(panel)
    rect = layout_of(panel).cell_rect(cell)
    text = QColor(LIGHT.text).rgb()
    for corner in (
        QPoint(rect.left() - 2, rect.center().y()),
        QPoint(rect.center().x(), rect.top() - 2),
    ):
        assert before.pixel(corner) != text
        assert after.pixel(corner) == text
    assert after.pixel(rect.center()) == before.pixel(rect.center())


def test_a_maps_cell_shows_the_pixels_it_sees(qtbot: QtBot, panel: NetworkPanel) -> None:
    point_at(qtbot, panel, Cell(Column.MAPS, 1, 6, 11))
    drawn = picture(panel)
    field = layout_of(panel).cell_rect(Cell(Column.IMAGE, 0, 6, 11), 5)
    colour = QColor(LIGHT.filters[1]).rgb()
    for at in (
        QPoint(field.left() - 2, field.center().y()),
        QPoint(field.left() + field.width() + 1, field.center().y()),
        QPoint(field.center().x(), field.top() - 2),
        QPoint(field.center().x(), field.top() + field.height() + 1),
    ):
        assert drawn.pixel(at) == colour
    partner = layout_of(panel).cell_rect(Cell(Column.DENSE, 1, 6, 11))
    at = QPoint(partner.left() - 2, partner.center().y())
    assert drawn.pixel(at) == QColor(LIGHT.muted).rgb()


def test_moving_off_the_cells_and_out_of_the_panel_clears_the_outline(
    qtbot: QtBot, panel: NetworkPanel, host: QWidget
) -> None:
    untouched = picture(panel)
    cell = Cell(Column.MAPS, 0, 6, 11)
    viewport = viewport_of(panel)
    for target, at in ((viewport, QPoint(3, viewport.height() - 3)), (host, QPoint(1250, 850))):
        point_at(qtbot, panel, cell)
        assert picture(panel) != untouched
        QTest.mouseMove(target, at)
        qtbot.waitUntil(lambda: panel.hovered is None)
        assert panel.readout() == ""
        assert value_text(panel).startswith("Click pins a value")
        assert picture(panel) == untouched


def test_a_new_frame_renews_the_value_under_a_resting_mouse(
    qtbot: QtBot, panel: NetworkPanel, frames: list[Frame]
) -> None:
    panel.show_frame(frames[0])
    point_at(qtbot, panel, Cell(Column.FILTERS, 0, 1, 1))
    assert (
        value_text(panel) == "filter 1, row 2, column 2 · f[1, 1, 0] = 0.4376: weight of filter 1"
    )
    panel.show_frame(frames[1])
    assert value_text(panel) == "filter 1, row 2, column 2 · f[1, 1, 0] = 3.455: weight of filter 1"


def test_the_segments_change_the_readout(qtbot: QtBot, panel: NetworkPanel) -> None:
    choose(qtbot, panel, "Feature maps show", "C")
    point_at(qtbot, panel, Cell(Column.MAPS, 0, 1, 1))
    assert panel.readout().startswith("image 7, filter 1, row 2, column 2 · C[7, 0, 1, 1] = ")
    choose(qtbot, panel, "Dense maps show", "wo·a")
    point_at(qtbot, panel, Cell(Column.DENSE, 0, 1, 1))
    assert panel.readout().startswith("filter 1, row 2, column 2 · wo[25] · a[25, 7] = ")


def test_the_output_is_marked_on_the_curve(panel: NetworkPanel, frames: list[Frame]) -> None:
    axes = plot_axes(layout_of(panel).plot, network_style(Style(LIGHT)).small)
    assert axes is not None
    for zs in (-1.5, 2.0, 9.0):
        o = 1 / (1 + math.exp(-zs))
        panel.show_frame(replace(frames[5], image=replace(frames[5].image, zs=zs, o=o)))
        shown = min(zs, LIMIT)
        x = axes.left() + (shown + LIMIT) / (2 * LIMIT) * axes.width()
        y = axes.bottom() - o * axes.height()
        at = QPoint(round(x - 0.5), round(y - 0.5))
        assert picture(panel).pixel(at) == QColor(LIGHT.accent).rgb()


def test_correct_and_wrong_differ_in_words_and_colour(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    shown = {}
    for target, colour in ((1, LIGHT.accent), (0, LIGHT.wrong)):
        view = replace(frames[5].image, target=target, o=0.8)
        panel.show_frame(replace(frames[5], image=view))
        badge = layout_of(panel).lines[8]
        height = network_style(Style(LIGHT)).metrics.line
        drawn = picture(panel)
        at = QPoint(round(badge.left() + height / 2), round(badge.top() + 2))
        assert drawn.pixel(at) == QColor(colour).rgb()
        shown[target] = view_of(panel).accessibleDescription()
    assert "correct" in shown[1]
    assert "wrong" in shown[0]


def test_an_undefined_output_is_written_as_undefined(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    defined = picture(panel)
    view = replace(frames[5].image, zs=NAN, o=NAN, error=NAN)
    panel.show_frame(replace(frames[5], image=view))
    description = view_of(panel).accessibleDescription()
    for words in ("ẑ undefined", "o undefined", "E undefined", "no prediction"):
        assert words in description
    assert "nan" not in description
    drawn = picture(panel)
    assert drawn != defined
    badge = layout_of(panel).lines[8].center().toPoint()
    assert drawn.pixel(badge) == QColor(LIGHT.panel).rgb()


def test_huge_values_get_a_larger_scale(panel: NetworkPanel, frames: list[Frame]) -> None:
    huge = replace(frames[5], filters=frames[5].filters / np.abs(frames[5].filters).max() * 4.2e4)
    panel.show_frame(huge)
    assert scale_of(panel, Column.FILTERS).high == 50_000.0
    i, row, col = np.unravel_index(np.abs(huge.filters).argmax(), huge.filters.shape)
    drawn = colour_at(picture(panel), panel, Cell(Column.FILTERS, int(i), int(row), int(col)))
    assert drawn == expected_signed(float(huge.filters[i, row, col]), 50_000.0, LIGHT)


def test_a_hidden_panel_draws_the_newest_frame_once_it_is_visible(
    panel: NetworkPanel, frames: list[Frame]
) -> None:
    panel.show_frame(frames[1])
    newest = picture(panel)
    panel.show_frame(frames[5])
    description = view_of(panel).accessibleDescription()
    panel.hide()
    panel.show_frame(frames[0])
    panel.show_frame(frames[1])
    assert view_of(panel).accessibleDescription() == description
    panel.show()
    assert picture(panel) == newest
    assert "Iteration 1," in view_of(panel).accessibleDescription()


def test_nothing_is_drawn_twice(qtbot: QtBot, panel: NetworkPanel, frames: list[Frame]) -> None:
    counter = PaintCounter(viewport_of(panel))
    qtbot.waitUntil(lambda: counter.count > 0)  # at first
    counter.count = 0
    panel.show_frame(frames[1])
    qtbot.waitUntil(lambda: counter.count > 0)
    seen = counter.count
    view = frames[1].image
    same = replace(frames[1], running=True, image=replace(view, image=view.image.copy()))
    panel.show_frame(same)
    QApplication.processEvents()
    assert counter.count == seen
    panel.show_frame(frames[2])
    qtbot.waitUntil(lambda: counter.count > seen)


def test_the_image_is_chosen_by_number(
    qtbot: QtBot, panel: NetworkPanel, selection: Selection
) -> None:
    box = spin_box(panel)
    assert (box.value(), box.minimum(), box.maximum()) == (SHOWN, 0, 19)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert selection.image == SHOWN + 1
    selection.select_image(2)
    assert box.value() == 2
    qtbot.keyClick(box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(box, "14")
    assert selection.image == 2, "typing is not choosing yet"
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert selection.image == 14


def test_a_smaller_subset_limits_the_field_and_selects_nothing(
    panel: NetworkPanel, selection: Selection, frames: list[Frame]
) -> None:
    chosen: list[int] = []
    selection.image_changed.connect(chosen.append)
    panel.show_frame(replace(frames[5], settings=replace(frames[5].settings, subset=5)))
    assert spin_box(panel).maximum() == 4
    assert not chosen


def test_controls_are_reached_with_the_keyboard(panel: NetworkPanel) -> None:
    names = {
        widget.accessibleName()
        for widget in panel.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert "Selected image k" in names
    for name in ("Feature maps show: ", "Dense maps show: "):
        assert any(n.startswith(name) for n in names)


@pytest.mark.parametrize("scale", [1.0, 1.6])
@pytest.mark.parametrize("size", [(480, 400), (780, 520), (1200, 800)], ids=str)
def test_controls_are_inside_the_panel_and_do_not_overlap(
    panel: NetworkPanel, size: tuple[int, int], scale: float
) -> None:
    panel.set_style(Style(LIGHT, scale))
    least = panel.minimumSizeHint()
    panel.resize(max(size[0], least.width()), max(size[1], least.height()))
    controls = [spin_box(panel), *panel.findChildren(SegmentedControl)]
    rects = sorted((c.geometry() for c in controls), key=lambda rect: rect.left())
    for rect in rects:
        assert panel.rect().contains(rect)
    for left, right in pairwise(rects):
        assert left.right() < right.left()


def test_the_presentation_size_fits_a_small_window(panel: NetworkPanel) -> None:
    panel.set_style(Style(LIGHT, 1.6))
    least = panel.minimumSizeHint()
    assert (least.width(), least.height()) <= (780, 520)
    assert least.height() <= 520


def test_a_panel_without_a_frame_has_no_readout(qtbot: QtBot, host: QWidget) -> None:
    empty = NetworkPanel(Selection(), Style(DARK), host)
    empty.resize(780, 520)
    empty.show()
    drawn = picture(empty)
    assert drawn.pixel(1, 400) == QColor(DARK.panel).rgb()
    point_at(qtbot, empty, Cell(Column.MAPS, 0, 3, 3))
    assert empty.readout() == ""
