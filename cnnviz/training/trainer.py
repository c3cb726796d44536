"""The trainer: owns the parameters and the history of one run, and iterates. One thread's own."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import BUNDLED
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.forward import Forward
from cnnviz.numerics.network import Batch, Floats, Parameters, initial_parameters
from cnnviz.training.errors import RunFileError, SettingsError
from cnnviz.training.frame import Frame, image_view, predictions, upright
from cnnviz.training.history import History, Mark
from cnnviz.training.room import empty_parameters
from cnnviz.training.run import Run, RunConfig
from cnnviz.training.settings import Settings
from cnnviz.training.warnings import Notice, Vitals, Watch, notice_of

ONE_THREAD_BELOW: Final = 150
"""Images below which handing blocks to a second thread costs more than it gives."""


class _InterruptedError(Exception):
    """A recomputation was asked to end early."""


def _never() -> bool:
    return False


class Trainer:
    """One run: a data set, settings, the states so far and the one that is looked at.

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
        self._dataset = dataset
        self._source = source
        self._settings = settings
        self._kernel: FastIteration | None = None
        self._kernel_key: tuple[Dataset, int, str] | None = None
        self._forward: Forward | None
        self._notice: Notice | None
        self._replayed: dict[int, Parameters]
        self.reset()

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
        trainer._start(History.of_file((run.f, run.wo), run.loss, run.accuracy, acted))
        trainer._move(last, Parameters(run.f[last], run.wo[last]), trainer.settings)
        if len(acted) < len(config.settings):
            trainer._run_forward()
            trainer.change(config.settings[-1].settings)
        return trainer

    def to_run(self) -> Run:
        """Return the whole run, whichever state is looked at.

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
        config = RunConfig.of(self._source, self._dataset, settings)
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
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = self._kernel_key = None

    @property
    def dataset(self) -> Dataset:
        """The images and labels in use."""
        return self._dataset

    @property
    def source(self) -> str:
        """What `cnnviz.data.source.load` takes for the data set."""
        return self._source

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

    def reset(self) -> None:
        """Start again from iteration 0 with the seed's parameters."""
        self._start(History())
        self._move(0, initial_parameters(self._settings.seed), self._settings)

    def change(self, settings: Settings) -> None:
        """Use other settings from the next iteration on; another seed starts again.

        Raises
        ------
        SettingsError
            Where the subset is larger than the data set.
        """
        check_subset(self._dataset, settings)
        self._kernel_for(settings)  # where memory is short, this fails before anything changes
        before, self._settings = self._settings, settings
        if settings.seed != before.seed:
            self.reset()
        elif (settings.subset, settings.dtype) != (before.subset, before.dtype):
            self._move(self._iteration, self._reached, self._reached_by)
        elif self._forward is not None:
            self._notice = self._watch.notice(self._iteration)  # a failed update may now succeed

    def use(self, dataset: Dataset, source: str) -> None:
        """Start again on other images; the subset shrinks to what there is.

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
        settings = replace(self._settings, subset=min(self._settings.subset, len(dataset)))
        self._kernel_for(settings, dataset)  # where memory is short, this fails before the change
        self._dataset, self._source, self._settings = dataset, source, settings
        self.reset()

    def step(self) -> bool:
        """Do exactly one iteration.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run; with others, what came after is replaced.

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
            self._history.truncate(here)
            self._watch.truncate(here)
            self._replayed = {}
        self._move(here + 1, parameters, self._settings)
        self._run_forward()
        return True

    def take(self, parameters: Parameters) -> None:
        """Go to the next state with parameters that were computed elsewhere from this one.

        Looking at the past, with the settings of that time, this goes one state forward along the
        run as it was recorded; with others, what came after is replaced.

        Parameters
        ----------
        parameters : Parameters
            In the settings' precision; the history keeps exactly these.
        """
        here = self._iteration
        self._run_forward()
        if here < self.last:
            if self._settings.kept == self._history.settings_after(here):
                self.go_to(here + 1)
                return
            self._history.truncate(here)
            self._watch.truncate(here)
            self._replayed = {}
        self._move(here + 1, parameters, self._settings)
        self._run_forward()

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
        try:
            parameters = self._parameters_at(iteration, interrupted)
        except _InterruptedError:
            return False
        then = self._history.settings_after(iteration)
        self._settings = replace(then, pause_on_warning=self._settings.pause_on_warning)
        self._move(iteration, parameters, then)
        return True

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
        selected = image_view(self._dataset, index, parameters, forward)
        return Frame(
            self._iteration,
            self.last,
            running,
            done,
            self._settings,
            self._dataset,
            parameters,
            upright(parameters.f.transpose(2, 0, 1)),
            upright(parameters.wo.reshape(selected.maps.shape)),
            selected,
            predictions(self._dataset, self._settings.subset, forward),
            self._history.curve(),
            self._notice or self._watch.standing(self._iteration),
        )

    def _start(self, history: History) -> None:
        self._history = history
        self._watch = Watch()
        self._replayed = {}

    def _move(self, iteration: int, reached: Parameters, by: Settings) -> None:
        """Look at a state.

        Parameters
        ----------
        iteration : int
        reached : Parameters
            In the precision that they were reached in.
        by : Settings
            With which a new state was reached.
        """
        self._iteration = iteration
        self._reached, self._reached_by = reached, by
        with np.errstate(over="ignore"):
            self._parameters = reached.astype(self._settings.numpy_dtype)
        self._forward = None
        self._forward_done = False
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
            self._history.append(self._reached, self._reached_by, loss, accuracy)
            if self._forward:
                self._watch.see(self._iteration, self._vitals())
                self._notice = self._watch.notice(self._iteration)

    def _vitals(self) -> Vitals:
        return Vitals(
            self._kernel_for(self._settings).saturated_share(),
            float(np.abs(self._parameters.f).max()),
            float(np.abs(self._parameters.wo).max()),
        )

    def _parameters_at(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return a state's parameters, computed again from those before where they are not kept.

        Raises
        ------
        _InterruptedError
            Where the recomputation was interrupted; what it came to is kept for the next.
        """
        start = self._history.keyframe_before(iteration)
        keyframe = self._history.parameters(start)
        if keyframe is None:
            message = f"the keyframe of iteration {start} is missing from the history"
            raise AssertionError(message)
        if start == iteration:
            return keyframe
        if start not in self._replayed:
            self._replayed = {start: keyframe}  # neighbours are asked for next
        while (nearest := min(iteration, max(self._replayed))) < iteration:
            if interrupted():
                raise _InterruptedError
            settings = self._history.settings_after(nearest)
            kernel = self._kernel_for(settings)
            self._forward_done = False  # the arithmetic no longer holds the present state's
            kernel.forward(self._replayed[nearest].astype(settings.numpy_dtype))
            self._replayed[nearest + 1] = kernel.update(settings.rule, settings.learning_rate)
        return self._replayed[iteration]

    def _output_at(self, iteration: int, settings: Settings) -> Floats:
        """Return the outputs of a state under some settings, shape (n,); NaN where undefined."""
        parameters = self._parameters_at(iteration, _never)
        kernel = self._kernel_for(settings)
        self._forward_done = False
        try:
            forward = kernel.forward(parameters.astype(settings.numpy_dtype))
        except NumericsError:
            forward = None
        return predictions(self._dataset, settings.subset, forward).output

    def _kernel_for(self, settings: Settings, dataset: Dataset | None = None) -> FastIteration:
        """Return the arithmetic for the settings' batch, made anew where that changed."""
        dataset = dataset or self._dataset
        key = (dataset, settings.subset, settings.dtype)
        if self._kernel is None or key != self._kernel_key:
            self.close()
            n = settings.subset
            batch = Batch.from_images(dataset.images[:n], dataset.labels[:n], settings.numpy_dtype)
            threads = threads_for(n)
            self._kernel = FastIteration(batch, threads)
            self._kernel_key = key
        return self._kernel


def check_subset(dataset: Dataset, settings: Settings) -> None:
    """Raise where the subset is larger than the data set.

    Raises
    ------
    SettingsError
    """
    if settings.subset > len(dataset):
        message = (
            f"subset {settings.subset} is more than the {len(dataset)} images of {dataset.name}."
        )
        raise SettingsError(message)


def threads_for(n: int) -> int:
    """Return how many threads are worth their while for a batch of n images."""
    return 1 if n < ONE_THREAD_BELOW else os.cpu_count() or 1
