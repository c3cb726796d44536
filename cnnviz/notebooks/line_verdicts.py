"""The verdicts on the lines of a script whose forward and backward passes have been found."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.mistakes import RESIZED, UNNAMED
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.search import BackwardPass
from cnnviz.notebooks.suggestions import Namer, suggestion, to_be_before
from cnnviz.notebooks.verdicts import LineComparison, LineVerdict, Verdict, WorstCell
from cnnviz.numerics.cells import largest_cell

_MEANING: Final = {
    "patches": "These are the patches of the images.",
    "correlate": "These are the filters on the patches.",
    "sigmoid": "This is the activation of the maps.",
    "flatten": "These are the activations, flattened.",
    "dense": "This is the weighted sum of each image.",
    "standardise": "This is z, standardised over the images.",
    "output": "This is the output for each image.",
    "error": "This is the error of each image.",
    "loss": "This is the loss.",
}
_OF_BIASES: Final = {
    "bias gradient": "This is the gradient of a bias.",
    "bias": "This is a bias after its update.",
}
_UPDATES: Final = ("dense_update", "filter_update")
_PARAMETERS: Final = ("wo_next", "f_next", "bias")
_RANK: Final = {"departs": 0, "follows": 1, "right": 2, "unknown": 3}


def line_verdicts(
    script: Script,
    values: Sequence[Value],
    forward: RecognisedForward | None,
    backward: BackwardPass | None,
    learning_rate: Value | None,
) -> Iterator[LineVerdict]:
    """Yield the verdicts, in the order in which the lines are first executed.

    Parameters
    ----------
    values : sequence of Value
        All that were recorded of one iteration.
    forward, backward : RecognisedForward and BackwardPass, or None
        The passes as far as they were found.
    learning_rate : Value or None
        The value that holds it, if one does.
    """
    verdicts = [
        (value.first, verdict)
        for value, verdict in _verdicts(script, values, forward, backward, learning_rate)
    ]
    chosen: dict[tuple[int, int, str, str | None], tuple[int, LineVerdict]] = {}
    for order, verdict in sorted(verdicts, key=lambda pair: (_RANK[pair[1].verdict], pair[0])):
        key = verdict.cell, verdict.line, verdict.name, verdict.operation
        chosen.setdefault(key, (order, verdict))
    known = {key[:3] for key in chosen if key[3] is not None or chosen[key][1].why}
    for key, (_, verdict) in sorted(chosen.items(), key=lambda item: item[1][0]):
        if verdict.verdict != "unknown" or key[:3] not in known:
            yield verdict


def _verdicts(
    script: Script,
    values: Sequence[Value],
    forward: RecognisedForward | None,
    backward: BackwardPass | None,
    learning_rate: Value | None,
) -> Iterator[tuple[Value, LineVerdict]]:
    judged: dict[int, LineVerdict] = {}
    contents: dict[tuple[tuple[int, ...], int], LineVerdict] = {}

    def note(value: Value, verdict: LineVerdict) -> tuple[Value, LineVerdict]:
        judged[id(value)] = verdict
        contents.setdefault(_content(value), verdict)
        return value, verdict

    if forward is not None:
        for value, verdict in _forward_verdicts(forward, learning_rate):
            yield note(value, verdict)
    if forward is not None and backward is not None:
        namer = Namer(script, forward)
        for node in backward.nodes:
            if node.value is not None:
                yield note(node.value, _node_verdict(namer, node))
    known = {verdict.name for verdict in judged.values()}
    for value in values:
        if id(value) in judged or value.array.size < 2:
            continue
        if value.probe.name in known and not value.array.any():
            continue  # zeros, to begin with
        same = contents.get(_content(value))
        if same is None:
            yield value, _verdict(value, None, "unknown")
        else:
            again: Verdict = "follows" if same.verdict == "departs" else same.verdict
            why = f"It is what {same.name} is."
            yield value, _verdict(value, same.operation, again, why)


def _forward_verdicts(
    forward: RecognisedForward, learning_rate: Value | None
) -> Iterator[tuple[Value, LineVerdict]]:
    n, side = forward.n, forward.X.shape[1]
    k, m = forward.f.shape[:2]
    roles = [
        (forward.images, f"These are the images, {n:,} of {side} × {side}."),
        (forward.filters, f"These are the filters, {k} of {m} × {m}."),
        (forward.weights, "These are the dense weights."),
        (forward.targets, "These are the targets."),
        (forward.filter_bias, "This is the bias of the filters."),
        (forward.dense_bias, "This is the bias of the output."),
        (learning_rate, "This is the learning rate."),
    ]
    for value, why in roles:
        if value is not None:
            yield value, _verdict(value, None, "right", why)
    for name, group in forward.found.items():
        operation = "error" if name == "loss" else name
        for found in group:
            verdict = _verdict(found.value, operation, "right", _MEANING[name])
            yield found.value, replace(verdict, actual=found.numbers, right=found.numbers)


def _content(value: Value) -> tuple[tuple[int, ...], int]:
    shape = tuple(length for length in value.array.shape if length > 1)
    return shape, hash(value.array.tobytes())


def _node_verdict(namer: Namer, node: Node) -> LineVerdict:
    value = node.value
    assert value is not None  # noqa: S101  (the caller has seen to it)
    if node.stage == "?":
        return _verdict(value, None, "unknown")
    if node.departures and node.is_used:
        departure = node.departures[0]
        if departure.kind is RESIZED and "resize" not in namer.line(node):
            departure = replace(departure, kind=UNNAMED)
        is_update = departure.operation in _UPDATES and node.stage in _PARAMETERS
        what = f"The step of {value.probe.name}" if is_update else value.probe.name
        why = f"{what} is {departure.kind.meaning}."
        worst = _worst(node, departure)
        return LineVerdict(
            value.probe.cell,
            value.probe.line,
            value.probe.name,
            departure.operation,
            "departs",
            departure.kind.name,
            why,
            suggestion(namer, node, departure),
            worst,
            value.array.shape,
            _comparison(node, departure),
            to_be_before(namer, node, departure),
            node.numbers,
            departure.right,
        )
    if node.follows:
        why = "It is computed as it should be, from what departs above."
        return replace(_verdict(value, node.operation or None, "follows", why), actual=node.numbers)
    why = "It is computed as it should be."
    if node.departures or node.stage == "part":
        why = "It is a part of what it should be."
    if node.stage in _OF_BIASES:
        why = _OF_BIASES[node.stage]
    verdict = _verdict(value, node.operation or None, "right", why)
    return replace(verdict, actual=node.numbers, right=node.numbers)


def _worst(node: Node, departure: Departure) -> WorstCell | None:
    """Return the cell that is off most, in the script's own array."""
    if departure.right is None or node.value is None or node.fit is None:
        return None
    if departure.right.shape != node.numbers.shape:
        return None
    at = largest_cell(np.abs(node.numbers - departure.right))
    cell = node.fit.layout.cell(at, node.value.array.shape)
    return WorstCell(cell, float(node.numbers[at]), float(departure.right[at]))


def _comparison(node: Node, departure: Departure) -> LineComparison | None:
    """Return the picture, or the row of numbers, in which the worst cell is."""
    right, actual = departure.right, node.numbers
    if right is None or right.shape != actual.shape:
        return None
    if actual.ndim == 1:
        return LineComparison(actual, right, "one number for each image")
    at = largest_cell(np.abs(actual - right))[:-2]
    *images, i = at
    words = [*(f"image {image}" for image in images), f"filter {i + 1} (index {i})"]
    return LineComparison(actual[at], right[at], ", ".join(words))


def _verdict(value: Value, operation: str | None, verdict: Verdict, why: str = "") -> LineVerdict:
    probe = value.probe
    shape = value.array.shape
    return LineVerdict(probe.cell, probe.line, probe.name, operation, verdict, why=why, shape=shape)
