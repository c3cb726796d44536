"""The cards with a next step: at the start, and when a run stops."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.guide.stop_card import StopCard
from cnnviz.app.guide.welcome import DOORS, WelcomeCard
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.sentences import as_sentence
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.rule import EXACT
from cnnviz.training.run.branch_names import settings_name
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings
from tests.app.docks import dock
from tests.app.toolbar import at, click

LEFT = Qt.MouseButton.LeftButton


def welcome(window: MainWindow) -> WelcomeCard:
    card = window.commands.guide.welcome_card
    assert card is not None
    return card


@pytest.fixture
def led(window: MainWindow) -> MainWindow:
    """A window that offers next steps, as the program's own does."""
    window.resize(1440, 900)
    window.offer_next_steps()
    return window


def open_door(qtbot: QtBot, window: MainWindow, name: str) -> None:
    qtbot.mouseClick(welcome(window).doors[name], LEFT)
    assert not welcome(window).isVisible()


def test_four_doors_lie_over_the_network(led: MainWindow) -> None:
    card = welcome(led)
    assert card.isVisible()
    assert [button.text() for button in card.doors.values()] == [text for _, text, _ in DOORS]
    assert led.panels.network.window() is led
    panel = card.parentWidget()
    assert panel is not None
    assert panel.rect().contains(card.geometry())
    texts = [label.text() for label in card.findChildren(QLabel)]
    assert all(line in texts for _, _, line in DOORS)
    led.set_theme(DARK)  # which must not make it as bold as the dock's title
    assert not any(button.font().bold() for button in card.doors.values())
    assert not any(label.font().bold() for label in card.findChildren(QLabel)[1:])


def test_f6_goes_to_the_doors_and_on(led: MainWindow, qtbot: QtBot) -> None:
    focused = led.commands.panel_focus
    led.setFocus()
    while focused.focused != "network":
        qtbot.keyClick(led, Qt.Key.Key_F6)
    doors = [*welcome(led).doors.values()]
    assert doors[0].hasFocus()
    qtbot.keyClick(doors[0], Qt.Key.Key_Tab)
    assert doors[1].hasFocus()
    qtbot.keyClick(doors[1], Qt.Key.Key_F6)
    assert focused.focused == "loss"


def test_watch_it_learn_runs_the_exact_gradient(led: MainWindow, qtbot: QtBot) -> None:
    open_door(qtbot, led, "watch")
    qtbot.waitUntil(lambda: led.frame is not None and led.frame.iteration >= 2)
    assert led.frame is not None
    assert (led.frame.settings.rule, led.frame.settings.learning_rate) == (EXACT, 100)
    click(qtbot, led, "run")


def test_step_through_opens_the_debugger_at_the_first_operation(
    led: MainWindow, qtbot: QtBot
) -> None:
    open_door(qtbot, led, "step")
    qtbot.waitUntil(
        lambda: (
            led.frame is not None and led.frame.debug is not None and led.frame.debug.position == 1
        )
    )
    assert led.commands.workspaces.actions["debug"].isChecked()


@pytest.mark.parametrize(("name", "title"), [("lessons", None), ("notebook", "It learns")])
def test_doors_to_lessons(led: MainWindow, qtbot: QtBot, name: str, title: str | None) -> None:
    open_door(qtbot, led, name)
    assert led.commands.workspaces.actions["teach"].isChecked()
    panel = led.panels.lesson.panel  # type: ignore[attr-defined]
    assert (panel.step.title if panel.step else None) == title
    qtbot.waitUntil(lambda: panel.text.markdown != "Computing …")
    panel.leave()
    qtbot.waitUntil(lambda: led.frame is not None and led.frame.done >= led.loop.sent)


def test_the_card_goes_at_the_first_other_action(led: MainWindow, qtbot: QtBot) -> None:
    led.loop.select(3)
    qtbot.waitUntil(lambda: led.frame is not None and led.frame.image.index == 3)
    assert welcome(led).isVisible()  # looking about is no action yet
    qtbot.keyClick(led, Qt.Key.Key_Right)
    qtbot.waitUntil(at(led, 1))
    assert not welcome(led).isVisible()
    led.actions_.welcome.trigger()
    assert welcome(led).isVisible()
    led.loop.show_drawing(np.full((28, 28), 255, np.uint8), None)
    qtbot.waitUntil(lambda: led.frame is not None and led.frame.outside is not None)
    assert not welcome(led).isVisible()  # it would cover the answer


def test_esc_closes_the_card(led: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(led.panels.network, Qt.Key.Key_Escape)
    assert not welcome(led).isVisible()
    led.actions_.welcome.trigger()
    qtbot.keyClick(welcome(led).again, Qt.Key.Key_Escape)
    assert not welcome(led).isVisible()


def test_no_card_lies_over_a_run_from_a_file(qtbot: QtBot, store: QSettings) -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    trainer.step()
    window = MainWindow(trainer, LIGHT, store)
    qtbot.addWidget(window)
    window.offer_next_steps()
    assert window.commands.guide.welcome_card is None
    window.close()


def test_the_card_can_be_switched_off(
    make_window: Callable[..., MainWindow], store: QSettings
) -> None:
    window = make_window()
    window.offer_next_steps()
    welcome(window).again.click()
    window.close()
    second = make_window()
    second.offer_next_steps()
    assert second.commands.guide.welcome_card is None
    assert store.value("welcome", True, type=bool) is False


def stop_card(window: MainWindow) -> StopCard:
    card = window.commands.guide.stop_card
    assert card is not None
    return card


@pytest.fixture
def stopped(make_window: Callable[..., MainWindow], qtbot: QtBot) -> MainWindow:
    """A window whose run has stopped because units saturate."""
    window = make_window(learning_rate=1000.0)
    window.resize(1440, 900)
    window.offer_next_steps()
    welcome(window).dismiss()
    window.loop.start()
    qtbot.waitUntil(lambda: window.commands.guide.stop_card is not None)
    return window


def test_a_run_that_stops_says_what_happened_and_shows_it(
    stopped: MainWindow, qtbot: QtBot
) -> None:
    frame, card = stopped.frame, stop_card(stopped)
    assert frame is not None
    assert frame.notice is not None
    assert card.isVisible()
    assert card.title.text() == f"Stopped at iteration {frame.iteration}: {frame.notice.kind}"
    assert card.message.text() == as_sentence(frame.notice.message)
    qtbot.waitUntil(lambda: not clipped(card))
    qtbot.mouseClick(card.why, LEFT)
    assert stopped.commands.workspaces.actions["debug"].isChecked()

    def shown() -> bool:
        view = stopped.frame.debug if stopped.frame else None
        return view is not None and view.explanation is not None and not view.computing

    qtbot.waitUntil(shown)
    assert stopped.commands.debugger.panel.shown == frame.notice.operation


def test_the_card_lies_over_the_main_panel_if_the_network_is_not_shown(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(learning_rate=1000.0)
    window.offer_next_steps()
    window.commands.layout.choose_workspace("debug")
    window.loop.start()
    guide = window.commands.guide
    qtbot.waitUntil(lambda: guide.stop_card is not None and guide.stop_card.isVisible())
    assert stop_card(window).parentWidget() is dock(window, "debugger")
    qtbot.waitUntil(lambda: not clipped(stop_card(window)))
    qtbot.mouseClick(stop_card(window).why, LEFT)
    assert not stop_card(window).isVisible()  # or it would cover what it shows
    window.commands.layout.choose_workspace("watch")
    qtbot.waitUntil(stop_card(window).isVisible)


def clipped(card: StopCard) -> list[str]:
    """Return the texts of it that are not shown whole."""
    return [
        label.text()
        for label in card.findChildren(QLabel)
        if label.isVisible() and label.height() < label.heightForWidth(label.width())
    ]


def test_what_helps_is_tried_and_used(stopped: MainWindow, qtbot: QtBot) -> None:
    card = stop_card(stopped)
    qtbot.mouseClick(card.help, LEFT)
    qtbot.waitUntil(card.found.isVisible, timeout=30_000)
    assert card.found.text().startswith("Tried ")
    qtbot.waitUntil(lambda: not clipped(card))
    uses = [b for b in card.findChildren(QPushButton) if b.text() == "Use"]
    assert uses
    assert card.curves.isVisible()
    words = uses[0].accessibleName()
    assert words.startswith("Use: ")
    before = stopped.frame
    assert before is not None
    qtbot.mouseClick(uses[0], LEFT)
    assert not card.isVisible()
    qtbot.waitUntil(lambda: stopped.frame is not None and stopped.frame.settings != before.settings)
    stopped.loop.pause()
    qtbot.waitUntil(lambda: stopped.frame is not None and not stopped.frame.running)
    assert stopped.frame is not None
    assert stopped.frame.branch.name == settings_name(stopped.frame.settings)


def test_the_curves_of_one_stop_are_not_shown_at_the_next(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(700, 100)
    host.show()
    card = StopCard(BackgroundTasks(host), Style(LIGHT), host)
    state = bundled_digits(), Settings(subset=20), initial_parameters(0)
    card.show_notice(Notice("saturation", 3, "dense", "Some units saturate.", False), *state)
    card.curves.show()  # as after a trial
    card.fit()
    assert card.is_left_out(card.curves)
    card.show_notice(Notice("saturation", 8, "dense", "More units saturate.", False), *state)
    assert card.curves.isHidden()
    host.resize(700, 900)
    assert card.message.isVisible()
    assert card.curves.isHidden()


def test_continue_goes_on(stopped: MainWindow, qtbot: QtBot) -> None:
    assert stopped.frame is not None
    iteration = stopped.frame.iteration
    qtbot.mouseClick(stop_card(stopped).go_on, LEFT)
    assert not stop_card(stopped).isVisible()
    qtbot.waitUntil(lambda: stopped.frame is not None and stopped.frame.iteration > iteration)
    stopped.loop.pause()
    qtbot.waitUntil(lambda: stopped.frame is not None and not stopped.frame.running)


def test_no_text_of_a_card_is_cut_off_in_a_low_window(led: MainWindow, qtbot: QtBot) -> None:
    card = welcome(led)
    card.offer_session("“exact, η 100”, today 14:05: 12 branches, 1,204 iterations. " * 2)

    def shown() -> list[QLabel]:
        return [label for label in card.findChildren(QLabel) if label.isVisible()]

    def is_cut_off() -> list[tuple[str, int, int]]:
        sizes = ((one.text(), one.height(), one.heightForWidth(one.width())) for one in shown())
        return [size for size in sizes if size[1] < size[2]]

    for size, all_lines in (((1440, 900), True), ((1093, 614), False), ((1440, 900), True)):
        led.resize(*size)
        qtbot.waitUntil(lambda: len(shown()) == 1 + len(card.doors) - (not all_lines))  # noqa: B023
        qtbot.waitUntil(lambda: not is_cut_off())
        panel = card.parentWidget()
        assert panel is not None
        assert panel.rect().contains(card.geometry())
