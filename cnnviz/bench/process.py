"""Runs a measurement in a process of its own."""

import os
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Variables = Mapping[str, str]

OFFSCREEN: Final = {"QT_QPA_PLATFORM": "offscreen"}


def in_process(
    variables: Variables, measure: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> T:
    """Call a function in a process of its own, without the user's settings."""
    with tempfile.TemporaryDirectory() as folder:
        environment = ({**variables, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder},)
        with ProcessPoolExecutor(1, get_context("spawn"), _set_variables, environment) as pool:
            try:
                return pool.submit(measure, *arguments, **named).result()
            except BaseException:  # also a signal to end: the pool would wait for its process
                for child in active_children():
                    child.terminate()
                raise


def _set_variables(variables: Variables) -> None:
    os.environ.update(variables)
