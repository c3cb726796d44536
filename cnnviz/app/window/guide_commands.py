"""Shows cards with a next step, and carries out the person's choice."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtWidgets import QDockWidget

from cnnviz.app.guide.welcome import SESSION, WelcomeCard
from cnnviz.app.look.style import Style
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.own_code_commands import code_that_waits
from cnnviz.app.window.parts import Parts
from cnnviz.numerics.rule import EXACT
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.warnings import Notice

if TYPE_CHECKING:
    from cnnviz.app.guide.stop_card import StopCard
    from cnnviz.training.comparison.trials import Candidate

_KEY: Final = "welcome"
"""The setting that says whether the first card is shown at the start."""


class GuideCommands(QObject):
    """Offers something worth doing at the start, and the next step when a run stops."""

    session_requested = Signal()
    """The last session is to be continued."""

    def __init__(self, parts: Parts, debugger: DebuggerCommands, lessons: LessonCommands) -> None:
        super().__init__(parts.window)
        self._loop, self._docks, self._tasks = parts.loop, parts.docks, parts.tasks
        self._style, self._choose_workspace = parts.style, parts.choose_workspace
        self._debugger, self._lessons = debugger, lessons
        self._frame: Frame | None = None
        self.welcome_card: WelcomeCard | None = None
        self.stop_card: StopCard | None = None
        self._shown_for: Notice | None = None
        self._session = ""
        lessons.began.connect(self._hide_welcome)
        self.offers = False
        """Whether a card is shown when a run stops."""

    def begin(self, store: QSettings, *, welcomes: bool) -> None:
        """Offer the next step from now on, and first the four doors unless they are not wanted."""
        self.offers = True
        if welcomes and store.value(_KEY, True, type=bool):
            self.show_welcome()

    @property
    def settings(self) -> dict[str, object]:
        """Whether the four doors are wanted at the next start, if the person has seen them."""
        return {} if self.welcome_card is None else {_KEY: self.welcome_card.again.isChecked()}

    @Slot()
    def show_welcome(self) -> None:
        """Show the four doors."""
        if self.welcome_card is None:
            self.welcome_card = WelcomeCard(self._style(), self._docks["network"])
            self.welcome_card.opened.connect(self._open)
            if self._session:
                self.welcome_card.offer_session(self._session)
        self._docks.bring_up("network")
        self.welcome_card.reveal()

    @Slot()
    def _hide_welcome(self) -> None:
        """Let the panels of a lesson be seen, also if its data cannot be loaded."""
        if self.welcome_card is not None:
            self.welcome_card.hide()

    def dismiss(self) -> bool:
        """Close the card that is shown; False if there is none."""
        shown = [card for card in (self.stop_card, self.welcome_card) if card and card.isVisible()]
        for card in shown:
            card.dismiss()
        return bool(shown)

    @property
    def is_welcoming(self) -> bool:
        """Whether the card of the first screen is shown."""
        return self.welcome_card is not None and not self.welcome_card.isHidden()

    def offer_session(self, line: str) -> None:
        """Offer to continue the last session, which a line describes."""
        self._session = line
        if self.welcome_card is not None:
            self.welcome_card.offer_session(line)
        if self.is_welcoming:  # Qt may restore the saved order of tabs once more after the start
            self._docks.bring_up("network")

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        for card in (self.welcome_card, self.stop_card):
            if card is not None:
                card.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Offer the next step if the run has just stopped; remove a card that is past."""
        before, self._frame = self._frame, frame
        moved = before is not None and _subject(before) != _subject(frame)
        is_drawn = before is not None and before.outside is None and frame.outside is not None
        if moved or is_drawn:  # the doors would cover the answer to a drawing
            self._hide_welcome()
        if moved and self.stop_card is not None:
            self.stop_card.hide()
        if frame.running:
            return
        notice, known = frame.notice, self._shown_for
        self._shown_for = notice
        if notice is None or notice == known or notice.iteration != frame.iteration:
            return
        if self.offers and moved and not code_that_waits(frame):
            self._show_stop(notice, frame)

    def _show_stop(self, notice: Notice, frame: Frame) -> None:
        from cnnviz.app.guide.stop_card import StopCard  # noqa: PLC0415  (not at the start)

        if self.stop_card is None:
            self.stop_card = StopCard(self._tasks, self._style(), self._docks["network"])
            self.stop_card.explanation_requested.connect(self._explain)
            self.stop_card.continued.connect(self._loop.start)
            self.stop_card.change_chosen.connect(self._use)
        self.stop_card.move_to(self._dock_in_sight())
        self.stop_card.show_notice(notice, frame.dataset, frame.settings, frame.parameters)

    def _dock_in_sight(self) -> QDockWidget:
        """Return the network, or the largest panel of a workspace that does not show it."""
        network, main = self._docks["network"], self._docks[self._docks.main]
        return main if network.visibleRegion().isEmpty() else network

    @Slot(str)
    def _open(self, door: str) -> None:
        if door == SESSION:
            self.session_requested.emit()
        elif door == "watch":
            self._watch()
        elif door == "step":
            self._choose_workspace("debug")
            self._debugger.open()
            self._loop.debug_step()
        else:
            self._choose_workspace("teach")
            self._lessons.enter_list()
            if door == "notebook":
                self._lessons.begin_named("five-faults")

    def _watch(self) -> None:
        """Begin the exact gradient at a rate that works, and let it run."""
        from cnnviz.training.comparison.trials import EXACT_RATE  # noqa: PLC0415  (not at the start)

        self._choose_workspace("watch")
        self._loop.change(rule=EXACT, learning_rate=EXACT_RATE)
        self._loop.start()

    @Slot(str)
    def _explain(self, operation: str) -> None:
        from cnnviz.app.debugger.contents import WHY  # noqa: PLC0415  (not at the start)

        self._choose_workspace("debug")
        if self.stop_card is not None:  # it would cover the debugger
            self.stop_card.move_to(self._docks["network"])
            self.stop_card.reveal()
        self._debugger.explain_operation(operation)
        self._debugger.panel.show_view(WHY)

    @Slot(object)
    def _use(self, candidate: "Candidate") -> None:
        """Go on with a change that was found to help."""
        frame, settings = self._frame, candidate.settings
        if frame is None:
            return
        if candidate.restarts:
            self._loop.begin("", frame.branch.source, settings, 0)  # named by its settings
        else:
            self._loop.change(rule=settings.rule, learning_rate=settings.learning_rate)
        self._loop.start()


def _subject(frame: Frame) -> tuple[object, ...]:
    """Return the subject of a card about the frame: another subject removes the card."""
    return frame.branch.number, frame.iteration, frame.settings, frame.running
