"""Images that are not trained on: the test images of the data, or the last of it."""

from dataclasses import dataclass

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import load_test_images

MOST_BY_DEFAULT = 1_000
"""Images held out by default; with 1,000, an accuracy is uncertain by 1.5 %."""
_SHARE_BY_DEFAULT = 5
"""One image in this many is held out if there are no test images."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutImages:
    """Images that are not trained on."""

    dataset: Dataset
    first: int | None
    """Their first index in the data, of which they are the last; None if they are test images."""

    @property
    def origin(self) -> str:
        """Their origin, such as "test images" or "images 1,438 to 1,796 of the data"."""
        if self.first is None:
            return "test images"
        return f"images {self.first:,} to {self.first + len(self.dataset) - 1:,} of the data"


def available_images(dataset: Dataset, source: str) -> int:
    """Return how many images can be held out if none is trained on; `source` is as below.

    Raises DataError if the test images cannot be read.
    """
    test = load_test_images(source)
    return len(dataset if test is None else test)


def held_out_images(
    dataset: Dataset, source: str, trained: int, wanted: int | None = None
) -> HeldOutImages | None:
    """Return images to hold out; None if every image is trained on.

    Raises DataError if images cannot be read.

    Parameters
    ----------
    source : str
        What `cnnviz.data.source.load` takes for the data set.
    trained : int
        The number of images that are trained on, the first of the data.
    wanted : int, optional
        How many to hold out, or all if there are fewer. By default, up to `MOST_BY_DEFAULT`
        test images, or as many of the last images but no more than a fifth of the data.
    """
    test = load_test_images(source)
    if test is not None:
        return HeldOutImages(test.first(min(wanted or MOST_BY_DEFAULT, len(test))), None)
    count = len(dataset)
    most = min(MOST_BY_DEFAULT, count // _SHARE_BY_DEFAULT)
    first = max(trained, count - (most if wanted is None else wanted))
    if first >= count:
        return None
    every = dataset.first(count)
    return HeldOutImages(Dataset(dataset.name, every.images[first:], every.labels[first:]), first)
