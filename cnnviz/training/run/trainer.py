"""The trainer: owns the parameters and the history of a run, and iterates. Used by one thread."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self, Unpack

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import BUNDLED
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.fast import COVERED
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Batch, Parameters, Tensors
from cnnviz.numerics.variants import Variant
from cnnviz.training.errors import BranchError
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.branch_names import fork_name
from cnnviz.training.run.branches import Branches
from cnnviz.training.run.current_state import CurrentState, ReachedState
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.edits import change_words
from cnnviz.training.run.held_out import HeldOut
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import check_subset
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings, SettingsChange


class Trainer:
    """A run: a data set, settings, the branches of states so far, and the current state.

    An iteration from a past state with other settings, or an edit, begins a branch; the former one
    stays. Nothing is computed before it is needed.

    Raises SettingsError if the subset is larger than the data set, and DataError if an image of the
    subset cannot be read.

    `source` is what `cnnviz.data.source.load` takes for the data set; run files keep it.
    """

    def __init__(self, dataset: Dataset, settings: Settings, source: str = BUNDLED) -> None:
        check_subset(dataset, settings)
        self._branches = Branches(dataset, source, settings)
        self._now = CurrentState(self._branches.current, settings, ReachedState.first(settings))
        self.held_out = HeldOut()
        """Evaluates states at intervals, if it is on."""

    @classmethod
    def from_branches(
        cls,
        branches: Branches,
        iteration: int,
        settings: Settings,
        parameters: Parameters | None = None,
    ) -> Self:
        """Resume branches at a state of the current one.

        `settings` are in force for the next iteration. `parameters` are those of the state, if it
        is yet to be added to the history.
        """
        branch = branches.current
        trainer = cls(branch.dataset, branch.history.settings[0].settings, branch.source)
        now = trainer._now
        trainer._branches = branches
        now.enter(branch)
        if parameters is None:
            now.go_to(iteration, lambda: False)
        else:
            now.settings = settings
            now.move(iteration, ReachedState(parameters, settings))
            trainer._settle()
        name = branch.name
        trainer.apply(settings)
        branch.name = name  # as it was, though other settings may have given it
        return trainer

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Report the progress of an iteration, 0 to 1, from now on."""
        self._now.report(on_progress)

    def close(self) -> None:
        """End the threads of the kernel."""
        self._now.close()
        self.held_out.close()

    @property
    def dataset(self) -> Dataset:
        """The images and labels, without the pixels drawn over them."""
        return self._now.branch.dataset

    @property
    def settings(self) -> Settings:
        """The settings of the next iteration."""
        return self._now.settings

    @property
    def current_state(self) -> CurrentState:
        """The current state, which only the trainer moves; it is in the history."""
        self._settle()
        return self._now

    @property
    def reached(self) -> ReachedState:
        """The current state as it was reached; it may not be in the history yet."""
        return self._now.reached

    @property
    def iteration(self) -> int:
        """The iteration of the current state."""
        return self._now.iteration

    @property
    def last(self) -> int:
        """The newest state of the branch."""
        return max(self.iteration, self._history.last)

    @property
    def parameters(self) -> Parameters:
        """The parameters of the current state, in the settings' precision."""
        return self._now.parameters

    @property
    def batch(self) -> Batch:
        """The images of the subset, in the settings' precision."""
        return self._now.kernel(self.settings).batch

    @property
    def last_gradients(self) -> Tensors:
        """The gradients of the iteration before, if the rule keeps any; else nothing."""
        return self._now.last_gradients()

    @property
    def forward(self) -> ForwardPass | None:
        """The forward pass of the current state; None if it has no result."""
        return self._now.forward

    @property
    def notice(self) -> Notice | None:
        """The notice of the current state: a new warning, or why there is no next iteration."""
        return self._now.notice

    @property
    def pending_change(self) -> str:
        """The change of settings that the next step would make to the branch, in words; or ""."""
        self._settle()
        if self.iteration >= self._history.last:
            return ""
        return change_words(self._history.settings_after(self.iteration), self.settings)

    @property
    def curve(self) -> Curve:
        """Losses, accuracies and changes of the current branch."""
        self._settle()
        return self._history.curve()

    @property
    def branches(self) -> Branches:
        """The branches of the run, to name and delete; `switch` makes another current."""
        return self._branches

    def evaluate_held_out(self) -> None:
        """Evaluate the current state on the held-out images, if that is on and not done yet.

        Raises DataError if they cannot be read; evaluation is then off.
        """
        self.held_out.evaluate(self._now)

    def reset(self, seed: int | None = None) -> None:
        """Start again from iteration 0 with the seed's parameters; the old branch stays.

        Raises SettingsError if another seed is given and it is out of range.
        """
        if seed is not None:
            self._now.settings = replace(self.settings, seed=seed)
        self._begin(self.dataset, self._now.branch.source)

    def change(self, **change: Unpack[SettingsChange]) -> None:
        """Change some settings from the next iteration on; raise as `apply` does."""
        self.apply(replace(self.settings, **change))

    def apply(self, settings: Settings) -> None:
        """Use settings with the same seed from the next iteration on; another batch shows at once.

        Raises SettingsError if the subset is larger than the data set; everything stays as it was.
        Raises DataError if an image of the subset cannot be read; likewise.
        """
        check_subset(self.dataset, settings)
        now, before = self._now, self.settings
        now.kernel(settings)  # if memory is short, this fails before anything changes
        now.settings = settings
        if settings.batch_key != before.batch_key:
            now.invalidate()
        else:
            now.allow_retry()
        if self._history.last <= 0:
            self._branches.name_by_settings(settings)

    def exchange(self, variants: Sequence[Variant]) -> None:
        """Put these in place of equal variants in the rules of all branches, from now on.

        Own code that is allowed to run takes the place of the same that is not.
        """
        self._settle()
        self._now.settings = self.settings.exchanging(variants)
        for branch in self._branches.all:
            branch.history.exchange(variants)
        self._now.allow_retry()

    def use(self, dataset: Dataset, source: str) -> None:
        """Start again on other images, with a subset that fits; raise as `apply` does."""
        subset = min(self.settings.subset, len(dataset))
        self.begin(dataset, source, replace(self.settings, subset=subset, pixels=(), drawings=()))

    def begin(
        self,
        dataset: Dataset,
        source: str,
        settings: Settings,
        parameters: Parameters | None = None,
    ) -> None:
        """Begin a branch at iteration 0, by default with the parameters of the seed.

        The old branches stay, with their data. Raises as `apply` does.
        """
        check_subset(dataset, settings)
        self._now.kernel(settings, dataset)  # if memory is short, this fails before the change
        self._now.settings = settings
        self._begin(dataset, source, parameters)

    def step(self) -> bool:
        """Do one iteration; return False if the state allows none, as `notice` explains.

        In the past, with the settings of that time, this goes to the next recorded state; with
        others, it begins a branch.
        """
        if self._next_is_recorded():
            return self.go_to(self.iteration + 1)
        parameters = self._now.update()
        if parameters is None:
            return False
        by_hand = self.settings.rule not in COVERED
        self._go_on(ReachedState(parameters, self.settings, by_hand=by_hand))
        return True

    def back(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Go to the state before; return False at the first, or if interrupted."""
        return self.iteration > 0 and self.go_to(self.iteration - 1, interrupted)

    def go_to(self, iteration: int, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Go to a state of the branch, with the settings of that time.

        `interrupted` is called between the iterations of a recomputation. Once it returns True, the
        run stays where it was, and the method returns False.

        Raises HistoryError if the branch has no such state.
        """
        self._settle()
        return self._now.go_to(iteration, interrupted)

    def switch(self, number: int, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Go to the same iteration of another branch, or to its last if it is shorter.

        `interrupted` and the returned value are those of `go_to`.

        Raises BranchError if there is no such branch.
        """
        self._settle()
        branch = self._branches.branch(number)
        if branch is self._now.branch:
            return True
        return self.revisit(branch, min(self.iteration, branch.history.last), interrupted)

    def revisit(
        self, branch: BranchState, iteration: int, interrupted: Callable[[], bool] = lambda: False
    ) -> bool:
        """Go to a state of any branch, which is restored if it has been deleted.

        `interrupted` and the returned value are those of `go_to`.

        Raises HistoryError if the branch has no such state, and BranchError if the branch can no
        longer be restored.
        """
        self._settle()
        now, branches = self._now, self._branches
        if branch is now.branch:
            return now.go_to(iteration, interrupted)
        is_gone = branch not in branches.all
        if is_gone and not branches.is_restorable(branch.number):
            raise BranchError(f"“{branch.name}” can no longer be restored.")
        if not now.switch(branch, iteration, interrupted):
            return False
        if is_gone:
            branches.restore(branch.number)
        branches.switch(branch)
        return True

    def enter_edited(self, state: ReachedState) -> None:
        """Add an edited state to the current branch of `branches`, in place of the current state.

        The settings of the next iteration stay.
        """
        now = self._now
        now.enter(self._branches.current)
        pending, now.settings = now.settings, state.by  # for the loss, those of the time
        now.move(now.iteration, state)
        self._settle()
        self.apply(pending)

    def advance_to(self, parameters: Parameters) -> None:
        """Go to the next state with parameters that were computed elsewhere, as `step` does.

        The parameters are in the settings' precision; the history keeps exactly these.
        """
        self._settle()
        if self._next_is_recorded():
            self.go_to(self.iteration + 1)
        else:
            self._go_on(ReachedState(parameters, self.settings, by_hand=True))

    def discard_after(self, iteration: int) -> None:
        """Go to a state, and remove the newer ones from the branch, and their bookmarks.

        Raises HistoryError if the state is not one of the branch's own.
        """
        self.go_to(iteration)
        branch = self._now.branch
        branch.history.truncate(iteration)
        branch.bookmarks = {i: name for i, name in branch.bookmarks.items() if i <= iteration}
        branch.warnings = branch.warnings.fork(iteration + 1)
        self._now.enter(branch)
        self._branches.name_by_settings(self.settings)

    @property
    def _history(self) -> History:
        return self._now.branch.history

    def _settle(self) -> None:
        """Record the current state in the history."""
        _ = self._now.forward

    def _begin(self, dataset: Dataset, source: str, parameters: Parameters | None = None) -> None:
        """Begin a branch at iteration 0, by default from the parameters of the seed."""
        self._now.enter(self._branches.begin(dataset, source, self.settings))
        first = ReachedState.first(self.settings)
        if parameters is not None:
            first = ReachedState(parameters, self.settings, by_hand=True)
        self._now.move(0, first)

    def _next_is_recorded(self) -> bool:
        """Whether the next state is recorded: in the past, with the settings of that time."""
        here = self.iteration
        return here < self.last and self.settings.kept == self._history.settings_after(here)

    def _go_on(self, reached: ReachedState) -> None:
        """Go to a new state after the current one; in the past, that begins a branch."""
        here = self.iteration
        if here < self.last:
            before, taken = self._history.settings_after(here), self._branches.names
            name = fork_name(before, self.settings, here, taken)
            self._now.enter(self._branches.fork(here + 1, name))
            if before.batch_key != self.settings.batch_key:
                self._now.revise()
        marks = len(self._history.settings)
        self._now.move(here + 1, reached)
        self._settle()
        if here == 0 or len(self._history.settings) != marks:
            self._branches.name_by_settings(self.settings)
        if self.held_out.is_due(self._now):
            self.held_out.evaluate(self._now)
