"""Frames: immutable states of a run for the views."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Floats, Parameters, Tensors
from cnnviz.numerics.operations import gradients_between
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.run.branch import BranchView
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.held_out import HeldOutView
from cnnviz.training.run.predictions import (
    ImageView,
    OutsideImage,
    Predictions,
    image_view,
    outside_view,
    predictions,
    upright,
)
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings

if TYPE_CHECKING:
    from cnnviz.training.debugger.view import DebugView

_OF_IMAGE: Final = ("image", "outside", "done")
PATH: Final = 100
"""States of the path, at most."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """One state of a run, with everything that views show."""

    iteration: int
    """Iterations done in this state."""
    last: int
    """The newest state of the branch; more than `iteration` if this state is in the past."""
    running: bool
    """Whether training is running."""
    done: int
    """Commands carried out so far; a view that sent the n-th waits for ``done >= n``."""
    settings: Settings
    """The settings of the next iteration."""
    dataset: Dataset
    """The images as they are trained on, with the pixels drawn over them."""
    parameters: Parameters
    """The parameters in the notebook's layout."""
    previous: Parameters | None
    """The parameters of the state before, if they are kept."""
    filters: Floats
    """Shape (3, 5, 5). The filters, upright."""
    dense: Floats
    """Shape (3, 24, 24). The dense weights as maps, upright."""
    image: ImageView
    """The selected image."""
    predictions: Predictions
    curve: Curve
    """The curve of the whole current branch, not only up to `iteration`."""
    notice: Notice | None
    """The warning that this state raises, or the newest one that still holds in it."""
    branch: BranchView
    """The current branch."""
    branches: tuple[BranchView, ...]
    """All branches, in the order in which they were begun."""
    deleted_branch: str
    """The name of the branch that was deleted last and can be restored; empty if there is none."""
    change: str
    """The change of settings, in words, with which training would fork here, in the past; "" if it
    would not."""
    debug: "DebugView | None"
    """The iteration in the debugger; None if it is closed."""
    breakpoints: tuple[Breakpoint, ...]
    """All of them, with their hits so far."""
    stopped: Stop | None
    """The breakpoint that stopped the run in this state."""
    path: tuple[tuple[int, Parameters], ...]
    """Some states of the branch, evenly spread, if they are wanted: iterations and parameters."""
    held_out: HeldOutView | None
    """The newest predictions for the held-out images; None if they are not evaluated."""
    outside: ImageView | None
    """An image that is not in the batch, if one is shown."""
    run: int
    """Counts the runs that have been opened or continued: branches of different runs may have the
    same number."""
    undo: str
    """The change that undoing would concern now, in words; "" if there is none."""
    redo: str
    """The change that redoing would concern now, likewise."""

    @property
    def last_gradients(self) -> Tensors:
        """The gradients of the iteration before, if the rule keeps any and they are known."""
        if not self.settings.rule.kept or self.previous is None:
            return {}
        rate = self.curve.settings_after(self.iteration - 1).learning_rate
        return gradients_between(self.previous, self.parameters, rate)


_OF_STATE: Final = tuple(field.name for field in fields(Frame) if field.name not in _OF_IMAGE)


def differ_in_image_alone(frame: Frame, before: Frame) -> bool:
    """Whether two frames are of one state, and only another image may be shown of it."""
    return all(getattr(frame, name) is getattr(before, name) for name in _OF_STATE)


def frame_of(
    trainer: Trainer,
    image: int,
    *,
    running: bool = False,
    done: int = 0,
    debug: "DebugView | None" = None,
    breakpoints: tuple[Breakpoint, ...] = (),
    stopped: Stop | None = None,
    path: bool = False,
    outside: OutsideImage | None = None,
    run: int = 0,
    offered: tuple[str, str] = ("", ""),
) -> Frame:
    """Return the trainer's current state as a frame.

    Parameters
    ----------
    image : int
        Index of the selected image; one beyond the subset selects its last.
    running, done, debug, breakpoints, stopped, run
        As in `Frame`.
    path : bool
        Whether the path is wanted.
    outside : OutsideImage, optional
        An image that is not in the batch, to be shown, too.
    offered : (str, str)
        `undo` and `redo` of the frame.
    """
    subset, parameters, forward = trainer.settings.subset, trainer.parameters, trainer.forward
    dataset = trainer.current_state.data
    selected = image_view(dataset, min(max(0, image), subset - 1), parameters, forward)
    branch, branches = trainer.branches.views()
    history, here = trainer.branches.current.history, trainer.iteration
    return Frame(
        iteration=here,
        last=trainer.last,
        running=running,
        done=done,
        settings=trainer.settings,
        dataset=dataset,
        parameters=parameters,
        previous=history.at_hand(here - 1) if here else None,
        filters=upright(parameters.f.transpose(2, 0, 1)),
        dense=upright(parameters.wo.reshape(selected.maps.shape)),
        image=selected,
        predictions=predictions(dataset, subset, forward),
        curve=branch.curve,
        notice=trainer.current_state.active_notice,
        branch=branch,
        branches=branches,
        deleted_branch=trainer.branches.deleted,
        change=trainer.pending_change,
        debug=debug,
        breakpoints=breakpoints,
        stopped=stopped,
        path=history.spread(PATH) if path else (),
        held_out=trainer.held_out.view,
        outside=None if outside is None else outside_view(outside, parameters, forward),
        run=run,
        undo=offered[0],
        redo=offered[1],
    )
