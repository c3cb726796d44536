"""Judge each line of a script by what was recorded of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

import numpy as np

from cnnviz.notebooks.backward import find_backward
from cnnviz.notebooks.captures import Loop, Recording, Value
from cnnviz.notebooks.forward import find_forward
from cnnviz.notebooks.mistakes import RESIZED
from cnnviz.notebooks.network import ForwardPass
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.scales import common_factor, find_learning_rate, judge_scales
from cnnviz.notebooks.search import BackwardPass
from cnnviz.notebooks.second_iteration import judge_second_iteration
from cnnviz.notebooks.suggestions import Namer, suggestion, to_be_before
from cnnviz.notebooks.verdicts import (
    Comparison,
    Judgement,
    LineVerdict,
    Recognised,
    Verdict,
    WorstCell,
)
from cnnviz.numerics.blocks import report_progress

_FORWARD: Final = ("correlate", "sigmoid", "dense", "standardise", "output", "error")
_BACKWARD: Final = {
    "delta": ("delta", "d", "error"),
    "dense_gradient": ("dW",),
    "dense_update": ("wo_next",),
    "map_gradient": ("G", "dA"),
    "filter_gradient": ("dF",),
    "filter_update": ("f_next",),
}
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
_RANK: Final = {"departs": 0, "follows": 1, "right": 2, "unknown": 3}


def judge(script: Script, recording: Recording | None, stopped: str) -> Judgement:
    """Judge a script by what was recorded of its run."""
    notes = [f"Left out, because only IPython understands it: {text}" for text in script.left_out]
    if recording is None:
        return Judgement(script, (), None, 0.0, False, stopped, tuple(notes))
    if recording.stand_ins:
        listed = ", ".join(recording.stand_ins)
        notes.append(f"Stood in for, because they are not installed: {listed}.")
    best = _Network(recording, None, [])
    loops = recording.iteration_loops()
    for number, iteration in enumerate(loops):
        report_progress(number / len(loops))  # which may end it
        network = _Network(recording, iteration, recording.values(iteration))
        if network.score > best.score:
            best = network
        if network.is_whole:
            break
    best.judge_second_iteration()
    lines = tuple(best.lines(script))
    notes += best.notes()
    if (late := _late_network(recording, best)) is not None:
        network, when = late
        notes.append(f"Judged in its first iteration and in {when}.")
        lines = tuple(_with_late(lines, network.lines(script), when))
    first = next((line for line in lines if line.verdict == "departs"), None)
    return Judgement(
        script,
        lines,
        first,
        best.understood(),
        best.has_forward,
        stopped,
        tuple(notes),
        best.recognised(),
    )


def _late_network(recording: Recording, first: "_Network") -> tuple["_Network", str] | None:
    """Return the last iteration that was recorded, if it is understood as the first is."""
    last = recording.last_pass(first.iteration) if first.iteration and first.is_whole else None
    if last is None:
        return None
    late = _Network(recording, first.iteration, recording.values_of(last, first.parameters()))
    if late.understood() < first.understood():
        return None
    words = [f"pass {passed + 1:,} of the loop around it" for _, passed in last[:-1]]
    return late, " in ".join([f"iteration {last[-1][1] + 1:,}", *words])


def _with_late(
    lines: Sequence[LineVerdict], late: Iterator[LineVerdict], when: str
) -> Iterator[LineVerdict]:
    """Yield the verdicts, those in place of which a late iteration has a departure from it."""
    key = attrgetter("cell", "line", "name", "operation")
    departed = {key(line) for line in lines if line.verdict == "departs"}
    operations = {line.operation for line in lines if line.verdict == "departs"}
    found = {
        key(line): replace(line, why=f"In {when}, {line.why}")
        for line in late
        if line.verdict == "departs"
        and key(line) not in departed
        and line.operation not in operations
    }
    for line in lines:
        yield found.pop(key(line), line)
    yield from found.values()


class _Network:
    """What one choice of the iteration lets understand."""

    def __init__(
        self, recording: Recording, iteration: Loop | None, values: Sequence[Value]
    ) -> None:
        self._recording, self.iteration, self._values = recording, iteration, values
        self.forward: ForwardPass | None = find_forward(values)
        self.backward: BackwardPass | None = None
        if self.forward is not None and self.forward.y is not None:
            self.backward = find_backward(self.forward, values)
            judge_scales(self.forward, self.backward, values)
            self._mark_used(self.backward)

    @property
    def has_forward(self) -> bool:
        """Whether the forward pass was found as far as the output."""
        return self.forward is not None and self.forward.o is not None

    @property
    def is_whole(self) -> bool:
        """Whether both updates were found."""
        backward = self.backward
        return bool(backward and backward.dense_update and backward.filter_update)

    @property
    def score(self) -> int:
        """How much was found."""
        return len(self._understood())

    def understood(self) -> float:
        """Return the share of the operations that were found."""
        operations = [*_FORWARD, *_BACKWARD]
        if self.forward is None or not self.forward.is_standardised:
            operations.remove("standardise")
        return len(self._understood()) / len(operations)

    def recognised(self) -> Recognised | None:
        """Return the network, if its forward pass and its targets were found."""
        forward, backward = self.forward, self.backward
        if forward is None or forward.wo is None or forward.y is None or backward is None:
            return None
        filters, weights = backward.filter_update, backward.dense_update
        biases = forward.filter_bias, forward.dense_bias
        return Recognised(
            forward.X,
            forward.y,
            forward.f,
            forward.wo,
            self._learning_rate_itself(),
            None if filters is None else filters.numbers,
            None if weights is None else weights.numbers,
            forward.activation.name,
            forward.loss,
            forward.is_standardised,
            forward.flipped,
            any(bias is not None for bias in biases),
        )

    def _understood(self) -> set[str]:
        found: set[str] = set()
        forward = self.forward
        if forward is None:
            return found
        found |= {"correlate"}
        if forward.wo is not None:
            found |= {"sigmoid", "dense"}
        if forward.is_standardised:
            found |= {"standardise"}
        if forward.o is not None:
            found |= {"output"}
        if forward.loss:
            found |= {"error"}
        if self.backward is not None:
            for operation, stages in _BACKWARD.items():
                nodes = self.backward.of_stage(*stages)
                if any(node.value is not None or node.is_used for node in nodes):
                    found.add(operation)
        return found

    def parameters(self) -> set[int]:
        """Return the probes that have the parameters after their updates."""
        if self.backward is None:
            return set()
        updates = self.backward.dense_update, self.backward.filter_update
        ends = [*updates, *self.backward.of_stage("bias")]
        probes = {node.value.probe for node in ends if node is not None and node.value is not None}
        return {at for at, probe in enumerate(self._recording.probes) if probe in probes}

    def notes(self) -> list[str]:
        """Return what is to be known of the whole, though it is no mistake of a line."""
        if self.forward is None or self.backward is None:
            return []
        factor = common_factor(self.forward, self.backward, self._values)
        if factor is None or self.forward.n == 1:
            return []
        way, more = ("mean", "larger") if factor > 1 else ("sum", "smaller")
        other = {"mean": "sum", "sum": "mean"}[way]
        note = (
            f"The loss is a {way} over the images, the gradient a {other}: the learning rate acts "
            f"as one that is {self.forward.n:,} times {more}."
        )
        return [note]

    def judge_second_iteration(self) -> None:
        """Note what only the iteration after this one shows."""
        if self.forward is not None and self.backward is not None:
            judge_second_iteration(self._recording, self.iteration, self.forward, self.backward)

    def _mark_used(self, backward: BackwardPass) -> None:
        """Mark what the parameters' updates, or the last gradients, were computed from."""
        ends = [u for u in (backward.dense_update, backward.filter_update) if u is not None]
        for update, stage in ((backward.dense_update, "dW"), (backward.filter_update, "dF")):
            if update is None:
                ends += backward.of_stage(stage)[-1:]
        for end in ends:
            for node in end.history():
                node.is_used = True

    def lines(self, script: Script) -> Iterator[LineVerdict]:
        """Yield the verdicts, in the order in which the lines are first executed."""
        verdicts = [(value.first, verdict) for value, verdict in self._verdicts(script)]
        chosen: dict[tuple[int, int, str, str | None], tuple[int, LineVerdict]] = {}
        for order, verdict in sorted(verdicts, key=lambda pair: (_RANK[pair[1].verdict], pair[0])):
            key = verdict.cell, verdict.line, verdict.name, verdict.operation
            chosen.setdefault(key, (order, verdict))
        known = {key[:3] for key in chosen if key[3] is not None or chosen[key][1].why}
        for key, (_, verdict) in sorted(chosen.items(), key=lambda item: item[1][0]):
            if verdict.verdict != "unknown" or key[:3] not in known:
                yield verdict

    def _verdicts(self, script: Script) -> Iterator[tuple[Value, LineVerdict]]:
        judged: dict[int, LineVerdict] = {}
        contents: dict[tuple[tuple[int, ...], int], LineVerdict] = {}

        def note(value: Value, verdict: LineVerdict) -> tuple[Value, LineVerdict]:
            judged[id(value)] = verdict
            contents.setdefault(_content(value), verdict)
            return value, verdict

        if self.forward is not None:
            for value, verdict in self._forward_verdicts(self.forward):
                yield note(value, verdict)
        if self.forward is not None and self.backward is not None:
            namer = Namer(script, self.forward)
            for node in self.backward.nodes:
                if node.value is not None:
                    yield note(node.value, _node_verdict(namer, node))
        for value in self._values:
            if id(value) in judged or value.array.size < 2:
                continue
            same = contents.get(_content(value))
            if same is None:
                yield value, _verdict(value, None, "unknown")
            else:
                again: Verdict = "follows" if same.verdict == "departs" else same.verdict
                why = f"It is what {same.name} is."
                yield value, _verdict(value, same.operation, again, why)

    def _forward_verdicts(self, forward: ForwardPass) -> Iterator[tuple[Value, LineVerdict]]:
        n, side = forward.n, forward.X.shape[1]
        k, m = forward.f.shape[:2]
        roles = [
            (forward.images, f"These are the images, {n:,} of {side} × {side}."),
            (forward.filters, f"These are the filters, {k} of {m} × {m}."),
            (forward.weights, "These are the dense weights."),
            (forward.targets, "These are the targets."),
            (forward.filter_bias, "This is the bias of the filters."),
            (forward.dense_bias, "This is the bias of the output."),
            (self._learning_rate(), "This is the learning rate."),
        ]
        for value, why in roles:
            if value is not None:
                yield value, _verdict(value, None, "right", why)
        for name, group in forward.found.items():
            operation = "error" if name == "loss" else name
            for found in group:
                verdict = _verdict(found.value, operation, "right", _MEANING[name])
                yield found.value, replace(verdict, actual=found.numbers, right=found.numbers)

    def _learning_rate_itself(self) -> float | None:
        if self.forward is None or self.backward is None:
            return None
        updates = [self.backward.dense_update, self.backward.filter_update]
        found = [update for update in updates if update is not None]
        return find_learning_rate(self.forward, found, self._values)

    def _learning_rate(self) -> Value | None:
        rate = self._learning_rate_itself()
        for value in self._values:
            is_number = value.array.size == 1 and value.probe.use == "assigned"
            if is_number and abs(float(value.array.reshape(()))) == rate:
                return value
        return None


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
            return _verdict(value, None, "unknown")
        why = f"{value.probe.name} is {departure.kind.meaning}."
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
            to_be_before(node, departure),
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
    error = np.abs(node.numbers - departure.right)
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), error.shape))
    cell = node.fit.layout.cell(at, node.value.array.shape)
    return WorstCell(cell, float(node.numbers[at]), float(departure.right[at]))


def _comparison(node: Node, departure: Departure) -> Comparison | None:
    """Return the picture, or the row of numbers, in which the worst cell is."""
    right, actual = departure.right, node.numbers
    if right is None or right.shape != actual.shape:
        return None
    if actual.ndim == 1:
        return Comparison(actual, right, "one number for each image")
    error = np.abs(actual - right)
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), error.shape))[:-2]
    *images, i = at
    words = [*(f"image {image}" for image in images), f"filter {i + 1} (index {i})"]
    return Comparison(actual[at], right[at], ", ".join(words))


def _verdict(value: Value, operation: str | None, verdict: Verdict, why: str = "") -> LineVerdict:
    probe = value.probe
    shape = value.array.shape
    return LineVerdict(probe.cell, probe.line, probe.name, operation, verdict, why=why, shape=shape)
