"""The Landscape panel follows the run in the background, and rests while it is hidden."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.landscape.panel import LandscapePanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.landscape.curvature import curvature
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.docks import dock


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
    qtbot.mouseClick(panel.choice.button(1), Qt.MouseButton.LeftButton)
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


def test_only_what_is_seen_computes(
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
    qtbot.waitUntil(lambda: panel.along.iteration == 5)


def test_a_state_without_a_step_says_why(
    qtbot: QtBot, panel: LandscapePanel, trainer: Trainer
) -> None:
    blank = np.zeros((20, 28, 28), np.uint8)
    nothing = type(trainer.dataset)("blank", blank, trainer.dataset.labels[:20])
    trainer.use(nothing, "blank")
    panel.show_frame(frame_of(trainer, 0))
    qtbot.waitUntil(lambda: "standard deviation is 0" in panel.along.words.text())
    qtbot.mouseClick(panel.choice.button(1), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "standard deviation is 0" in panel.curvature.words.text())


def test_in_the_window_it_is_created_when_first_shown(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(rule=EXACT, learning_rate=100.0)
    lazy = window.panels["landscape"]
    assert lazy.findChildren(LandscapePanel) == []
    dock(window, "landscape").toggleViewAction().trigger()
    window.bring_up("landscape")
    (panel,) = lazy.findChildren(LandscapePanel)
    qtbot.waitUntil(lambda: panel.along.words.text() != "")
    window.loop.step()
    qtbot.waitUntil(lambda: panel.along.iteration == 1)


def test_behind_another_tab_it_rests(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(rule=EXACT, learning_rate=100.0)
    window.bring_up("landscape")
    (panel,) = window.panels["landscape"].findChildren(LandscapePanel)
    qtbot.waitUntil(lambda: panel.along.iteration == 0)
    window.bring_up("network")
    qtbot.waitUntil(lambda: not panel.isVisible())
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 1)
    assert not window.tasks.is_busy("loss along the step")
    window.bring_up("landscape")
    qtbot.waitUntil(lambda: panel.along.iteration == 1)
