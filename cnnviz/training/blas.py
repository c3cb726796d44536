"""Keeps BLAS from starting threads beside those of the kernel."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """Limit numpy's BLAS to one thread inside the block.

    The kernel itself spreads blocks of images over threads; threads inside each small product
    would only wait for each other.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    """Find numpy's BLAS among the loaded libraries: once, because it takes a millisecond."""
    return ThreadpoolController()
