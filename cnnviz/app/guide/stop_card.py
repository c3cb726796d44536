"""The card that is shown when a run stops: the event, its cause, and changes that would help."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from cnnviz.app.guide.card import Card
from cnnviz.app.guide.trial_curves import TrialCurves
from cnnviz.app.look.style import Style
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.sentences import as_sentence
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.share_bar import ShareBar
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.numerics.number_format import loss_text, percent
from cnnviz.training.comparison.trials import ITERATIONS, CandidateTrial, Trials, try_candidates
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings

_KIND: Final = "trials"
_SHOWN: Final = 3
"""Helpful changes that are listed."""


class StopCard(Card):
    """Explains why a run has stopped, and offers the changes that were found to help."""

    explanation_requested = Signal(str)
    """Carries the operation in which it happened."""
    continued = Signal()
    """The run is to go on."""
    change_chosen = Signal(object)
    """Carries the `Candidate` to go on with."""

    def __init__(self, tasks: BackgroundTasks, style: Style, panel: QWidget) -> None:
        self.curves = TrialCurves(style)
        super().__init__("", style, panel)
        self._tasks = tasks
        self._subject: tuple[Dataset, Settings, Parameters] | None = None
        self._operation = ""
        self.message = text_label(name="What happened")
        tip = "Tries lower rates and each correction, from here and from the start"
        self.why = tab_button("Show me why", act=self._show_why)
        self.help = tab_button("What would help?", tip, self._try)
        self.go_on = tab_button("Continue", act=self._go_on)
        self.progress = ShareBar("Progress of the trials")
        self.found = text_label(name="What was found")
        self._choices = QGridLayout()
        self._choices.setColumnStretch(1, 1)
        row = QHBoxLayout()
        fill_box(row, self.why, self.help, self.go_on, None)
        self.body.addWidget(self.message)
        self.body.addLayout(row)
        for part in (self.progress, self.found, self.curves):
            self.body.addWidget(part)
        self.body.addLayout(self._choices)
        self.dispensable = [self.message, self.curves]  # the status bar has the message, too
        self.setTabOrder(self.go_on, self.close_button)
        self.closed.connect(self._stop)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        super().set_style(style)
        self.curves.set_style(style)

    def show_notice(
        self, notice: Notice, dataset: Dataset, settings: Settings, parameters: Parameters
    ) -> None:
        """Say what stopped a run in this state."""
        self._stop()
        self._subject, self._operation = (dataset, settings, parameters), notice.operation
        self.title.setText(f"Stopped at iteration {notice.iteration:,}: {notice.kind}")
        self.message.setText(as_sentence(notice.message))
        self.go_on.setVisible(not notice.final)
        self.help.setEnabled(True)
        for part in (self.progress, self.found, self.curves):
            self.withdraw(part)
        self._clear_choices()
        self.reveal()

    @Slot()
    def _try(self) -> None:
        if self._subject is None:
            return
        dataset, settings, parameters = self._subject
        self.help.setEnabled(False)
        self.progress.show_share(0.0)
        self.progress.show()
        self._tasks.start(
            _KIND,
            lambda report: try_candidates(dataset, settings, parameters, report),
            self._show_trials,
            on_progress=self.progress.show_share,
            on_error=self._show_text,
        )

    def _show_trials(self, trials: Trials) -> None:
        helpful = trials.helpful[:_SHOWN]
        tried = f"Tried {len(trials.changed)} changes for {ITERATIONS} iterations each. "
        before = trials.unchanged
        end = "it stops" if before.last_loss == float("inf") else loss_text(before.last_loss)
        if not helpful:
            self._show_text(f"{tried}None ends clearly lower than without a change ({end}).")
            return
        self._show_text(f"{tried}Without a change, the loss ends at {end}. These end lower:")
        self.curves.show_trials(before, helpful[0])
        self.curves.show()
        for row, trial in enumerate(helpful):
            words = _words(trial)
            use = tab_button("Use", act=partial(self._choose, trial), name=f"Use: {words}")
            self._choices.addWidget(use, row, 0)
            self._choices.addWidget(text_label(words), row, 1)
        self.fit()

    def _show_text(self, text: str) -> None:
        self.progress.hide()
        self.found.setText(text)
        self.found.show()

    @Slot()
    def _show_why(self) -> None:
        self.explanation_requested.emit(self._operation)

    @Slot()
    def _go_on(self) -> None:
        self.dismiss()
        self.continued.emit()

    def _choose(self, trial: CandidateTrial) -> None:
        self.dismiss()
        self.change_chosen.emit(trial.candidate)

    @Slot()
    def _stop(self) -> None:
        self._tasks.cancel(_KIND)

    def _clear_choices(self) -> None:
        while (item := self._choices.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


def _words(trial: CandidateTrial) -> str:
    """Return the change of a trial and its last loss, in words."""
    where = "from the start" if trial.candidate.restarts else "from here"
    accuracy = percent(float(trial.accuracy[-1]))
    end = f"loss {loss_text(trial.last_loss)}, {accuracy} right".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{trial.candidate.title}, {where}: {end}"
