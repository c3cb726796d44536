"""The numbers of a column of pictures as a table."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.training.loop.frame import Frame

EXPORTED: Final = {
    Column.IMAGE: "image",
    Column.FILTERS: "filters",
    Column.MAPS: "feature maps",
    Column.DENSE: "dense maps",
}
"""The titles of the columns in an export."""


def column_table(column: Column, frame: Frame, shown: Shown) -> list[tuple[str, NDArray[Any]]]:
    """Return a column's cells as they are seen: row, column, and the values of each picture."""
    view = frame.image
    names: list[str]
    pictures: NDArray[np.floating[Any]]
    match column:
        case Column.IMAGE:
            names, pictures = ["X"], view.image[np.newaxis] / 255
        case Column.FILTERS:
            names, pictures = ["f"], frame.filters
        case Column.MAPS:
            names, pictures = [shown.maps], view.activations if shown.maps == "A" else view.maps
        case Column.DENSE:
            are_weights = shown.dense == "wo"
            names, pictures = [shown.dense], frame.dense if are_weights else view.contributions
    if len(pictures) > 1:
        names = [f"{names[0]}, filter {i}" for i in range(1, len(pictures) + 1)]
    rows, columns = np.indices(pictures.shape[1:]).reshape(2, -1) + 1
    values = [picture.ravel() for picture in pictures]
    return [("row", rows), ("column", columns), *zip(names, values, strict=True)]
