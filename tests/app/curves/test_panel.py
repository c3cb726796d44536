"""Tests of the Loss panel: its curves, its crosshair and its timeline."""

import gc
import math
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pyqtgraph as pg
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.curves.change_marks import ChangeMarks
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.curves.metrics import METRIC_CURVES, MetricCurve
from cnnviz.app.curves.panel import LossPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, GRID, LIGHT
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.curve import Curve, SettingsMark
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.curve_plots import (
    crosshair_dot,
    crosshair_line,
    crosshair_text,
    curve,
    dot,
    overlay,
    playhead,
    read_lines,
)
from tests.app.painting import PaintCounter

LAST = 40
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def trained() -> Frame:
    """A run of 40 iterations with changes after 10 and 25, at its last one."""
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    for iteration in range(LAST):
        if iteration == 10:
            trainer.change(learning_rate=1.0)
        if iteration == 25:
            trainer.change(subset=30, rule=EXACT)
        trainer.step()
    frame = frame_of(trainer, 0)
    trainer.close()
    return frame


@pytest.fixture
def host(make_host: Callable[[int, int], QWidget]) -> QWidget:
    """A window larger than the panel, so that the pointer can leave it."""
    return make_host(1000, 400)


@pytest.fixture
def panel(host: QWidget, trained: Frame) -> LossPanel:
    made = LossPanel(Selection(), Style(LIGHT), host)
    made.resize(780, 240)
    made.show()
    made.show_frame(trained)
    return made


def test_the_curves_come_after_the_first_picture(
    qtbot: QtBot, host: QWidget, trained: Frame
) -> None:
    panel = LossPanel(Selection(), Style(LIGHT), host)
    panel.resize(780, 240)
    panel.show()
    panel.log.setChecked(True)
    panel.grab()
    assert not panel.findChildren(pg.PlotWidget)
    heights = panel.minimumSizeHint().height()
    panel.show_frame(trained)
    qtbot.waitUntil(lambda: len(panel.findChildren(pg.PlotWidget)) == 2)
    assert panel.minimumSizeHint().height() == heights
    x, y = curve(panel.curves.loss_plot).getData()
    assert len(x) == LAST + 1
    assert (y < 0).all()  # logarithms


def at(frame: Frame, iteration: int) -> Frame:
    """Return the same run at another iteration."""
    return replace(frame, iteration=iteration)


def with_curve(
    frame: Frame,
    loss: NDArray[np.float64],
    marks: tuple[SettingsMark, ...] = (),
    *,
    running: bool = False,
) -> Frame:
    """Return a run with these losses, at its last iteration."""
    last = len(loss) - 1
    curve = Curve(loss, 1 - loss, frame.curve.first, marks)
    return replace(frame, iteration=last, last=last, curve=curve, running=running)


def place(plot: CurvePlot, x: float, y: float) -> QPoint:
    """Where a point of the plot is drawn, in its viewport."""
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))


def picture(plot: CurvePlot) -> QImage:
    QApplication.processEvents()
    return plot.viewport().grab().toImage()


def like(image: QImage, spot: QPoint, colour: str, radius: int = 1) -> bool:
    """Return whether a colour, slightly blended at most, is near a position."""

    def distance(a: QColor, b: QColor) -> int:
        return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())

    ground, wanted = image.pixelColor(1, 1), QColor(colour)
    around = range(-radius, radius + 1)
    seen = [image.pixelColor(spot.x() + dx, spot.y() + dy) for dx in around for dy in around]
    return any(distance(c, wanted) < 0.6 * distance(ground, wanted) for c in seen)


def x_range(plot: CurvePlot) -> tuple[float, float]:
    low, high = plot.viewRange()[0]
    return low, high


def turn_wheel(plot: CurvePlot, spot: QPoint, steps: int) -> None:
    event = QWheelEvent(
        QPointF(spot),
        QPointF(plot.viewport().mapToGlobal(spot)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def handle_of(panel: LossPanel) -> QPoint:
    slider = panel.timeline.slider
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    return (
        slider.style()
        .subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
        )
        .center()
    )


# The drawings.


def test_the_curves_are_the_runs_losses_and_accuracies(panel: LossPanel, trained: Frame) -> None:
    x, y = curve(panel.curves.loss_plot).getData()
    np.testing.assert_array_equal(x, np.arange(LAST + 1))
    np.testing.assert_array_equal(y, trained.curve.loss)
    _, y = curve(panel.curves.accuracy_plot).getData()
    np.testing.assert_array_equal(y, 100 * trained.curve.accuracy)


def test_each_curve_has_its_colour(panel: LossPanel, trained: Frame) -> None:
    for plot, values, colour in (
        (panel.curves.loss_plot, trained.curve.loss, LIGHT.accent),
        (panel.curves.accuracy_plot, 100 * trained.curve.accuracy, LIGHT.text),
    ):
        image = picture(plot)
        for iteration in (3, 17, 33):
            spot = place(plot, iteration, float(values[iteration]))
            assert like(image, spot, colour)
        away = 30 if spot.y() < plot.height() / 2 else -30
        assert not like(image, spot + QPoint(0, away), colour)


def test_the_heading_shows_the_current_values(panel: LossPanel, trained: Frame) -> None:
    assert panel.loss_head.text() == f"loss {trained.predictions.loss:#.3g}"
    assert panel.accuracy_head.text() == f"accuracy {100 * trained.predictions.accuracy:.1f} %"


def test_long_numbers_do_not_widen_a_small_window(panel: LossPanel, trained: Frame) -> None:
    """Beside the other panels, a window of 960 pixels has 375 for this one.

    That is the width of a screen of 1440 at 150 %.
    """
    long = replace(trained.predictions, loss=4.29e-5, accuracy=1.0)
    panel.show_frame(replace(at(trained, 99_999), last=100_000, predictions=long))
    assert panel.loss_head.text() == "loss 4.29e−5"
    assert panel.minimumSizeHint().width() <= 375


def test_axes_are_named(panel: LossPanel) -> None:
    for plot, name in (
        (panel.curves.loss_plot, "mean error"),
        (panel.curves.accuracy_plot, "accuracy, %"),
    ):
        assert plot.getAxis("left").label.toPlainText().strip() == name
        label = plot.getAxis("bottom").label
        assert label.toPlainText().strip() == "iteration"
        assert label.isVisible()
        left = label.mapRectToScene(label.boundingRect()).left()
        assert left >= 0


@pytest.mark.parametrize("length", [1, 12, 300, 2_500, 20_000, 1_000_000])
def test_there_are_several_ticks_and_they_fit(
    panel: LossPanel, trained: Frame, length: int
) -> None:
    frame = with_curve(trained, np.full(length, 0.1))
    for scale, width in product((1.0, 1.6), (480, 780)):
        panel.set_style(Style(LIGHT, scale))
        panel.resize(QSize(width, 200).expandedTo(panel.minimumSizeHint()))
        panel.show_frame(frame)
        QApplication.processEvents()
        for plot in (panel.curves.loss_plot, panel.curves.accuracy_plot):
            axis = plot.getAxis("bottom")
            (low, high), size = x_range(plot), plot.getViewBox().width()
            ((step, places),) = axis.tickValues(low, high, size)
            words = axis.tickStrings(places, 1.0, step)
            widths = [QFontMetricsF(axis.style["tickFont"]).horizontalAdvance(w) for w in words]
            assert max(widths) < step / (high - low) * size, (scale, width)
            room = plot.viewport().width() - plot.getViewBox().sceneBoundingRect().left()
            ends = [
                (p - low) / (high - low) * size + w / 2 for p, w in zip(places, widths, strict=True)
            ]
            assert sum(end <= room for end in ends) >= 2, (scale, width)


def test_in_large_type_the_accuracy_keeps_its_ends(panel: LossPanel) -> None:
    panel.set_style(Style(LIGHT, 3.4))
    panel.resize(QSize(900, 900).expandedTo(panel.minimumSizeHint()))
    QApplication.processEvents()
    plot = panel.curves.accuracy_plot
    axis, view = plot.getAxis("left"), plot.getViewBox()
    (low, high), height = view.viewRange()[1], view.height()
    pixel, line = (high - low) / height, QFontMetricsF(axis.style["tickFont"]).height()
    assert line > 3 * GRID
    beyond = min(-low, high - 100) / pixel + axis.style["hideOverlappingLabels"]
    assert beyond >= line / 2  # or pyqtgraph leaves the texts out
    ((step, ticks),) = axis.tickValues(low, high, height)
    assert {"0", "100"} <= set(axis.tickStrings(ticks, 1.0, step))


def test_iteration_0_is_a_dot(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.array([0.15])))
    image = picture(panel.curves.loss_plot)
    assert like(image, place(panel.curves.loss_plot, 0, 0.15), LIGHT.accent, radius=0)
    assert x_range(panel.curves.loss_plot)[1] > 10


def test_undefined_values_leave_a_gap(panel: LossPanel, trained: Frame) -> None:
    loss = np.full(21, 0.1)
    loss[8:13] = np.nan
    panel.show_frame(with_curve(trained, loss))
    image = picture(panel.curves.loss_plot)
    assert like(image, place(panel.curves.loss_plot, 5, 0.1), LIGHT.accent)
    assert not like(image, place(panel.curves.loss_plot, 10, 0.1), LIGHT.accent)
    assert like(image, place(panel.curves.loss_plot, 15, 0.1), LIGHT.accent)


def test_an_undefined_state_is_shown_as_undefined(panel: LossPanel, trained: Frame) -> None:
    frame = with_curve(trained, np.array([0.1, 0.2, math.nan]))
    nothing = replace(frame.predictions, loss=math.nan, accuracy=math.nan)
    panel.show_frame(replace(frame, predictions=nothing))
    assert panel.loss_head.text() == "loss undefined"
    assert panel.accuracy_head.text() == "accuracy undefined"
    assert not dot(panel.curves.loss_plot).isVisible()


def test_a_run_without_any_value_draws_nothing(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.array([math.nan])))
    _, y = curve(panel.curves.loss_plot).getData()
    assert np.isnan(y).all()
    QTest.mouseClick(panel.log, LEFT)
    picture(panel.curves.loss_plot)


# The log switch.


def test_the_switch_makes_the_loss_axis_logarithmic(panel: LossPanel, trained: Frame) -> None:
    QTest.mouseClick(panel.log, LEFT)
    _, y = curve(panel.curves.loss_plot).getData()
    np.testing.assert_allclose(y, np.log10(trained.curve.loss))
    ticks = panel.curves.loss_plot.getAxis("left").tickStrings([-3.0, -1.0], 1.0, 1.0)
    assert ticks == ["0.001", "0.1"]
    _, y = curve(panel.curves.accuracy_plot).getData()
    np.testing.assert_array_equal(y, 100 * trained.curve.accuracy)
    QTest.mouseClick(panel.log, LEFT)
    _, y = curve(panel.curves.loss_plot).getData()
    np.testing.assert_array_equal(y, trained.curve.loss)


def test_a_loss_of_zero_is_a_gap_on_the_log_axis(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.array([0.1, 0.01, 0.0, 0.001, 0.002])))
    QTest.mouseClick(panel.log, LEFT)
    _, y = curve(panel.curves.loss_plot).getData()
    np.testing.assert_allclose(y, [-1, -2, math.nan, -3, math.log10(0.002)])
    low, high = panel.curves.loss_plot.viewRange()[1]
    assert -4 < low < -3
    assert -1 < high < 0


# Marks.


def labels(panel: LossPanel) -> list[str]:
    QApplication.processEvents()
    return [words for _, words in overlay(panel.curves.loss_plot, ChangeMarks).labels()]


def test_changes_of_settings_are_marked_and_described(panel: LossPanel) -> None:
    assert labels(panel) == ["η 15 → 1", "n 20 → 30, rule exact"]
    image = picture(panel.curves.loss_plot)
    line = QColor(LIGHT.muted).name()
    for iteration in (10, 25):
        top = place(panel.curves.loss_plot, iteration, 0)
        assert like(image, QPoint(top.x(), 30), line)
    assert not like(image, QPoint(place(panel.curves.loss_plot, 5, 0).x(), 30), line)


def test_labels_stay_off_the_curve_and_inside(panel: LossPanel, trained: Frame) -> None:
    plot = panel.curves.loss_plot
    highest = plot.getViewBox().mapFromView(QPointF(0, float(trained.curve.loss.max()))).y()
    for box, _ in overlay(plot, ChangeMarks).labels():
        assert box.bottom() <= highest
        assert box.left() >= 0
        assert box.right() <= plot.getViewBox().width()


def test_changes_close_together_share_a_label(panel: LossPanel, trained: Frame) -> None:
    rates = (7.0, 3.0, 2.0)
    marks = tuple(
        SettingsMark(500 + i, replace(trained.curve.first, learning_rate=rate))
        for i, rate in enumerate(rates)
    )
    panel.show_frame(with_curve(trained, np.full(1001, 0.1), marks))
    assert labels(panel) == ["η 15 → 2"]


def test_a_late_change_has_its_label_before_its_line(panel: LossPanel, trained: Frame) -> None:
    marks = (SettingsMark(999, replace(trained.curve.first, rule=EXACT)),)
    panel.show_frame(with_curve(trained, np.full(1001, 0.1), marks))
    ((box, words),) = overlay(panel.curves.loss_plot, ChangeMarks).labels()
    assert words == "rule exact"
    assert box.right() <= place(panel.curves.loss_plot, 999, 0.1).x()


# Reading values.


def test_the_crosshair_reads_the_values_under_the_pointer(panel: LossPanel, trained: Frame) -> None:
    plot = panel.curves.loss_plot
    QTest.mouseMove(plot.viewport(), place(plot, 16.2, float(trained.curve.loss.mean())))
    QApplication.processEvents()
    assert crosshair_line(plot).isVisible()
    assert crosshair_line(plot).value() == 16
    assert crosshair_text(plot).toPlainText() == f"iteration 16\nloss {trained.curve.loss[16]:#.3g}"
    assert crosshair_dot(plot).pos() == QPointF(16, trained.curve.loss[16])
    other = panel.curves.accuracy_plot
    share = f"{100 * trained.curve.accuracy[16]:.1f} %"
    assert crosshair_text(other).toPlainText() == f"iteration 16\naccuracy {share}"
    assert like(picture(plot), place(plot, 16, float(trained.curve.loss[16])), LIGHT.text)


def test_near_a_mark_it_shows_the_change(panel: LossPanel) -> None:
    plot = panel.curves.accuracy_plot
    QTest.mouseMove(plot.viewport(), place(plot, 25, 50))
    QApplication.processEvents()
    assert read_lines(plot)[2] == "n 20 → 30, rule exact"


def test_the_text_of_the_crosshair_stays_inside(panel: LossPanel) -> None:
    plots = panel.curves.loss_plot, panel.curves.accuracy_plot
    for iteration, plot in product((0, 1, 20, LAST - 1, LAST), plots):
        plot.read(iteration)
        picture(plot)
        box = crosshair_text(plot).mapRectToScene(crosshair_text(plot).boundingRect())
        view = plot.getViewBox().sceneBoundingRect()
        assert view.left() - 1 <= box.left(), iteration
        assert box.right() <= view.right() + 1, iteration
        assert view.top() - 1 <= box.top(), iteration
        assert box.bottom() <= view.bottom() + 1, iteration


def test_the_crosshair_disappears_with_the_pointer(panel: LossPanel, host: QWidget) -> None:
    plot = panel.curves.loss_plot
    QTest.mouseMove(plot.viewport(), place(plot, 20, 0.1))
    QApplication.processEvents()
    assert crosshair_text(plot).isVisible()
    QTest.mouseMove(host, QPoint(900, 390))
    QApplication.processEvents()
    for each in (panel.curves.loss_plot, panel.curves.accuracy_plot):
        assert not crosshair_text(each).isVisible()
        assert not crosshair_line(each).isVisible()
        assert not crosshair_dot(each).isVisible()


# Zooming.


def test_the_axis_follows_the_run(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.full(301, 0.1)))
    for plot in (panel.curves.loss_plot, panel.curves.accuracy_plot):
        low, high = x_range(plot)
        assert -30 < low < 0
        assert 300 < high < 345
    assert not panel.curves.whole_run.isVisible()


def test_a_zoom_persists_and_applies_to_both_plots(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.linspace(0.2, 0.1, 301)))
    turn_wheel(panel.curves.loss_plot, place(panel.curves.loss_plot, 150, 0.15), 20)
    zoomed = x_range(panel.curves.loss_plot)
    assert 0 < zoomed[0] < 150 < zoomed[1] < 300
    assert x_range(panel.curves.accuracy_plot) == pytest.approx(zoomed)
    panel.show_frame(with_curve(trained, np.linspace(0.2, 0.1, 401)))
    assert x_range(panel.curves.loss_plot) == pytest.approx(zoomed)
    low, high = panel.curves.loss_plot.viewRange()[1]
    seen = np.linspace(0.2, 0.1, 401)[math.ceil(zoomed[0]) : math.floor(zoomed[1])]
    assert low < seen.min() < seen.max() < high < 0.2


@pytest.mark.parametrize("way", ["button", "double click"])
def test_the_whole_run_is_shown_again(panel: LossPanel, trained: Frame, way: str) -> None:
    panel.show_frame(with_curve(trained, np.full(301, 0.1)))
    whole = x_range(panel.curves.loss_plot)
    spot = place(panel.curves.accuracy_plot, 150, 50)
    turn_wheel(panel.curves.accuracy_plot, spot, 20)
    assert panel.curves.whole_run.isVisible()
    if way == "button":
        QTest.mouseClick(panel.curves.whole_run, LEFT)
    else:
        QTest.mouseDClick(panel.curves.accuracy_plot.viewport(), LEFT, pos=spot)
    assert x_range(panel.curves.loss_plot) == pytest.approx(whole)
    assert x_range(panel.curves.accuracy_plot)[1] > 300
    assert not panel.curves.whole_run.isVisible()
    panel.show_frame(with_curve(trained, np.full(601, 0.1)))
    assert x_range(panel.curves.loss_plot)[1] > 600


def test_zooming_out_to_the_whole_run_follows_again(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.full(301, 0.1)))
    spot = place(panel.curves.loss_plot, 150, 0.1)
    turn_wheel(panel.curves.loss_plot, spot, 5)
    assert panel.curves.whole_run.isVisible()
    turn_wheel(panel.curves.loss_plot, spot, -40)
    assert not panel.curves.whole_run.isVisible()


def test_a_drag_moves_along_the_run(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.full(301, 0.1)))
    plot = panel.curves.loss_plot
    turn_wheel(plot, place(plot, 150, 0.1), 20)
    before = x_range(plot)
    start = place(plot, 150, 0.1)
    QTest.mousePress(plot.viewport(), LEFT, pos=start)
    for step in (10, 30, 60):
        QTest.mouseMove(plot.viewport(), start + QPoint(step, 0))
        QApplication.processEvents()
    QTest.mouseRelease(plot.viewport(), LEFT, pos=start + QPoint(60, 0))
    after = x_range(plot)
    assert after[0] < before[0]
    assert after[1] - after[0] == pytest.approx(before[1] - before[0])
    assert x_range(panel.curves.accuracy_plot) == pytest.approx(after)


def test_a_new_run_is_shown_whole(panel: LossPanel, trained: Frame) -> None:
    panel.show_frame(with_curve(trained, np.full(301, 0.1)))
    turn_wheel(panel.curves.loss_plot, place(panel.curves.loss_plot, 200, 0.1), 20)
    panel.show_frame(with_curve(trained, np.array([0.15])))
    low, high = x_range(panel.curves.loss_plot)
    assert low < 0 < high < 12
    assert not panel.curves.whole_run.isVisible()


# The timeline.


def test_frames_move_the_timeline_without_a_signal(panel: LossPanel, trained: Frame) -> None:
    spy = QSignalSpy(panel.seek)
    panel.show_frame(at(trained, 12))
    slider = panel.timeline.slider
    assert (slider.minimum(), slider.value(), slider.maximum()) == (0, 12, LAST)
    panel.show_frame(with_curve(trained, np.full(5, 0.1)))
    assert (slider.value(), slider.maximum()) == (4, 4)
    assert spy.count() == 0


def test_a_press_on_the_timeline_seeks(panel: LossPanel) -> None:
    spy = QSignalSpy(panel.seek)
    slider = panel.timeline.slider
    QTest.mouseClick(slider, LEFT, pos=QPoint(slider.width() // 2, slider.height() // 2))
    assert spy.count() == 1
    assert abs(spy.at(0)[0] - LAST / 2) <= 1


def test_the_handle_is_dragged(panel: LossPanel, trained: Frame) -> None:
    spy = QSignalSpy(panel.seek)
    slider = panel.timeline.slider
    QTest.mousePress(slider, LEFT, pos=handle_of(panel))
    QTest.mouseMove(slider, QPoint(slider.width() // 2, 8))
    QApplication.processEvents()
    held = slider.value()
    assert abs(held - LAST / 2) <= 1
    panel.show_frame(trained)  # one that was under way
    assert slider.value() == held
    QTest.mouseMove(slider, QPoint(0, 8))
    QApplication.processEvents()
    QTest.mouseRelease(slider, LEFT, pos=QPoint(0, 8))
    assert spy.at(spy.count() - 1) == [0]


@pytest.mark.parametrize(
    ("key", "iteration"),
    [
        (Qt.Key.Key_Left, 19),
        (Qt.Key.Key_Right, 21),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, LAST),
        (Qt.Key.Key_PageUp, 22),
        (Qt.Key.Key_PageDown, 18),
    ],
)
def test_the_timeline_has_keys(
    panel: LossPanel, trained: Frame, key: Qt.Key, iteration: int
) -> None:
    panel.show_frame(at(trained, 20))
    spy = QSignalSpy(panel.seek)
    panel.timeline.slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.timeline.slider, key)
    assert [spy.at(i)[0] for i in range(spy.count())] == [iteration]


def test_the_past_is_marked_on_curves_and_timeline(panel: LossPanel, trained: Frame) -> None:
    timeline = panel.timeline
    assert (timeline.field.value(), timeline.of.text()) == (40, "of 40")
    assert not playhead(panel.curves.loss_plot).isVisible()
    panel.show_frame(at(trained, 37))
    assert (timeline.field.value(), timeline.of.text()) == (37, "of 40")
    for plot in (panel.curves.loss_plot, panel.curves.accuracy_plot):
        assert playhead(plot).isVisible()
        assert playhead(plot).value() == 37
        column = QPoint(place(plot, 37, 0).x(), 12)
        assert like(picture(plot), column, LIGHT.accent)


@pytest.mark.parametrize(("typed", "iteration"), [("7", 7), ("0", 0), ("40", 40)])
def test_an_iteration_is_typed(
    panel: LossPanel, trained: Frame, typed: str, iteration: int
) -> None:
    panel.show_frame(at(trained, 20))
    spy = QSignalSpy(panel.seek)
    panel.timeline.jump()
    QTest.keyClicks(panel.timeline.field, typed)
    panel.show_frame(at(trained, 19))  # one that was under way
    QTest.keyClick(panel.timeline.field, Qt.Key.Key_Return)
    assert [spy.at(i)[0] for i in range(spy.count())] == [iteration]
    assert not panel.timeline.field.hasFocus()


def test_an_iteration_beyond_the_ends_is_refused(panel: LossPanel) -> None:
    spy = QSignalSpy(panel.seek)
    panel.timeline.jump()
    field = panel.timeline.field
    for typed in ("-4100", "999", "now"):
        field.selectAll()
        QTest.keyClicks(field, typed)
        assert field.text() == typed
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.value() == 40
        assert field.hasFocus()  # for another try
        assert QToolTip.text() == f"There is no iteration {typed}: they go from 0 to 40."
    assert spy.count() == 0
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.hasFocus()
    QToolTip.hideText()


def test_the_slider_keeps_its_length_at_previous_iterations(
    panel: LossPanel, trained: Frame
) -> None:
    QApplication.processEvents()
    length = panel.timeline.slider.width()
    panel.show_frame(at(trained, 7))
    QApplication.processEvents()
    assert panel.timeline.slider.width() == length


def test_an_outdated_frame_does_not_move_the_handle(panel: LossPanel, trained: Frame) -> None:
    panel.timeline.slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.timeline.slider, Qt.Key.Key_Home)
    panel.expect(6)
    panel.show_frame(replace(trained, done=5))
    assert panel.timeline.slider.value() == 0
    panel.show_frame(replace(at(trained, 0), done=6))
    assert panel.timeline.field.value() == 0


# How often it is drawn.


def test_while_training_runs_few_frames_are_drawn_but_always_the_last(
    qtbot: QtBot, panel: LossPanel, trained: Frame
) -> None:
    counter = PaintCounter(panel.curves.loss_plot.viewport())
    for length in range(50, 80):
        panel.show_frame(with_curve(trained, np.full(length, 0.1), running=True))
        QApplication.processEvents()
    assert counter.count < 10
    qtbot.waitUntil(lambda: panel.timeline.slider.maximum() == 78)
    panel.show_frame(with_curve(trained, np.full(81, 0.1)))
    assert panel.timeline.slider.maximum() == 80


def test_a_hidden_panel_draws_when_it_is_shown(panel: LossPanel, trained: Frame) -> None:
    panel.hide()
    panel.show_frame(with_curve(trained, np.full(7, 0.1)))
    assert panel.timeline.slider.maximum() == LAST
    panel.show()
    assert panel.timeline.slider.maximum() == 6
    x, _ = curve(panel.curves.loss_plot).getData()
    assert len(x) == 7


def test_a_million_values_become_as_few_points_as_can_be_seen(
    panel: LossPanel, trained: Frame
) -> None:
    loss = np.full(1_000_000, 0.1)
    loss[600_000] = 0.4
    panel.show_frame(with_curve(trained, loss))
    x, y = curve(panel.curves.loss_plot).getData()
    assert len(x) <= 4 * panel.curves.loss_plot.getViewBox().width() + 4
    assert y.max() == 0.4
    for _ in range(30):
        turn_wheel(panel.curves.loss_plot, place(panel.curves.loss_plot, 600_000, 0.2), 4)
    x, y = curve(panel.curves.loss_plot).getData()
    assert x[0] < 600_000 < x[-1]
    assert len(x) < 20
    np.testing.assert_array_equal(y, np.where(x == 600_000, 0.4, 0.1))


# Looks.


@pytest.mark.parametrize(("width", "height"), [(780, 206), (480, 170), (1060, 240)])
@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_nothing_overlaps(
    panel: LossPanel, trained: Frame, width: int, height: int, scale: float
) -> None:
    panel.set_style(Style(LIGHT, scale))
    panel.show_frame(at(trained, 37))
    QApplication.processEvents()
    panel.resize(QSize(width, height).expandedTo(panel.minimumSizeHint()))
    QApplication.processEvents()
    shown = [
        w
        for w in (
            panel.loss_head,
            panel.log,
            panel.accuracy_head,
            panel.curves.loss_plot,
            panel.curves.accuracy_plot,
            panel.timeline.slider,
            panel.timeline.field,
            panel.timeline.of,
            panel.timeline.bookmark,
        )
        if w.isVisible()
    ]
    boxes = [w.rect().translated(w.mapTo(panel, QPoint())) for w in shown]
    for i, box in enumerate(boxes):
        assert panel.rect().contains(box)
        assert not any(box.intersects(other) for other in boxes[:i])
    for label in (panel.loss_head, panel.accuracy_head, panel.timeline.of):
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())


def test_the_theme_colours_everything(panel: LossPanel) -> None:
    panel.set_style(Style(DARK))
    image = picture(panel.curves.loss_plot)
    assert image.pixelColor(1, 1) == QColor(DARK.panel)
    assert like(
        image, place(panel.curves.loss_plot, LAST, dot(panel.curves.loss_plot).y()), DARK.accent
    )


def test_larger_type_is_larger(panel: LossPanel) -> None:
    QApplication.processEvents()
    before = panel.loss_head.sizeHint().height(), panel.curves.loss_plot.getAxis("bottom").height()
    panel.set_style(Style(LIGHT, 1.6))
    QApplication.processEvents()
    after = panel.loss_head.sizeHint().height(), panel.curves.loss_plot.getAxis("bottom").height()
    assert after[0] > 1.4 * before[0]
    assert after[1] > 1.4 * before[1]


def test_controls_have_names_and_are_reached_with_tab(panel: LossPanel) -> None:
    assert "iteration" in panel.timeline.slider.accessibleName()
    assert panel.curves.loss_plot.accessibleName()
    for widget in (panel.log, panel.curves.whole_run, panel.timeline.slider, panel.timeline.field):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_dropped_panel_is_freed(qtbot: QtBot, trained: Frame) -> None:
    panel = LossPanel(Selection(), Style(LIGHT))
    panel.show()
    panel.show_frame(trained)
    panel.curves.loss_plot.read(5)
    QApplication.processEvents()
    parts = [
        weakref.ref(o)
        for o in (panel, panel.curves.loss_plot, panel.timeline, panel.findChild(Throttle))
    ]
    panel.close()
    panel.deleteLater()
    del panel

    def gone() -> bool:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return all(part() is None for part in parts)

    qtbot.waitUntil(gone, timeout=2_000)


# Curves that are added


def add_curve(panel: LossPanel, title: str) -> CurvePlot | None:
    """Choose a quantity in the menu of "+", and return its plot."""
    menu = panel.add.menu()
    menu.aboutToShow.emit()
    (action,) = (action for action in menu.actions() if action.text() == title)
    action.trigger()
    return panel.curves.added_plot


@pytest.mark.parametrize("choice", METRIC_CURVES, ids=lambda choice: choice.metric)
def test_a_curve_can_be_added(panel: LossPanel, trained: Frame, choice: MetricCurve) -> None:
    plot = add_curve(panel, choice.title)
    assert plot is not None
    assert plot.isVisible()
    values = trained.curve.values(choice.metric)
    assert len(values) == LAST + 1
    _, y = curve(plot).getData()
    drawn = y[np.isfinite(y)]
    wanted = 100 * values if choice.is_share else np.log10(values[1:])
    assert drawn == pytest.approx(wanted)
    assert panel.added_head.text() == f"{choice.symbol} {choice.write(values[LAST])}"
    panel.curves.loss_plot.pointed_at.emit(20)
    assert read_lines(plot)[1].startswith(choice.symbol)
    for words in (panel.added_head.toolTip(), plot.accessibleDescription()):
        assert words == choice.explanation
        assert ("on at most 32 images" in words) == (choice.metric == "saturated_share")


def test_an_added_curve_shows_the_same_iterations_until_it_is_removed(panel: LossPanel) -> None:
    plot = add_curve(panel, "Step / weight of the filters")
    assert plot is not None
    panel.curves.loss_plot.span_chosen.emit((5.0, 20.0))
    assert plot.getViewBox().viewRange()[0] == [5, 20]
    other = add_curve(panel, "Saturated units")
    assert other is not None
    assert not plot.isVisible()
    assert other.getViewBox().viewRange()[0] == [5, 20]
    other.span_chosen.emit((8.0, 30.0))
    assert panel.curves.loss_plot.getViewBox().viewRange()[0] == [8, 30]
    panel.set_style(Style(DARK, 1.5))
    assert add_curve(panel, "None") is None
    assert not other.isVisible()
    assert not panel.added_head.isVisible()
