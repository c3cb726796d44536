"""Blocks of images that stay in the cache, spread over threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Final

import numpy as np

BLOCK: Final = 100
"""Images that one thread works on at a time, at most."""

Work = Callable[[int, slice, int], None]
"""``work(index, block, worker)``: which block, its images, and which thread's scratch is free."""


class Blocks:
    """The images of a batch, cut into blocks, and threads to work on them.

    Where the cuts are depends on n alone, so that sums taken block by block are the same with any
    number of threads.

    Parameters
    ----------
    n : int
        Images.
    threads : int
        Threads to work on, the caller's among them; 1 starts none.
    """

    def __init__(self, n: int, threads: int) -> None:
        count = -(-n // BLOCK)
        count += count % 2 if count > 1 else 0  # even, so that two threads share it fairly
        bounds = np.linspace(0, n, count + 1).round().astype(int)
        self._blocks = [slice(int(a), int(b)) for a, b in pairwise(bounds)]
        self.threads = max(1, min(threads, count))
        shares = [count * w // self.threads for w in range(self.threads + 1)]
        self._shares = [range(a, b) for a, b in pairwise(shares)]
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[slice]:
        return iter(self._blocks)

    @property
    def widest(self) -> int:
        """Images in the largest block."""
        return max(block.stop - block.start for block in self._blocks)

    def close(self) -> None:
        """End the threads. The object is of no use afterwards."""
        if self._pool is not None:
            self._pool.shutdown()

    def for_each(self, work: Work) -> None:
        """Do the work for every block, a run of neighbouring blocks to each thread."""

        def share(worker: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # numpy's is a thread's own
                for index in self._shares[worker]:
                    work(index, self._blocks[index], worker)

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


def blocks_of(n: int) -> Iterator[slice]:
    """Cut n images into blocks, for work that one thread does alone."""
    return (slice(k, min(k + BLOCK, n)) for k in range(0, n, BLOCK))
