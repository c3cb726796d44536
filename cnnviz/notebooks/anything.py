"""An object that allows every use and does nothing."""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

Array = np.ndarray[Any, Any]


class Anything:
    """Takes every call, attribute and loop, and does nothing: a plot that is drawn nowhere."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        pass

    def __call__(self, *_arguments: object, **_options: object) -> "Anything":
        """Return itself, whatever the arguments."""
        return self

    def __getattr__(self, name: str) -> "Anything":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: object) -> "Anything":
        return self

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def __iter__(self) -> Iterator["Anything"]:
        return iter((self, self))  # fig, axes = plt.subplots()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    @property
    def flat(self) -> Iterator["Anything"]:
        """Axes without end."""
        while True:
            yield self
