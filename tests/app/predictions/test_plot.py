"""Tests of the plot of the predictions, by real mouse events and by its pixels."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetrics, QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.picture_file import Picture
from cnnviz.app.predictions.model import ByDigit, PredictionColumn
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.predictions.plot import PredictionPlot
from cnnviz.app.predictions.swarm import Region, column, positions
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.plot_export import table
from cnnviz.app.widgets.save_dialog import DRAWING, PICTURE, TABLE
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.predictions import Predictions
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.context_menus import choose
from tests.app.exports import exports_of
from tests.app.faces import line_ratio
from tests.app.painting import PaintCounter, off_by

LEFT = Qt.MouseButton.LeftButton
IMAGES = 40
OUTPUTS = np.linspace(0.02, 0.98, IMAGES)


@pytest.fixture(scope="module")
def frame() -> Frame:
    """Forty images, four of each digit, whose outputs rise with the index."""
    digits = bundled_digits()
    where = np.concatenate(
        [np.flatnonzero(digits.labels == k % 10)[k // 10 : k // 10 + 1] for k in range(IMAGES)]
    )
    trainer = Trainer(digits, Settings(subset=IMAGES))
    made = frame_of(trainer, 0)
    trainer.close()
    data = Dataset("four of each", digits.images[where], digits.labels[where])
    return with_outputs(replace(made, dataset=data), OUTPUTS)


def regions_of(panel: PredictionsPanel) -> list[Region | None]:
    """Return a list to which each region that is chosen from now on is added."""
    chosen: list[Region | None] = []
    panel.plot_area.region_chosen.connect(chosen.append)
    return chosen


def with_outputs(frame: Frame, output: np.ndarray, *, running: bool = False) -> Frame:  # type: ignore[type-arg]
    target = (frame.dataset.labels[: len(output)] > 4).astype(np.uint8)
    error = (target - output) ** 2 / 2
    accuracy = float(np.mean((output > 0.5) == target))
    made = Predictions(output, error, target, float(error.mean()), accuracy)
    return replace(frame, predictions=made, running=running)


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def panel(
    make_host: Callable[[int, int], QWidget], selection: Selection, frame: Frame
) -> PredictionsPanel:
    made = PredictionsPanel(selection, Style(LIGHT), make_host(500, 800))
    made.resize(360, 780)
    made.show()
    made.show_frame(frame)
    made.plot_area.complete()
    QApplication.processEvents()
    return made


@pytest.fixture
def plot(panel: PredictionsPanel) -> PredictionPlot:
    return panel.plot_area.plot


def spot(plot: PredictionPlot, across: float, output: float) -> QPoint:
    """Return the point of the viewport at a position of the plot."""
    inside = QPointF(plot.marks.x_of(across), plot.marks.y_of(output))
    return plot.mapFromScene(plot.getViewBox().mapToScene(inside))


def mark(plot: PredictionPlot, frame: Frame, image: int) -> QPoint:
    across = positions(frame.dataset.labels)[image]
    return spot(plot, across, float(frame.predictions.output[image]))


def header(plot: PredictionPlot, digit: int) -> QPoint:
    axis = plot.getPlotItem().getAxis("top")
    return QPoint(spot(plot, digit, 0.5).x(), plot.mapFromScene(axis.mapToScene(5, 8)).y())


def point_at(plot: PredictionPlot, at: QPoint) -> None:
    QTest.mouseMove(plot.viewport(), at + QPoint(0, 1))
    QTest.mouseMove(plot.viewport(), at)
    QApplication.processEvents()


def points_at(plot: PredictionPlot, at: QPoint) -> bool:
    point_at(plot, at)  # pyqtgraph ignores moves that are close together
    return bool(plot.pointed.images)


def drag(plot: PredictionPlot, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(plot.viewport(), LEFT, pos=start)
    for k in range(1, 5):
        QTest.mouseMove(plot.viewport(), start + (end - start) * k / 4)
    QTest.mouseRelease(plot.viewport(), LEFT, pos=end)
    QApplication.processEvents()


def listed(panel: PredictionsPanel) -> list[int]:
    model = panel.model
    return [
        int(model.data(model.index(r, PredictionColumn.INDEX))) for r in range(model.rowCount())
    ]


def picture(plot: PredictionPlot) -> QImage:
    QApplication.processEvents()
    return plot.viewport().grab().toImage()


def count(image: QImage, at: QPoint, colour: str, reach: int = 6) -> int:
    """Count the pixels around a point that are about of a colour."""
    wanted = QColor(colour)
    return sum(
        abs(c.red() - wanted.red())
        + abs(c.green() - wanted.green())
        + abs(c.blue() - wanted.blue())
        < 60
        for x in range(-reach, reach + 1)
        for y in range(-reach, reach + 1)
        if (c := image.pixelColor(at + QPoint(x, y)))
    )


def lit(image: QImage, at: QPoint, colour: str) -> list[list[bool]]:
    return [
        [count(image, at + QPoint(x, y), colour, 0) > 0 for x in (-3, 0, 3)] for y in (-3, 0, 3)
    ]


# The drawing.


@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_right_outputs_are_discs_and_wrong_ones_crosses_at_their_output(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame, style: Theme
) -> None:
    panel.set_style(Style(style))
    image = picture(plot)
    for number, right in ((1, True), (12, True), (36, True), (33, False), (17, False)):
        digit, output = int(frame.dataset.labels[number]), OUTPUTS[number]
        assert bool(output > 0.5) == (digit > 4) if right else bool(output > 0.5) != (digit > 4)
        at = mark(plot, frame, number)
        colours = (style.accent, style.wrong) if right else (style.wrong, style.accent)
        assert count(image, at, colours[0]) > 5 > count(image, at, colours[1])
    disc, cross = (mark(plot, frame, number) for number in (12, 33))
    assert lit(image, disc, style.accent)[0] == [False, True, False]
    assert lit(image, cross, style.wrong)[0][1] is False
    assert spot(plot, 0, 1.0).y() < spot(plot, 0, 0.5).y() < spot(plot, 0, 0.0).y()


def test_it_moves_with_training_and_only_then(
    qtbot: QtBot, panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    counter = PaintCounter(plot.viewport())
    before = mark(plot, frame, 33)
    other = with_outputs(frame, 1 - OUTPUTS, running=True)
    panel.show_frame(other)
    qtbot.waitUntil(lambda: counter.count > 0)
    image = picture(plot)
    assert count(image, before, LIGHT.wrong) < 3
    assert count(image, mark(plot, other, 33), LIGHT.accent) > 5
    panel.show_frame(replace(other, running=False))  # with the mean errors
    QApplication.processEvents()
    painted = counter.count
    for _ in range(3):
        panel.show_frame(replace(other, running=False))
        QApplication.processEvents()
    assert counter.count == painted
    panel.hide()
    panel.show_frame(frame)
    QApplication.processEvents()
    assert counter.count == painted
    panel.show()
    assert count(picture(plot), before, LIGHT.wrong) > 5


def test_a_screen_reader_reads_the_counts_of_each_digit(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    assert plot.accessibleName() == "Outputs by digit"
    labels = frame.dataset.labels
    for digit in range(10):
        right = sum((OUTPUTS[i] > 0.5) == (digit > 4) for i in range(IMAGES) if labels[i] == digit)
        high = right if digit > 4 else 4 - right
        errors = [frame.predictions.error[i] for i in range(IMAGES) if labels[i] == digit]
        assert (
            f"digit {digit}: {right} right, {4 - right} wrong, {high} taken for > 4, "
            f"mean error {np.mean(errors):.3f}"
        ) in plot.accessibleDescription()
    panel.show_frame(with_outputs(frame, (labels > 4) * 1.0))
    assert plot.accessibleDescription().count("4 right, 0 wrong") == 10


def test_a_screen_reader_reads_the_filtered_digit_and_then_the_image(
    panel: PredictionsPanel, plot: PredictionPlot, selection: Selection
) -> None:
    interface = QAccessible.queryAccessibleInterface(plot)
    selection.select_image(4)
    assert interface.text(QAccessible.Text.Value).startswith("image 4, digit ")
    QTest.keyClick(plot, Qt.Key.Key_3)
    assert interface.text(QAccessible.Text.Value).startswith("digit 3: ")
    assert "taken for > 4" in interface.text(QAccessible.Text.Value)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    selection.select_image(13)
    assert interface.text(QAccessible.Text.Value).startswith("image 13, digit 3, output ")
    assert listed(panel) == list(range(IMAGES))


def test_a_bar_shows_predictions_above_4_and_a_click_filters(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    labels = frame.dataset.labels
    panel.show_frame(
        with_outputs(frame, np.where(labels == 2, 0.9, np.where(labels > 4, 0.9, 0.1)))
    )
    chart, view = plot.getAxis("bottom"), plot.viewport()
    box = chart.mapRectToScene(chart.boxes()[2][2]).toRect()
    empty = chart.mapRectToScene(chart.boxes()[2][3]).toRect()
    image = picture(plot)
    corner = QPoint(4, 5)
    assert image.pixelColor(box.topLeft() + corner) != image.pixelColor(empty.topLeft() + corner)
    QTest.mouseClick(view, LEFT, pos=box.center())
    assert listed(panel) == [i for i in range(IMAGES) if labels[i] == 2]
    QTest.mouseClick(view, LEFT, pos=box.center())
    assert len(listed(panel)) == IMAGES


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_no_edge_of_a_bar_is_seen_at_a_number(
    panel: PredictionsPanel, plot: PredictionPlot, theme: Theme
) -> None:
    panel.set_style(Style(theme))
    crops = []
    for wrong in (54, 6):  # the bar of digit 7 is as high as a tenth of its box, or as half of it
        right, none = np.full(10, 6), np.zeros(10, np.intp)
        plot.show_counts(ByDigit(right, none + wrong, np.full(10, 0.1)))
        chart = plot.getAxis("bottom")
        box = chart.mapRectToScene(chart.boxes()[2][7]).toRect().adjusted(4, 3, -4, -5)
        crops.append(off_by(picture(plot).copy(box), theme.panel))
    below, halfway = crops
    letters = below > 100
    around = np.zeros_like(letters)
    for axis, step in product((0, 1), (-1, 1)):
        around |= np.roll(letters, step, axis)
    around &= ~letters
    differs = np.abs(halfway - below)
    assert letters.any()
    assert differs.max() > 30  # there is an edge
    assert differs[around].mean() < differs.max() / 4
    assert differs[letters].mean() < differs.max() / 4


def test_a_drawing_has_each_number_by_digit_once(
    panel: PredictionsPanel, plot: PredictionPlot
) -> None:
    assert plot.isVisible()
    content = Picture(panel).content(".svg")
    svg = (content if isinstance(content, bytes) else b"".join(content)).decode()
    errors = re.findall(r">\s*(\.\d\d|–)\s*</text>", svg)
    assert len(errors) == 10  # whoever searches or copies them finds no others


def test_the_wrong_ones_of_a_digit_are_counted_as_they_are_listed(
    panel: PredictionsPanel, frame: Frame
) -> None:
    panel.plot_area.region_chosen.emit(column(7))
    assert panel.filtered.text() == "digit 7: 4 of 40 images"
    panel.wrong_only.setChecked(True)
    assert listed(panel) == [7, 17]
    assert panel.filtered.text() == "digit 7: 2 wrong of 4 images"
    panel.show_frame(with_outputs(frame, (frame.dataset.labels > 4) * 1.0))
    assert panel.filtered.text() == "digit 7: 0 wrong of 4 images"
    assert panel.nothing.text() == "No prediction for them is wrong."
    panel.wrong_only.setChecked(False)
    assert panel.filtered.text() == "digit 7: 4 of 40 images"


def test_undefined_outputs_are_not_drawn(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    panel.show_frame(with_outputs(frame, np.full(IMAGES, np.nan)))
    image = picture(plot)
    assert sum(count(image, mark(plot, frame, i), LIGHT.wrong, 3) for i in range(IMAGES)) == 0
    assert "digit 3: 0 right, 0 wrong" in plot.accessibleDescription()
    QTest.mouseClick(plot.viewport(), LEFT, pos=header(plot, 3))
    assert listed(panel) == [3, 13, 23, 33]


def test_60_000_outputs_are_shown_by_their_density(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame, selection: Selection
) -> None:
    many = 60_000
    where = np.arange(many) % IMAGES
    data = Dataset("many", frame.dataset.images[where], frame.dataset.labels[where])
    rng = np.random.default_rng(0)
    target = data.labels > 4
    output = np.where(target, 0.7, 0.05) + 0.25 * rng.random(many)
    output[8] = 0.2  # the only wrong one
    panel.show_frame(with_outputs(replace(frame, dataset=data), output.astype(np.float32)))
    image = picture(plot)
    for digit in range(10):
        full, empty = (0.8, 0.4) if digit > 4 else (0.15, 0.6)
        assert count(image, spot(plot, digit, full), LIGHT.accent) > 60
        assert count(image, spot(plot, digit, empty), LIGHT.accent) == 0
    alone = spot(plot, float(positions(data.labels)[8]), 0.2)
    assert 0 < count(image, alone, LIGHT.accent, 12) < 5 or count(image, alone, LIGHT.accent) == 0
    QTest.mouseClick(plot.viewport(), LEFT, pos=alone)
    assert selection.image == 8
    drag(plot, spot(plot, 7.5, 0.5), spot(plot, 8.5, 0.02))
    assert listed(panel) == [8]


# Choosing.


def test_a_click_chooses_the_nearest_image(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame, selection: Selection
) -> None:
    at = mark(plot, frame, 17)
    before = count(picture(plot), at, LIGHT.text, 9)
    QTest.mouseClick(plot.viewport(), LEFT, pos=at + QPoint(2, 2))
    assert selection.image == 17
    assert panel.model.image_at(panel.table.currentIndex().row()) == 17
    assert count(picture(plot), at, LIGHT.text, 9) > before + 20  # the ring
    QTest.mouseClick(plot.viewport(), LEFT, pos=spot(plot, 0, 0.98))
    assert selection.image == 17


def test_an_image_chosen_elsewhere_is_marked(
    plot: PredictionPlot, frame: Frame, selection: Selection
) -> None:
    at = mark(plot, frame, 26)
    before = count(picture(plot), at, LIGHT.text, 9)
    selection.select_image(26)
    assert count(picture(plot), at, LIGHT.text, 9) > before + 20


def test_pointing_shows_the_image_and_its_neighbours(
    qtbot: QtBot, panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    crowded = with_outputs(frame, np.where(np.arange(IMAGES) % 10 == 4, 0.3 + OUTPUTS / 10, 0.9))
    panel.show_frame(crowded)
    before = picture(plot)
    point_at(plot, mark(plot, crowded, 24))
    assert plot.pointed.text == f"image 24: 4, {crowded.predictions.output[24]:.2f} ✓"
    assert plot.pointed.images[0].index == 24
    assert {image.index for image in plot.pointed.images} == {4, 14, 24, 34}
    assert picture(plot) != before
    moved = with_outputs(crowded, crowded.predictions.output + 0.3)
    panel.show_frame(moved)  # the images stay, and the text about them is new
    assert plot.pointed.text == f"image 24: 4, {moved.predictions.output[24]:.2f} ✗"

    QTest.keyClick(plot, Qt.Key.Key_5)  # they are not listed now
    assert plot.pointed.images == ()
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: points_at(plot, mark(plot, moved, 24)))

    qtbot.waitUntil(lambda: not points_at(plot, spot(plot, 0, 0.3)))
    assert plot.pointed.images == ()
    assert not plot.pointed.isVisible()


def test_a_dragged_box_filters_to_what_it_holds(
    qtbot: QtBot, panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    regions = regions_of(panel)
    start, end = spot(plot, 1.5, 0.9), spot(plot, 4.5, 0.45)
    middle = QPoint((start.x() + end.x()) // 2, start.y())
    QTest.mousePress(plot.viewport(), LEFT, pos=start)

    def box_follows() -> bool:
        QTest.mouseMove(plot.viewport(), end)  # pyqtgraph ignores moves that are close together
        return count(picture(plot), middle, LIGHT.text, 1) >= 3

    qtbot.waitUntil(box_follows)
    QTest.mouseRelease(plot.viewport(), LEFT, pos=end)
    (region,) = regions
    assert region is not None
    inside = [
        i
        for i in range(IMAGES)
        if 2 <= frame.dataset.labels[i] <= 4 and region.low <= OUTPUTS[i] <= region.high
    ]
    assert region.low == pytest.approx(0.45, abs=0.02)
    assert region.high == pytest.approx(0.9, abs=0.02)
    assert listed(panel) == inside
    assert panel.filtered.text() == f"in the box: {len(inside)} of 40 images"
    image = picture(plot)
    shown, faint = mark(plot, frame, 22), mark(plot, frame, 27)
    assert count(image, shown, LIGHT.wrong) > 5
    assert count(image, faint, LIGHT.accent) == 0
    assert "only a box is listed" in plot.accessibleDescription()
    panel.show_frame(with_outputs(frame, np.zeros(IMAGES)))  # they have left the box
    assert listed(panel) == []
    assert panel.nothing.text() == "There is none."
    QTest.mouseClick(panel.show_all, LEFT)
    assert len(listed(panel)) == IMAGES
    assert not panel.show_all.isVisible()


def test_a_click_on_a_digit_filters_to_it_and_another_drops_it(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    regions = regions_of(panel)
    QTest.mouseClick(plot.viewport(), LEFT, pos=header(plot, 7))
    assert regions == [column(7)]
    assert listed(panel) == [7, 17, 27, 37]
    assert panel.filtered.text() == "digit 7: 4 of 40 images"
    assert count(picture(plot), header(plot, 7) - QPoint(8, 0), LIGHT.accent, 2) > 8
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    assert listed(panel) == [i for i in (7, 17, 27, 37) if OUTPUTS[i] <= 0.5]
    assert count(picture(plot), mark(plot, frame, 37), LIGHT.accent) == 0  # right: faint
    QTest.mouseClick(plot.viewport(), LEFT, pos=header(plot, 7))
    assert regions == [column(7), None]
    assert len(listed(panel)) == sum((OUTPUTS > 0.5) != (frame.dataset.labels > 4))


def test_the_keyboard_chooses_images_and_digits(
    panel: PredictionsPanel, plot: PredictionPlot, selection: Selection
) -> None:
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    selection.select_image(16)
    chosen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(plot, key)
        chosen.append(selection.image)
    assert chosen == [26, 36, 36, 26, 27]
    QTest.keyClick(plot, Qt.Key.Key_4)
    assert listed(panel) == [4, 14, 24, 34]
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert selection.image == 24
    regions = regions_of(panel)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert regions == [None]
    assert len(listed(panel)) == IMAGES
    assert plot.focusPolicy() == Qt.FocusPolicy.TabFocus
    assert {Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_4, Qt.Key.Key_Escape} <= plot.own_keys


# Where it is.


def test_the_split_is_kept_and_reset(panel: PredictionsPanel) -> None:
    before = panel.plot_area.height(), panel.table.height()
    handle = panel.findChild(QSplitter).handle(1)
    centre = handle.rect().center()
    QTest.mousePress(handle, LEFT, pos=centre)
    QTest.mouseMove(handle, centre + QPoint(0, 60))
    QTest.mouseRelease(handle, LEFT, pos=centre + QPoint(0, 60))
    assert panel.plot_area.height() == pytest.approx(before[0] + 60, abs=3)
    other = PredictionsPanel(Selection(), Style(LIGHT), panel.parentWidget())
    other.resize(panel.size())
    other.show()
    other.restore_split(panel.keep_split())
    assert other.plot_area.height() == pytest.approx(panel.plot_area.height(), abs=8)
    panel.reset_split()
    assert (panel.plot_area.height(), panel.table.height()) == pytest.approx(before, abs=3)


@pytest.mark.parametrize(
    ("size", "scale", "rows", "least"),
    # The last is that of a presentation on a projector of 1280 × 720.
    [((310, 445), 1.0, 3, 38), ((460, 440), 1.5, 2, 54), ((519, 446), 1.6, 2, 60)],
)
def test_a_low_panel_keeps_some_rows_and_the_bars_by_digit(
    panel: PredictionsPanel,
    frame: Frame,
    size: tuple[int, int],
    scale: float,
    rows: int,
    least: int,
) -> None:
    """In large type, a filtered plot keeps a height at which it can be read, at the cost of a row.

    `least` is the height of its columns.
    """
    panel.show_frame(with_outputs(frame, (frame.dataset.labels > 4) * 1.0))
    panel.set_style(Style(LIGHT, scale))
    size = size[0], round(size[1] * line_ratio())
    panel.resize(*size)
    panel.plot_area.region_chosen.emit(Region(-0.5, 9.5, 0, 1))
    QApplication.processEvents()
    assert panel.size().toTuple() == size
    assert panel.table.viewport().height() >= rows * panel.table.rowHeight(0)
    plot = panel.plot_area.plot
    assert plot.getViewBox().height() >= least
    chart, image = plot.getAxis("bottom"), picture(plot)
    none, all_of_them = (
        image.pixelColor(
            chart.mapRectToScene(chart.boxes()[2][d]).toRect().topLeft() + QPoint(4, 4)
        )
        for d in (1, 8)
    )
    assert none.name() == LIGHT.panel != all_of_them.name()
    assert chart.mapRectToScene(chart.boxes()[3][9]).bottom() <= plot.height()


def test_a_low_panel_gives_the_plot_more_than_its_share(panel: PredictionsPanel) -> None:
    panel.resize(460, 360)
    QApplication.processEvents()
    low = panel.plot_area.height()
    assert low >= 140  # pixels: enough for the columns above the numbers by digit
    assert panel.table.height() < low
    panel.resize(460, 900)
    QApplication.processEvents()
    assert panel.plot_area.height() < panel.table.height()  # its share again


def test_a_damaged_split_is_the_one_of_the_first_start(panel: PredictionsPanel) -> None:
    before = panel.plot_area.height()
    for damaged in (b"nan", b"-inf", b"0.4\xff"):
        panel.restore_split(QByteArray(damaged))
        assert panel.plot_area.height() == pytest.approx(before, abs=3)


def test_a_split_of_an_older_version_is_restored(panel: PredictionsPanel) -> None:
    split = panel.findChild(QSplitter)
    panel.resize(460, 900)
    QApplication.processEvents()
    room = sum(split.sizes())
    split.setSizes([room // 2, room - room // 2])
    kept = split.saveState()
    panel.reset_split()
    panel.restore_split(kept)
    assert panel.plot_area.height() == pytest.approx(room / 2, abs=4)
    panel.resize(460, 800)
    QApplication.processEvents()
    assert panel.plot_area.height() == pytest.approx(sum(split.sizes()) / 2, abs=4)


def test_pyqtgraph_is_imported_after_the_first_picture() -> None:
    script = (
        "import sys\n"
        "from cnnviz.app.predictions.panel import PredictionsPanel\n"
        "sys.exit('pyqtgraph' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_plot_is_created_once_the_table_is_painted(
    qtbot: QtBot, make_host: Callable[[int, int], QWidget], frame: Frame
) -> None:
    made = PredictionsPanel(Selection(), Style(LIGHT), make_host(500, 800))
    made.resize(360, 780)
    made.show()
    QApplication.processEvents()
    assert made.plot_area.findChildren(PredictionPlot) == []
    made.show_frame(frame)
    assert made.plot_area.findChildren(PredictionPlot) == []
    qtbot.waitUntil(lambda: bool(made.plot_area.findChildren(PredictionPlot)))
    assert (
        count(picture(made.plot_area.plot), mark(made.plot_area.plot, frame, 33), LIGHT.wrong) > 5
    )


def test_the_menu_exports_the_outputs_and_lists_all(
    qtbot: QtBot, panel: PredictionsPanel, plot: PredictionPlot
) -> None:
    exports = exports_of(panel)
    QTest.mouseClick(plot.viewport(), LEFT, pos=header(plot, 3))
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=spot(plot, 2, 0.2))
    choose(qtbot, "Export…")
    (export,) = exports
    assert export.name == "predictions"
    lines = b"".join(export.contents[TABLE]()).decode().splitlines()
    assert lines[0] == "image,digit,target,output,right,listed"
    assert lines[4] == f"3,3,0,{OUTPUTS[3].item()!r},1,1"
    assert lines[40] == "39,9,1,0.98,1,0"
    assert export.contents[PICTURE]()[1:4] == b"PNG"
    drawing = export.contents[DRAWING]()
    assert b"<image" not in drawing  # Qt can't put a part of a pixmap into it
    discs = drawing.count(b"<circle") + drawing.count(b"<ellipse")
    assert discs >= sum(line.split(",")[4] == "1" for line in lines[1:])
    assert plot.marks.outputs is not None
    undefined = np.full(IMAGES, np.nan)
    plot.marks.outputs = replace(plot.marks.outputs, output=undefined)
    lines = b"".join(table(plot.columns())).decode().splitlines()
    assert lines[4] == "3,3,0,,,1"  # neither right nor wrong
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=spot(plot, 2, 0.2))
    choose(qtbot, "Show all")
    assert len(listed(panel)) == IMAGES


def test_the_outputs_alone_look_as_the_whole_scene_does(
    qtbot: QtBot, panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    panel.plot_area.region_chosen.emit(Region(1.6, 7.2, 0.3, 0.8))
    qtbot.waitUntil(lambda: points_at(plot, mark(plot, frame, 14)))
    viewport = plot.viewport()
    inside = plot.inside
    assert inside.width() > 290
    whole = picture(plot).copy(inside)
    alone = QImage(inside.size(), QImage.Format.Format_RGB32)
    viewport.render(alone, QPoint(), QRegion(inside), QWidget.RenderFlag(0))
    assert difference(whole, alone) < 12
    qtbot.waitUntil(lambda: not points_at(plot, spot(plot, 0, 0.9)))
    QApplication.processEvents()
    counter = PaintCounter(viewport)
    panel.show_frame(with_outputs(frame, 1 - OUTPUTS, running=True))  # the numbers follow later
    qtbot.waitUntil(lambda: counter.count > 0)
    assert counter.count == 1
    assert inside.contains(counter.region.boundingRect())


def test_the_counts_are_painted_with_the_outputs_and_without_the_scene(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    panel.plot_area.region_chosen.emit(column(4))
    QApplication.processEvents()
    counter = PaintCounter(plot.viewport())
    panel.show_frame(with_outputs(frame, 1 - OUTPUTS))
    QApplication.processEvents()
    below = plot.below
    assert counter.count == 1
    assert counter.region == QRegion(plot.inside).united(below)
    whole = picture(plot).copy(below)
    alone = QImage(below.size(), QImage.Format.Format_RGB32)
    plot.viewport().render(alone, QPoint(), QRegion(below), QWidget.RenderFlag(0))
    assert difference(whole, alone) == 0
    digit = QFontMetrics(Style(LIGHT, 0.85).number_font).capHeight()
    assert below.height() > 6 * digit
    shades = [{whole.pixel(x, y) for x in range(below.width())} for y in range(below.height())]
    assert max(map(len, shades)) > 10  # there are numbers


def test_no_mark_is_left_beside_the_outputs_when_they_change(
    panel: PredictionsPanel, plot: PredictionPlot, frame: Frame
) -> None:
    """The axis' pixels are not painted again while training runs."""
    axis = plot.inside.adjusted(-1, 0, 0, 0)
    axis.setWidth(1)
    plot.marks.x_of = lambda _across: np.zeros(IMAGES)  # type: ignore[method-assign, assignment]
    plot.marks._paint_selection = lambda *_args: None  # type: ignore[method-assign]
    some = picture(plot).copy(axis)
    panel.show_frame(with_outputs(frame, np.full(IMAGES, 0.5)))
    assert difference(some, picture(plot).copy(axis)) == 0


def difference(one: QImage, other: QImage) -> int:
    """Return the largest difference of two pictures in a channel of a pixel."""
    channels = [
        np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8)
        for image in (one, other)
    ]
    return int(np.abs(channels[0].astype(int) - channels[1]).max())
