"""The status bar: the state of the run, and the newest notice or message."""

import time
from collections import deque
from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.sentences import as_sentence
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.elided_label import LINES, ElidedLabel
from cnnviz.app.widgets.plain_text import wrapped_text
from cnnviz.numerics.number_format import percent
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.run.warnings import Notice

_LOOKING_BACK: Final = "Looking back at"
_WORKING: Final = "Working …"
_STOPPED: Final = "▶"
"""The sign of a breakpoint that has stopped the run, as in the Breakpoints panel."""
_KNOWN: Final = 3.0
"""Seconds after which the time that a file takes is known well enough."""
_LONG: Final = 10.0
"""Seconds from which the rest of it is shown."""
_MINUTES: Final = 90.0
"""Seconds from which it is in minutes."""
_GLANCE: Final = 6.0
"""Seconds for which a message stays, in which it is noticed."""
_WORD: Final = 0.6
"""Seconds more for each of its words, for a slow reader."""
_MORE: Final = 2.0
"""Seconds after which it is tried again to take it away if it could not go."""
_MOST_EARLIER: Final = 200
"""Messages that are listed, at most."""


class StatusBar(QFrame):
    """One strip under the panels: running or paused, and the newest notice or message.

    A notice stays for as long as it holds for the state that is shown, behind the breakpoint that
    stopped the run there, if one did. A refusal stays until another command succeeds, and an error
    or a lasting message until it is dismissed. What went well is shown for as long as a slow reader
    needs in the active window, and goes then, unless the pointer or the keyboard is at it;
    `earlier` lists all. Of message and notice, the newer is seen, and the other comes back behind
    it. The next message replaces a message, but not a lasting one, or one with details, which is an
    error to be reported.
    """

    cancel_requested = Signal()
    """The saving of files is to be cancelled."""
    details_requested = Signal(str)
    """Carries the details of a message, to be shown."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._messages: list[Message] = []
        self._earlier: deque[str] = deque(maxlen=_MOST_EARLIER)
        self._shown: Message | None = None
        self._read = QTimer(self, singleShot=True)
        self._read.timeout.connect(self._forget_read)
        self._notice: Notice | None = None
        self._stop: Stop | None = None
        self._notice_is_newer = False
        self._saving: float | None = None
        self._saving_began = 0.0
        self._state_before = ""
        self.state = _State()
        self.state.setObjectName("state")
        self.sign = QLabel()
        self.text = ElidedLabel()
        self.text.setObjectName("notice")
        self.text.setAccessibleName("Notice")
        self.details = tool_button("Details …", act=self._ask_for_details)
        self.dismiss = tool_button("Dismiss", act=self._forget)
        tip = "Cancel it: nothing is written"
        self.cancel = tool_button("Cancel", tip, self.cancel_requested.emit)
        self.cancel.hide()
        parts = self.state, self.cancel, self.sign, self.text, self.details, self.dismiss
        margins = 2 * GRID, GRID // 2, 2 * GRID, GRID // 2
        fill_box(QHBoxLayout(self), *parts, stretched=self.text, margins=margins)
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show the state of the run and its notice."""
        if frame.running:
            state = "Running"
        elif frame.debug is not None and frame.debug.computing is not None:
            state = _WORKING
        elif frame.iteration < frame.last:
            state = f"{_LOOKING_BACK} {frame.iteration:,} of {frame.last:,}"
        else:
            state = "Paused"
        self._state_before = state
        if self._saving is None:
            self.state.say(state)
        if (frame.notice, frame.stopped) != (self._notice, self._stop):
            self._notice, self._stop = frame.notice, frame.stopped
            self._notice_is_newer = frame.notice is not None or frame.stopped is not None
            self._draw()

    @Slot(object)
    def show_message(self, message: Message) -> None:
        """Show a message, as long as it is of its kind."""
        if message.text:
            self._earlier.append(f"{time.strftime('%H:%M:%S')}  {as_sentence(message.text)}")
            kept = [m for m in self._messages if (m.detail or m.lasting) and m != message]
            self._messages = [*kept, message]
            self._notice_is_newer = False
        else:
            self._messages = [m for m in self._messages if m.detail or not m.refused]
        self._draw()

    @property
    def earlier(self) -> str:
        """All messages so far, in lines with their times."""
        return "\n".join(self._earlier)

    def update_message(self, before: Message, after: Message) -> None:
        """Replace a message by another, unless it has been dismissed."""
        if before in self._messages:
            self._messages[self._messages.index(before)] = after
            self._draw()

    def show_working(self) -> None:
        """Show that a command is under way, until the next frame."""
        if self._saving is None:
            self.state.say(_WORKING)

    @Slot(object)
    def show_saving(self, share: float | None, verb: str = "Saving") -> None:
        """Show how much of a file is written, with a button to cancel it; None if none is.

        If that takes long, as it does if states are computed again, it also says how long.
        """
        if self._saving is None:
            self._saving_began = time.monotonic()
        self._saving = share
        if share is None:
            self.state.say(self._state_before)
        else:
            left = _time_left(share, time.monotonic() - self._saving_began)
            self.state.say(f"{verb}: {percent(round(share, 2), 0)}{left}")
        self.cancel.setVisible(share is not None)

    @Slot()
    def recall_notice(self) -> None:
        """Show the notice of the state in front of a message."""
        self._notice_is_newer = self._notice is not None or self._stop is not None
        self._draw()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size.

        Two lines of type always fit, so that the panels do not jump when a notice is shown.
        """
        self._theme = style.theme
        self._draw()
        lines = LINES * ceil(QFontMetricsF(style.body_font).lineSpacing())
        self.setFixedHeight(round(lines + GRID * style.scale))

    @property
    def _message(self) -> Message | None:
        """The message that is shown."""
        covered = (self._notice or self._stop) and self._notice_is_newer
        return self._messages[-1] if self._messages and not covered else None

    def _draw(self) -> None:
        message, text, sign, bad = self._message, "", "", True
        if message is not None:
            text, sign = as_sentence(message.text), "⚠" if message.detail else ""
        elif self._stop is not None:
            text, sign, bad = self._stop.summary, _STOPPED, False
        elif self._notice is not None:
            text, sign = self._notice.summary, "⚠"
        self.sign.setText(sign)
        self.sign.setStyleSheet(f"color: {self._theme.wrong if bad else self._theme.accent};")
        self.text.setText(text)
        # As rich text it is wrapped, and a file's name cannot be taken for markup.
        self.text.setToolTip(wrapped_text(text) if text else "")
        self.text.setAccessibleDescription(text)
        self.details.setVisible(message is not None and bool(message.detail))
        self.dismiss.setVisible(message is not None)
        if message is not self._shown:
            self._shown = message
            self._read.stop()
            if message is not None and not (message.refused or message.lasting or message.detail):
                self._let_read()

    def event(self, event: QEvent) -> bool:
        """Leave a message for as long as it takes to read it when the window is in use again."""
        if event.type() == QEvent.Type.WindowActivate and self._read.isActive():
            self._let_read()
        return super().event(event)

    def _let_read(self) -> None:
        self._read.start(round(1000 * (_GLANCE + _WORD * len(self.text.text().split()))))

    @Slot()
    def _forget_read(self) -> None:
        """Take away a message that has been read, unless somebody is at it or elsewhere."""
        focused = QApplication.focusWidget()
        is_used = self.underMouse() or (focused is not None and self.isAncestorOf(focused))
        if is_used or not self.isActiveWindow():
            self._read.start(round(1000 * _MORE))
        else:
            self._forget()

    @Slot()
    def _ask_for_details(self) -> None:
        if self._message is not None:
            text = as_sentence(self._message.text)
            self.details_requested.emit(f"{text}\n\n{self._message.detail}")

    @Slot()
    def _forget(self) -> None:
        if self._message is not None:
            self._messages.remove(self._message)
        self._draw()


class _State(QLabel):
    """The state of the run; in two lines if it is long, to leave space for the notice."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.say("Starting …")

    def say(self, text: str) -> None:
        """Show a text."""
        if text != self.text():
            self.setText(text)
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the width to a new font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        text, metrics = self.text(), self.fontMetrics()
        lines = [text]
        if text.startswith(_LOOKING_BACK):
            lines = [_LOOKING_BACK, text.removeprefix(_LOOKING_BACK).strip()]
        self.setFixedWidth(max(metrics.horizontalAdvance(line) for line in lines) + 2)


def _time_left(share: float, seconds: float) -> str:
    """Return how much longer work takes if a share of it took these seconds; empty if not long."""
    left = seconds * (1 - share) / share if share else 0.0
    if seconds < _KNOWN or left < _LONG:
        return ""
    return (
        f", {left / 60:.0f} min left" if left >= _MINUTES else f", {10 * round(left / 10)} s left"
    )
