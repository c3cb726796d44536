"""The kernel of the newest batch."""

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch
from cnnviz.training.loop.frame import Frame
from cnnviz.training.settings import Precision


class BatchKernel:
    """Makes the kernel of a frame's batch, and keeps it while the batch is the same.

    While training runs, it is one in float32, which takes half the time. Used by one background
    thread at a time; the kernel starts none.
    """

    def __init__(self) -> None:
        self._batch: tuple[Dataset, int] | None = None
        self._kernels: dict[Precision, FastIteration] = {}

    def of(self, frame: Frame) -> FastIteration:
        """Return the kernel of a frame's batch.

        Raises
        ------
        DataError
            If an image cannot be read.
        """
        settings = frame.settings
        if self._batch != (frame.dataset, settings.subset):
            self._batch, self._kernels = (frame.dataset, settings.subset), {}
        precision: Precision = "float32" if frame.running else settings.dtype
        if precision not in self._kernels:
            data = frame.dataset.first(settings.subset)
            batch = Batch.from_images(data.images, data.labels, precision)
            self._kernels[precision] = FastIteration(batch)
        return self._kernels[precision]
