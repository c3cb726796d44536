"""The predictions as a table: which images, in which order, and what is said of each."""

from dataclasses import dataclass
from enum import IntEnum
from math import isnan
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.data.dataset import Dataset
from cnnviz.training.run.predictions import Predictions

Index = QModelIndex | QPersistentModelIndex
SortKey = Literal["index", "error", "output"]
UNDEFINED: Final = "undefined"
_NUMBERS: Final = Qt.AlignmentFlag.AlignRight


class Column(IntEnum):
    """The table's columns, from the left."""

    IMAGE = 0
    INDEX = 1
    DIGIT = 2
    TARGET = 3
    OUTPUT = 4
    ERROR = 5
    RIGHT = 6


_COLUMNS: Final = len(Column)
"""Those from `Column.OUTPUT` on change with the parameters, the others with the image alone."""
TITLES: Final = ("", "index", "digit", "target", "output", "error", "")
EXPLANATIONS: Final = (
    "The image",
    "The image's place in the data",
    "What is written",
    "What the network should say: is the digit greater than 4?",
    "What the network says: above 0.5 means > 4",
    "(target − output)² / 2: from 0 to 0.5",
    "Whether the output is on the target's side of 0.5",
)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which images are listed, and in which order.

    Attributes
    ----------
    key : {"index", "error", "output"}
    descending : bool
        Largest first. Images that are equal stay in the order of their indices.
    wrong_only : bool
    """

    key: SortKey = "index"
    descending: bool = False
    wrong_only: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the images are right, and which are not.

    Attributes
    ----------
    images, right : int
    low, low_wrong : int
        Images whose digit is 4 or less, and those of them taken for greater.
    high, high_wrong : int
        Images whose digit is greater than 4, and those of them taken for 4 or less.
    """

    images: int
    right: int
    low: int
    low_wrong: int
    high: int
    high_wrong: int


def right_ones(predictions: Predictions) -> NDArray[np.bool_]:
    """Tell which outputs are on the target's side of 0.5; undefined ones are not."""
    output, high = predictions.output, predictions.target == 1
    right: NDArray[np.bool_] = np.isfinite(output) & ((output > 0.5) == high)
    return right


def wrong_ones(predictions: Predictions) -> NDArray[np.bool_]:
    """Tell which outputs are on the other side of 0.5; undefined ones are not."""
    output, high = predictions.output, predictions.target == 1
    wrong: NDArray[np.bool_] = np.isfinite(output) & ((output > 0.5) != high)
    return wrong


def counts(predictions: Predictions) -> Counts:
    """Count the right and the wrong ones."""
    wrong, high = wrong_ones(predictions), predictions.target == 1
    high_wrong = int(np.count_nonzero(wrong & high))
    return Counts(
        images=len(high),
        right=int(np.count_nonzero(right_ones(predictions))),
        low=len(high) - int(np.count_nonzero(high)),
        low_wrong=int(np.count_nonzero(wrong)) - high_wrong,
        high=int(np.count_nonzero(high)),
        high_wrong=high_wrong,
    )


def arranged(predictions: Predictions, arrangement: Arrangement) -> NDArray[np.intp]:
    """Return the indices of the images to list, in their order; undefined values come last."""
    if arrangement.wrong_only:
        images = np.flatnonzero(wrong_ones(predictions))
    else:
        images = np.arange(len(predictions.output))
    if arrangement.key == "index":
        return images[::-1] if arrangement.descending else images
    values: NDArray[Any] = getattr(predictions, arrangement.key)[images]
    return images[np.argsort(-values if arrangement.descending else values, kind="stable")]


class PredictionsModel(QAbstractTableModel):
    """One row per listed image. New values change no row's image; `arrange` does."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.predictions: Predictions | None = None
        self.images: NDArray[np.intp] = np.empty(0, np.intp)
        self.arrangement = Arrangement()
        self._rows = 0
        self._row_of: NDArray[np.intp] | None = None

    def show(
        self,
        dataset: Dataset,
        predictions: Predictions,
        arrangement: Arrangement,
        *,
        rearrange: bool,
    ) -> None:
        """Take over other values.

        Parameters
        ----------
        dataset : Dataset
        predictions : Predictions
            Of the data set's first images.
        arrangement : Arrangement
        rearrange : bool
            False keeps the rows where they are, as long as they are the same images.
        """
        known = len(self.predictions.output) if self.predictions is not None else -1
        if rearrange or known != len(predictions.output) or arrangement != self.arrangement:
            images = arranged(predictions, arrangement)
        else:
            images = self.images
        before, after = self._rows, len(images)
        stay = dataset is self.dataset and np.array_equal(images, self.images)
        # Rows are added or taken away at the end alone; all the others change.
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
        elif after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
        self.dataset, self.predictions, self.arrangement = dataset, predictions, arrangement
        self.images, self._rows, self._row_of = images, after, None
        if after > before:
            self.endInsertRows()
        elif after < before:
            self.endRemoveRows()
        if after:
            first = Column.OUTPUT if stay else Column.IMAGE
            self.dataChanged.emit(self.index(0, first), self.index(after - 1, _COLUMNS - 1))

    def image_at(self, row: int) -> int:
        """Return the index of the image in a row."""
        return int(self.images[row])

    def row_of(self, image: int) -> int:
        """Return the row of an image; −1 where it is not listed."""
        if self._row_of is None:
            length = 0 if self.predictions is None else len(self.predictions.output)
            self._row_of = np.full(length, -1)
            self._row_of[self.images] = np.arange(len(self.images))
        return int(self._row_of[image]) if 0 <= image < len(self._row_of) else -1

    def verdict(self, image: int) -> bool | None:
        """Tell whether an image is right; None where its output is undefined."""
        if self.predictions is None:
            return None
        output = float(self.predictions.output[image])
        return None if isnan(output) else (output > 0.5) == bool(self.predictions.target[image])

    def words(self, image: int, column: int) -> str:
        """Return what a cell says."""
        if self.dataset is None or self.predictions is None:
            return ""
        if column == Column.INDEX:
            return str(image)
        if column == Column.DIGIT:
            return str(self.dataset.labels[image])
        if column == Column.TARGET:
            return "> 4" if self.predictions.target[image] else "≤ 4"
        if column == Column.OUTPUT:
            output = float(self.predictions.output[image])
            return UNDEFINED if isnan(output) else f"{output:.2f}"
        if column == Column.ERROR:
            error = float(self.predictions.error[image])
            return "–" if isnan(error) else f"{error:.3f}"
        if column == Column.RIGHT:
            return {True: "✓", False: "✗", None: "?"}[self.verdict(image)]
        return ""

    # What Qt asks for.

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many images are listed."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else _COLUMNS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says, or what is told of it to those who do not see it."""
        if not index.isValid() or index.row() >= self._rows:
            return None
        image, column = self.image_at(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words(image, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column == Column.IMAGE:
                return f"image {image}"
            if column == Column.RIGHT:
                return {True: "right", False: "wrong", None: UNDEFINED}[self.verdict(image)]
            return f"{TITLES[column]} {self.words(image, column)}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a column's title, and what it means."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return EXPLANATIONS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == Column.OUTPUT else _NUMBERS
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
