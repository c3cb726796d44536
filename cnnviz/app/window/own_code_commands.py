"""A person's own code in the window: kept, trained with, and run only on request."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.app.look.style import Style
from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.warnings import Notice

if TYPE_CHECKING:
    from cnnviz.app.guide.code_card import CodeCard
    from cnnviz.app.own_code.panel import OwnCodePanel
    from cnnviz.training.own_code.source import OwnVariant

_CODE: Final = "own-code"
"""The setting that keeps it."""


class OwnCodeCommands(QObject):
    """Connects the Code panel, and asks before the code of an opened run is run."""

    code_kept = Signal(str)
    """Carries the code whenever it is kept."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._loop, self._docks, self._style = parts.loop, parts.docks, parts.style
        self._store, self._choose_workspace = parts.store, parts.choose_workspace
        self._lazy_panel = parts.panels.code
        self._panel: OwnCodePanel | None = None
        self._card: CodeCard | None = None
        self._waiting: tuple[OwnVariant, ...] = ()
        self._refused: Notice | None = None
        parts.panels.code.made.connect(self._connect)

    @property
    def code(self) -> str:
        """The code that is kept."""
        return str(self._store.value(_CODE, ""))

    def keep(self) -> None:
        """Keep the code in the editor."""
        if self._panel is not None:
            self._keep(self._panel.editor.toPlainText())

    def restore(self, text: str) -> None:
        """Show the code of a session, which is not run."""
        if text != self.code:
            self._keep(text)
            if self._panel is not None:
                self._panel.replace_code(text)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        if self._card is not None:
            self._card.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Ask if the frame's rule has code that the person has not yet allowed to run.

        It is asked once, and again when an iteration is refused for it.
        """
        waiting = code_that_waits(frame)
        refused = frame.notice if waiting and frame.notice and frame.notice.final else None
        is_new = waiting != self._waiting or (refused is not None and refused != self._refused)
        self._waiting, self._refused = waiting, refused
        if not is_new:
            return
        if waiting:
            self._ask(waiting)
        elif self._card is not None:
            self._card.hide()

    def _ask(self, waiting: "tuple[OwnVariant, ...]") -> None:
        from cnnviz.app.guide.code_card import CodeCard  # noqa: PLC0415  (not at the start)

        if self._card is None:
            self._card = CodeCard(self._style(), self._docks["network"])
            self._card.allowed.connect(self._loop.allow_code)
            self._card.shown.connect(self._show)
        self._docks.bring_up("network")
        self._card.show_code(waiting)
        if not self.code.strip():
            self._keep(self._card.text)

    @Slot(str)
    def _show(self, text: str) -> None:
        """Show code in the editor; Undo restores the code before it."""
        self._choose_workspace("check")
        self._docks.bring_up("code")
        self._lazy_panel.panel.replace_code(text)

    @Slot(object)
    def _connect(self, panel: "OwnCodePanel") -> None:
        self._panel = panel
        panel.show_code(self.code)
        panel.code_changed.connect(self._keep)
        panel.training_requested.connect(self._loop.train_code)

    @Slot(str)
    def _keep(self, text: str) -> None:
        self._store.setValue(_CODE, text)
        self.code_kept.emit(text)


def code_that_waits(frame: Frame) -> "tuple[OwnVariant, ...]":
    """Return the operations whose code the person has not yet allowed to run."""
    if not frame.settings.rule.extra:
        return ()
    from cnnviz.training.own_code.source import code_not_run  # noqa: PLC0415  (slow)

    return code_not_run(frame.settings.rule)
