"""Which branches are drawn beside the one that is looked at."""

from collections.abc import Mapping

from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branches import BranchView


def is_drawn(branch: BranchView, frame: Frame, chosen: Mapping[int, bool]) -> bool:
    """Whether a branch is drawn.

    Parameters
    ----------
    branch : Branch
        One of the frame's.
    frame : Frame
    chosen : mapping of int to bool
        What a person has chosen, by the branches' numbers. Without a choice, branches of the same
        beginning as the one that is looked at are drawn.
    """
    if branch.number == frame.branch.number:
        return True
    return chosen.get(branch.number, branch.root == frame.branch.root)


def drawn_branches(frame: Frame, chosen: Mapping[int, bool]) -> tuple[BranchView, ...]:
    """Return the branches that are drawn beside the one that is looked at."""
    if len(frame.branches) < 2:
        return ()
    return tuple(
        branch
        for branch in frame.branches
        if branch.number != frame.branch.number and is_drawn(branch, frame, chosen)
    )


def first_drawn(branch: BranchView, drawn: tuple[BranchView, ...], current: BranchView) -> int:
    """Return the iteration from which on a branch is drawn: before, another line covers it.

    Parameters
    ----------
    branch : Branch
    drawn : tuple of Branch
        Those that are drawn beside the current one.
    current : Branch
    """
    visible = {other.number for other in (*drawn, current)}
    if branch.parent in visible:
        return max(0, branch.origin)
    if current.parent == branch.number:
        return max(0, current.origin)
    return 0
