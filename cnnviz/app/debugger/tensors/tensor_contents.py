"""The files to which the numbers of a tensor can be written."""

from collections.abc import Callable
from functools import partial

from cnnviz.app.widgets.export import Content
from cnnviz.app.widgets.save_dialog import ARRAY, TABLE, FileType
from cnnviz.numerics.network import Floats
from cnnviz.training.files.tensor_file import tensor_content


def tensor_contents(name: str, values: Floats) -> dict[FileType, Callable[[], Content]]:
    """Return what writes a tensor, which is read-only, to each type of file of numbers."""
    return {kind: partial(tensor_content, kind.ending, name, values) for kind in (ARRAY, TABLE)}
