"""Judge which vector of errors each gradient is computed from.

A vector may be right and yet not be the one to read: the error before its slope, or before it is
carried back through the standardisation. One that is only written inside an expression has no line;
the line that reads it departs.
"""

from typing import Final

import numpy as np

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import BackwardPass

_ERRORS: Final = ("delta", "d", "error")
_MISSING: Final = (mistakes.NOT_CARRIED, mistakes.NO_OUTPUT_SLOPE)
"""What is missing in an error that a later line makes whole."""


def judge_readers(forward: RecognisedForward, backward: BackwardPass) -> None:
    """Note the lines that read a vector of errors that they should not, or write a wrong one."""
    for update in backward.updates:
        chain = update.chain()
        at = next((i for i, node in enumerate(chain) if node.stage in _ERRORS), len(chain))
        reader = next((node for node in reversed(chain[:at]) if node.value is not None), None)
        if at == len(chain) or reader is None or reader.departures:
            continue
        error, operation = chain[at], chain[at - 1].operation
        whole = _made_whole(backward, error, reader)
        if whole is not None:
            right = _from(forward, reader, error, whole)
            reader.departures.append(Departure(operation, mistakes.EARLY_ERROR, right))
            reader.sources += (whole,)
            error.departures = []
        elif error.value is None:
            reader.departures += [
                Departure(departure.operation, departure.kind) for departure in error.departures
            ]


def _made_whole(backward: BackwardPass, error: Node, reader: Node) -> Node | None:
    """Return δ as the script computes it between an error that is not yet δ and its reader."""
    if error.value is None or error.stage == "delta" or reader.value is None:
        return None
    if any(departure.kind not in _MISSING for departure in error.departures):
        return None
    for node in backward.of_stage("delta"):
        if node.value is None or node.departures:
            continue
        if error.value.first < node.value.first < reader.value.last:
            return node
    return None


def _from(forward: RecognisedForward, reader: Node, error: Node, delta: Node) -> Floats | None:
    """Return what a gradient would be if it were computed from δ."""
    right = delta.numbers * (error.total_scale() / delta.total_scale())
    if reader.stage == "dW" and reader.sources[0] is error:
        return np.asarray(reader.scale * np.tensordot(right, forward.A, axes=1))
    if reader.numbers.ndim == forward.A.ndim and error.numbers.all():
        return np.asarray(reader.numbers * (right / error.numbers)[:, None, None, None])
    return None
