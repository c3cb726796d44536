"""The Landscape panel follows the run in the background, and rests while it is hidden."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.landscape import plane_view
from cnnviz.app.landscape.panel import LandscapePanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.landscape.curvature import curvature
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.context_menus import choose
from tests.app.docks import dock
from tests.app.exports import exports_of


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[BackgroundTasks]:  # noqa: ARG001  (it needs one)
    made = BackgroundTasks()
    yield made
    made.stop()


@pytest.fixture
def trainer() -> Trainer:
    settings = Settings(subset=20, learning_rate=100.0, rule=EXACT, pause_on_warning=False)
    return Trainer(bundled_digits(), settings)


@pytest.fixture
def panel(qtbot: QtBot, tasks: BackgroundTasks, trainer: Trainer) -> LandscapePanel:
    made = LandscapePanel(tasks, Style(LIGHT))
    qtbot.addWidget(made)
    made.resize(600, 420)
    made.show_frame(frame_of(trainer, 0))
    made.show()
    return made


def test_the_loss_along_the_step_is_drawn(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    qtbot.waitUntil(lambda: panel.along.words.text() != "")
    x, y = panel.along.curves["own"].getOriginalDataset()
    assert x[np.abs(np.log(x / 100)).argmin()] == pytest.approx(100)
    assert y[0] == pytest.approx(trainer.curve.loss[0], rel=1e-3)
    assert "one step at η = 100 takes the loss from" in panel.along.words.text()
    assert len(panel.along.dots["own"].data) == 1
    assert not len(panel.along.dots["exact"].data)


def test_another_rule_has_a_curve_of_its_own(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    trainer.change(rule=EXACT.correcting(["scale"]))
    panel.show_frame(frame_of(trainer, 0))
    qtbot.waitUntil(lambda: "Exact gradient: " in panel.along.words.text())
    assert len(panel.along.curves["exact"].getOriginalDataset()[0]) > 24
    panel.set_style(Style(DARK, 1.5))
    assert "Exact gradient: " in panel.along.words.text()


def test_the_curvature_follows_the_run(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    qtbot.mouseClick(panel.choice.button(2), Qt.MouseButton.LeftButton)
    series = panel.curvature.series
    for iteration in (0, 1, 2):
        panel.show_frame(frame_of(trainer, 0))
        qtbot.waitUntil(lambda i=iteration: series.iterations.tolist() == list(range(i + 1)))
        here = curvature(trainer.batch, trainer.parameters)
        assert series.stability[-1] == pytest.approx(50 * here.largest, rel=1e-6)
        assert f"Iteration {iteration}: λ = " in panel.curvature.words.text()
        trainer.step()
    x, y = panel.curvature.curve.getOriginalDataset()
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == series.stability.tolist()


def test_the_plots_can_be_exported(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plane_view, "FINEST", 9)
    trainer.change(rule=EXACT.correcting([]))
    panel.show_frame(frame_of(trainer, 0, path=True))
    qtbot.waitUntil(lambda: len(panel.along.columns()) == 4)
    names = [name for name, _ in panel.along.columns()]
    assert names == [
        *("learning rate: notebook", "loss: notebook"),
        *("learning rate: exact", "loss: exact"),
    ]
    qtbot.mouseClick(panel.choice.button(1), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.plane.found is not None)
    assert panel.plane.found is not None
    (_, x), (_, y), (_, loss) = panel.plane.columns()
    plane = panel.plane.found.plane
    assert (x[10], y[10], loss[10]) == (plane.x[1], plane.y[1], plane.loss[1, 1])
    exports = exports_of(panel)
    viewport = panel.plane.plot.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.RightButton, pos=viewport.rect().center())
    choose(qtbot, "Export…")
    assert [export.name for export in exports] == ["loss over a plane"]


def test_only_visible_views_compute(
    qtbot: QtBot,
    panel: LandscapePanel,
    tasks: BackgroundTasks,
    trainer: Trainer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    qtbot.waitUntil(lambda: panel.along.words.text() != "")
    started: list[str] = []
    start = tasks.start

    def note(kind: str, *rest: object, **others: object) -> None:
        started.append(kind)
        start(kind, *rest, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(tasks, "start", note)
    panel.show_frame(frame_of(trainer, 3))  # another image, the same state
    assert started == []
    trainer.step()
    panel.show_frame(frame_of(trainer, 0))
    assert started == ["loss along the step"]
    panel.hide()
    assert not tasks.is_busy("loss along the step")
    trainer.step()
    panel.show_frame(frame_of(trainer, 0))
    assert started == ["loss along the step"]
    panel.show()  # what arrived meanwhile
    assert started == ["loss along the step"] * 2


def test_states_that_come_too_fast_are_left_out_but_not_the_last(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    for _ in range(5):
        trainer.step()
        panel.show_frame(frame_of(trainer, 0, running=True))
    qtbot.waitUntil(lambda: "from iteration 5:" in panel.along.words.text())


def test_a_state_without_a_step_says_why(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    blank = np.zeros((20, 28, 28), np.uint8)
    nothing = type(trainer.dataset)("blank", blank, trainer.dataset.labels[:20])
    trainer.use(nothing, "blank")
    panel.show_frame(frame_of(trainer, 0))
    qtbot.waitUntil(lambda: "standard deviation is 0" in panel.along.words.text())
    qtbot.mouseClick(panel.choice.button(2), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "standard deviation is 0" in panel.curvature.words.text())


def test_the_plane_is_refined_while_it_is_seen(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plane_view, "FINEST", 17)
    qtbot.mouseClick(panel.choice.button(1), Qt.MouseButton.LeftButton)
    trainer.step()
    panel.show_frame(frame_of(trainer, 0, path=True))
    view = panel.plane
    qtbot.waitUntil(lambda: view.found is not None and len(view.found.plane.x) == 17)
    assert view.found is not None
    assert np.array_equal(view.image.image, view.found.plane.loss)
    assert view.words.text().startswith("Mean error around iteration 1: ")
    assert view.words.text().endswith("at 17 × 17 points.")
    x, y = view.path.getData()
    assert (x[-1], y[-1]) == pytest.approx((0, 0), abs=1e-9)  # it ends at the origin
    assert len(x) == 2
    names = [label.sceneBoundingRect() for label in view.labels]
    assert len(names) >= 3
    assert not any(a.intersects(b) for a, b in combinations(names, 2))
    qtbot.mouseClick(view.choice.button(1), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.found is not None and "strongest" in view.found.names[0])


def test_the_path_is_wanted_while_it_is_drawn(panel: LandscapePanel, qtbot: QtBot) -> None:
    wanted = QSignalSpy(panel.path_requested)
    for index, last in ((1, True), (2, True), (0, False)):
        qtbot.mouseClick(panel.choice.button(index), Qt.MouseButton.LeftButton)
        assert wanted.at(wanted.count() - 1) == [last]


def test_the_curvature_of_the_whole_run(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    for _ in range(3):
        trainer.step()
    trainer.change(learning_rate=7.0)
    trainer.step()
    panel.show_frame(frame_of(trainer, 0, path=True))
    qtbot.mouseClick(panel.choice.button(2), Qt.MouseButton.LeftButton)
    view = panel.curvature
    qtbot.waitUntil(lambda: view.series.newest is not None)
    qtbot.mouseClick(view.whole_run, Qt.MouseButton.LeftButton)
    assert view.whole_run.text().startswith("Stop at ")
    qtbot.waitUntil(lambda: view.series.iterations.tolist() == [0, 1, 2, 3, 4])
    assert view.whole_run.text() == "Whole run"
    start = curvature(trainer.batch, initial_parameters(0)).largest
    assert view.series.stability[0] == pytest.approx(50 * start, rel=1e-3)
    assert view.series.stability[-1] == pytest.approx(
        3.5 * curvature(trainer.batch, trainer.parameters).largest, rel=1e-3
    )
    qtbot.mouseClick(view.whole_run, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.whole_run, Qt.MouseButton.LeftButton)  # stops it
    assert view.whole_run.text() == "Whole run"
    assert view.series.newest is not None
    assert view.series.newest.iteration == 4


def test_in_the_window_it_is_created_when_shown_and_rests_behind_another_tab(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(rule=EXACT, learning_rate=100.0)
    lazy = window.panels.landscape
    assert lazy.findChildren(LandscapePanel) == []
    dock(window, "landscape").toggleViewAction().trigger()
    window.bring_up("landscape")
    (panel,) = lazy.findChildren(LandscapePanel)
    qtbot.waitUntil(lambda: panel.along.words.text() != "")
    window.loop.step()
    qtbot.waitUntil(lambda: "from iteration 1:" in panel.along.words.text())
    window.bring_up("network")
    qtbot.waitUntil(lambda: not panel.isVisible())
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 2)
    assert not window.tasks.is_busy("loss along the step")
    window.bring_up("landscape")
    qtbot.waitUntil(lambda: "from iteration 2:" in panel.along.words.text())
    qtbot.mouseClick(panel.choice.button(2), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.path) == 3)


def test_the_names_along_the_step_cover_nothing(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    trainer.change(rule=EXACT.correcting([]))
    panel.show_frame(frame_of(trainer, 0))
    view = panel.along
    qtbot.waitUntil(lambda: len(view.columns()) == 4)
    for size in ((900, 600), (560, 380)):
        panel.resize(*size)
        QApplication.processEvents()
        assert len(view.labels) == 4
        for label in view.labels[1:]:  # that of the straight line is beside it
            anchor = tuple(label.anchor)
            view.labels.remove(label)
            assert view.covers_nothing(label, anchor)
            view.labels.append(label)


def test_the_name_of_a_line_that_is_lowest_at_its_end_is_not_cut_off(
    qtbot: QtBot, panel: LandscapePanel
) -> None:
    trainer = Trainer(bundled_digits(), Settings())
    for _ in range(20):
        trainer.step()
    panel.resize(700, 560)
    panel.show_frame(frame_of(trainer, 0))
    trainer.close()
    view = panel.along

    def names() -> list[str]:
        return [label.toPlainText() for label in view.labels]

    qtbot.waitUntil(lambda: "exact gradient: still falling" in names())
    QApplication.processEvents()
    inside = view.plot.getViewBox().sceneBoundingRect().adjusted(-4, 0, 4, 0)
    for label in view.labels:
        box = label.sceneBoundingRect()
        assert inside.left() <= box.left(), label.toPlainText()
        assert box.right() <= inside.right(), label.toPlainText()
