"""The trainer: owns the parameters and the history of one run, and iterates. One thread's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Self

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import BUNDLED
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.forward import Forward
from cnnviz.numerics.network import Batch, Floats, Parameters, initial_parameters
from cnnviz.training.arithmetic import Arithmetic, check_subset
from cnnviz.training.branches import Branches, Line
from cnnviz.training.edits import Edit, change_words, edit_words, edited
from cnnviz.training.errors import EditError, RunFileError, SettingsError
from cnnviz.training.frame import Frame, image_view, predictions, upright
from cnnviz.training.history import Curve, History, Mark
from cnnviz.training.pixels import Pixel, with_pixel
from cnnviz.training.replay import InterruptedReplayError, Replay
from cnnviz.training.room import empty_parameters
from cnnviz.training.run import Run, RunConfig
from cnnviz.training.settings import Settings
from cnnviz.training.warnings import Notice, Vitals, Watch, notice_of


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
    """

    def __init__(self, dataset: Dataset, settings: Settings, source: str = BUNDLED) -> None:
        check_subset(dataset, settings)
        self._settings = settings
        self._arithmetic = Arithmetic()
        self._forward: Forward | None
        self._notice: Notice | None
        self._saturated: float | None
        self._reached: Parameters
        self._reached_by: Settings
        self._branches = Branches(dataset, source)
        self._begin()

    @classmethod
    def from_run(cls, run: Run, dataset: Dataset) -> Self:
        """Take a recorded run up again, looking at its last state.

        Every state shows the file's own parameters, and can be gone on from.

        Parameters
        ----------
        run : Run
        dataset : Dataset
            The images that it was recorded on.

        Raises
        ------
        RunFileError
            Where these are other images.
        """
        config = run.config
        if not config.fits(dataset):
            raise RunFileError(
                f"the run was recorded on {config.images:,} images from {config.source}, which "
                f"are not the first of {dataset.name}: load the data that it was recorded on."
            )
        last = run.iterations
        first, *changes = config.settings
        acted = [first, *(mark for mark in changes if mark.iteration < last)]
        trainer = cls(dataset, config.at_output(last), config.source)
        line = trainer._branches.current
        line.history = History.of_file((run.f, run.wo), run.loss, run.accuracy, acted)
        trainer._enter(line)
        trainer._move(last, Parameters(run.f[last], run.wo[last]), trainer.settings)
        if len(acted) < len(config.settings):
            trainer._run_forward()
            trainer.change(config.settings[-1].settings)
        return trainer

    def to_run(self) -> Run:
        """Return the whole line that is looked at, whichever state is.

        Parameters that are not kept are computed again: for a long run, this takes as long as the
        run did.

        Raises
        ------
        RunFileError
            Where the run would not fit in memory.
        """
        self._run_forward()
        history, last = self._history, self._history.last
        settings = history.settings
        if self._iteration == last and self._settings.kept != settings[-1].settings:
            settings = (*settings, Mark(last, self._settings.kept))
        config = RunConfig.of(self.source, self.dataset, settings)
        f, wo = empty_parameters(last, config.dtype)
        for iteration in range(last + 1):
            parameters = self._parameters_at(iteration, _never)
            f[iteration], wo[iteration] = parameters.f, parameters.wo
        curve = history.curve()
        output = self._output_at(max(0, last - 1), config.at_output(last))
        return Run(f, wo, curve.loss[:last], curve.accuracy[:last], output, config)

    def close(self) -> None:
        """End the threads of the arithmetic."""
        self._forward_done = False
        self._arithmetic.close()

    @property
    def dataset(self) -> Dataset:
        """The images and labels in use, without what a person has drawn over them."""
        return self._line.dataset

    @property
    def source(self) -> str:
        """What `cnnviz.data.source.load` takes for the data set."""
        return self._line.source

    @property
    def settings(self) -> Settings:
        """In force for the next iteration."""
        return self._settings

    @property
    def iteration(self) -> int:
        """The state that is looked at."""
        return self._iteration

    @property
    def last(self) -> int:
        """The newest state of the run."""
        return max(self._iteration, self._history.last)

    @property
    def parameters(self) -> Parameters:
        """Of the state that is looked at."""
        return self._parameters

    @property
    def batch(self) -> Batch:
        """The images that the settings train on, in their precision."""
        return self._kernel_for(self._settings).batch

    @property
    def forward(self) -> Forward | None:
        """The forward pass of the state that is looked at; None where it has no result."""
        self._run_forward()
        return self._forward

    @property
    def notice(self) -> Notice | None:
        """What a person should know of the state that is looked at."""
        self._run_forward()
        return self._notice

    @property
    def saturated(self) -> float:
        """Share of units that see ink and are saturated, 0 to 1; there must be a forward pass."""
        self._run_forward()
        if self._saturated is None:
            self._saturated = self._vitals().saturated
        return self._saturated

    @property
    def curve(self) -> Curve:
        """Losses, accuracies and changes of settings of the whole run."""
        self._run_forward()
        return self._history.curve()

    def reset(self) -> None:
        """Start again from iteration 0 with the seed's parameters; the old line stays a branch."""
        self._branches.begin(self.dataset, self.source, History())
        self._begin()

    def change(self, settings: Settings) -> None:
        """Use other settings from the next iteration on; another seed starts again.

        What they say of the batch is seen at once.

        Raises
        ------
        SettingsError
            Where the subset is larger than the data set.
        """
        check_subset(self.dataset, settings)
        self._kernel_for(settings)  # where memory is short, this fails before anything changes
        before, self._settings = self._settings, settings
        if settings.seed != before.seed:
            self.reset()
        elif _batch_of(settings) != _batch_of(before):
            self._move(self._iteration, self._reached, self._reached_by)
        elif self._forward is not None:
            self._notice = self._watch.notice(self._iteration)  # a failed update may now succeed

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
        """
        subset = min(self._settings.subset, len(dataset))
        settings = replace(self._settings, subset=subset, pixels=())
        self._kernel_for(settings, dataset)  # where memory is short, this fails before the change
        self._settings = settings
        self._branches.begin(dataset, source, History())
        self._begin()

    def step(self) -> bool:
        """Do exactly one iteration.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run; with others, a branch begins there.

        Returns
        -------
        bool
            False where the state allows no iteration; `notice` says why.
        """
        here = self._iteration
        if here < self.last and self._settings.kept == self._history.settings_after(here):
            return self.go_to(here + 1)
        self._run_forward()
        if self._forward is None:
            return False
        kernel = self._kernel_for(self._settings)
        try:
            parameters = kernel.update(self._settings.rule, self._settings.learning_rate)
        except NumericsError as error:
            self._notice = notice_of(error, here)
            return False
        if here < self.last:
            self._enter(self._branches.fork(here + 1, self._name_of_branch()))
        self._move(here + 1, parameters, self._settings)
        self._run_forward()
        return True

    def back(self, interrupted: Callable[[], bool] = _never) -> bool:
        """Look at the state before; False at the first, and where that was interrupted."""
        return self._iteration > 0 and self.go_to(self._iteration - 1, interrupted)

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
        self._run_forward()
        return self._go_to(iteration, interrupted)

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
        self._run_forward()
        old, new = self._line, self._branches.line(number)
        if new is old:
            return True
        arrived = False
        try:
            self._enter(new)
            arrived = self._go_to(min(self._iteration, new.history.last), interrupted)
        finally:
            if arrived:
                self._branches.switch(new)
            else:
                self._enter(old)
                self._forward_done = False
        return arrived

    def edit(self, edit: Edit) -> None:
        """Give one parameter of the state that is looked at another value: a branch begins with it.

        Where that state was made by editing and nothing has followed, it is edited once more.

        Raises
        ------
        EditError
            Where the edit is not of this state.
        """
        self._run_forward()
        here, history = self._iteration, self._history
        if edit.iteration != here:
            raise EditError(f"iteration {edit.iteration} is not looked at: {here} is.")
        edits: tuple[Edit, ...] = (edit,)
        by = history.settings_after(here - 1) if here else history.settings[0].settings
        before = tuple(e for e in history.edits if e.iteration == here)
        if before and self._branches.is_tip(here):
            edits = (*(e for e in before if (e.tensor, e.index) != (edit.tensor, edit.index)), edit)
            name = self._line.name
            if name == _name_of_edits(before):
                self._line.name = _name_of_edits(edits)
            self._enter(self._branches.again())
        else:
            self._enter(self._branches.fork(here, _name_of_edits(edits)))
        pending, self._settings = self._settings, by  # its loss is one of the time
        self._move(here, edited(self._reached, edit), by, edits)
        self._by_hand = True
        self._run_forward()
        self.change(pending)

    def draw(self, pixel: Pixel) -> None:
        """Draw one pixel over an image, from the next iteration on; it is seen at once.

        Raises
        ------
        SettingsError
            Where the data set has no such image.
        """
        if pixel.image >= len(self.dataset):
            raise SettingsError(
                f"there is no image {pixel.image}: {self.dataset.name} has {len(self.dataset):,}, "
                "counted from 0."
            )
        pixels = with_pixel(self._settings.pixels, pixel, self.dataset)
        self.change(replace(self._settings, pixels=pixels))

    def erase(self, image: int) -> None:
        """Take back all that is drawn over an image."""
        pixels = tuple(p for p in self._settings.pixels if p.image != image)
        self.change(replace(self._settings, pixels=pixels))

    def take(self, parameters: Parameters) -> None:
        """Go to the next state with parameters that were computed elsewhere from this one.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run as it was recorded; with others, a branch begins there.

        Parameters
        ----------
        parameters : Parameters
            In the settings' precision; the history keeps exactly these.
        """
        here = self._iteration
        self._run_forward()
        if here < self.last and self._settings.kept == self._history.settings_after(here):
            self.go_to(here + 1)
            return
        if here < self.last:
            self._enter(self._branches.fork(here + 1, self._name_of_branch()))
        self._move(here + 1, parameters, self._settings)
        self._by_hand = True
        self._run_forward()

    @property
    def branches(self) -> Branches:
        """The lines of the run, to name and delete; `switch` looks at another."""
        return self._branches

    def take_back(self, iteration: int) -> None:
        """Forget the newest states after one, as if they had not been, and look at that one.

        Raises
        ------
        HistoryError
            Where the run has no such state.
        """
        self.go_to(iteration)
        line = self._line
        line.history.truncate(iteration)
        line.watch = line.watch.fork(iteration + 1)
        self._enter(line)

    def frame(self, image: int, *, running: bool = False, done: int = 0) -> Frame:
        """Return the state that is looked at, for views.

        Parameters
        ----------
        image : int
            Index of the selected image; the subset's last where it is beyond.
        running, done
            What the frame says of them.
        """
        parameters, forward = self._parameters, self.forward
        index = min(max(0, image), self._settings.subset - 1)
        data = self._arithmetic.data(self.dataset, self._settings)
        selected = image_view(data, index, parameters, forward)
        views = self._branches.views()
        current = next(view for view in views if view.number == self._line.number)
        return Frame(
            self._iteration,
            self.last,
            running,
            done,
            self._settings,
            data,
            parameters,
            upright(parameters.f.transpose(2, 0, 1)),
            upright(parameters.wo.reshape(selected.maps.shape)),
            selected,
            predictions(data, self._settings.subset, forward),
            current.curve,
            self._notice or self._watch.standing(self._iteration),
            branch=current,
            branches=views,
            change=self._pending_change(),
        )

    @property
    def _line(self) -> Line:
        return self._looked_at

    @property
    def _history(self) -> History:
        return self._looked_at.history

    @property
    def _watch(self) -> Watch:
        return self._looked_at.watch

    def _begin(self) -> None:
        """Look at iteration 0 of a line that was just begun."""
        self._enter(self._branches.current)
        self._move(0, initial_parameters(self._settings.seed), self._settings)

    def _enter(self, line: Line) -> None:
        """Look at a line; a state of it is yet to be moved to."""
        self._looked_at = line
        self._replay = Replay(line.history, line.dataset, self._arithmetic)

    def _pending_change(self) -> str:
        """Say how the settings in force differ from those with which the line went on from here."""
        if self._iteration >= self._history.last:
            return ""
        return change_words(self._history.settings_after(self._iteration), self._settings)

    def _name_of_branch(self) -> str:
        return f"{self._pending_change()} at iteration {self._iteration:,}"

    def _go_to(self, iteration: int, interrupted: Callable[[], bool]) -> bool:
        try:
            parameters = self._parameters_at(iteration, interrupted)
        except InterruptedReplayError:
            return False
        then = self._history.settings_after(iteration)
        self._settings = replace(then, pause_on_warning=self._settings.pause_on_warning)
        self._move(iteration, parameters, then)
        return True

    def _move(
        self, iteration: int, reached: Parameters, by: Settings, edits: tuple[Edit, ...] = ()
    ) -> None:
        """Look at a state.

        Parameters
        ----------
        iteration : int
        reached : Parameters
            In the precision that they were reached in.
        by : Settings
            With which a new state was reached.
        edits : tuple of Edit
            What was changed by hand in a new state.
        """
        self._iteration = iteration
        self._edits, self._by_hand = edits, False
        self._reached, self._reached_by = reached, by
        with np.errstate(over="ignore"):
            self._parameters = reached.astype(self._settings.numpy_dtype)
        self._forward = None
        self._forward_done = False
        self._saturated = None
        self._notice = self._watch.notice(iteration)

    def _run_forward(self) -> None:
        """Run the forward pass of the present state, once; a new state goes into the history."""
        if self._forward_done:
            return
        self._forward = None
        try:
            self._forward = self._kernel_for(self._settings).forward(self._parameters)
        except NumericsError as error:
            self._notice = notice_of(error, self._iteration)
        self._forward_done = True
        if self._iteration > self._history.last:
            loss = self._forward.loss if self._forward else float("nan")
            accuracy = self._forward.accuracy if self._forward else float("nan")
            self._history.append(
                self._reached,
                self._reached_by,
                loss,
                accuracy,
                by_hand=self._by_hand,
                edits=self._edits,
            )
            if self._forward:
                vitals = self._vitals()
                self._saturated = vitals.saturated
                self._watch.see(self._iteration, vitals)
                self._notice = self._watch.notice(self._iteration)

    def _vitals(self) -> Vitals:
        return Vitals(
            self._kernel_for(self._settings).saturated_share(),
            float(np.abs(self._parameters.f).max()),
            float(np.abs(self._parameters.wo).max()),
        )

    def _parameters_at(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return a state's parameters, computed again where they are not kept."""
        kept = self._history.parameters(iteration)
        if kept is not None:
            return kept
        self._forward_done = False  # the arithmetic no longer holds the present state's
        return self._replay.parameters(iteration, interrupted)

    def _output_at(self, iteration: int, settings: Settings) -> Floats:
        """Return the outputs of a state under some settings, shape (n,); NaN where undefined."""
        parameters = self._parameters_at(iteration, _never)
        kernel = self._kernel_for(settings)
        self._forward_done = False
        try:
            forward = kernel.forward(parameters.astype(settings.numpy_dtype))
        except NumericsError:
            forward = None
        return predictions(self.dataset, settings.subset, forward).output

    def _kernel_for(self, settings: Settings, dataset: Dataset | None = None) -> FastIteration:
        """Return the arithmetic for the settings' batch, made anew where that changed."""
        dataset = dataset or self.dataset
        if not self._arithmetic.is_ready(dataset, settings):
            self._forward_done = False  # even where there is no memory for another
        return self._arithmetic.kernel(dataset, settings)


def _batch_of(settings: Settings) -> tuple[object, ...]:
    """Return what the batch depends on, but for the data set."""
    return settings.subset, settings.dtype, settings.pixels


def _name_of_edits(edits: tuple[Edit, ...]) -> str:
    return f"{edit_words(edits)} at iteration {edits[0].iteration:,}"
