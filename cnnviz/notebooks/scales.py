"""Hold the factors of a backward pass against those of the loss.

A common factor of both gradients is a matter of the learning rate. What is wrong is a sign that
climbs, and a factor that one of the two gradients has and the other has not.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.mistakes import ALIASED, DIVIDED_TWICE, UNDIVIDED
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import BackwardPass, is_natural
from cnnviz.numerics.checking.kinds import MistakeKind, kind_of_factor

_SIGN: Final = MistakeKind("sign", "of the other sign, so that the loss rises")
_NEAR: Final = 1e-4
"""Relative difference of two factors that count as equal."""


def judge_scales(
    forward: RecognisedForward, backward: BackwardPass, values: Sequence[Value]
) -> None:
    """Note wrong factors at the steps that they come from."""
    updates = [u for u in backward.updates if not any(n.stage == "?" for n in u.chain())]
    updates = [u for u in updates if not _judge_alias(forward, u, values)]
    totals = [update.total_scale() for update in updates]
    climbing = [update for update, total in zip(updates, totals, strict=True) if total > 0]
    if climbing:
        _judge_signs(updates, climbing)
    if len(updates) == 2 and not _near(abs(totals[0]), abs(totals[1])):
        _judge_factors(forward, updates, [abs(total) for total in totals], values)
    _judge_deviation(forward, updates, values)
    _judge_biases(forward, backward)


def _judge_deviation(
    forward: RecognisedForward, updates: Sequence[Node], values: Sequence[Value]
) -> None:
    """Note a δ that is not divided by the deviation of z, or twice.

    It is another one in each iteration, so no learning rate takes it up.
    """
    if not forward.is_standardised or any(n.departures for u in updates for n in u.chain()):
        return
    n = forward.n
    rates = [rate * share for rate in _numbers(values) for share in (1.0, n, 1.0 / n)]
    for factor, kind in ((forward.std, UNDIVIDED), (1 / forward.std, DIVIDED_TWICE)):
        for update in updates:
            gradient = update.total_scale() / update.scale
            if is_natural(gradient, n) or not is_natural(gradient / factor, n):
                continue
            if any(_near(abs(update.scale) * factor, rate) for rate in rates):
                continue  # the step makes it good
            delta = next((d for d in update.chain() if d.stage == "delta" and d.value), None)
            if delta is not None and not delta.departures:
                _depart(delta, kind, factor)


def _judge_biases(forward: RecognisedForward, backward: BackwardPass) -> None:
    """Hold the factor of each bias's gradient against that of the weights beside it.

    A factor that its step makes good, as by a division by n, is not a mistake; nor is a rate of its
    own. With momentum, a velocity looks like a bias that climbs, beside the bias itself.
    """
    biases = backward.of_stage("bias")
    for bias in biases:
        gradient = bias.sources[0]
        is_dense = all(node.stage not in ("G", "g") for node in gradient.chain())
        update = backward.dense_update if is_dense else backward.filter_update
        if update is None or any(node.departures for node in update.history()):
            continue
        if gradient.sources[0] not in update.chain():
            continue  # a single number is a multiple of any other
        alike = [b for b in biases if b.sources[0].sources[0] is gradient.sources[0]]
        if all(b.total_scale() > 0 for b in alike):
            right = 2 * _before(bias) - bias.numbers
            bias.departures.append(Departure(update.operation, _SIGN, right))
            bias.is_used = True
            continue
        factor = gradient.total_scale() / update.sources[0].total_scale()
        steps = [b.total_scale() / update.total_scale() for b in alike]
        if any(_near(ratio, 1.0) for ratio in (factor, *steps)):
            continue
        operation = "dense_gradient" if is_dense else "filter_gradient"
        kind = kind_of_factor(factor, forward.n)
        gradient.departures.append(Departure(operation, kind, gradient.numbers / factor))
        gradient.is_used = bias.is_used = True


def _judge_alias(forward: RecognisedForward, update: Node, values: Sequence[Value]) -> bool:
    """Note a gradient that is summed into the weights themselves, and return whether it is.

    It has been the weights under another name, has climbed from there, and the weights are not what
    it is after that.
    """
    is_dense = update.operation == "dense_update"
    weights, summed = forward.weights if is_dense else forward.filters, update.value
    if weights is None or summed is None or update.total_scale() < 0:
        return False
    if summed.probe.name == weights.probe.name:
        return False
    alike = [value for value in values if value.array.shape == weights.array.shape]
    was_weights = any(
        value.probe.name == summed.probe.name
        and value.first < summed.last
        and np.array_equal(value.array, weights.array)
        for value in alike
    )
    after = [v for v in alike if v.probe.name == weights.probe.name and v.first > summed.last]
    if not was_weights or not after or any(np.array_equal(v.array, summed.array) for v in after):
        return False
    gradient = "dense_gradient" if is_dense else "filter_gradient"
    update.departures.append(Departure(gradient, ALIASED))
    return True


def common_factor(
    forward: RecognisedForward, backward: BackwardPass, values: Sequence[Value]
) -> float | None:
    """Return n if every step is of the sum of the errors though the loss is their mean.

    One over n if it is the other way round, None if neither. The learning rate takes up such a
    factor, so it is not a mistake, but it makes rates of two scripts incomparable.
    """
    updates = backward.updates
    learning_rate = find_learning_rate(forward, updates, values)
    if learning_rate is None or not forward.reduction:
        return None
    whole = 1.0 / forward.n if forward.reduction == "mean" else 1.0
    slope = 2 * forward.loss_factor if forward.loss == "square" else 1.0
    factors = [abs(update.total_scale()) / learning_rate for update in updates]
    accepted = (whole, slope * whole)
    common = 1 / whole if forward.reduction == "mean" else 1.0 / forward.n
    for right in accepted:
        if factors and all(_near(factor, right * common) for factor in factors):
            return common
    return None


def _judge_signs(updates: list[Node], climbing: list[Node]) -> None:
    shared = [n for n in updates[0].chain() if all(n in u.chain() for u in updates)]
    if len(climbing) == len(updates) and all(update.scale < 0 for update in climbing):
        negative = next((n for n in reversed(shared) if n.scale < 0), None)
        if negative is not None:
            _depart(negative, _SIGN, -1.0)
            return
    for update in climbing:
        unshared = [n for n in update.chain() if n not in shared or len(updates) == 1]
        wrong = update
        if update.scale < 0:
            wrong = next((n for n in reversed(unshared) if n.scale < 0), update)
        if wrong is update:
            right = 2 * _before(update) - update.numbers
            update.departures.append(Departure(update.operation, _SIGN, right))
        else:
            _depart(wrong, _SIGN, -1.0)


def _before(update: Node) -> Floats:
    return np.asarray(update.numbers - update.scale * update.sources[0].numbers)


def _judge_factors(
    forward: RecognisedForward, updates: list[Node], totals: list[float], values: Sequence[Value]
) -> None:
    """Find the update with another factor than the loss has; the factors of the two differ."""
    learning_rate = find_learning_rate(forward, updates, values)
    if learning_rate is None:
        return
    n = forward.n
    factors = [total / learning_rate for total in totals]
    if not forward.reduction and (n == 1 or not _near(max(factors) / min(factors), n)):
        return  # without a loss, only a sum beside a mean is known to be wrong
    whole = 1.0 if forward.reduction == "sum" else 1.0 / n
    slope = 2 * forward.loss_factor if forward.loss == "square" else 1.0
    accepted = dict.fromkeys((slope * whole, whole))
    for right in accepted:
        wrong = [u for u, f in zip(updates, factors, strict=True) if not _near(f, right)]
        if len(wrong) != 1:
            continue
        update = wrong[0]
        factor = factors[updates.index(update)] / right
        other = updates[1 - updates.index(update)]
        unshared = [node for node in update.chain()[1:] if node not in other.chain()]
        step = next((node for node in unshared if _near(abs(node.scale), factor)), None)
        if _near(abs(update.scale / other.scale), factor):
            if _have_rates(forward, updates, values):
                return
            step = update
        step = step or next((node for node in unshared if node.value is not None), update)
        if step is update or not unshared:
            gradient = update.sources[0].numbers * update.scale
            right_step = _before(update) + gradient / factor
            kind = kind_of_factor(factor, n)
            update.departures.append(Departure(update.operation, kind, right_step))
        else:
            first = next(node for node in reversed(unshared) if node.stage in ("dW", "dF"))
            if (odd := _odd_factor(unshared, factor, n)) is not None:
                step = odd
            elif step.stage in ("dW", "dF"):
                step = first if first.value is not None else step
            _depart(step, kind_of_factor(factor, n), factor)
        return


def _odd_factor(nodes: Sequence[Node], factor: float, n: int) -> Node | None:
    """Return the line with a divisor that is wrong beside the number of images in it."""
    return next(
        (
            node
            for node in nodes
            if node.value is not None
            and not is_natural(node.scale, n)
            and any(_near(abs(node.scale), factor * share) for share in (1.0, n, 1.0 / n))
        ),
        None,
    )


def find_learning_rate(
    forward: RecognisedForward, updates: Sequence[Node], values: Sequence[Value]
) -> float | None:
    """Return the learning rate: a number of the script that the steps are a multiple of.

    The multiple may be 1, the number of images, or one over it.
    """
    steps = [abs(update.scale) for update in updates]
    numbers = _numbers(values)
    for factor in (1.0, 1.0 / forward.n, float(forward.n)):
        for number in numbers:
            if number and any(_near(step, number * factor) for step in steps):
                return number
    if len(steps) == 2 and _near(*steps):
        return steps[0]
    return None


def _have_rates(
    forward: RecognisedForward, updates: Sequence[Node], values: Sequence[Value]
) -> bool:
    """Return whether each step is by a learning rate of its own, a number of the script."""
    others = 0.0, 1.0, 1.0 / forward.n, float(forward.n)
    rates = [number for number in _numbers(values) if number not in others]
    return all(any(_near(abs(u.scale), rate) for rate in rates) for u in updates)


def _numbers(values: Sequence[Value]) -> list[float]:
    """Return the sizes of the single numbers that a script gives names to."""
    return [
        abs(float(value.array.reshape(())))
        for value in values
        if value.array.size == 1 and value.probe.use in ("assigned", "argument")
    ]


def _depart(node: Node, kind: MistakeKind, factor: float) -> None:
    node.departures.append(Departure(node.operation, kind, node.numbers / factor))


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * abs(other)
