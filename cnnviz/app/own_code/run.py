"""A run of a person's own code, which the window can end at any time. Knows no Qt."""

from dataclasses import dataclass
from threading import Lock
from typing import Final

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.network import Batch
from cnnviz.training.loop.frame import Frame
from cnnviz.training.own_code.check import OwnCheck, check_own_code
from cnnviz.training.own_code.process import OwnCode, running
from cnnviz.training.own_code.source import OwnSource

LARGEST: Final = 200
"""Images, the first of a larger batch, on which own code runs."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnRun:
    """The result of a run: the check, and the code's output."""

    checked: OwnCheck
    output: str


class OwnCodeRun:
    """Checks own code on a state; `kill` ends its process from another thread."""

    def __init__(self, source: OwnSource, frame: Frame) -> None:
        self._source, self._frame = source, frame
        self._lock = Lock()
        self._code: OwnCode | None = None
        self._killed = False

    def __call__(self, on_progress: ProgressCallback) -> OwnRun:
        """Run the code.

        Raises OwnCodeError if it fails outside its functions, and NumericsError if not even the
        exact rule has a result.
        """
        settings, data = self._frame.settings, self._frame.dataset
        n = min(settings.subset, LARGEST)
        batch = Batch.from_images(data.images[:n], data.labels[:n], settings.numpy_dtype)
        with running(self._source) as code:
            with self._lock:
                self._code = code
                if self._killed:
                    code.kill()
            on_progress(0.2)
            checked = check_own_code(batch, self._frame.parameters, code, settings.learning_rate)
            on_progress(0.9)
        return OwnRun(checked, code.output)

    def kill(self) -> None:
        """End the process, now or as soon as it has begun."""
        with self._lock:
            self._killed = True
            if self._code is not None:
                self._code.kill()
