"""Whose numbers are shown of a tensor, and how new they are, in words."""

import numpy as np

from cnnviz.app.widgets.tensor_sheet import MEANINGS, Level, counts_images, is_mean
from cnnviz.app.widgets.wording import share_words
from cnnviz.training.debug_view import TensorView, image_axis


def whose_words(view: TensorView, level: Level, image: int) -> str:
    """Say whose numbers are shown of a tensor at a level, the selected image being this one."""
    if counts_images(view):
        return f"one cell an image, {view.values.size:,} of them"
    if image_axis(view.name, view.values.ndim) is None:
        return MEANINGS[view.name]
    return "mean over all images" if is_mean(view, level) else f"image {image}"


def state_words(view: TensorView) -> str:
    """Say how new a tensor's values are; empty where nothing is to say."""
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
