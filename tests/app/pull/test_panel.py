"""The Pull panel draws every image, and a click on one selects it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.pull import panel as module
from cnnviz.app.pull.panel import PullPanel
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[BackgroundTasks]:  # noqa: ARG001  (it needs one)
    made = BackgroundTasks()
    yield made
    made.stop()


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def panel(qtbot: QtBot, tasks: BackgroundTasks, selection: Selection) -> PullPanel:
    made = PullPanel(selection, tasks, Style(LIGHT))
    qtbot.addWidget(made)
    made.resize(600, 500)
    trainer = Trainer(bundled_digits(), Settings(subset=20, learning_rate=50.0, rule=EXACT))
    trainer.step()
    made.show_frame(frame_of(trainer, 0))
    made.show()
    qtbot.waitUntil(lambda: made.found is not None)
    return made


def test_every_image_is_a_point(panel: PullPanel) -> None:
    assert panel.found is not None
    points = {point.data(): point for point in panel.points.points()}
    assert sorted(points) == list(range(20))
    for index, point in points.items():
        assert point.pos().x() == panel.found.pull.along[index]
        assert point.pos().y() == panel.found.pull.across[index]
        assert point.symbol() == ("o" if panel.found.correct[index] else "x")
    assert panel.words.text().startswith("The step of iteration 0 (exact): the loss ")


def test_a_click_selects_the_image(panel: PullPanel, selection: Selection, qtbot: QtBot) -> None:
    QApplication.processEvents()
    point = max(panel.points.points(), key=lambda one: one.pos().x())
    view = panel.plot.getPlotItem().getViewBox()
    scene: QPointF = view.mapViewToScene(point.pos())
    at = panel.plot.mapFromScene(scene)
    with qtbot.waitSignal(selection.image_changed) as chosen:
        qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chosen.args == [point.data()]
    assert panel.of_image.text().startswith(f"Image {point.data()} (a")
    (ring,) = panel.ring.points()
    assert ring.pos() == point.pos()


def test_the_change_of_the_loss_is_drawn_instead(panel: PullPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.choice.button(1), Qt.MouseButton.LeftButton)
    assert panel.found is not None
    for point in panel.points.points():
        assert point.pos().y() == panel.found.shares[point.data()]
    _, (low, high) = panel.plot.getPlotItem().viewRange()
    assert high - low < 1.3 * float(np.ptp(panel.found.shares))  # none of the other choice is there
    panel.set_style(Style(DARK, 1.5))
    assert len(panel.points.points()) == 20


def test_of_many_images_the_strongest_are_drawn(
    panel: PullPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    panel.set_style(Style(LIGHT))
    assert panel.found is not None
    drawn = {point.data() for point in panel.points.points()}
    assert len(drawn) == 5
    assert int(panel.found.pull.across.argmax()) in drawn
    still = replace(panel.found.pull, along=np.zeros(20))  # a step of length 0
    panel._show(replace(panel.found, pull=still))
    assert len(panel.points.points()) == 5


def test_an_image_outside_the_batch_is_not_marked(panel: PullPanel, selection: Selection) -> None:
    selection.select_image(400)
    assert panel.of_image.text() == ""
    assert not len(panel.ring.points())


def test_the_numbers_are_those_of_the_points(panel: PullPanel) -> None:
    columns = dict(panel.columns())
    assert panel.found is not None
    assert columns["pull along the step"] is panel.found.pull.along
    assert columns["image"].tolist() == list(range(20))
    assert set(columns["predicted right"].tolist()) <= {0, 1}
