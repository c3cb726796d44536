"""Which branches are drawn beside the current one, and from which iteration on."""

from collections.abc import Mapping

from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branch import BranchView


def is_drawn(branch: BranchView, frame: Frame, chosen: Mapping[int, bool]) -> bool:
    """Return whether a frame's branch is drawn.

    `chosen` is the person's choice, by the branches' numbers; without one, branches with the same
    root as the current one are drawn.
    """
    if branch.number == frame.branch.number:
        return True
    return chosen.get(branch.number, branch.root == frame.branch.root)


def drawn_branches(frame: Frame, chosen: Mapping[int, bool]) -> tuple[BranchView, ...]:
    """Return the branches that are drawn beside the current one."""
    others = (branch for branch in frame.branches if branch.number != frame.branch.number)
    return tuple(branch for branch in others if is_drawn(branch, frame, chosen))


def first_drawn(branch: BranchView, drawn: tuple[BranchView, ...], current: BranchView) -> int:
    """Return the iteration from which on a branch is drawn; up to it, another curve covers it.

    `drawn` are those that are drawn beside the current one.
    """
    visible = {other.number for other in (*drawn, current)}
    if branch.parent in visible:
        return max(0, branch.origin)
    if current.parent == branch.number:
        return max(0, current.origin)
    return 0
