"""Whether a frame goes on with the run that is followed, or shows another one."""

from cnnviz.training.loop.frame import Frame


class FollowedRun:
    """The run of the newest frame, to distinguish a change along it from a change to another run.

    A branch that training has just forked from it goes on with it. One that is switched to does
    not, nor does a session that is continued, a lesson, or a start from iteration 0.
    """

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None  # run, branch, and the newest branch

    def goes_on(self, frame: Frame) -> bool:
        """Follow a frame; return whether it goes on with the run of the one before."""
        branch, before = frame.branch, self._before
        newest = max((other.number for other in frame.branches), default=branch.number)
        self._before = frame.run, branch.number, max(newest, branch.number)
        if before is None:
            return False
        run, number, newest = before
        is_forked = branch.parent == number and branch.number > newest
        return frame.run == run and (branch.number == number or is_forked)
