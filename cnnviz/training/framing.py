"""Puts together what views are handed of the state that is looked at."""

from cnnviz.training.loop.frame import Frame, image_view, predictions, upright
from cnnviz.training.run.branches import BranchView
from cnnviz.training.run.current_state import CurrentState


def frame_of(
    now: CurrentState,
    branches: tuple[BranchView, ...],
    image: int,
    *,
    last: int,
    running: bool,
    done: int,
    change: str,
) -> Frame:
    """Return the state that is looked at, for views.

    Parameters
    ----------
    now : Present
    branches : tuple of Branch
        All lines, the one that is looked at among them.
    image : int
        Index of the selected image; the subset's last where it is beyond.
    last, running, done, change
        As the frame says them.
    """
    data, n, told = now.data, now.settings.subset, now.notice
    parameters, forward = now.parameters, now.forward
    selected = image_view(data, min(max(0, image), n - 1), parameters, forward)
    branch = next(branch for branch in branches if branch.number == now.line.number)
    return Frame(
        now.iteration,
        last,
        running,
        done,
        now.settings,
        data,
        parameters,
        upright(parameters.f.transpose(2, 0, 1)),
        upright(parameters.wo.reshape(selected.maps.shape)),
        selected,
        predictions(data, n, forward),
        branch.curve,
        told if told and told.final else now.line.watch.standing(now.iteration),
        branch=branch,
        branches=branches,
        change=change,
    )
