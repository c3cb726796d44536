"""The current state of a run: its parameters, its forward pass and its notice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import COVERED, FastIteration
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import gradients_between, iterate, updated
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.kernel_cache import KernelCache
from cnnviz.training.run.predictions import predictions
from cnnviz.training.run.replay import InterruptedReplayError, Replay
from cnnviz.training.run.warnings import HealthMetrics, Notice, notice_of
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class ReachedState:
    """Parameters in the precision in which they were computed, and how they were reached."""

    parameters: Parameters
    by: Settings
    """The settings of the iteration that led to them; for state 0, those in force."""
    by_hand: bool = False
    """Whether they cannot be recomputed by an iteration of the fast kernel."""
    edits: tuple[Edit, ...] = ()
    """The edits of this state."""

    @classmethod
    def first(cls, settings: Settings) -> Self:
        """Return state 0, with the parameters of the seed."""
        return cls(initial_parameters(settings.seed), settings)


class CurrentState:
    """One state of a branch. The forward pass of a new one records it in the history.

    `settings` are in force for the next iteration; `reached` is iteration 0.
    """

    def __init__(self, branch: BranchState, settings: Settings, reached: ReachedState) -> None:
        self._kernel_cache = KernelCache()
        self._on_progress: ProgressCallback | None = None
        self._forward: ForwardPass | None
        self._saturated: float | None
        self._notice: Notice | None
        self.settings = settings
        self.enter(branch)
        self.move(0, reached)

    @property
    def branch(self) -> BranchState:
        """The current branch."""
        return self._branch

    @property
    def iteration(self) -> int:
        """Iterations done in this state."""
        return self._iteration

    @property
    def reached(self) -> ReachedState:
        """Its parameters as they were computed."""
        return self._reached

    @property
    def parameters(self) -> Parameters:
        """Its parameters, in the settings' precision."""
        return self._parameters

    @property
    def forward(self) -> ForwardPass | None:
        """Its forward pass, run once; None if it has no result."""
        if not self._forward_done:
            self._run_forward()
        return self._forward

    @property
    def notice(self) -> Notice | None:
        """The warning that begins in it, or why there is no next iteration."""
        if not self._forward_done:
            self._run_forward()
        return self._notice

    @property
    def active_notice(self) -> Notice | None:
        """Why there is no next iteration, or the newest warning that holds in the state."""
        notice = self.notice
        return notice if notice and notice.final else self._branch.warnings.active(self._iteration)

    @property
    def saturated(self) -> float:
        """Share of the units that see ink that is saturated; there must be a forward pass."""
        if not self._forward_done:
            self._run_forward()
        if self._saturated is None:
            self._saturated = self.kernel(self.settings).saturated_share()
        return self._saturated

    @property
    def data(self) -> Dataset:
        """The images as they are trained on: with the pixels drawn over them."""
        return self._kernel_cache.data(self._branch.dataset, self.settings)

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Report the progress of an iteration, 0 to 1, from now on."""
        self._on_progress = on_progress

    def enter(self, branch: BranchState) -> None:
        """Make a branch current, before a move to one of its states."""
        self._branch = branch
        self._replay = Replay(branch.history, branch.dataset, self._kernel_cache)

    def move(self, iteration: int, reached: ReachedState) -> None:
        """Make a state of the branch current, or a new one."""
        self._iteration, self._reached = iteration, reached
        with np.errstate(over="ignore"):
            self._parameters = reached.parameters.astype(self.settings.numpy_dtype)
        self._forward = None
        self._forward_done = False
        self._saturated = None
        self._notice = self._branch.warnings.notice(iteration)

    def invalidate(self) -> None:
        """Forget the forward pass after a change of the batch."""
        self.move(self._iteration, self._reached)

    def go_to(self, iteration: int, interrupted: Callable[[], bool]) -> bool:
        """Go to a state of the branch, as `Trainer.go_to` does."""
        try:
            parameters = self.parameters_at(iteration, interrupted)
        except InterruptedReplayError:
            return False
        then = self._branch.history.settings_after(iteration)
        self.settings = replace(then, pause_on_warning=self.settings.pause_on_warning)
        self.move(iteration, ReachedState(parameters, then))
        return True

    def switch(self, branch: BranchState, iteration: int, interrupted: Callable[[], bool]) -> bool:
        """Go to a state of another branch, as `Trainer.switch` does."""
        before, arrived = self._branch, False
        try:
            self.enter(branch)
            arrived = self.go_to(iteration, interrupted)
        finally:
            if not arrived:
                self.enter(before)
                self.invalidate()
        return arrived

    def update(self) -> Parameters | None:
        """Return the parameters of the next state; None if there is none, see `notice`."""
        if self.forward is None:
            return None
        kernel = self.kernel(self.settings)
        kernel.report(self._progress_of(0))
        try:
            rule, learning_rate = self.settings.rule, self.settings.learning_rate
            if rule in COVERED:
                return kernel.update(rule, learning_rate)
            last = self.last_gradients()
            return updated(iterate(kernel.batch, self._parameters, rule, learning_rate, last))
        except NumericsError as error:
            self._notice = notice_of(error, self._iteration)
            return None

    def last_gradients(self) -> Tensors:
        """Return the gradients of the iteration before, if the rule keeps any; else nothing.

        They are what moved the weights to this state. In the first state, and in one that was made
        by hand, there are none.
        """
        here, history = self._iteration, self._branch.history
        if not self.settings.rule.kept or here == 0 or history.edits_of(here):
            return {}
        before = self.parameters_at(here - 1, lambda: False)
        rate = history.settings_after(here - 1).learning_rate
        dtype = self.settings.numpy_dtype
        return gradients_between(before.astype(dtype), self._parameters, rate)

    def allow_retry(self) -> None:
        """Forget that an update failed: with other settings, it may succeed."""
        if self._forward is not None:
            self._notice = self._branch.warnings.notice(self._iteration)

    def parameters_at(self, iteration: int, interrupted: Callable[[], bool]) -> Parameters:
        """Return the parameters of a state of the branch, recomputed if they are not kept.

        Raises InterruptedReplayError if the recomputation was interrupted.
        """
        kept = self._branch.history.parameters(iteration)
        if kept is not None:
            return kept
        self._forward_done = False  # the kernel no longer has that of the current state
        return self._replay.parameters(iteration, interrupted)

    def replay_of(self, branch: BranchState) -> Replay:
        """Return the replay of a branch, which need not be the current one."""
        self._forward_done = False  # the kernel no longer holds the current state's
        if branch is self._branch:
            return self._replay
        return Replay(branch.history, branch.dataset, self._kernel_cache)

    def output_of(self, branch: BranchState, parameters: Parameters, settings: Settings) -> Floats:
        """Return the outputs of a branch's state under settings, shape (n,); NaN if undefined."""
        kernel = self.kernel(settings, branch.dataset)
        self._forward_done = False
        try:
            forward = kernel.forward(parameters.astype(settings.numpy_dtype))
        except NumericsError:
            forward = None
        return predictions(branch.dataset, settings.subset, forward).output

    def kernel(self, settings: Settings, dataset: Dataset | None = None) -> FastIteration:
        """Return the kernel for the settings' batch, a new one if the batch has changed."""
        dataset = dataset or self._branch.dataset
        if not self._kernel_cache.is_ready(dataset, settings):
            self._forward_done = False  # even if there is no memory for another
        return self._kernel_cache.kernel(dataset, settings)

    def close(self) -> None:
        """End the threads of the kernel; they start again when they are needed."""
        self._forward_done = False
        self._kernel_cache.close()

    def _progress_of(self, half: int) -> ProgressCallback | None:
        """Return a callback for one half of an iteration: 0, the update, or 1, the pass."""
        on_progress = self._on_progress
        return None if on_progress is None else lambda share: on_progress((half + share) / 2)

    def _run_forward(self) -> None:
        self._forward = None
        try:
            kernel = self.kernel(self.settings)
            kernel.report(self._progress_of(1))
            self._forward = kernel.forward(self._parameters)
        except NumericsError as error:
            self._notice = notice_of(error, self._iteration)
        self._forward_done = True
        if self._iteration > self._branch.history.last:
            self._record()
        elif self._iteration == self._branch.history.last:
            self.revise()

    def revise(self) -> None:
        """Replace the state's loss and accuracy by those of the current batch."""
        forward, nan = self._forward, float("nan")
        loss, accuracy = (forward.loss, forward.accuracy) if forward else (nan, nan)
        self._branch.history.revise(self._iteration, loss, accuracy)

    def _record(self) -> None:
        """Add the state to the history, and its metrics to the warnings."""
        forward, branch, reached = self._forward, self._branch, self._reached
        branch.history.append(
            reached.parameters,
            reached.by,
            forward.loss if forward else float("nan"),
            forward.accuracy if forward else float("nan"),
            by_hand=reached.by_hand,
            edits=reached.edits,
            saturated=self.saturated if forward else float("nan"),
        )
        if forward:
            filters, dense = (
                float(np.abs(p).max()) for p in (self._parameters.f, self._parameters.wo)
            )
            branch.warnings.add(self._iteration, HealthMetrics(self.saturated, filters, dense))
            self._notice = branch.warnings.notice(self._iteration)
