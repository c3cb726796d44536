"""Runs the functions of own code. This is the main module of a process of its own."""

import sys
import traceback
from types import FunctionType
from typing import Any, Final

import numpy as np

from cnnviz.sandbox.child import Channel, connect
from cnnviz.sandbox.messages import SandboxMessage, is_sendable

FILE_NAME: Final = "<own code>"
"""The name of the code in tracebacks."""
_LONGEST_MESSAGE: Final = 2000


class WrongResultError(Exception):
    """A function returned something that cannot be a result."""


def serve(channel: Channel) -> None:
    """Answer requests until there are no more: first the source, then calls of its functions."""
    functions: dict[str, Any] = {}
    while (request := channel.receive()) is not None:
        try:
            if "source" in request.content:
                functions = _load(request.content["source"])
                channel.send({}, {})
            else:
                _send_results(channel, _call(functions, request))
        except BaseException as error:
            channel.send({"error": _described(error)}, {})


def _load(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "own_code", "np": np}
    exec(compile(source, FILE_NAME, "exec"), namespace)  # noqa: S102  (what it is for)
    return namespace


def _call(functions: dict[str, Any], request: SandboxMessage) -> Any:  # noqa: ANN401
    content = request.content
    arguments: dict[str, Any] = {name: array.copy() for name, array in request.arrays.items()}
    arguments.update(content["numbers"])
    return functions[content["function"]](**arguments)


def _send_results(channel: Channel, results: Any) -> None:  # noqa: ANN401
    several = results if isinstance(results, tuple | list) else (results,)
    arrays = {}
    for index, result in enumerate(several):
        if isinstance(result, FunctionType) or result is None:
            raise WrongResultError(
                f"it returned {'nothing' if result is None else 'a function'}, not an array"
            )
        array = np.asarray(result)
        if not is_sendable(array):
            raise WrongResultError(f"it returned an array of {array.dtype}, not of real numbers")
        arrays[str(index)] = array
    channel.send({}, arrays)


def _described(error: BaseException) -> dict[str, Any]:
    """Return the message of an error, and the line of the own code that raised it."""
    line = next(
        (
            frame.lineno
            for frame in reversed(traceback.extract_tb(error.__traceback__))
            if frame.filename == FILE_NAME
        ),
        None,
    )
    if isinstance(error, SyntaxError) and error.filename == FILE_NAME:
        line = error.lineno
    return {
        "kind": "" if isinstance(error, WrongResultError) else type(error).__name__,
        "message": str(error)[:_LONGEST_MESSAGE],
        "line": line,
    }


if __name__ == "__main__":
    sys.setrecursionlimit(500)
    serve(connect())
