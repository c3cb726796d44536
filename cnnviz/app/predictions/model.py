"""The predictions as a table: which images, in which order, and the text of each cell."""

from dataclasses import dataclass
from enum import IntEnum
from math import isnan
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.app.widgets.titled_table_model import LEFT, RIGHT, column_header
from cnnviz.data.dataset import Dataset
from cnnviz.training.run.predictions import Predictions

Index = QModelIndex | QPersistentModelIndex
SortKey = Literal["index", "error", "output"]
UNDEFINED: Final = "undefined"
_NO_INDEX: Final = QModelIndex()
_Role = Qt.ItemDataRole


class PredictionColumn(IntEnum):
    """The columns of the table, from the left; from OUTPUT on, they change with every iteration."""

    IMAGE = 0
    INDEX = 1
    DIGIT = 2
    TARGET = 3
    OUTPUT = 4
    ERROR = 5
    CORRECT = 6


TITLES: Final = ("", "index", "digit", "target", "output", "error", "")
_EXPLANATIONS: Final = (
    "The image",
    "The image's index in the data",
    "The digit in the image",
    "The right answer: is the digit greater than 4?",
    "The network's answer: above 0.5 means > 4",
    "(target − output)² / 2: from 0 to 0.5",
    "Whether the output is on the target's side of 0.5",
)
_ALIGNMENTS: Final = [
    LEFT if column == PredictionColumn.OUTPUT else RIGHT for column in PredictionColumn
]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which images are listed, and in which order; equal ones are in the order of indices."""

    key: SortKey = "index"
    descending: bool = False
    wrong_only: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many images with digits up to 4, and above, there are, and how many are correct."""

    low: int
    low_correct: int
    high: int
    high_correct: int


def are_correct(predictions: Predictions) -> NDArray[np.bool_]:
    """Return which outputs are on the target's side of 0.5; undefined ones are not."""
    output, high = predictions.output, predictions.target == 1
    correct: NDArray[np.bool_] = np.isfinite(output) & ((output > 0.5) == high)
    return correct


def counts(predictions: Predictions) -> Counts:
    """Count the images, and those that are predicted correctly."""
    correct, high = are_correct(predictions), predictions.target == 1
    parts = (~high, correct & ~high, high, correct & high)
    return Counts(*(int(np.count_nonzero(part)) for part in parts))


@dataclass(frozen=True, slots=True, eq=False)
class ByDigit:
    """The predictions for the images of each digit, 0 to 9; undefined ones are not counted."""

    right: NDArray[np.intp]
    wrong: NDArray[np.intp]
    """right, wrong: shape (10,). How many are predicted correctly, and wrongly."""
    error: NDArray[np.float64]
    """Shape (10,). Their mean error; NaN for a digit without images."""

    @property
    def high(self) -> NDArray[np.intp]:
        """How many are taken for "> 4": the wrong ones up to 4, and the right ones above."""
        return np.concatenate([self.wrong[:5], self.right[5:]])

    @property
    def images(self) -> NDArray[np.intp]:
        """How many there are."""
        return np.asarray(self.right + self.wrong)


def by_digit(labels: NDArray[np.integer[Any]], predictions: Predictions) -> ByDigit:
    """Count the predictions for each digit, and take the means of their errors."""
    correct, defined = are_correct(predictions), np.isfinite(predictions.output)
    right = np.bincount(labels[correct], minlength=10)
    images = np.bincount(labels[defined], minlength=10)
    sums = np.bincount(labels[defined], predictions.error[defined], minlength=10)
    with np.errstate(invalid="ignore"):
        return ByDigit(right, images - right, sums / images)


def are_listed(
    predictions: Predictions, arrangement: Arrangement, held: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return which images to list.

    `held` says which images a filter holds, shape (n,); None if it holds all.
    """
    listed = np.ones(len(predictions.output), np.bool_) if held is None else held
    if arrangement.wrong_only:
        listed = listed & np.isfinite(predictions.output) & ~are_correct(predictions)
    return listed


def arranged(
    predictions: Predictions, arrangement: Arrangement, held: NDArray[np.bool_] | None = None
) -> NDArray[np.intp]:
    """Return the indices of the images to list, in their order; undefined values come last."""
    images = np.flatnonzero(are_listed(predictions, arrangement, held))
    if arrangement.key == "index":
        return images[::-1] if arrangement.descending else images
    values: NDArray[Any] = getattr(predictions, arrangement.key)[images]
    return images[np.argsort(-values if arrangement.descending else values, kind="stable")]


class PredictionsModel(QAbstractTableModel):
    """A table with one row per listed image."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.predictions: Predictions | None = None
        self.images: NDArray[np.intp] = np.empty(0, np.intp)
        self._arrangement = Arrangement()
        self._rows = 0
        self._row_of: NDArray[np.intp] | None = None

    def show(
        self,
        dataset: Dataset,
        predictions: Predictions,
        arrangement: Arrangement,
        held: NDArray[np.bool_] | None = None,
        *,
        rearrange: bool,
    ) -> None:
        """Show other predictions.

        Parameters
        ----------
        predictions : Predictions
            Of the first images in the data set.
        held : ndarray of bool, shape (n,), optional
            The images that a filter holds; all by default.
        rearrange : bool
            False keeps the images of all rows, unless the batch or the arrangement has changed.
        """
        known = len(self.predictions.output) if self.predictions is not None else -1
        if rearrange or known != len(predictions.output) or arrangement != self._arrangement:
            images = arranged(predictions, arrangement, held)
        else:
            images = self.images
        before, after = self._rows, len(images)
        same = dataset is self.dataset and np.array_equal(images, self.images)
        # Rows are inserted or removed at the end alone; all the others change.
        if after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
        elif after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
        self.dataset, self.predictions, self._arrangement = dataset, predictions, arrangement
        self.images, self._rows, self._row_of = images, after, None
        if after > before:
            self.endInsertRows()
        elif after < before:
            self.endRemoveRows()
        if after:
            first = PredictionColumn.OUTPUT if same else PredictionColumn.IMAGE
            last = self.index(after - 1, len(PredictionColumn) - 1)
            self.dataChanged.emit(self.index(0, first), last)

    def image_at(self, row: int) -> int:
        """Return the index of the image in a row."""
        return int(self.images[row])

    def row_of(self, image: int) -> int:
        """Return the row of an image; −1 if it is not listed."""
        if self._row_of is None:
            length = 0 if self.predictions is None else len(self.predictions.output)
            self._row_of = np.full(length, -1)
            self._row_of[self.images] = np.arange(len(self.images))
        return int(self._row_of[image]) if 0 <= image < len(self._row_of) else -1

    def is_correct(self, image: int) -> bool | None:
        """Return whether the prediction of an image is correct; None if it is undefined."""
        if self.predictions is None:
            return None
        output = float(self.predictions.output[image])
        return None if isnan(output) else (output > 0.5) == bool(self.predictions.target[image])

    def text(self, image: int, column: int) -> str:
        """Return the text of a cell."""
        if self.dataset is None or self.predictions is None:
            return ""
        match column:
            case PredictionColumn.INDEX:
                return str(image)
            case PredictionColumn.DIGIT:
                return str(self.dataset.labels[image])
            case PredictionColumn.TARGET:
                return "> 4" if self.predictions.target[image] else "≤ 4"
            case PredictionColumn.OUTPUT:
                output = float(self.predictions.output[image])
                return UNDEFINED if isnan(output) else f"{output:.2f}"
            case PredictionColumn.ERROR:
                error = float(self.predictions.error[image])
                return "–" if isnan(error) else f"{error:.3f}"
            case PredictionColumn.CORRECT:
                return {True: "✓", False: "✗", None: "?"}[self.is_correct(image)]
        return ""

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of listed images."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(PredictionColumn)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> str | None:
        """Return the text of a cell, or its text for a screen reader."""
        if not index.isValid() or index.row() >= self._rows:
            return None
        image, column = self.image_at(index.row()), PredictionColumn(index.column())
        if role == _Role.DisplayRole:
            return self.text(image, column)
        if role != _Role.AccessibleTextRole:
            return None
        if column == PredictionColumn.IMAGE:
            return f"image {image}"
        if column == PredictionColumn.CORRECT:
            return {True: "correct", False: "wrong", None: UNDEFINED}[self.is_correct(image)]
        return f"{TITLES[column]} {self.text(image, column)}"

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return a column's title, explanation or alignment."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        return column_header(section, role, TITLES, _EXPLANATIONS, _ALIGNMENTS)
