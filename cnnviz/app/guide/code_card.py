"""The card of a run that holds a person's own code: it is run only if they say so."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnviz.app.guide.card import Card
from cnnviz.app.look.style import Style
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label
from cnnviz.numerics.operations import TITLES
from cnnviz.training.own_code.report import RIGHTS
from cnnviz.training.own_code.source import OwnSource, OwnVariant

_TITLE: Final = "This run holds code of its own, which has not been run"


class CodeCard(Card):
    """Asks whether a person's code in a run is to be run."""

    allowed = Signal(object)
    """The code is to run; carries the sources."""
    shown = Signal(str)
    """The code is to be shown in the editor; carries its text."""

    def __init__(self, style: Style, panel: QWidget) -> None:
        super().__init__(_TITLE, style, panel)
        self._sources: tuple[OwnSource, ...] = ()
        self.message = text_label(name="What the code is")
        tip = "Only if you trust it: the run can then go on"
        self.run = tab_button("Run the code", tip, self._allow)
        self.read = tab_button("Read it", "Show the code in the editor; it is not run", self._show)
        tip = "Show the run without its code; it cannot be trained further by this rule"
        self.leave = tab_button("Leave it", tip, self.dismiss)
        row = QHBoxLayout()
        fill_box(row, self.read, self.run, self.leave, None)
        self.body.addWidget(self.message)
        self.body.addLayout(row)

    def show_code(self, variants: Sequence[OwnVariant]) -> None:
        """Ask whether these operations are to run."""
        sources = {variant.source.text: variant.source for variant in variants}
        self._sources = tuple(sources.values())
        operations = ", ".join(TITLES[variant.operation] for variant in variants)
        self.message.setText(
            f"It computes: {operations}. Without it, you can look at every iteration, but not "
            f"train further by this rule. {RIGHTS}"
        )
        self.reveal()

    @Slot()
    def _allow(self) -> None:
        self.hide()
        self.allowed.emit(self._sources)

    @property
    def text(self) -> str:
        """The code."""
        return "\n\n\n".join(source.text.strip("\n") for source in self._sources) + "\n"

    @Slot()
    def _show(self) -> None:
        self.shown.emit(self.text)
