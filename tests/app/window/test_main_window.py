"""The window in use: real clicks and keys, and its contents."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSettings, Qt, QThread
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.docks import destroy
from tests.app.toolbar import at, button, click, expected_parameters, paused

pytestmark = [pytest.mark.usefixtures("plots_on_demand"), pytest.mark.reuses_window(compared=False)]


def test_the_first_frame_shows_iteration_0_of_the_seed(window: MainWindow) -> None:
    assert window.frame is not None
    assert window.frame.iteration == 0
    assert window.windowTitle() == "cnnviz – iteration 0 – bundled digits"
    assert window.run_toolbar.iteration.text() == "iteration 0"
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(0))


def test_nothing_moves_after_the_first_picture(
    make_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[QWidget, QRect]] = []
    show_frame = MainWindow.show_frame

    def show_and_note(window: MainWindow, frame: Frame) -> None:
        show_frame(window, frame)
        seen.append(places(window))

    monkeypatch.setattr(MainWindow, "show_frame", show_and_note)
    window = make_window()
    for _ in range(5):
        QApplication.processEvents()
    assert len(seen[0]) > 100
    assert places(window) == seen[0]


def places(window: MainWindow) -> dict[QWidget, QRect]:
    """Return where every widget is that can be seen."""
    return {one: one.geometry() for one in window.findChildren(QWidget) if one.isVisible()}


def test_step_is_exactly_one_iteration(window: MainWindow, qtbot: QtBot) -> None:
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    assert window.frame is not None
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(1))
    assert window.run_toolbar.iteration.text() == "iteration 1"


def test_no_quick_step_is_lost_or_doubled(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(25):
        click(qtbot, window, "step")
    for _ in range(25):
        qtbot.keyClick(window, Qt.Key.Key_Right)
    last = window.loop.select(0)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= last)
    assert window.frame is not None
    assert window.frame.iteration == 50
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(50))


def test_a_step_while_running_pauses_after_one_iteration(window: MainWindow, qtbot: QtBot) -> None:
    window.loop.pace(1.0)  # the next iteration of the run itself is a second away
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.running)
    assert window.frame is not None
    before = window.frame.iteration
    for _ in range(3):
        click(qtbot, window, "step")
    done = window.loop.select(0)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= done)
    assert not window.frame.running
    # At most one iteration of the run came between looking and clicking.
    assert window.frame.iteration in {before + 3, before + 4}
    np.testing.assert_array_equal(
        window.frame.parameters.f, expected_parameters(window.frame.iteration)
    )


def test_run_and_pause_by_click_and_by_space(window: MainWindow, qtbot: QtBot) -> None:
    run = button(window, "run")
    assert run.text() == "Run"
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration >= 3)
    assert run.text() == "Pause"
    assert window.status.state.text() == "Running"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(paused(window))
    assert run.text() == "Run"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.running)
    click(qtbot, window, "run")
    qtbot.waitUntil(paused(window))


def test_back_and_forward_again_along_the_run(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(5):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 5))
    qtbot.keyClick(window, Qt.Key.Key_Left)
    click(qtbot, window, "back")
    qtbot.waitUntil(at(window, 3))
    assert window.frame is not None
    assert window.frame.last == 5
    assert window.status.state.text() == "Looking back at 3 of 5"
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(3))
    qtbot.keyClick(window, Qt.Key.Key_End)
    qtbot.waitUntil(at(window, 5))
    assert window.status.state.text() == "Paused"


def test_back_stops_at_the_beginning(window: MainWindow, qtbot: QtBot) -> None:
    assert not button(window, "back").isEnabled()
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    assert button(window, "back").isEnabled()
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.waitUntil(at(window, 0))
    qtbot.waitUntil(lambda: not button(window, "back").isEnabled())


def test_reset_returns_to_the_beginning(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(3):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 3))
    click(qtbot, window, "reset")
    qtbot.waitUntil(at(window, 0))
    assert window.frame is not None
    assert window.frame.last == 0
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(0))


def test_the_slowest_speed_is_one_iteration_a_second(window: MainWindow, qtbot: QtBot) -> None:
    slider = window.run_toolbar.speed.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert window.run_toolbar.speed.label.text() == "1 per s"
    assert window.panels.controls.speed.label.text() == "1 per s"  # type: ignore[attr-defined]
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert window.run_toolbar.speed.label.text() == "full speed"
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > 50)
    click(qtbot, window, "run")
    qtbot.waitUntil(paused(window))


def test_closing_while_it_runs_ends_cleanly(new_window: MainWindow, qtbot: QtBot) -> None:
    window = new_window
    window.loop.pace(None)
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > 5)
    window.close()
    assert not window.isVisible()
    thread = window.findChild(QThread, "training")
    assert thread is not None
    assert thread.isFinished()


def test_an_error_in_the_training_thread_is_reported_and_the_program_goes_on(
    new_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = new_window

    def broken(_self: Trainer) -> bool:
        raise ZeroDivisionError("seven")

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "step", broken)
        click(qtbot, window, "step")
        qtbot.waitUntil(lambda: "ZeroDivisionError: seven" in window.status.text.text())
    assert window.status.details.isVisible()
    qtbot.mouseClick(window.status.details, Qt.MouseButton.LeftButton)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    dialog.close()
    qtbot.mouseClick(window.status.dismiss, Qt.MouseButton.LeftButton)
    assert window.status.text.text() == ""
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))


def test_zero_deviation_is_shown_with_iteration_and_operation(
    store: QSettings, qtbot: QtBot
) -> None:
    digits = bundled_digits()
    same = Dataset("one digit", digits.images[[0] * 5].copy(), digits.labels[[0] * 5].copy())
    window = MainWindow(Trainer(same, Settings(subset=5)), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.status.text.text() != "")
    assert window.status.text.text().startswith("Zero deviation at iteration 0, standardise: all 5")
    qtbot.waitUntil(paused(window))
    window.close()
    destroy(window)


def test_saturation_pauses_and_run_continues(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window(learning_rate=1e4)
    window.loop.pace(None)
    click(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.status.text.text() != "" and paused(window)())
    assert window.frame is not None
    assert window.frame.notice is not None
    kind = window.frame.notice.kind.capitalize()
    assert window.status.text.text().startswith(f"{kind} at iteration {window.frame.iteration}, ")
    stopped_at = window.frame.iteration
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, stopped_at + 1))


def test_the_theme_changes_the_picture_and_is_saved(
    new_window: MainWindow, store: QSettings
) -> None:
    window = new_window

    def corner() -> str:
        return window.grab().toImage().pixelColor(5, window.height() - 5).name()

    assert corner() == LIGHT.panel
    window.actions_.themes["dark"].trigger()
    assert corner() == DARK.panel
    window.close()
    assert store.value("theme") == "dark"
    window.set_theme(LIGHT)


def test_presentation_size_is_larger_and_can_be_undone(
    new_window: MainWindow, qtbot: QtBot
) -> None:
    window = new_window

    def height() -> int:
        return window.run_toolbar.iteration.fontMetrics().height()

    small = height()
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: height() > 1.4 * small)
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: height() == small)


@pytest.mark.parametrize("name", ["shortcuts", "about"])
def test_help_dialogs_have_their_content(window: MainWindow, name: str) -> None:
    getattr(window.actions_, name).trigger()
    dialog = window.findChild(QDialog)
    assert dialog is not None
    words = " ".join(label.text() for label in dialog.findChildren(QLabel))
    wanted = {
        "shortcuts": ["Space", "→", "Ctrl+Shift+←", "Ctrl+Q", "Debugger"],
        "about": ["cnnviz", "numpy"],
    }
    for word in wanted[name]:
        assert word in words
    dialog.close()


def test_the_end_key_belongs_to_a_focused_field(window: MainWindow, qtbot: QtBot) -> None:
    field = window.panels.controls.learning_rate  # type: ignore[attr-defined]
    field.setFocus()
    for _ in range(2):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 2))
    field.setCursorPosition(2)
    qtbot.keyClick(field, Qt.Key.Key_Left)
    qtbot.keyClick(field, Qt.Key.Key_Space)
    assert field.cursorPosition() == 2  # one left, one for the space
    assert window.frame is not None
    assert window.frame.iteration == 2
    assert not window.frame.running
    qtbot.keyClick(field, Qt.Key.Key_Escape)


def test_no_selection_of_an_image_is_undone_by_an_older_frame(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.loop.pace(None)
    window.loop.start()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > 20)
    for image in (3, 7, 1, 11, 19, 5, 2, 17):
        window.selection.select_image(image)
        qtbot.waitUntil(lambda i=image: window.frame is not None and window.frame.image.index == i)
        assert window.selection.image == image
    window.loop.pause()
    qtbot.waitUntil(paused(window))


def test_a_smaller_subset_moves_the_choice_into_it(window: MainWindow, qtbot: QtBot) -> None:
    window.selection.select_image(15)
    window.loop.change(subset=10)
    qtbot.waitUntil(lambda: window.selection.image == 9)


def test_the_timeline_goes_to_an_iteration(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(9):
        click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 9))
    window.panels.loss.seek.emit(4)  # type: ignore[attr-defined]
    qtbot.waitUntil(at(window, 4))
    np.testing.assert_array_equal(window.frame.parameters.f, expected_parameters(4))


def test_enter_and_escape_return_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    field = window.panels.controls.learning_rate  # type: ignore[attr-defined]
    for i, key in enumerate((Qt.Key.Key_Return, Qt.Key.Key_Escape), 1):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "0.01")
        qtbot.keyClick(field, key)
        assert not field.hasFocus()
        qtbot.keyClick(window, Qt.Key.Key_Right)
        qtbot.waitUntil(at(window, i))


def test_the_panels_menu_lists_no_bar_that_cannot_be_hidden(window: MainWindow) -> None:
    menu = window.createPopupMenu()
    listed = [action.text() for action in menu.actions() if action.isVisible() and action.text()]
    assert "Predictions" in listed
    assert not {"Transport", "Time"} & set(listed)
    menu.deleteLater()
