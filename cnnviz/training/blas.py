"""Keeps BLAS from starting threads of its own beside those of the arithmetic."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """Hold numpy's BLAS to one thread inside the block.

    The arithmetic spreads blocks of images over threads itself; a second layer of threads inside
    each small product only makes them wait for each other.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
