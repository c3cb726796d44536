"""Whether the commands that draw pictures can do so on this machine."""

from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries
from cnnviz.terminal import complain


def can_draw() -> bool:
    """Return whether Qt can draw without a display; complain if its libraries are missing."""
    problem = library_problem(missing_libraries(xcb=False))
    if problem:
        complain(problem)
    return not problem
