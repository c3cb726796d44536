"""Sessions in the real window: nothing is lost by closing it, and one is continued as it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from cnnviz.app.guide.welcome import WelcomeCard
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.sessions.dialog import SessionsDialog
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.folder import sessions_in
from cnnviz.training.settings import Settings
from tests.app.docks import destroy, dock
from tests.app.toolbar import at, click

pytestmark = pytest.mark.usefixtures("plots_on_demand")

Open = Callable[[], MainWindow]
LEFT = Qt.MouseButton.LeftButton
CODE = "def delta(y, o):\n    return o - y\n"


@pytest.fixture
def open_window(qtbot: QtBot, store: QSettings, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens a window that keeps sessions, with a person at it."""
    made: list[MainWindow] = []

    def make() -> MainWindow:
        trainer = Trainer(bundled_digits(), Settings(subset=6))
        window = MainWindow(trainer, LIGHT, store, sessions=lambda: tmp_path / "sessions")
        made.append(window)
        window.ask_before_closing()
        window.show()
        qtbot.waitUntil(lambda: window.frame is not None)
        return window

    yield make
    for window in made:
        window.close_unasked()
        destroy(window)


def settled(window: MainWindow, qtbot: QtBot) -> Frame:
    last = window.loop.sent
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.done >= last)
    assert window.frame is not None
    return window.frame


def opened_list(window: MainWindow, qtbot: QtBot, count: int) -> SessionsDialog:
    window.actions_.sessions.trigger()
    (dialog,) = window.findChildren(SessionsDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == count)
    return dialog


def choose(dialog: SessionsDialog, row: int) -> None:
    place = dialog.list.visualItemRect(dialog.list.item(row)).center()
    QTest.mouseClick(dialog.list.viewport(), LEFT, pos=place)


def test_a_session_is_continued_in_its_last_state(
    open_window: Open, store: QSettings, qtbot: QtBot
) -> None:
    first = open_window()
    for i in range(3):
        click(qtbot, first, "step")
        qtbot.waitUntil(at(first, i + 1))
    first.loop.edit(Edit(3, "f", (1, 2, 0), 0.5))
    first.actions_.bookmark.trigger()
    first.loop.change(learning_rate=2.0)
    first.selection.select_image(4)
    first.actions_.breakpoints.trigger()
    first.panels.breakpoints.panel.replace((Breakpoint(1, "loss > 9"),))
    first.commands.layout.choose_workspace("check")
    first.bring_up("code")
    panel = first.panels.code.panel  # type: ignore[attr-defined]
    panel.show_code(CODE)
    before = settled(first, qtbot)
    assert first.close()  # and nothing is asked

    store.remove("own-code")
    store.remove("breakpoints")
    store.setValue("workspace", "watch")
    second = open_window()
    assert second.commands.workspaces.actions["watch"].isChecked()
    dialog = opened_list(second, qtbot, 1)
    assert "2 branches, 3 iterations" in dialog.list.item(0).text()
    assert not dialog.list.item(0).icon().isNull()
    choose(dialog, 0)
    QTest.mouseClick(dialog.resume, LEFT)
    qtbot.waitUntil(second.commands.workspaces.actions["check"].isChecked)
    after = settled(second, qtbot)
    assert after.iteration == before.iteration == 3
    assert after.settings == before.settings
    assert list(map(described, after.branches)) == list(map(described, before.branches))
    np.testing.assert_array_equal(after.parameters.wo, before.parameters.wo)
    assert after.image.index == second.selection.image == 4
    assert [b.text for b in after.breakpoints] == ["loss > 9"]
    assert second.commands.own_code.code == CODE
    assert after.curve.edits == (Edit(3, "f", (1, 2, 0), 0.5),)
    assert second.close()


def described(branch: object) -> tuple[object, ...]:
    names = ("number", "name", "parent", "origin", "root", "bookmarks", "last")
    return tuple(getattr(branch, name) for name in names)


def offered(window: MainWindow, qtbot: QtBot) -> tuple[WelcomeCard, QPushButton]:
    """Return the card at the start, and its door to the last session."""
    window.offer_next_steps()
    return found_door(window, qtbot)


def found_door(window: MainWindow, qtbot: QtBot) -> tuple[WelcomeCard, QPushButton]:
    """Return the card that is shown and its door to the last session, once that is found."""
    window.commands.sessions.offer_last()
    card = window.commands.guide.welcome_card
    assert card is not None
    qtbot.waitUntil(lambda: "session" in card.doors)
    return card, card.doors["session"]


def test_the_last_session_is_offered_at_the_start(open_window: Open, qtbot: QtBot) -> None:
    first = open_window()
    click(qtbot, first, "step")
    qtbot.waitUntil(at(first, 1))
    first.close()
    second = open_window()
    second.offer_next_steps()
    second.commands.debugger.open()  # in front of it, as Qt may restore it after the start
    card, door = found_door(second, qtbot)
    qtbot.waitUntil(lambda: not card.visibleRegion().isEmpty())
    assert "1 branch, 1 iteration" in door.accessibleDescription()
    QTest.mouseClick(door, LEFT)
    qtbot.waitUntil(at(second, 1))
    assert not card.isVisible()


def test_a_lesson_is_restored_and_returns_to_the_run(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = open_window()
    for i in range(2):
        click(qtbot, first, "step")
        qtbot.waitUntil(at(first, i + 1))
    first.selection.select_image(4)
    own = settled(first, qtbot)
    first.commands.lessons.begin_named("one-iteration-forwards")
    panel = first.commands.lessons.panel
    assert panel is not None
    QTest.mouseClick(panel.next_button, LEFT)
    qtbot.waitUntil(lambda: panel.title.text() == "Patches")
    settled(first, qtbot)
    assert first.close()  # in the middle of the lesson

    second = open_window()
    _, door = offered(second, qtbot)
    text = door.accessibleDescription()
    assert f"“{own.branch.name}”" in text
    assert "1 branch, 2 iterations; lesson “One iteration, forwards”, step 2 of 7." in text
    QTest.mouseClick(door, LEFT)
    qtbot.waitUntil(lambda: second.commands.lessons.panel is not None)
    again = second.commands.lessons.panel
    assert again is not None
    qtbot.waitUntil(lambda: again.title.text() == "Patches")
    settled(second, qtbot)
    qtbot.waitUntil(lambda: second.frame is not None and second.frame.settings.subset == 200)
    assert settled(second, qtbot).image.index == 3
    assert dock(second, "debugger").isVisible()
    QTest.mouseClick(again.leave_button, LEFT)
    qtbot.waitUntil(at(second, 2))
    after = settled(second, qtbot)
    assert [b.number for b in after.branches] == [b.number for b in own.branches]
    assert (after.settings, after.image.index) == (own.settings, 4)
    assert after.parameters.wo.tobytes() == own.parameters.wo.tobytes()
    assert not dock(second, "debugger").isVisible()
    assert second.close()


def test_the_last_session_is_mentioned_if_no_card_is_shown(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    first = open_window()
    click(qtbot, first, "step")
    qtbot.waitUntil(at(first, 1))
    first.close()
    second = open_window()
    second.commands.sessions.offer_last()
    qtbot.waitUntil(lambda: "File → Sessions… continues where" in second.status.text.text())
    broken = tmp_path / "sessions" / "broken.session"  # the newest
    broken.write_bytes(b"words " * 999)
    second.commands.sessions.offer_last()
    qtbot.waitUntil(lambda: f"{broken} is damaged" in second.status.earlier)
    QTest.mouseClick(second.status.dismiss, LEFT)  # the other message, which is in front of it
    qtbot.waitUntil(lambda: f"{broken} is damaged" in second.status.text.text())
    assert broken.exists()


def test_sessions_are_deleted_only_by_the_person(open_window: Open, qtbot: QtBot) -> None:
    for _ in range(2):
        window = open_window()
        click(qtbot, window, "step")
        qtbot.waitUntil(at(window, 1))
        window.close()
    window = open_window()
    dialog = opened_list(window, qtbot, 2)
    choose(dialog, 1)
    older = dialog.selected[0].path
    for answer, left in (("Cancel", 2), ("Delete", 1)):
        QTest.mouseClick(dialog.delete, LEFT)
        (box,) = (b for b in dialog.findChildren(QMessageBox) if b.isVisible())
        assert "Delete 1 session, 0." in box.text()
        (button,) = (b for b in box.buttons() if b.text().replace("&", "") == answer)
        QTest.mouseClick(button, LEFT)
        qtbot.waitUntil(lambda left=left: dialog.list.count() == left)  # type: ignore[misc]
        assert older.exists() == (left == 2)
    assert "may take 2.0 GB" in dialog.space.text()


def test_closing_asks_if_the_session_cannot_be_kept(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "sessions").write_text("no folder")
    window = open_window()
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    qtbot.waitUntil(lambda: "is not kept" in window.status.text.text())
    assert not window.close()
    (box,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    assert "Save this run before the window closes?" in box.text()
    box.reject()


def test_a_session_that_another_window_has_open_is_refused(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    first = open_window()
    click(qtbot, first, "step")
    qtbot.waitUntil(at(first, 1))
    second = open_window()
    first.loop.bookmark(1, 1, "one")
    settled(first, qtbot)
    qtbot.waitUntil(lambda: len(sessions_in(tmp_path / "sessions")) == 1)  # within a second
    dialog = opened_list(second, qtbot, 1)
    item = dialog.list.item(0)
    assert "open in a window now" in item.text()
    assert item.flags() == Qt.ItemFlag.NoItemFlags
    choose(dialog, 0)
    assert not dialog.resume.isEnabled()
    assert not dialog.delete.isEnabled()
    dialog.close()
