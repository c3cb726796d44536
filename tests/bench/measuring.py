"""A process that measures a window for a test."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from cnnviz.bench import strokes


@contextmanager
def measuring_process(variables: Mapping[str, str]) -> Iterator[ProcessPoolExecutor]:
    """Start one process for all measurements; the strokes that it draws are short."""
    with ProcessPoolExecutor(1, get_context("spawn"), _prepare, (variables,)) as process:
        yield process


def _prepare(variables: Mapping[str, str]) -> None:
    os.environ.update(variables)
    strokes._MOVES = 8  # type: ignore[misc]
