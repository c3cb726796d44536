"""Stand-ins for the scores and the shuffling of scikit-learn."""

from typing import Any

import numpy as np

from cnnviz.notebooks.anything import Anything, Array


def accuracy_score(y_true: Any, y_pred: Any, *, normalize: bool = True, **_: object) -> float:  # noqa: ANN401
    """Return the share, or the number, of predictions that are right."""
    is_right = np.ravel(np.asarray(y_true)) == np.ravel(np.asarray(y_pred))
    return float(is_right.mean() if normalize else is_right.sum())


def mean_squared_error(y_true: Any, y_pred: Any, **_: object) -> float:  # noqa: ANN401
    """Return the mean of the squared differences."""
    return float(np.square(np.asarray(y_true, float) - np.asarray(y_pred, float)).mean())


def confusion_matrix(y_true: Any, y_pred: Any, **_: object) -> Array:  # noqa: ANN401
    """Count each pair of class and prediction: a row for each class."""
    true, predicted = np.ravel(np.asarray(y_true)), np.ravel(np.asarray(y_pred))
    labels, index = np.unique(np.concatenate([true, predicted]), return_inverse=True)
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(counts, (index[: len(true)], index[len(true) :]), 1)
    return counts


def shuffle(*arrays: Any, random_state: int | None = None, **_: object) -> Any:  # noqa: ANN401
    """Shuffle arrays alike; a single one is returned by itself."""
    order = np.random.RandomState(random_state).permutation(len(arrays[0]))
    shuffled = [np.asarray(array)[order] for array in arrays]
    return shuffled[0] if len(shuffled) == 1 else shuffled


METRICS: dict[str, Any] = {
    "accuracy_score": accuracy_score,
    "mean_squared_error": mean_squared_error,
    "confusion_matrix": confusion_matrix,
    "classification_report": Anything(),
}
