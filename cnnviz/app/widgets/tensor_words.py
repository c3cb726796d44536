"""What is said of a tensor beside its numbers."""

import numpy as np

from cnnviz.app.widgets.tensor_sheet import MEANINGS, Level, Sheet, counts_images
from cnnviz.app.widgets.wording import share_words
from cnnviz.training.debug_view import TensorView


def state_words(view: TensorView) -> str:
    """Say how new the values are; empty where nothing is to be said."""
    if view.image is not None:
        return f"image {view.image} alone, the batch is under way"
    if view.stale:
        return "stale: from before"
    if not view.fresh:
        return ""
    if view.changed is None:
        return "just computed"
    share = np.count_nonzero(view.changed) / view.changed.size
    return f"just computed, {share_words(share)} of the values changed"


def shown_words(view: TensorView, laid: Sheet, level: Level, image: int) -> str:
    """Say whose values are shown."""
    if counts_images(view):
        return f"one cell an image, {view.values.size:,} of them"
    if laid.axis is None:
        return MEANINGS[view.name]
    if level == "batch" and view.average is not None and view.image is None:
        return "mean over all images"
    return f"image {image}"
