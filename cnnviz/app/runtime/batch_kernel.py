"""The kernel of the newest batch."""

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import report_progress
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
        self._of: tuple[Dataset, int] | None = None
        self._kernels: dict[Precision, FastIteration] = {}
        self._batches: dict[Precision, Batch] = {}

    def of(self, frame: Frame) -> FastIteration:
        """Return the kernel of a frame's batch.

        Raises DataError if an image cannot be read.
        """
        precision = self._precision(frame)
        if precision not in self._kernels:
            kernel = FastIteration(self._make(frame, precision))
            kernel.report(report_progress)  # so that the computation can be cancelled here, too
            self._kernels[precision] = kernel
        return self._kernels[precision]

    def batch_of(self, frame: Frame) -> Batch:
        """Return a frame's batch, without making a kernel; raise as `of` does."""
        precision = self._precision(frame)
        if precision not in self._batches:
            self._batches[precision] = self._make(frame, precision)
        return self._batches[precision]

    def _precision(self, frame: Frame) -> Precision:
        """Return the precision for a frame, and forget other batches than its own."""
        settings = frame.settings
        if self._of != (frame.dataset, settings.subset):
            self._of, self._kernels, self._batches = (frame.dataset, settings.subset), {}, {}
        return "float32" if frame.running else settings.dtype

    def _make(self, frame: Frame, precision: Precision) -> Batch:
        data = frame.dataset.first(frame.settings.subset)
        return Batch.from_images(data.images, data.labels, precision)
