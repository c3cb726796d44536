"""Blocks of images that stay in the cache, spread over threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

BLOCK: Final = 112
"""Images of float64 that one thread works on at a time, to within half of `LANES`."""

LANES: Final = 16
"""All blocks but the last hold a multiple of this many images, to fill whole vector registers."""

Work = Callable[[int, slice, int], None]
"""``work(index, block, worker)``: number of the block, its images, number of the thread."""
ProgressCallback = Callable[[float], None]
"""``on_progress(share)``, with the share that is done, 0 to 1."""


def block_size(dtype: DTypeLike) -> int:
    """Return the number of images in a block, which takes as much memory in each precision.

    Larger blocks are slower on 2 cores. Smaller ones mean more work for Python between them, which
    has to wait for the window's thread.
    """
    return BLOCK * 8 // np.dtype(dtype).itemsize


class Blocks:
    """The images of a batch, cut into blocks, and threads to work on them.

    The cuts depend on n alone, so sums over the blocks are the same with any number of threads.

    `threads` work on them, the caller's among them; 1 starts none. A block has at most `size`
    images, to within half of `LANES`.
    """

    def __init__(self, n: int, threads: int, size: int = BLOCK) -> None:
        count = -(-n // size)
        count += count % 2 if count > 1 else 0  # even, so that two threads share it fairly
        bounds = np.linspace(0, n, count + 1).astype(int)
        bounds[1:-1] = (bounds[1:-1] + LANES // 2) // LANES * LANES
        self._blocks = [slice(int(a), int(b)) for a, b in pairwise(bounds)]
        self.widest = max(block.stop - block.start for block in self._blocks)
        """Images in the largest block."""
        self.threads = max(1, min(threads, count))
        """Threads that there is work for."""
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[slice]:
        return iter(self._blocks)

    def close(self) -> None:
        """End the threads. The object is of no use afterwards."""
        if self._pool is not None:
            self._pool.shutdown()

    def for_each(self, work: Work, on_progress: ProgressCallback | None = None) -> None:
        """Do the work for every block; each thread takes the next free one.

        `on_progress` is called in the caller's thread, now and then, with the share of blocks taken
        so far.
        """
        waiting = iter(enumerate(self._blocks))  # shared: the interpreter hands each out once

        def share(worker: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # numpy's is a thread's own
                for index, block in waiting:
                    work(index, block, worker)
                    if worker == 0 and on_progress is not None:
                        on_progress(index / len(self._blocks))

        if self._pool is None:
            share(0)
            return
        others = [self._pool.submit(share, worker) for worker in range(1, self.threads)]
        try:
            share(0)
        finally:
            wait(others)
        for other in others:
            other.result()


_PROGRESS: Final[ContextVar[ProgressCallback | None]] = ContextVar("progress", default=None)


@contextmanager
def reporting_progress(on_progress: ProgressCallback | None) -> Iterator[None]:
    """Report the progress of `blocks_of` loops that run inside this context, block by block."""
    token = _PROGRESS.set(on_progress)
    try:
        yield
    finally:
        _PROGRESS.reset(token)


def report_progress(share: float) -> None:
    """Report progress, 0 to 1, as a `blocks_of` loop does; an error from it ends the work."""
    on_progress = _PROGRESS.get()
    if on_progress is not None:
        on_progress(share)


def blocks_of(n: int) -> Iterator[slice]:
    """Divide n images into blocks for work in a single thread."""
    on_progress = _PROGRESS.get()
    for k in range(0, n, BLOCK):
        stop = min(k + BLOCK, n)
        yield slice(k, stop)
        if on_progress is not None:
            on_progress(stop / n)
