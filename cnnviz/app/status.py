"""The status area: what the run is doing, and what a person should know of it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from cnnviz.app.theme import GRID, Theme
from cnnviz.training.frame import Frame
from cnnviz.training.mailbox import Message
from cnnviz.training.warnings import Notice


class StatusArea(QFrame):
    """One strip under the panels: running or paused, and the newest notice or message.

    A notice belongs to its iteration and stays until the run moves on; a message stays until it is
    dismissed or another comes.
    """

    details_asked_for = Signal(str)
    """The person wants to read a message's details; carries them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message: Message | None = None
        self._notice: Notice | None = None
        self.state = QLabel("Starting …")
        self.state.setObjectName("state")
        self.sign = QLabel()
        self.text = QLabel()
        self.text.setObjectName("notice")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QToolButton()
        self.details.setText("Details …")
        self.dismiss = QToolButton()
        self.dismiss.setText("Dismiss")
        self.details.clicked.connect(self._ask_for_details)
        self.dismiss.clicked.connect(self._forget)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID // 2)
        row.setSpacing(GRID)
        for widget in (self.state, self.sign, self.text, self.details, self.dismiss):
            row.addWidget(widget)
        row.setStretchFactor(self.text, 1)
        self.set_theme(theme)
        self.set_scale(1.0)
        self._draw()

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show what the run is doing and its notice."""
        if frame.running:
            state = "Running"
        elif frame.iteration < frame.last:
            state = f"Looking back at {frame.iteration:,} of {frame.last:,}"
        else:
            state = "Paused"
        if state != self.state.text():
            self.state.setText(state)
        if frame.notice != self._notice:
            self._notice = frame.notice
            self._draw()

    @Slot(object)
    def show_message(self, message: Message) -> None:
        """Show a message until it is dismissed."""
        self._message = message
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Colour what the style sheet does not reach."""
        self._theme = theme
        self._draw()

    def set_scale(self, scale: float) -> None:
        """Keep room for two lines of type, so that the panels do not jump when a notice comes."""
        self.setFixedHeight(round((2 * 18 + GRID) * scale))

    def _draw(self) -> None:
        text, bad = "", False
        if self._message is not None:
            text, bad = self._message.text, bool(self._message.detail)
        elif self._notice is not None:
            text, bad = self._notice.summary, True
        self.sign.setText("⚠" if bad else "")
        self.sign.setStyleSheet(f"color: {self._theme.wrong};")
        self.text.setText(text)
        self.text.setToolTip(text)
        self.text.setAccessibleDescription(text)
        self.details.setVisible(self._message is not None and bool(self._message.detail))
        self.dismiss.setVisible(self._message is not None)

    def _ask_for_details(self) -> None:
        if self._message is not None:
            self.details_asked_for.emit(f"{self._message.text}\n\n{self._message.detail}")

    def _forget(self) -> None:
        self._message = None
        self._draw()
