"""The status area: its texts, their order, and that they fit."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.window.main_window import MainWindow
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.layers import standardise
from cnnviz.numerics.operations import OPERATIONS, check_finite
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.run.warnings import HealthMetrics, Notice, notice_of, warning_notice
from tests.app.waiting import wait_until

LATE = 9_999_999
DIVERGED = (
    "Divergence at iteration 3, filter update: the largest filter weight has the magnitude 2e6 "
    "(threshold 1e6); random weights start below 1, and each iteration adds −η times their "
    "gradient."
)
TITLES = {operation.name: operation.title for operation in OPERATIONS}


@pytest.fixture
def status(qtbot: QtBot) -> StatusBar:
    status = StatusBar(Style(LIGHT))
    qtbot.addWidget(status)
    status.resize(1000, status.height())
    status.show()
    return status


def notice(iteration: int = 3) -> Notice:
    return warning_notice("divergence", HealthMetrics(0.0, 2e6, 1.0), iteration)


def caught(act: Callable[[], object]) -> NumericsError:
    with pytest.raises(NumericsError) as error:
        act()
    return error.value


def every_notice() -> Iterator[Notice]:
    """Yield each kind of notice that training can leave, with its longest numbers."""
    yield warning_notice("saturation", HealthMetrics(1.0, 1.0, 1.0), LATE)
    yield warning_notice("divergence", HealthMetrics(0.0, 1.234e300, 1.0), LATE)
    yield warning_notice("divergence", HealthMetrics(0.0, 1.0, 1.234e300), LATE)
    equal = np.full((1, 60_000), -1.23456e-100)
    yield notice_of(caught(lambda: standardise(equal)), LATE)
    few = np.full((1728, 100), np.nan)
    for operation in OPERATIONS:
        for name in operation.writes:
            error = caught(lambda o=operation, n=name: check_finite(o.name, n, few))
            message = str(error).replace("172800", "103680000")  # as with 60,000 images
            assert message != str(error)
            yield notice_of(type(error)(error.operation, message), LATE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"running": True}, "Running"),
        ({"running": False}, "Paused"),
        ({"iteration": 3, "last": 1234}, "Looking back at 3 of 1,234"),
        ({"iteration": 3, "last": 1234, "running": True}, "Running"),
    ],
)
def test_the_status_bar_shows_the_state_of_the_run(
    status: StatusBar, frame: Frame, changes: dict[str, object], words: str
) -> None:
    status.show_frame(replace(frame, **changes))  # type: ignore[arg-type]
    assert status.state.text() == words


def test_a_long_state_is_broken_into_two_lines_beside_the_notice(
    status: StatusBar, frame: Frame
) -> None:
    for iteration, last in ((3, 1234), (LATE - 1, LATE)):
        status.show_frame(replace(frame, iteration=iteration, last=last))
        QApplication.processEvents()
        label = status.state
        metrics = label.fontMetrics()
        wide = metrics.horizontalAdvance(label.text())
        assert label.width() < 0.75 * wide
        height = metrics.boundingRect(
            QRect(0, 0, label.width(), 999), Qt.TextFlag.TextWordWrap, label.text()
        ).height()
        assert metrics.lineSpacing() < height <= label.height()
        assert height <= 2 * metrics.lineSpacing() + 2


def test_a_notice_is_shown_only_with_its_state(status: StatusBar, frame: Frame) -> None:
    status.show_frame(replace(frame, notice=notice()))
    assert status.text.text() == DIVERGED
    assert status.sign.text() == "⚠"
    assert status.dismiss.isHidden()
    assert status.details.isHidden()
    status.show_frame(frame)
    assert status.text.text() == status.sign.text() == ""


def test_a_message_stays_until_it_is_dismissed(
    status: StatusBar, frame: Frame, qtbot: QtBot
) -> None:
    status.show_message(Message("Saved 4 iterations to run.npz."))
    status.show_frame(replace(frame, running=True))
    assert status.text.text() == "Saved 4 iterations to run.npz."
    assert status.sign.text() == ""  # nothing is wrong
    assert status.details.isHidden()
    qtbot.mouseClick(status.dismiss, Qt.MouseButton.LeftButton)
    assert status.text.text() == ""
    assert status.dismiss.isHidden()


def test_the_newer_of_notice_and_message_is_shown_first(
    status: StatusBar, frame: Frame, qtbot: QtBot
) -> None:
    status.show_message(Message("Saved."))
    status.show_frame(replace(frame, notice=notice()))
    assert status.text.text() == DIVERGED  # not hidden behind an old message
    status.show_frame(frame)
    assert status.text.text() == "Saved."
    status.show_frame(replace(frame, notice=notice()))
    status.show_message(Message("Saved again."))
    assert status.text.text() == "Saved again."
    qtbot.mouseClick(status.dismiss, Qt.MouseButton.LeftButton)
    assert status.text.text() == DIVERGED


def test_a_notice_that_still_holds_can_be_recalled_over_a_message(
    status: StatusBar, frame: Frame
) -> None:
    status.recall_notice()
    assert status.text.text() == ""
    status.show_frame(replace(frame, notice=notice()))
    status.show_message(Message("Saved."))
    status.show_frame(replace(frame, iteration=4, last=4, notice=notice()))  # it is no news
    assert status.text.text() == "Saved."
    status.recall_notice()
    assert status.text.text() == DIVERGED


def test_a_message_replaces_another_but_not_an_error_with_details(
    status: StatusBar, qtbot: QtBot
) -> None:
    error = Message("training stopped.", "Traceback …")
    for message in (Message("one."), error, error, Message("two."), Message("three.")):
        status.show_message(message)
    seen = []
    while status.text.text():
        seen.append(status.text.text())
        qtbot.mouseClick(status.dismiss, Qt.MouseButton.LeftButton)
    assert seen == ["Three.", "Training stopped."]


def test_a_lasting_message_comes_back_after_a_newer_one(status: StatusBar, qtbot: QtBot) -> None:
    for text in ("Layout will not be kept.", "The run was kept."):
        status.show_message(Message(text, lasting=True))
    status.show_message(Message("Saved x.npz."))
    status.show_message(Message("Saved y.npz."))
    for text in ("Saved y.npz.", "The run was kept.", "Layout will not be kept."):
        assert status.text.text() == text
        qtbot.mouseClick(status.dismiss, Qt.MouseButton.LeftButton)
    assert status.text.text() == ""


def test_details_contain_the_whole_report(status: StatusBar, qtbot: QtBot) -> None:
    status.show_message(Message("training stopped.", "Traceback …"))
    assert status.sign.text() == "⚠"
    asked = QSignalSpy(status.details_requested)
    qtbot.mouseClick(status.details, Qt.MouseButton.LeftButton)
    assert asked.at(0) == ["Training stopped.\n\nTraceback …"]
    assert status.text.text() == "Training stopped."  # reading does not dismiss


def reading_time(status: StatusBar) -> QTimer:
    """Return the timer after which a message goes."""
    (timer,) = status.findChildren(QTimer)
    return timer


def let_time_pass(status: StatusBar) -> None:
    """Let the time to read a message be over at once."""
    timer = reading_time(status)
    over = QSignalSpy(timer.timeout)
    timer.start(0)
    wait_until(lambda: over.count() > 0)


def test_a_file_name_is_never_read_as_markup(status: StatusBar) -> None:
    text = "<b>x</b>&amp;.npz is not a file: choose another."
    status.show_message(Message(text))
    assert status.text.textFormat() == Qt.TextFormat.PlainText
    assert status.text.text() == text
    assert "<b>" not in status.text.toolTip()
    assert html.unescape(status.text.toolTip()) == f"<p>{text}</p>"


def ink(picture: QImage, colour: str) -> int:
    wanted = QColor(colour)
    return sum(
        picture.pixelColor(x, y) == wanted
        for x in range(picture.width())
        for y in range(picture.height())
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_icon_has_the_themes_colour(status: StatusBar, frame: Frame, theme: Theme) -> None:
    status.show_frame(replace(frame, notice=notice()))
    status.set_style(Style(theme))
    QApplication.processEvents()
    drawn = status.sign.grab().toImage()
    background = drawn.pixelColor(0, 0).name()
    assert 0 < ink(drawn, background) < drawn.width() * drawn.height()
    assert status.sign.palette().windowText().color() == QColor(theme.wrong)


def whole(status: StatusBar) -> bool:
    """Return whether the whole text is visible, in at most two lines."""
    label = status.text
    height = 2 * label.fontMetrics().lineSpacing()
    assert len(label.lines) <= 2
    assert label.height() >= height
    return " ".join(label.lines) == label.text()


def test_every_notice_fits_in_two_lines_at_1024_pixels(window: MainWindow, frame: Frame) -> None:
    window.resize(1024, 700)
    texts = set()
    for warning in every_notice():
        for iteration, last in ((LATE, LATE), (LATE - 1, LATE)):
            window.status.show_frame(replace(frame, iteration=iteration, last=last, notice=warning))
            QApplication.processEvents()
            assert window.width() == 1024
            assert window.status.width() > 1000
            assert whole(window.status), warning.summary
        texts.add(warning.summary)
    assert len(texts) > 15


def test_at_presentation_size_long_text_is_elided_and_whole_in_the_tooltip(
    window: MainWindow, frame: Frame
) -> None:
    window.set_presentation(True)
    window.resize(1440, 900)
    window.stop_training()  # a frame of its own would take the notice away
    try:
        cut = []
        for warning in every_notice():
            window.status.show_frame(replace(frame, notice=warning))
            QApplication.processEvents()
            label = window.status.text
            if not whole(window.status):
                cut.append(warning.kind)
                assert label.lines[-1].endswith("…")
                assert label.text().startswith(label.lines[0])
                wide = max(label.fontMetrics().horizontalAdvance(line) for line in label.lines)
                assert wide <= label.width()
            assert warning.message in html.unescape(label.toolTip())
            assert label.accessibleDescription() == (
                f"{warning.kind.capitalize()} at iteration 9,999,999, {TITLES[warning.operation]}: "
                f"{warning.message}"
            )
        assert set(cut) <= {"saturation", "zero deviation"}
        # In real life, with the numbers that iterations have, all is seen.
        for warning in every_notice():
            usual = replace(warning, iteration=120)
            window.status.show_frame(replace(frame, notice=usual))
            QApplication.processEvents()
            assert whole(window.status), usual.summary
    finally:
        window.set_presentation(False)


def test_elided_text_is_drawn_as_its_lines(status: StatusBar) -> None:
    words = " ".join(f"word{i}" for i in range(200))
    status.show_message(Message(words))
    QApplication.processEvents()
    lines = status.text.lines
    assert len(lines) == 2
    assert lines[1].endswith("…")
    seen = re.findall(r"word\d+", " ".join(lines))
    assert words.startswith(" ".join(seen[:-1]))
    assert len(seen) > 20
    cut = status.text.grab().toImage()
    status.text.setText(lines[0])
    assert status.text.grab().toImage() != cut
    top = cut.copy(0, 0, cut.width(), cut.height() // 2)
    bottom = cut.copy(0, cut.height() // 2, cut.width(), cut.height() // 2)
    background = status.text.palette().window().color().name()
    for half in (top, bottom):
        assert ink(half, background) < half.width() * half.height()


def test_a_notice_does_not_move_the_panels(window: MainWindow, frame: Frame) -> None:
    window.resize(1024, 700)
    QApplication.processEvents()
    before = window.panels.network.size()
    for warning in every_notice():
        window.status.show_frame(replace(frame, notice=warning))
        QApplication.processEvents()
        assert window.panels.network.size() == before


def test_a_breakpoint_is_shown_before_the_notice_of_its_state(
    status: StatusBar, frame: Frame, qtbot: QtBot
) -> None:
    stopped = "Breakpoint 2 (loss rises) at iteration 3: the loss rose from 0.1 to 0.2."
    stop = Stop(2, "loss rises", 3, None, "the loss rose from 0.1 to 0.2")
    status.show_frame(replace(frame, notice=notice(), stopped=stop))
    assert status.text.text() == stopped
    assert status.sign.text() == "▶"
    assert LIGHT.accent in status.sign.styleSheet()
    status.show_message(Message("Saved."))
    assert status.text.text() == "Saved."
    qtbot.mouseClick(status.dismiss, Qt.MouseButton.LeftButton)
    assert status.text.text() == stopped
    status.show_frame(replace(frame, notice=notice()))
    assert status.text.text() == DIVERGED
    assert status.sign.text() == "⚠"
    assert LIGHT.wrong in status.sign.styleSheet()


def test_a_refusal_stays_until_something_succeeds(status: StatusBar, frame: Frame) -> None:
    status.show_message(Message("no such file.", refused=True))
    status.show_frame(frame)
    assert status.text.text() == "No such file."
    status.show_message(Message(""))
    assert status.text.text() == ""
    assert not status.dismiss.isVisible()
    status.show_message(Message("Saved it."))
    status.show_message(Message(""))
    assert status.text.text() == "Saved it."
    status.show_message(Message("a fault.", "Traceback", refused=True))
    status.show_message(Message(""))
    assert status.text.text() == "A fault."  # is to be reported


def test_in_the_window_the_next_success_ends_a_refusal(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.loop.files.open(tmp_path / "none.npz")
    qtbot.waitUntil(lambda: "none.npz is not a file" in window.status.text.text())
    window.loop.step()
    qtbot.waitUntil(lambda: window.status.text.text() == "")


@pytest.mark.parametrize(
    ("share", "words"), [(0.003, "Saving: 0 %"), (0.45, "Saving: 45 %"), (0.997, "Saving: 100 %")]
)
def test_saving_progress_is_in_whole_percent(status: StatusBar, share: float, words: str) -> None:
    status.show_saving(share)
    assert status.state.text() == words
    assert status.cancel.isVisible()
    status.show_saving(None)
    assert not status.cancel.isVisible()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "Saving: 20 %"),
        (3, "Saving: 20 %, 10 s left"),
        (10, "Saving: 20 %, 40 s left"),
        (60, "Saving: 20 %, 4 min left"),
    ],
)
def test_saving_that_takes_long_says_how_long(
    status: StatusBar, monkeypatch: pytest.MonkeyPatch, seconds: float, words: str
) -> None:
    now = [100.0]
    monkeypatch.setattr("cnnviz.app.window.status_bar.time.monotonic", lambda: now[0])
    status.show_saving(0.0)
    now[0] += seconds
    status.show_saving(0.2)
    assert status.state.text() == words


class TestMessagesGo:
    @pytest.fixture(autouse=True)
    def reads_at_once(self, status: StatusBar, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("_GLANCE", "_WORD", "_MORE"):
            monkeypatch.setattr(f"cnnviz.app.window.status_bar.{name}", 0.0)
        status.activateWindow()
        wait_until(status.isActiveWindow)
        status.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # after other tests' clicks

    def test_what_went_well_goes_by_itself_and_is_listed(self, status: StatusBar) -> None:
        status.show_message(Message("Saved 3 iterations to run.npz."))
        assert status.dismiss.isVisible()
        wait_until(lambda: status.text.text() == "")
        assert status.dismiss.isHidden()
        assert re.fullmatch(r"\d\d:\d\d:\d\d  Saved 3 iterations to run.npz.", status.earlier)

    @pytest.mark.parametrize(
        "kind", [{"refused": True}, {"lasting": True}, {"detail": "Traceback"}], ids=str
    )
    def test_errors_and_what_lasts_stay(self, status: StatusBar, kind: dict[str, object]) -> None:
        status.show_message(Message("Training stopped.", **kind))  # type: ignore[arg-type]
        assert not reading_time(status).isActive()

    def test_it_stays_while_the_pointer_or_the_keyboard_is_at_it(self, status: StatusBar) -> None:
        under = Qt.WidgetAttribute.WA_UnderMouse
        status.setAttribute(under)
        status.show_message(Message("Saved it."))
        let_time_pass(status)
        status.setAttribute(under, False)
        status.dismiss.setFocus()
        let_time_pass(status)
        assert status.text.text() == "Saved it."
        status.dismiss.clearFocus()
        wait_until(lambda: status.text.text() == "")

    def test_another_message_is_shown_as_long(self, status: StatusBar) -> None:
        status.show_message(Message("Saved it."))
        status.show_message(Message("no such file.", refused=True))
        assert not reading_time(status).isActive()
        status.show_message(Message(""))
        assert (status.text.text(), status.earlier.count("\n")) == ("", 1)


def test_a_slow_reader_has_time(status: StatusBar) -> None:
    status.show_message(Message("Saved all of it to run.npz."))
    assert reading_time(status).interval() == 6_000 + 6 * 600
    reading_time(status).start(100_000)  # to be tried again: another window is in use
    QApplication.sendEvent(status, QEvent(QEvent.Type.WindowActivate))
    assert reading_time(status).interval() == 6_000 + 6 * 600
