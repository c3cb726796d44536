"""The Hunt panel: a case by number, instruments that cost, an answer, and the reveal."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from cnnviz.app.hunt.evidence_view import EvidenceView
from cnnviz.app.hunt.instrument_button import InstrumentButton
from cnnviz.app.hunt.loss_plots import LossPlots
from cnnviz.app.hunt.words import PLACE_TITLES, RULES, reveal_words, state_words
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.save_dialog import RESULT
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.hunt.cases import NUMBERS, hunt_case
from cnnviz.training.hunt.hunt import HINT_COST, PLACES, Hunt, Look, choices, hints
from cnnviz.training.hunt.instruments import INSTRUMENTS, NOTE, Evidence, instrument
from cnnviz.training.hunt.passed_over import passed_over
from cnnviz.training.hunt.result_file import LONGEST_NAME, as_bytes
from cnnviz.training.loop.frame import Frame

_KIND: Final = "hunt"
_SURE: Final = 50
_CHARACTERS: Final = 28
"""Of a choice that is shown whole at the least width."""
_LEAST: Final = 26 * GRID
"""The least width of the instruments at the normal scale, in pixels."""


class HuntPanel(QWidget):
    """Plays one hunt at a time. It does not touch the run."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._tasks = tasks
        self.hunt: Hunt | None = None
        self.losses = LossPlots(style)
        self.losses.hide()
        self._create_parts()
        self._lay_out()
        self.set_style(style)
        self._show_phase()

    def show_frame(self, frame: Frame) -> None:
        """Do nothing: a case has nothing to do with the run."""

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.evidence.set_font(style.number_font)
        self.losses.set_style(style)
        self._area.setMinimumWidth(round(_LEAST * style.scale))

    def sizeHint(self) -> QSize:
        """Return a size that shows instruments and evidence."""
        return QSize(100 * GRID, 80 * GRID)

    # Moves.

    @Slot()
    def _open(self) -> None:
        self._tasks.cancel(_KIND)
        self.hunt = Hunt(self.number.value())
        self.evidence.clear()
        self.losses.hide()
        self.name.clear()
        self._show_phase()

    @Slot()
    def _open_any(self) -> None:
        low, high = NUMBERS
        self.number.setValue(low + secrets.randbelow(high - low + 1))
        self._open()

    def _look(self, name: str) -> None:
        hunt, used = self.hunt, instrument(name)
        if hunt is None:
            return
        operation = self.operation.currentData() if used.of_operation else ""
        look = Look(name, operation)
        title = f"{used.title}: {PLACE_TITLES[operation]}" if operation else used.title

        def observe(_on_progress: object) -> Evidence:
            return used.observe(hunt_case(hunt.number), operation)

        def show(found: Evidence) -> None:
            if self.hunt is not None:
                self.hunt = self.hunt.look(look)
                self._write(
                    title, f"  drawn above\n{found.problem}" if found.losses else found.text
                )
                if found.losses:
                    self.losses.show_evidence(found)
                    self.losses.show()

        self._compute(observe, show)

    @Slot()
    def _take_hint(self) -> None:
        if self.hunt is not None:
            self.hunt = self.hunt.hint()
            number = self.hunt.hints
            self._write(f"hint {number}", f"  {hints(self.hunt.number)[number - 1]}\n")
            self._show_phase()

    @Slot()
    def _answer(self) -> None:
        """Make the move that comes next in the answer."""
        hunt = self.hunt
        if hunt is None:
            return
        match hunt.phase:
            case "looking":
                self.hunt = hunt.name_place(self.place.currentData())
            case "named":
                self.hunt = hunt.explain(self.title.currentText())
            case "explained":
                self.hunt = revealed = hunt.be_sure(self.sure.value())
                self._compute(
                    lambda _on_progress: passed_over(revealed),
                    lambda over: self._write("the case", f"{reveal_words(revealed, over)}\n"),
                )
        self._show_phase()

    @Slot()
    def _reconsider(self) -> None:
        if self.hunt is not None:
            self.hunt = self.hunt.reconsider()
            self._show_phase()

    @Slot()
    def _save(self) -> None:
        hunt, name = self.hunt, self.name.text().strip()
        if hunt is not None:
            content = as_bytes(hunt, name)
            request_export(self, Export(f"hunt-{hunt.number}", {RESULT: lambda: content}))

    def _compute(self, compute: Callable[[object], object], show: Callable[..., object]) -> None:
        """Compute something beside the window; meanwhile, no other move is possible."""
        for part in (self._instruments, self._answers):
            part.setEnabled(False)
        self.state.setText("Looking …")

        def finish(result: object) -> None:
            show(result)
            self._show_phase()

        def fail(sentence: str) -> None:
            self._write("an error", f"  {sentence}\n")
            self._show_phase()

        self._tasks.start(_KIND, compute, finish, on_error=fail)

    # The contents.

    def _write(self, title: str, text: str) -> None:
        self.evidence.append_plain(f"{title[:1].upper()}{title[1:]}\n{text}")

    def _show_phase(self) -> None:
        """Enable the controls that are possible now."""
        hunt = self.hunt
        phase = "" if hunt is None else hunt.phase
        self.state.setText(RULES if hunt is None else state_words(hunt))
        self._answers.setEnabled(True)
        self._instruments.setEnabled(phase == "looking")
        self.hint.setEnabled(hunt is not None and hunt.hints < len(hints(hunt.number)))
        for part in (self._area, self._answers, self.evidence):
            part.setVisible(hunt is not None)
        self.place.setVisible(phase == "looking")
        if phase == "named" and hunt is not None:
            self.title.clear()
            self.title.addItems(list(choices(hunt.place)))
        self.title.setVisible(phase == "named")
        self.sure.setVisible(phase == "explained")
        self.go_on.setVisible(phase in {"looking", "named", "explained"})
        self.back.setVisible(phase in {"named", "explained"})
        for part in (self.name, self.save):
            part.setVisible(phase == "revealed")
        place = "" if hunt is None or not hunt.place else PLACE_TITLES[hunt.place]
        question, button = {
            "looking": ("What is wrong?", "Name it"),
            "named": (f"What is wrong with {place}?", "That is it"),
            "explained": ("How sure are you?", "Reveal"),
        }.get(phase, ("", ""))
        self.question.setText(question)
        self.go_on.setText(button)

    # Parts.

    def _create_parts(self) -> None:
        tip = "The same number is the same case on every machine"
        self.number = IntegerBox("Number of the case", tip, NUMBERS, prefix="case ", separator="")
        self.open = tab_button("Open", "Begin this case", self._open)
        self.any = tab_button("Any case", "Begin a random case", self._open_any)
        self.state = text_label(name="State of the hunt")
        self.evidence = EvidenceView()
        self.evidence.setMinimumHeight(12 * GRID)
        self.operation = ElidingComboBox(_CHARACTERS, "Operation to look at")
        for operation in OPERATIONS:
            self.operation.addItem(operation.title, operation.name)
        self.instruments = {
            used.name: InstrumentButton(
                f"{used.title[:1].upper()}{used.title[1:]}: {used.cost}",
                f"Costs {used.cost}, once",
                partial(self._look, used.name),
            )
            for used in INSTRUMENTS
        }
        self.hint = tab_button(f"Hint: {HINT_COST}", f"Costs {HINT_COST}", self._take_hint)
        self.question = QLabel()
        self.place, self.title = (
            ElidingComboBox(_CHARACTERS, "What is wrong"),
            ElidingComboBox(_CHARACTERS, "What is wrong there"),
        )
        for place in PLACES:
            self.place.addItem(PLACE_TITLES[place], place)
        tip = "From 0 % for a guess to 100 % for certainty"
        self.sure = IntegerBox("How sure you are", tip, (0, 100), _SURE, suffix=" %")
        self.go_on = tab_button("Name it", "Go on with the answer", self._answer)
        self.back = tab_button(
            "Take back", "Take the answer back, and look again", self._reconsider
        )
        self.name = QLineEdit(placeholderText="your name")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName("Your name, for the result")
        self.name.setToolTip("Written into the file of the result, for the teacher")
        self.save = tab_button("Save result…", "Save it for the teacher to confirm", self._save)

    def _lay_out(self) -> None:
        self._instruments = QWidget()
        of_operation = [used.name for used in INSTRUMENTS if used.of_operation]
        others = [name for name in self.instruments if name not in of_operation]
        heading = text_label("Instruments, and what a look costs", look="heading")
        note = text_label(NOTE, look="muted")
        parts = (
            heading,
            *(self.instruments[name] for name in others),
            self.operation,
            *(self.instruments[name] for name in of_operation),
            self.hint,
            note,
        )
        fill_box(QVBoxLayout(self._instruments), *parts, None, spacing=GRID // 2)
        area = self._area = scrolled(self._instruments)
        self._answers = flow_row(
            *(self.question, self.place, self.title, self.sure, self.go_on, self.back),
            *(self.name, self.save),
        )
        top, middle = QHBoxLayout(), QHBoxLayout()
        fill_box(top, self.number, self.open, self.any, None)
        middle.addWidget(area, 2)
        found = QVBoxLayout()
        fill_box(found, self.losses, self.evidence, stretched=self.evidence)
        middle.addLayout(found, 3)
        column = QVBoxLayout(self)
        fill_box(column, top, self.state, margins=(GRID, 0, GRID, GRID))
        column.addLayout(middle, 1)
        column.addWidget(self._answers)
