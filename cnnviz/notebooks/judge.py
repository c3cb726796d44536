"""Judge each line of a script by the recording of its run."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from cnnviz.notebooks.backward import find_backward
from cnnviz.notebooks.captures import Loop, ScriptRecording, Value
from cnnviz.notebooks.data_findings import data_findings
from cnnviz.notebooks.error_readers import judge_readers
from cnnviz.notebooks.forward import count_classes, find_forward
from cnnviz.notebooks.label_findings import label_findings, target_note
from cnnviz.notebooks.line_verdicts import line_verdicts
from cnnviz.notebooks.mistakes import HALF_SLOPE
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.scales import common_factor, find_learning_rate, judge_scales
from cnnviz.notebooks.search import BackwardPass
from cnnviz.notebooks.second_iteration import judge_second_iteration
from cnnviz.notebooks.unnamed_mistakes import find_unnamed_mistakes
from cnnviz.notebooks.verdicts import LineVerdict, Recognised, ScriptJudgement
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


def judge(script: Script, recording: ScriptRecording | None, stopped: str) -> ScriptJudgement:
    """Judge a script by the recording of its run."""
    notes = [f"Left out, because only IPython understands it: {text}" for text in script.left_out]
    if recording is None:
        return ScriptJudgement(script, (), None, 0.0, False, stopped, tuple(notes))
    if recording.stand_ins:
        listed = ", ".join(recording.stand_ins)
        notes.append(f"Replaced by stand-ins, because they are not installed: {listed}.")
    best = _Network(recording, None, [])
    loops = recording.iteration_loops()
    for number, iteration in enumerate(loops):
        report_progress(number / len(loops))  # which may end it
        network = _network(recording, iteration)
        if not network.computes_output():
            continue
        if network.score > best.score:
            best = network
        if network.is_whole:
            break
    best.find_unnamed_mistakes()
    best.judge_second_iteration()
    lines = tuple(best.lines(script))
    notes += best.notes()
    if (late := _late_network(recording, best)) is not None:
        network, when = late
        notes.append(f"Judged in its first iteration and in {when}.")
        lines = tuple(_with_late(lines, network.lines(script), when))
    first = next((line for line in lines if line.verdict == "departs"), None)
    return ScriptJudgement(
        script,
        lines,
        first,
        best.understood(),
        best.has_forward,
        stopped,
        tuple(notes),
        best.recognised(),
        tuple(best.data_findings()),
        best.classes,
        best.not_understood(),
    )


def _network(recording: ScriptRecording, iteration: Loop | None) -> "_Network":
    """Return the network of most images, or one of fewer if that alone is updated.

    A script may evaluate its network on other images in the iteration, too.
    """
    values = recording.values(iteration)
    network = _Network(recording, iteration, values)
    if network.is_whole or not network.images:
        return network
    smaller = _Network(recording, iteration, values, network.images - 1)
    return smaller if smaller.is_whole else network


def _late_network(recording: ScriptRecording, first: "_Network") -> tuple["_Network", str] | None:
    """Return the last iteration that was recorded, if it is understood as the first is."""
    last = recording.last_pass(first.iteration) if first.iteration and first.is_whole else None
    if last is None:
        return None
    values = recording.values_of(last, first.parameters())
    late = _Network(recording, first.iteration, values, first.images)
    if late.understood() < first.understood():
        return None
    words = [f"pass {passed + 1:,} of the loop around it" for _, passed in last[:-1]]
    return late, " in ".join([f"iteration {last[-1][1] + 1:,}", *words])


def _with_late(
    lines: Sequence[LineVerdict], late: Iterator[LineVerdict], when: str
) -> Iterator[LineVerdict]:
    """Yield the verdicts, with the departures of a late iteration in place of others."""
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
    """The network that is recognised if one loop is taken for the iteration."""

    def __init__(
        self,
        recording: ScriptRecording,
        iteration: Loop | None,
        values: Sequence[Value],
        most: float = math.inf,
    ) -> None:
        self._recording, self.iteration, self._values = recording, iteration, values
        self.forward: RecognisedForward | None = find_forward(values, most)
        self.backward: BackwardPass | None = None
        if self.forward is not None and self.forward.y is not None:
            self.backward = find_backward(self.forward, values)
            judge_scales(self.forward, self.backward, values)
            judge_readers(self.forward, self.backward)
            self._mark_used(self.backward)

    @property
    def has_forward(self) -> bool:
        """Whether the forward pass was found as far as the output."""
        return self.forward is not None and self.forward.o is not None

    @property
    def images(self) -> int:
        """The number of images, 0 if no forward pass was found."""
        return 0 if self.forward is None else self.forward.n

    def computes_output(self) -> bool:
        """Return whether the loop computes the output, if only at its end for the pass after it.

        Of a loop over the images of a gradient, which does not, the first pass is not an iteration.
        """
        found = () if self.forward is None else self.forward.found.get("output", ())
        names = {one.value.probe.name for one in found}
        return not names or self._recording.gives_value(self.iteration, names)

    @property
    def classes(self) -> int:
        """The outputs of each image, if they are those of a softmax, else 0."""
        if self.forward is None or self.has_forward:
            return 0
        return count_classes(self.forward, self._values)

    @property
    def is_whole(self) -> bool:
        """Whether both updates were found."""
        return self.backward is not None and len(self.backward.updates) == 2

    @property
    def score(self) -> int:
        """The number of operations that were found."""
        return len(self._understood())

    def understood(self) -> float:
        """Return the share of the operations that were found."""
        missing = len(self.not_understood())
        return 1 - missing / (missing + len(self._understood()))

    def not_understood(self) -> tuple[str, ...]:
        """Return the operations that were not found."""
        operations = [*_FORWARD, *_BACKWARD]
        if self.forward is None or not self.forward.is_standardised:
            operations.remove("standardise")
        found = self._understood()
        return tuple(operation for operation in operations if operation not in found)

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
            self._learning_rate(),
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
        ends = [*self.backward.updates, *self.backward.of_stage("bias")]
        probes = {node.value.probe for node in ends if node.value is not None}
        return {at for at, probe in enumerate(self._recording.probes) if probe in probes}

    def notes(self) -> list[str]:
        """Return remarks on the whole script that are not mistakes of a line."""
        if self.forward is None or self.backward is None:
            return []
        note = target_note(self.forward, self._values)
        return [*([note] if note else []), *self._factor_notes(self.forward, self.backward)]

    def _factor_notes(self, forward: RecognisedForward, backward: BackwardPass) -> list[str]:
        factor = common_factor(forward, backward, self._values)
        if factor is None or forward.n == 1:
            return []
        way, more = ("mean", "larger") if factor > 1 else ("sum", "smaller")
        other = {"mean": "sum", "sum": "mean"}[way]
        note = (
            f"The loss is a {way} over the images, the gradient a {other}: the learning rate acts "
            f"as one that is {forward.n:,} times {more}."
        )
        return [note]

    def data_findings(self) -> Iterator[str]:
        """Yield what is wrong with the data or the first weights."""
        if self.forward is not None:
            yield from data_findings(self.forward)
            yield from label_findings(self.forward, self._values)

    def find_unnamed_mistakes(self) -> None:
        """Find what is wrong by no known mistake."""
        if self.forward is not None and self.backward is not None:
            find_unnamed_mistakes(self.forward, self.backward, self._values)

    def judge_second_iteration(self) -> None:
        """Note what only the iteration after this one shows."""
        if self.forward is not None and self.backward is not None:
            judge_second_iteration(self._recording, self.iteration, self.forward, self.backward)

    def _mark_used(self, backward: BackwardPass) -> None:
        """Mark the sources of the parameters' updates, or of the last gradients.

        If what comes of the gradient at the maps was not understood, the last of that counts, but
        for what may be only a factor of it.
        """
        ends = backward.updates
        for update, stage in ((backward.dense_update, "dW"), (backward.filter_update, "dF")):
            if update is None:
                ends += backward.of_stage(stage)[-1:]
        if not any(end.stage in ("dF", "f_next") for end in ends):
            ends += [
                node
                for node in backward.of_stage("G", "g")
                if node.value is not None and all(d.kind is not HALF_SLOPE for d in node.departures)
            ][-1:]
        for end in ends:
            for node in end.history():
                node.is_used = True

    def lines(self, script: Script) -> Iterator[LineVerdict]:
        """Yield the verdicts, in the order in which the lines are first executed."""
        rate = self._learning_rate_value()
        return line_verdicts(script, self._values, self.forward, self.backward, rate)

    def _learning_rate(self) -> float | None:
        if self.forward is None or self.backward is None:
            return None
        return find_learning_rate(self.forward, self.backward.updates, self._values)

    def _learning_rate_value(self) -> Value | None:
        rate = self._learning_rate()
        for value in self._values:
            is_number = value.array.size == 1 and value.probe.use == "assigned"
            if is_number and abs(float(value.array.reshape(()))) == rate:
                return value
        return None
