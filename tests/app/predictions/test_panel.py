"""Tests of the Predictions panel: the list, painting, selection and order."""

import gc
import math
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, GRID, LIGHT
from cnnviz.app.predictions.model import PredictionColumn
from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.predictions import Predictions
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.painting import PaintCounter

LEFT = Qt.MouseButton.LeftButton
IMAGES = 200


@pytest.fixture(scope="module")
def frame() -> Frame:
    """A state in which some images are right and some wrong."""
    trainer = Trainer(bundled_digits(), Settings(subset=IMAGES, rule=EXACT, learning_rate=50.0))
    for _ in range(3):
        trainer.step()
    made = frame_of(trainer, 0)
    trainer.close()
    assert 0.2 < made.predictions.accuracy < 0.95
    return made


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def host(make_host: Callable[[int, int], QWidget]) -> QWidget:
    return make_host(500, 800)


@pytest.fixture
def panel(host: QWidget, selection: Selection, frame: Frame) -> PredictionsPanel:
    made = PredictionsPanel(selection, Style(LIGHT), host)
    made.resize(360, 780)
    made.show()
    made.show_frame(frame)
    QApplication.processEvents()
    return made


def with_outputs(frame: Frame, output: np.ndarray, *, running: bool = False) -> Frame:  # type: ignore[type-arg]
    """The same images with other outputs."""
    target = frame.predictions.target[: len(output)]
    error = (target - output) ** 2 / 2
    loss = float(error.mean())
    accuracy = float(np.mean((output > 0.5) == target)) if np.isfinite(loss) else math.nan
    return replace(
        frame,
        predictions=Predictions(output, error, target, loss, accuracy),
        running=running,
    )


def large(frame: Frame, length: int) -> Frame:
    """As many images as MNIST has, the bundled ones again and again."""
    digits = bundled_digits()
    where = np.arange(length) % len(digits)
    data = Dataset("many", digits.images[where], digits.labels[where])
    target = (data.labels > 4).astype(np.uint8)
    output = np.random.default_rng(0).random(length, np.float32)
    error = (target - output) ** 2 / 2
    accuracy = float(np.mean((output > 0.5) == target))
    p = Predictions(output, error, target, float(error.mean()), accuracy)
    return replace(frame, dataset=data, predictions=p)


def listed(panel: PredictionsPanel) -> list[int]:
    model = panel.model
    return [
        int(model.data(model.index(r, PredictionColumn.INDEX))) for r in range(model.rowCount())
    ]


def selected(panel: PredictionsPanel) -> list[int]:
    return [panel.model.image_at(i.row()) for i in panel.table.selectionModel().selectedRows()]


def cell(panel: PredictionsPanel, row: int, column: PredictionColumn) -> QRect:
    return panel.table.visualRect(panel.model.index(row, column))


def click(panel: PredictionsPanel, row: int) -> None:
    spot = cell(panel, row, PredictionColumn.DIGIT).center()
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=spot)


def picture(panel: PredictionsPanel) -> QImage:
    QApplication.processEvents()
    return panel.table.viewport().grab().toImage()


def colours(image: QImage, box: QRect) -> set[str]:
    return {
        image.pixelColor(x, y).name()
        for x in range(box.left(), box.right() + 1)
        for y in range(box.top(), box.bottom() + 1)
    }


def nearest(image: QImage, box: QRect, colour: str) -> int:
    """How far the colours of a box are from a colour, at best."""
    wanted = QColor(colour)
    return min(
        abs(c.red() - wanted.red())
        + abs(c.green() - wanted.green())
        + abs(c.blue() - wanted.blue())
        for c in map(QColor, colours(image, box))
    )


def wrong_images(frame: Frame) -> list[int]:
    p = frame.predictions
    return [i for i in range(len(p.output)) if (p.output[i] > 0.5) != p.target[i]]


def choose(panel: PredictionsPanel, words: str) -> None:
    """Choose an order with the keyboard."""
    panel.order.setFocus()
    QTest.keyClick(panel.order, Qt.Key.Key_Home)
    for _ in range(panel.order.findText(words)):
        QTest.keyClick(panel.order, Qt.Key.Key_Down)
    assert panel.order.currentText() == words


# Text and painting.


def test_the_counts_above_the_table(panel: PredictionsPanel, frame: Frame) -> None:
    p = frame.predictions
    wrong = wrong_images(frame)
    right = IMAGES - len(wrong)
    assert panel.summary.text() == f"{right} of 200 correct, {right / 2:.1f} %"
    low = int(np.sum(p.target == 0))
    low_wrong = sum(p.target[i] == 0 for i in wrong)
    assert panel.confusion.text().splitlines() == [
        f"digits ≤ 4: {low - low_wrong} of {low} correct",
        f"digits > 4: {right - low + low_wrong} of {IMAGES - low} correct",
    ]


def test_every_image_has_a_row(panel: PredictionsPanel) -> None:
    assert listed(panel) == list(range(IMAGES))


def test_pictures_are_upright_and_in_ink(panel: PredictionsPanel, frame: Frame) -> None:
    image = picture(panel)
    for row in (0, 7):
        box = cell(panel, row, PredictionColumn.IMAGE)
        left, top = box.right() + 1 - 4 - 28, box.top() + (box.height() - 28) // 2
        drawn = np.array(
            [
                [image.pixelColor(left + x, top + y).red() for x in range(1, 27)]
                for y in range(1, 27)
            ]
        )
        grey = frame.dataset.images[row][1:27, 1:27].astype(float) / 255
        paper, ink = QColor(LIGHT.paper).red(), QColor(LIGHT.ink).red()
        np.testing.assert_allclose(drawn, paper + (ink - paper) * grey, atol=2)
        assert not np.allclose(grey, grey.T, atol=0.3)


def test_the_bar_is_as_long_as_the_output(panel: PredictionsPanel, frame: Frame) -> None:
    output = np.linspace(0, 1, IMAGES)
    panel.show_frame(with_outputs(frame, output))
    choose(panel, "output, largest first")
    image = picture(panel)
    lengths = []
    for row in (0, 5, 10):
        box = cell(panel, row, PredictionColumn.OUTPUT)
        filled = [
            x
            for x in range(box.left() + 40, box.right())
            if image.pixelColor(x, box.center().y()).name() in (LIGHT.accent, LIGHT.wrong)
        ]
        lengths.append(len(filled))
    full = lengths[0]
    assert full > 40
    for row, length in zip((5, 10), lengths[1:], strict=True):
        assert length == pytest.approx(full * output[-1 - row], abs=2)


def test_the_line_of_the_bar_is_in_its_middle(panel: PredictionsPanel, frame: Frame) -> None:
    panel.show_frame(with_outputs(frame, np.ones(IMAGES)))
    image = picture(panel)
    box = cell(panel, 0, PredictionColumn.OUTPUT)
    y = box.center().y()
    bar = [
        x
        for x in range(box.left() + 40, box.right())
        if image.pixelColor(x, y).name() in (LIGHT.accent, LIGHT.wrong)
    ]
    (line,) = [
        x
        for x in range(box.left() + 40, box.right())
        if image.pixelColor(x, y - 5).name() == LIGHT.text
    ]
    assert line == pytest.approx((bar[0] + bar[-1]) / 2, abs=1)


def test_correct_and_wrong_differ_in_sign_and_colour(panel: PredictionsPanel, frame: Frame) -> None:
    wrong = wrong_images(frame)[0]
    right = next(i for i in range(IMAGES) if i not in wrong_images(frame))
    panel.table.scrollTo(panel.model.index(max(wrong, right), 0))
    image = picture(panel)
    ink = {}
    for row, colour, sign in ((right, LIGHT.accent, "✓"), (wrong, LIGHT.wrong, "✗")):
        box = cell(panel, row, PredictionColumn.CORRECT)
        assert panel.model.data(panel.model.index(row, PredictionColumn.CORRECT)) == sign
        other = LIGHT.wrong if colour == LIGHT.accent else LIGHT.accent
        assert nearest(image, box, colour) < min(80, nearest(image, box, other) / 2)
        ink[sign] = {
            (x - box.left(), y - box.top())
            for x in range(box.left(), box.right())
            for y in range(box.top(), box.bottom())
            if image.pixelColor(x, y).lightness() < 200
        }
    assert len(ink["✓"] ^ ink["✗"]) > 10


def test_undefined_outputs_are_called_undefined(panel: PredictionsPanel, frame: Frame) -> None:
    panel.show_frame(with_outputs(frame, np.full(IMAGES, np.nan)))
    assert panel.summary.text() == "undefined"
    assert panel.confusion.text().strip() == "200 images, none has an output"
    assert panel.model.data(panel.model.index(3, PredictionColumn.OUTPUT)) == "undefined"
    image = picture(panel)
    box = cell(panel, 3, PredictionColumn.OUTPUT)
    assert nearest(image, box, LIGHT.muted) < 40
    assert min(nearest(image, box, c) for c in (LIGHT.accent, LIGHT.wrong)) > 40
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    assert listed(panel) == []
    assert panel.nothing.isVisible()
    assert panel.nothing.text() == "No image has an output, so none is wrong."


# Sorting and filtering.


@pytest.mark.parametrize(
    ("words", "key", "sign"),
    [
        ("error, largest first", "error", -1),
        ("error, smallest first", "error", 1),
        ("output, largest first", "output", -1),
        ("output, smallest first", "output", 1),
    ],
)
def test_it_sorts(panel: PredictionsPanel, frame: Frame, words: str, key: str, sign: int) -> None:
    choose(panel, words)
    values = getattr(frame.predictions, key)
    assert listed(panel) == sorted(range(IMAGES), key=lambda i: sign * values[i])


def test_a_click_on_a_title_sorts_and_reverses_the_order(panel: PredictionsPanel) -> None:
    header = panel.table.horizontalHeader()

    def press(column: PredictionColumn) -> str:
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        QTest.mouseClick(header.viewport(), LEFT, pos=QPoint(x, header.height() // 2))
        return panel.order.currentText()

    assert press(PredictionColumn.ERROR) == "error, largest first"
    assert press(PredictionColumn.ERROR) == "error, smallest first"
    assert press(PredictionColumn.OUTPUT) == "output, largest first"
    assert press(PredictionColumn.DIGIT) == "output, largest first"
    assert press(PredictionColumn.INDEX) == "index"
    assert press(PredictionColumn.INDEX) == "index, last first"
    assert listed(panel)[:2] == [199, 198]


def test_only_wrong_predictions_are_listed(panel: PredictionsPanel, frame: Frame) -> None:
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    assert listed(panel) == wrong_images(frame)
    choose(panel, "error, largest first")
    error = frame.predictions.error
    assert listed(panel) == sorted(wrong_images(frame), key=lambda i: -error[i])
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    assert len(listed(panel)) == IMAGES


def test_a_text_is_shown_if_no_prediction_is_wrong(panel: PredictionsPanel, frame: Frame) -> None:
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    assert not panel.nothing.isVisible()
    panel.show_frame(with_outputs(frame, frame.predictions.target.astype(float)))
    assert listed(panel) == []
    assert panel.nothing.isVisible()
    assert panel.nothing.text() == "Every prediction is correct."
    assert panel.summary.text() == "200 of 200 correct, 100 %"


# Choosing.


def test_a_click_chooses_an_image(panel: PredictionsPanel, selection: Selection) -> None:
    choose(panel, "error, largest first")
    spy = QSignalSpy(selection.image_changed)
    wanted = listed(panel)[4]
    click(panel, 4)
    assert [spy.at(i)[0] for i in range(spy.count())] == [wanted]
    assert selected(panel) == [wanted]
    box = cell(panel, 4, PredictionColumn.INDEX)
    spot = QPoint(box.left() + 1, box.top() + 1)
    image = picture(panel)
    assert image.pixelColor(spot) != QColor(LIGHT.panel)
    assert image.pixelColor(spot + QPoint(0, box.height())) == QColor(LIGHT.panel)


def test_keys_choose_the_next_image(panel: PredictionsPanel, selection: Selection) -> None:
    click(panel, 2)
    spy = QSignalSpy(selection.image_changed)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Up)
    QTest.keyClick(panel.table, Qt.Key.Key_End)
    assert [spy.at(i)[0] for i in range(spy.count())] == [3, 4, 3, IMAGES - 1]
    assert panel.table.viewport().rect().contains(cell(panel, IMAGES - 1, PredictionColumn.INDEX))


def test_focus_alone_selects_no_image(
    panel: PredictionsPanel, selection: Selection, frame: Frame
) -> None:
    output = frame.predictions.target.astype(float)
    output[5] = 1 - output[5]
    selection.select_image(9)
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    panel.show_frame(with_outputs(frame, output))
    assert selected(panel) == []
    spy = QSignalSpy(selection.image_changed)
    panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.table, Qt.Key.Key_5)
    assert spy.count() == 0
    click(panel, 0)
    assert selection.image == 5


def test_an_image_chosen_elsewhere_is_selected_and_scrolled_to(
    panel: PredictionsPanel, selection: Selection
) -> None:
    assert selected(panel) == [0]
    selection.select_image(150)
    assert selected(panel) == [150]
    assert panel.table.viewport().rect().contains(cell(panel, 150, PredictionColumn.INDEX))


def test_for_an_unlisted_image_no_row_is_selected(
    panel: PredictionsPanel, selection: Selection, frame: Frame
) -> None:
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    right = next(i for i in range(IMAGES) if i not in wrong_images(frame))
    selection.select_image(right)
    assert selected(panel) == []
    selection.select_image(wrong_images(frame)[1])
    assert selected(panel) == [wrong_images(frame)[1]]


def test_the_selected_row_stays_visible_in_a_lower_panel(
    panel: PredictionsPanel, selection: Selection
) -> None:
    panel.table.verticalScrollBar().setValue(0)
    table = panel.table
    last = table.rowAt(table.viewport().height() - table.rowHeight(0))
    selection.select_image(panel.model.image_at(last))
    assert table.verticalScrollBar().value() == 0
    panel.resize(panel.width(), panel.height() - 3 * table.rowHeight(0))
    QApplication.processEvents()
    assert table.viewport().rect().contains(cell(panel, last, PredictionColumn.DIGIT))
    table.scrollToBottom()  # whoever has scrolled away from it stays there
    there = table.verticalScrollBar().maximum() - table.verticalScrollBar().value()
    panel.resize(panel.width(), panel.height() + table.rowHeight(0))
    QApplication.processEvents()
    assert table.verticalScrollBar().maximum() - table.verticalScrollBar().value() == there


def test_the_selection_follows_the_image(
    panel: PredictionsPanel, selection: Selection, frame: Frame
) -> None:
    click(panel, 6)
    spy = QSignalSpy(selection.image_changed)
    for words in ("error, largest first", "output, smallest first", "index, last first"):
        choose(panel, words)
        assert selected(panel) == [6]
        assert panel.model.row_of(6) == listed(panel).index(6)
    shuffled = np.random.default_rng(1).random(IMAGES)
    choose(panel, "output, smallest first")
    panel.show_frame(with_outputs(frame, shuffled))
    assert selected(panel) == [6]
    QTest.mouseClick(panel.wrong_only, LEFT, pos=QPoint(8, 8))
    panel.show_frame(with_outputs(frame, frame.predictions.target.astype(float)))
    assert selected(panel) == []
    panel.show_frame(with_outputs(frame, 1.0 - frame.predictions.target))
    assert selected(panel) == [6]
    assert (spy.count(), selection.image) == (0, 6)


# Other data.


def test_a_smaller_subset_and_other_data_are_shown(
    panel: PredictionsPanel, selection: Selection, frame: Frame
) -> None:
    selection.select_image(150)
    spy = QSignalSpy(selection.image_changed)
    fewer = with_outputs(frame, frame.predictions.output[:50].copy())
    shown = replace(frame.image, index=49)
    panel.show_frame(replace(fewer, image=shown))
    assert listed(panel) == list(range(50))
    assert selected(panel) == [49]
    assert spy.count() == 0
    before = picture(panel)
    inverse = Dataset("inverse", 255 - frame.dataset.images, frame.dataset.labels)
    panel.show_frame(replace(fewer, image=shown, dataset=inverse))
    box = cell(panel, 48, PredictionColumn.IMAGE)
    after = picture(panel)
    corner = QPoint(box.right() - 6, box.center().y())
    assert before.pixelColor(corner).lightness() > 200
    assert after.pixelColor(corner).lightness() < 60


def test_60_000_rows_have_few_pictures(panel: PredictionsPanel, frame: Frame) -> None:
    many = large(frame, 60_000)
    panel.show_frame(many)
    assert panel.model.rowCount() == 60_000
    choose(panel, "error, largest first")
    error = many.predictions.error
    assert listed(panel)[:3] == np.argsort(-error, kind="stable")[:3].tolist()
    picture(panel)  # in its final layout: longer counts need another line
    QTest.keyClick(panel.table, Qt.Key.Key_End)
    picture(panel)
    assert panel.table.viewport().rect().contains(cell(panel, 59_999, PredictionColumn.INDEX))
    assert 0 < len(panel.table.painter.thumbnails) <= 256
    width = panel.table.columnWidth(PredictionColumn.INDEX)
    digits = QFontMetrics(Style(LIGHT).number_font).horizontalAdvance("59999")
    assert width >= digits + GRID  # half a grid at either side


def test_only_changed_columns_are_repainted(panel: PredictionsPanel, frame: Frame) -> None:
    counter = PaintCounter(panel.table.viewport())
    before = picture(panel)
    panel.show_frame(with_outputs(frame, 1 - frame.predictions.output))
    QApplication.processEvents()
    left = panel.table.columnViewportPosition(PredictionColumn.OUTPUT)
    assert counter.region.boundingRect().left() == left
    assert picture(panel) != before
    choose(panel, "output, largest first")  # the rows show other images now
    QApplication.processEvents()
    assert counter.region.boundingRect().left() == 0


def test_the_titles_fit_in_a_new_panel(panel: PredictionsPanel) -> None:
    titles, metrics = panel.table.horizontalHeader(), panel.table.horizontalHeader().fontMetrics()
    for column in PredictionColumn:
        words = panel.model.headerData(column, Qt.Orientation.Horizontal)
        assert metrics.horizontalAdvance(str(words)) + GRID <= titles.sectionSize(column)


# How often it is renewed.


def test_while_training_runs_it_is_updated_a_few_times_a_second(
    qtbot: QtBot, panel: PredictionsPanel, frame: Frame
) -> None:
    counter = PaintCounter(panel.table.viewport())
    for i in range(30):
        output = np.full(IMAGES, i / 100)
        panel.show_frame(with_outputs(frame, output, running=True))
        QApplication.processEvents()
    assert counter.count < 8
    model = panel.model
    qtbot.waitUntil(lambda: model.data(model.index(0, PredictionColumn.OUTPUT)) == "0.29")


def test_rows_keep_their_images_while_scrolling(
    qtbot: QtBot, panel: PredictionsPanel, frame: Frame
) -> None:
    choose(panel, "error, largest first")
    before = listed(panel)
    bar = panel.table.verticalScrollBar()
    bar.triggerAction(bar.SliderAction.SliderPageStepAdd)
    scrolled = bar.value()
    assert scrolled > 0
    mirrored = with_outputs(frame, 1 - frame.predictions.output, running=True)
    panel.show_frame(mirrored)
    model = panel.model
    shown = f"{mirrored.predictions.error[before[0]]:.3f}"
    qtbot.waitUntil(lambda: model.data(model.index(0, PredictionColumn.ERROR)) == shown)
    assert listed(panel) == before
    qtbot.waitUntil(lambda: listed(panel) != before, timeout=3_000)
    assert bar.value() == scrolled


def test_an_updated_order_does_not_scroll(panel: PredictionsPanel, frame: Frame) -> None:
    choose(panel, "error, largest first")
    click(panel, 0)
    bar = panel.table.verticalScrollBar()
    bar.setValue(500)
    panel.show_frame(with_outputs(frame, 1 - frame.predictions.output))
    assert bar.value() == 500


def test_a_hidden_panel_is_updated_only_when_shown(
    panel: PredictionsPanel, selection: Selection, frame: Frame
) -> None:
    panel.hide()
    before = panel.summary.text()
    panel.show_frame(with_outputs(frame, frame.predictions.target.astype(float)))
    selection.select_image(180)
    assert panel.summary.text() == before
    assert selected(panel) == [0]
    panel.show()
    assert panel.summary.text() == "200 of 200 correct, 100 %"
    assert selected(panel) == [180]
    assert panel.table.viewport().rect().contains(cell(panel, 180, PredictionColumn.INDEX))


# Looks.


@pytest.mark.parametrize("scale", [1.0, 1.6])
@pytest.mark.parametrize("length", [200, 60_000])
def test_every_column_fits(
    panel: PredictionsPanel, frame: Frame, scale: float, length: int
) -> None:
    panel.set_style(Style(LIGHT, scale))
    panel.show_frame(large(frame, length))
    panel.resize(panel.minimumSizeHint().width(), 700)
    QApplication.processEvents()
    assert panel.minimumSizeHint().width() <= 384
    assert not panel.table.horizontalScrollBar().isVisible()
    header = panel.table.horizontalHeader()
    for column in PredictionColumn:
        title = panel.model.headerData(column, Qt.Orientation.Horizontal)
        room = header.sectionSize(column) - 8
        assert header.fontMetrics().horizontalAdvance(str(title)) <= room
    ends = [header.sectionViewportPosition(c) + header.sectionSize(c) for c in PredictionColumn]
    assert ends[-1] <= panel.table.viewport().width()


def test_the_theme_colours_the_rows(panel: PredictionsPanel) -> None:
    panel.set_style(Style(DARK))
    seen = colours(picture(panel), cell(panel, 0, PredictionColumn.OUTPUT))
    assert seen & {DARK.accent, DARK.wrong}
    assert not seen & {LIGHT.accent, LIGHT.wrong}


def test_controls_have_names_and_are_in_the_tab_order(panel: PredictionsPanel) -> None:
    assert panel.order.accessibleName() == "Sort by"
    assert panel.table.accessibleName()
    for widget in (panel.order, panel.wrong_only, panel.table):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_closed_panel_is_freed(qtbot: QtBot, frame: Frame) -> None:
    panel = PredictionsPanel(Selection(), Style(LIGHT))
    panel.show()
    panel.show_frame(frame)
    QApplication.processEvents()
    parts = [weakref.ref(o) for o in (panel, panel.table, panel.model, panel.table.painter)]
    panel.close()
    panel.deleteLater()
    del panel

    def deleted() -> bool:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return all(part() is None for part in parts)

    qtbot.waitUntil(deleted, timeout=2_000)


def test_the_wheel_over_the_order_changes_nothing(panel: PredictionsPanel, host: QWidget) -> None:
    spot = panel.order.mapTo(host, panel.order.rect().center())
    QTest.wheelEvent(host.windowHandle(), spot, QPoint(0, -120))
    assert panel.order.currentIndex() == 0
