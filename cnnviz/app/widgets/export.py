"""What a picture or a plot is exported as."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cnnviz.app.widgets.save_dialog import FileType


@dataclass(frozen=True, slots=True)
class Export:
    """A picture or a plot as it was when its export was requested.

    Attributes
    ----------
    name : str
        What it shows, which is also the proposed name of its file.
    contents : mapping from FileType to callable
        For each type of file that it can be written to, what returns the file's content.
    """

    name: str
    contents: Mapping[FileType, Callable[[], bytes]]
