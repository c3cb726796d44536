"""The state that is looked at: its parameters, its forward pass, and what is to be known of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.run.branches import BranchState
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.kernel_cache import KernelCache
from cnnviz.training.run.predictions import predictions
from cnnviz.training.run.replay import InterruptedReplayError, Replay
from cnnviz.training.run.warnings import HealthMetrics, Notice, notice_of
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class ReachedState:
    """Parameters, in the precision that they were reached in, and how that was.

    Attributes
    ----------
    parameters : Parameters
    by : Settings
        With which they were reached; for state 0, those in force.
    by_hand : bool
        Whether it was otherwise than by an iteration of the fast arithmetic.
    edits : tuple of Edit
        What was changed by hand in this very state.
    """

    parameters: Parameters
    by: Settings
    by_hand: bool = False
    edits: tuple[Edit, ...] = ()


class CurrentState:
    """One state of one line. Where it is a new one, its forward pass puts it into the history.

    Parameters
    ----------
    line : Line
    settings : Settings
        In force for the next iteration.
    reached : Reached
        Of iteration 0.
    """

    def __init__(self, line: BranchState, settings: Settings, reached: ReachedState) -> None:
        self._kernel_cache = KernelCache()
        self._on_progress: ProgressCallback | None = None
        self._forward: ForwardPass | None
        self._saturated: float | None
        self._notice: Notice | None
        self.settings = settings
        self.enter(line)
        self.move(0, reached)

    @property
    def line(self) -> BranchState:
        """The line that is looked at."""
        return self._line

    @property
    def iteration(self) -> int:
        """The state that is looked at."""
        return self._iteration

    @property
    def reached(self) -> ReachedState:
        """Its parameters, as they were reached."""
        return self._reached

    @property
    def parameters(self) -> Parameters:
        """Its parameters, in the settings' precision."""
        return self._parameters

    @property
    def forward(self) -> ForwardPass | None:
        """Its forward pass, run once; None where it has no result."""
        if not self._forward_done:
            self._run_forward()
        return self._forward

    @property
    def notice(self) -> Notice | None:
        """What is new in it, or what keeps it from an iteration."""
        if not self._forward_done:
            self._run_forward()
        return self._notice

    @property
    def active_notice(self) -> Notice | None:
        """What keeps the state from an iteration, or the newest warning that holds in it."""
        notice = self.notice
        return notice if notice and notice.final else self._line.watch.standing(self._iteration)

    @property
    def saturated(self) -> float:
        """Share of units that see ink and are saturated, 0 to 1; there must be a forward pass."""
        if not self._forward_done:
            self._run_forward()
        if self._saturated is None:
            self._saturated = self.kernel(self.settings).saturated_share()
        return self._saturated

    @property
    def data(self) -> Dataset:
        """The images as they are trained on: with what was drawn over them."""
        return self._kernel_cache.data(self._line.dataset, self.settings)

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Let somebody hear how much of an iteration is done, 0 to 1."""
        self._on_progress = on_progress

    def enter(self, line: BranchState) -> None:
        """Look at a line; a state of it is yet to be moved to."""
        self._line = line
        self._replay = Replay(line.history, line.dataset, self._kernel_cache)

    def move(self, iteration: int, reached: ReachedState) -> None:
        """Look at a state of the line, or at a new one."""
        self._iteration, self._reached = iteration, reached
        with np.errstate(over="ignore"):
            self._parameters = reached.parameters.astype(self.settings.numpy_dtype)
        self._forward = None
        self._forward_done = False
        self._saturated = None
        self._notice = self._line.watch.notice(iteration)

    def look_again(self) -> None:
        """Forget the forward pass: the batch is another."""
        self.move(self._iteration, self._reached)

    def go_to(self, iteration: int, interrupted: Callable[[], bool]) -> bool:
        """Look at a state of the line, with the settings of that time.

        Returns
        -------
        bool
            False where the recomputation was interrupted; then nothing has changed.
        """
        try:
            parameters = self.parameters_at(iteration, interrupted)
        except InterruptedReplayError:
            return False
        then = self._line.history.settings_after(iteration)
        self.settings = replace(then, pause_on_warning=self.settings.pause_on_warning)
        self.move(iteration, ReachedState(parameters, then))
        return True

    def switch(self, line: BranchState, interrupted: Callable[[], bool]) -> bool:
        """Look at the same state of another line, or its last where it has not that many.

        Returns
        -------
        bool
            False where the recomputation was interrupted; then nothing has changed.
        """
        before, arrived = self._line, False
        try:
            self.enter(line)
            arrived = self.go_to(min(self._iteration, line.history.last), interrupted)
        finally:
            if not arrived:
                self.enter(before)
                self.look_again()
        return arrived

    def update(self) -> Parameters | None:
        """Return the parameters of the next state; None where there is none, as `notice` says."""
        if self.forward is None:
            return None
        kernel = self.kernel(self.settings)
        kernel.report(self._hearing(0))
        try:
            return kernel.update(self.settings.rule, self.settings.learning_rate)
        except NumericsError as error:
            self._notice = notice_of(error, self._iteration)
            return None

    def reconsider(self) -> None:
        """Take back that an update failed: with other settings, it may succeed."""
        if self._forward is not None:
            self._notice = self._line.watch.notice(self._iteration)

    def parameters_at(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return the parameters of a state of the line, computed again where they are not kept.

        Raises
        ------
        InterruptedReplayError
            Where that was interrupted.
        """
        kept = self._line.history.parameters(iteration)
        if kept is not None:
            return kept
        self._forward_done = False  # the arithmetic no longer holds the present state's
        return self._replay.parameters(iteration, interrupted)

    def replay_of(self, line: BranchState) -> Replay:
        """Return what recomputes the states of a line, which need not be the current one."""
        self._forward_done = False  # the kernel no longer holds the current state's
        if line is self._line:
            return self._replay
        return Replay(line.history, line.dataset, self._kernel_cache)

    def output_of(self, line: BranchState, parameters: Parameters, settings: Settings) -> Floats:
        """Return the outputs of a line's state under settings, shape (n,); NaN if undefined."""
        kernel = self.kernel(settings, line.dataset)
        self._forward_done = False
        try:
            forward = kernel.forward(parameters.astype(settings.numpy_dtype))
        except NumericsError:
            forward = None
        return predictions(line.dataset, settings.subset, forward).output

    def kernel(self, settings: Settings, dataset: Dataset | None = None) -> FastIteration:
        """Return the arithmetic for the settings' batch, made anew where that changed."""
        dataset = dataset or self._line.dataset
        if not self._kernel_cache.is_ready(dataset, settings):
            self._forward_done = False  # even where there is no memory for another
        return self._kernel_cache.kernel(dataset, settings)

    def close(self) -> None:
        """End the threads of the arithmetic; they start again where they are needed."""
        self._forward_done = False
        self._kernel_cache.close()

    def _hearing(self, half: int) -> ProgressCallback | None:
        """Return what is told of the first half of an iteration, or of the second."""
        on_progress = self._on_progress
        return None if on_progress is None else lambda share: on_progress((half + share) / 2)

    def _run_forward(self) -> None:
        self._forward = None
        try:
            kernel = self.kernel(self.settings)
            kernel.report(self._hearing(1))
            self._forward = kernel.forward(self._parameters)
        except NumericsError as error:
            self._notice = notice_of(error, self._iteration)
        self._forward_done = True
        if self._iteration > self._line.history.last:
            self._record()

    def _record(self) -> None:
        """Put the state into the history, and look out for warnings."""
        forward, line, reached = self._forward, self._line, self._reached
        line.history.append(
            reached.parameters,
            reached.by,
            forward.loss if forward else float("nan"),
            forward.accuracy if forward else float("nan"),
            by_hand=reached.by_hand,
            edits=reached.edits,
        )
        if forward:
            filters, dense = (
                float(np.abs(p).max()) for p in (self._parameters.f, self._parameters.wo)
            )
            line.watch.see(self._iteration, HealthMetrics(self.saturated, filters, dense))
            self._notice = line.watch.notice(self._iteration)
