"""The kernel of the newest batch."""

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch
from cnnviz.training.loop.frame import Frame
from cnnviz.training.settings import Precision


class BatchKernel:
    """Makes the kernel of a frame's batch, and keeps it while the batch is the same.

    Used by one background thread at a time; the kernel starts none.
    """

    def __init__(self) -> None:
        self._key: tuple[Dataset, int, Precision] | None = None
        self._kernel: FastIteration | None = None

    def of(self, frame: Frame) -> FastIteration:
        """Return the kernel of a frame's batch.

        Raises
        ------
        DataError
            If an image cannot be read.
        """
        settings = frame.settings
        key = frame.dataset, settings.subset, settings.dtype
        if self._kernel is None or self._key is None or key != self._key:
            data = frame.dataset.first(settings.subset)
            batch = Batch.from_images(data.images, data.labels, settings.numpy_dtype)
            self._kernel, self._key = FastIteration(batch), key
        return self._kernel
