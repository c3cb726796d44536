"""One number of an iteration, by the name of its tensor and its index."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """The selected cell of a tensor."""

    tensor: str
    index: tuple[int, ...]
    """Its index in the notebook's layout; empty for the tensor's largest cell."""
    mean: bool = False
    """Whether the mean over the images is meant; `index` is then any image's."""
