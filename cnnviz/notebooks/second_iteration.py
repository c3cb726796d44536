"""Mistakes that only a second iteration shows: missing updates, sums never set back to zero."""

from collections.abc import Iterator

import numpy as np

from cnnviz.notebooks.captures import Loop, ScriptRecording, Value
from cnnviz.notebooks.delta_steps import find_errors
from cnnviz.notebooks.filter_steps import correlated
from cnnviz.notebooks.forward import find_forward
from cnnviz.notebooks.layouts import Floats, scale_of
from cnnviz.notebooks.map_steps import inside_expressions
from cnnviz.notebooks.mistakes import NEVER_RESET, NEVER_UPDATED
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import BackwardPass, Search, when

_NEAR = 1e-4


def judge_second_iteration(
    recording: ScriptRecording,
    iteration: Loop | None,
    forward: RecognisedForward,
    backward: BackwardPass,
) -> None:
    """Note mistakes that the iteration after the judged one shows."""
    left = (*backward.updates, *backward.of_stage("bias"))
    kept = {node.value.last for node in left if node.value is not None}
    values = recording.next_values(iteration, kept)
    following = find_forward(values, forward.n)
    if following is None or following.wo is None or forward.wo is None:
        return
    _note_never_updated(forward, backward, following)
    if following.y is not None and following.n == forward.n:
        _note_never_reset(backward, Search(following, values), values)


def _note_never_updated(
    forward: RecognisedForward, backward: BackwardPass, following: RecognisedForward
) -> None:
    """Note a gradient whose parameter is never updated."""
    assert forward.wo is not None  # noqa: S101  (the caller has seen to it)
    assert following.wo is not None  # noqa: S101
    ends = (
        ("dW", "dense_update", backward.dense_update, following.wo, forward.wo),
        ("dF", "filter_update", backward.filter_update, following.f, forward.f),
    )
    for stage, operation, update, after, before in ends:
        nodes = backward.of_stage(stage)
        if update is None and nodes and np.array_equal(after, before):
            max(nodes, key=when).departures.append(Departure(operation, NEVER_UPDATED))


def _note_never_reset(backward: BackwardPass, search: Search, values: list[Value]) -> None:
    """Note a gradient to which that of the next iteration is added."""
    find_errors(search)
    for stage, operation in (("dW", "dense_gradient"), ("dF", "filter_gradient")):
        for node in backward.of_stage(stage):
            if node.value is None or node.fit is None or node.departures or not node.is_used:
                continue
            later = _of_next(node, values)
            if later is None:
                continue
            after = node.fit.layout.numbers(later.array)
            numbers = node.fit.layout.numbers(node.value.array)
            for right in _gradients(search, stage):
                turned = right[:, ::-1, ::-1] if stage == "dF" and search.forward.flipped else right
                scale = scale_of(after - numbers, turned, search.within)
                is_same = scale is not None and abs(scale / node.fit.scale - 1) < _NEAR
                if is_same and scale_of(after, turned, search.within) is None:
                    node.departures.append(Departure(operation, NEVER_RESET))
                    break


def _of_next(node: Node, values: list[Value]) -> Value | None:
    """Return the last result of a node's line in the next iteration, in the same shape."""
    value = node.value
    assert value is not None  # noqa: S101  (the caller has seen to it)
    later = [
        one
        for one in values
        if one.probe == value.probe
        and one.first > value.last
        and one.array.shape == value.array.shape
        and not one.is_stacked
    ]
    return later[-1] if later else None


def _gradients(search: Search, stage: str) -> Iterator[Floats]:
    """Yield the gradients that are right for some δ of the next iteration."""
    if stage == "dW":
        for vector in search.vectors():
            yield np.tensordot(vector.numbers, search.forward.A, axes=1)
    else:
        for maps in inside_expressions(search):
            yield correlated(search, maps.numbers)
