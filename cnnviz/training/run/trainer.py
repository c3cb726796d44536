"""The trainer: owns the parameters and the history of one run, and iterates. One thread's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Self, Unpack

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import BUNDLED
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.training.errors import EditError
from cnnviz.training.pixels import Pixel, with_pixel
from cnnviz.training.run.branches import Branches
from cnnviz.training.run.current_state import CurrentState, ReachedState
from cnnviz.training.run.edits import Edit, change_words, edited
from cnnviz.training.run.history import Curve, History
from cnnviz.training.run.kernel_cache import check_subset
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import history_of, run_of
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings, SettingsChange


def _never() -> bool:
    return False


class Trainer:
    """One run: a data set, settings, the states so far and the one that is looked at.

    The states form lines: wherever a person goes back and does otherwise, a branch begins, and the
    line that was there stays.

    Parameters
    ----------
    dataset : Dataset
    settings : Settings
        Nothing is computed before it is asked for.
    source : str
        What `cnnviz.data.source.load` takes for the data set; run files say it.

    Raises
    ------
    SettingsError
        Where the subset is larger than the data set.
    DataError
        Where an image of the subset cannot be had.
    """

    def __init__(self, dataset: Dataset, settings: Settings, source: str = BUNDLED) -> None:
        check_subset(dataset, settings)
        self._branches = Branches(dataset, source)
        self._now = CurrentState(self._branches.current, settings, _first(settings))

    @classmethod
    def from_run(cls, run: Run, dataset: Dataset, source: str = "") -> Self:
        """Take a recorded run up again, looking at its last state.

        Every state shows the file's own parameters, and can be gone on from.

        Parameters
        ----------
        run : Run
        dataset : Dataset
            The images that it was recorded on.
        source : str
            Where they came from, if not from where the run says.

        Raises
        ------
        RunFileError
            Where these are other images.
        """
        last, config = run.iterations, run.config
        history = history_of(run, dataset)
        pending = len(history.settings) < len(config.settings)
        trainer = cls(dataset, config.at_output(last), source or config.source)
        line = trainer._branches.current
        line.history = history
        trainer._branches.annotate(config.annotations.name, config.annotations.bookmarks)
        trainer._now.enter(line)
        parameters = Parameters(run.f[last], run.wo[last])
        trainer._now.move(last, ReachedState(parameters, trainer.settings))
        trainer._settle()
        trainer._branches.mark_saved(line)
        if pending:
            trainer.apply(config.settings[-1].settings)
        return trainer

    def to_run(
        self, branch: int | None = None, on_progress: ProgressCallback = lambda _share: None
    ) -> Run:
        """Return a whole branch, by default the current one, whichever state is the current one.

        Parameters that are not kept are computed again: for a long run, this takes as long as the
        run did.

        Parameters
        ----------
        branch : int, optional
            Its number.
        on_progress : callable
            Called with the share that is done; what it raises ends the work.

        Raises
        ------
        RunFileError
            Where the run would not fit in memory.
        """
        self._settle()
        line = self._now.line if branch is None else self._branches.line(branch)
        return run_of(self._now, line, on_progress)

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Let somebody hear, during a step, how much of it is done, 0 to 1."""
        self._now.report(on_progress)

    def close(self) -> None:
        """End the threads of the arithmetic."""
        self._now.close()

    @property
    def dataset(self) -> Dataset:
        """The images and labels in use, without what a person has drawn over them."""
        return self._now.line.dataset

    @property
    def source(self) -> str:
        """What `cnnviz.data.source.load` takes for the data set."""
        return self._now.line.source

    @property
    def data(self) -> Dataset:
        """The images as they are trained on: with the pixels drawn over them."""
        return self._now.data

    @property
    def settings(self) -> Settings:
        """In force for the next iteration."""
        return self._now.settings

    @property
    def iteration(self) -> int:
        """The state that is looked at."""
        return self._now.iteration

    @property
    def last(self) -> int:
        """The newest state of the line."""
        return max(self.iteration, self._history.last)

    @property
    def parameters(self) -> Parameters:
        """Of the state that is looked at."""
        return self._now.parameters

    @property
    def batch(self) -> Batch:
        """The images that the settings train on, in their precision."""
        return self._now.kernel(self.settings).batch

    @property
    def forward(self) -> ForwardPass | None:
        """The forward pass of the state that is looked at; None where it has no result."""
        return self._now.forward

    @property
    def notice(self) -> Notice | None:
        """What a person should know of the state that is looked at."""
        return self._now.notice

    @property
    def active_notice(self) -> Notice | None:
        """What keeps the state from an iteration, or the newest warning that holds in it."""
        return self._now.active_notice

    @property
    def pending_change(self) -> str:
        """How the settings differ from those with which the branch went on from here; or ""."""
        self._settle()
        if self.iteration >= self._history.last:
            return ""
        return change_words(self._history.settings_after(self.iteration), self.settings)

    @property
    def saturated(self) -> float:
        """Share of units that see ink and are saturated, 0 to 1; there must be a forward pass."""
        return self._now.saturated

    @property
    def curve(self) -> Curve:
        """Losses, accuracies and changes of the line that is looked at."""
        self._settle()
        return self._history.curve()

    @property
    def branches(self) -> Branches:
        """The lines of the run, to name and delete; `switch` looks at another."""
        return self._branches

    def reset(self, seed: int | None = None) -> None:
        """Start again from iteration 0 with the seed's parameters; the old branch stays.

        Raises
        ------
        SettingsError
            If another seed is given and it is out of range.
        """
        if seed is not None:
            self._now.settings = replace(self.settings, seed=seed)
        self._begin(self.dataset, self.source)

    def change(self, **change: Unpack[SettingsChange]) -> None:
        """Change some settings from the next iteration on.

        Raises
        ------
        SettingsError
            If a value is out of range, or the subset is larger than the data set.
        DataError
            If an image of the subset cannot be read.
        """
        self.apply(replace(self.settings, **change))

    def apply(self, settings: Settings) -> None:
        """Use settings with the same seed from the next iteration on; raise as `change` does.

        A change of the batch shows at once.
        """
        check_subset(self.dataset, settings)
        now, before = self._now, self.settings
        now.kernel(settings)  # where memory is short, this fails before anything changes
        now.settings = settings
        if _batch_of(settings) != _batch_of(before):
            now.look_again()
        else:
            now.reconsider()

    def use(self, dataset: Dataset, source: str) -> None:
        """Start again on other images; the subset shrinks to what there is.

        The old line stays a branch, with its data.

        Parameters
        ----------
        dataset : Dataset
        source : str
            What `cnnviz.data.source.load` takes for it.

        Raises
        ------
        SettingsError
            Where the data set is too small to train on; the old one stays in use.
        DataError
            Where an image of the subset cannot be had; likewise.
        """
        subset = min(self.settings.subset, len(dataset))
        settings = replace(self.settings, subset=subset, pixels=())
        self._now.kernel(settings, dataset)  # where memory is short, this fails before the change
        self._now.settings = settings
        self._begin(dataset, source)

    def step(self) -> bool:
        """Do exactly one iteration.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run; with others, a branch begins there.

        Returns
        -------
        bool
            False where the state allows no iteration; `notice` says why.
        """
        if self._follows_the_line():
            return self.go_to(self.iteration + 1)
        parameters = self._now.update()
        if parameters is None:
            return False
        self._go_on(ReachedState(parameters, self.settings))
        return True

    def back(self, interrupted: Callable[[], bool] = _never) -> bool:
        """Look at the state before; False at the first, and where that was interrupted."""
        return self.iteration > 0 and self.go_to(self.iteration - 1, interrupted)

    def go_to(self, iteration: int, interrupted: Callable[[], bool] = _never) -> bool:
        """Look at a state of the run, with the settings of that time.

        Parameters
        ----------
        iteration : int
        interrupted : callable
            Asked between the iterations of a long recomputation; True ends it early.

        Returns
        -------
        bool
            False where the recomputation was interrupted; then nothing has changed.

        Raises
        ------
        HistoryError
            Where the run has no such state.
        """
        self._settle()
        return self._now.go_to(iteration, interrupted)

    def switch(self, number: int, interrupted: Callable[[], bool] = _never) -> bool:
        """Look at another branch, at the same iteration, or its last where it has not that many.

        Parameters
        ----------
        number : int
        interrupted : callable
            Asked between the iterations of a long recomputation; True ends it early.

        Returns
        -------
        bool
            False where the recomputation was interrupted; then nothing has changed.

        Raises
        ------
        BranchError
            Where there is no such branch.
        """
        self._settle()
        line = self._branches.line(number)
        if line is self._now.line:
            return True
        arrived = self._now.switch(line, interrupted)
        if arrived:
            self._branches.switch(line)
        return arrived

    def edit(self, edit: Edit) -> None:
        """Give one parameter of the state that is looked at another value: a branch begins with it.

        Where that state was made by editing and nothing has followed, it is edited once more.

        Raises
        ------
        EditError
            Where the edit is not of this state.
        """
        self._settle()
        now, here, history = self._now, self.iteration, self._history
        if edit.iteration != here:
            raise EditError(f"iteration {edit.iteration} is not looked at: {here} is.")
        by = history.settings_after(here - 1) if here else history.settings[0].settings
        parameters = edited(now.reached.parameters, edit)
        edits = self._branches.fork_for(edit)
        now.enter(self._branches.current)
        pending, now.settings = now.settings, by  # its loss is one of the time
        now.move(here, ReachedState(parameters, by, by_hand=True, edits=edits))
        self._settle()
        self.apply(pending)

    def draw(self, pixel: Pixel) -> None:
        """Draw one pixel over an image, from the next iteration on; it is seen at once.

        Raises
        ------
        SettingsError
            Where the data set has no such image.
        """
        pixels = with_pixel(self.settings.pixels, pixel, self.dataset)
        self.apply(replace(self.settings, pixels=pixels))

    def erase(self, image: int) -> None:
        """Take back all that is drawn over an image."""
        pixels = tuple(p for p in self.settings.pixels if p.image != image)
        self.apply(replace(self.settings, pixels=pixels))

    def take(self, parameters: Parameters) -> None:
        """Go to the next state with parameters that were computed elsewhere from this one.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run as it was recorded; with others, a branch begins there.

        Parameters
        ----------
        parameters : Parameters
            In the settings' precision; the history keeps exactly these.
        """
        self._settle()
        if self._follows_the_line():
            self.go_to(self.iteration + 1)
        else:
            self._go_on(ReachedState(parameters, self.settings, by_hand=True))

    def take_back(self, iteration: int) -> None:
        """Forget the newest states after one, as if they had not been, and look at that one.

        Raises
        ------
        HistoryError
            Where the line has no such state of its own.
        """
        self.go_to(iteration)
        line = self._now.line
        line.history.truncate(iteration)
        line.watch = line.watch.fork(iteration + 1)
        self._now.enter(line)

    @property
    def _history(self) -> History:
        return self._now.line.history

    def _settle(self) -> None:
        """Have the present state in the history."""
        _ = self._now.forward

    def _begin(self, dataset: Dataset, source: str) -> None:
        """Begin a line, and look at its iteration 0."""
        self._now.enter(self._branches.begin(dataset, source, History()))
        self._now.move(0, _first(self.settings))

    def _follows_the_line(self) -> bool:
        """Whether the next state is one that was there: in the past, with settings of the time."""
        here = self.iteration
        return here < self.last and self.settings.kept == self._history.settings_after(here)

    def _go_on(self, reached: ReachedState) -> None:
        """Look at a new state after the present one; in the past, that begins a branch."""
        here = self.iteration
        if here < self.last:
            name = f"{self.pending_change} at iteration {here:,}"
            self._now.enter(self._branches.fork(here + 1, name))
        self._now.move(here + 1, reached)
        self._settle()


def _first(settings: Settings) -> ReachedState:
    return ReachedState(initial_parameters(settings.seed), settings)


def _batch_of(settings: Settings) -> tuple[object, ...]:
    """Return what the batch depends on, but for the data set."""
    return settings.subset, settings.dtype, settings.pixels
