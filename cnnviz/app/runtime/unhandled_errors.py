"""Passes on the errors that nothing handles, wherever Python would only print them."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def watching_unhandled_errors(watch: Callable[[Exception], bool]) -> Iterator[None]:
    """Pass errors of slots, events, threads and finalisers to a function.

    `watch` is called with the error, in the thread in which it occurred; it returns whether Python
    is to report it, too.
    """
    of_program, of_thread, of_finaliser = (
        sys.excepthook,
        threading.excepthook,
        sys.unraisablehook,
    )

    def in_program(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or watch(error.with_traceback(trace)):
            of_program(kind, error, trace)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        if not isinstance(arguments.exc_value, Exception) or watch(arguments.exc_value):
            of_thread(arguments)

    def in_finaliser(arguments: "sys.UnraisableHookArgs") -> None:
        if not isinstance(arguments.exc_value, Exception) or watch(arguments.exc_value):
            of_finaliser(arguments)

    sys.excepthook, threading.excepthook, sys.unraisablehook = in_program, in_thread, in_finaliser
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = (
            of_program,
            of_thread,
            of_finaliser,
        )


def for_each(things: Iterable[T], act: Callable[[T], object]) -> None:
    """Call a function with each thing; an error is reported, and the next thing follows."""
    for thing in things:
        try:
            act(thing)
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
