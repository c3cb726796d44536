"""The files to which the numbers of a tensor can be written."""

from collections.abc import Callable
from functools import partial

from cnnviz.app.widgets.export import Content
from cnnviz.app.widgets.save_dialog import ARRAY, TABLE, FileType
from cnnviz.training.debugger.view import TensorView
from cnnviz.training.files.tensor_file import tensor_content


def tensor_contents(tensor: TensorView) -> dict[FileType, Callable[[], Content]]:
    """Return what writes a tensor, or the one image's part that is known, to each type of file."""
    shown = tensor.name, tensor.values, tensor.image
    return {kind: partial(tensor_content, kind.ending, *shown) for kind in (ARRAY, TABLE)}
