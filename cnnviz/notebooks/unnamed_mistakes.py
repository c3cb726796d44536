"""Find steps that are wrong although no known mistake explains them.

A value is accused only if what it is for is certain: the update is a multiple of it, or the
gradient that the update was computed from is. What it should be is then known from the forward
pass. Decay of the weights is not a mistake.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.delta_steps import carried_back, right_delta, right_error
from cnnviz.notebooks.filter_steps import correlated, in_filter_layout
from cnnviz.notebooks.layouts import Fit, Floats, Layout, layouts, scale_of
from cnnviz.notebooks.map_steps import Product, is_shuffled
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import BackwardPass, Search


def find_unnamed_mistakes(
    forward: RecognisedForward, backward: BackwardPass, values: Sequence[Value]
) -> None:
    """Add what is wrong by no known mistake to a backward pass."""
    if not forward.loss or forward.o is None:
        return
    search = Search(forward, values, backward)
    _judge_deltas(search)
    if backward.dense_update is None and not backward.of_stage("dW"):
        _find_dense_gradient(search)
    if backward.filter_update is None and not backward.of_stage("dF"):
        _find_filter_gradient(search)
    _find_bias_gradient(search)


def _judge_deltas(search: Search) -> None:
    """Let an unexplained number for each image depart if an update was computed from it as δ."""
    if search.forward.n == 1:  # any single number is a multiple of any other
        return
    right = right_delta(search)
    for update in (search.backward.dense_update, search.backward.filter_update):
        for node in update.chain() if update is not None else ():
            if node.stage != "?" or update is None:
                continue
            node.stage = "delta"
            if _is_rounding(search, node, right):
                continue
            wrong, expected = node, right
            if (error := _carried_error(search, node)) is not None:
                error.stage, error.is_used, node.sources = "d", True, (error,)
                wrong, expected = error, right_error(search)
            sign = -float(np.sign(update.total_scale()))
            expected = _like(wrong.numbers, expected, sign, search.forward.n)
            wrong.departures.append(Departure("delta", mistakes.UNNAMED, expected))


def _is_rounding(search: Search, node: Node, right: Floats) -> bool:
    """Return whether δ is 0 but for rounding, as with two standardised images, and a vector is."""
    if not search.forward.is_standardised:
        return False
    most = search.within * np.abs(right_error(search)).max() / search.forward.std
    return bool(max(np.abs(right).max(), np.abs(node.numbers).max()) <= most)


def _carried_error(search: Search, node: Node) -> Node | None:
    """Return the unexplained error that a line carries rightly through the standardisation."""
    if not search.forward.is_standardised or node.value is None:
        return None
    for error in search.backward.of_stage("?"):
        if error.value is None or error.value.first >= node.value.first:
            continue
        if scale_of(node.numbers, carried_back(search, error.numbers), search.within) is not None:
            return error
    return None


def _find_dense_gradient(search: Search) -> None:
    forward = search.forward
    weights, layout = forward.weights, forward.weights_layout
    if weights is None or layout is None:
        return
    right = np.tensordot(right_delta(search), forward.A, axes=1)
    for gradient, after, scale in _steps(search, search.wo, weights, layout):
        numbers = layout.numbers(gradient.array)
        expected = _like(numbers, right, -float(np.sign(scale)), forward.n)
        if not _is_with_decay(numbers, right, search.wo, search.within):
            departs = [Departure("dense_gradient", mistakes.UNNAMED, expected)]
            source = _add(search, "dW", "dense_gradient", gradient, Fit(layout), numbers, departs)
            _add(search, "wo_next", "dense_update", after, Fit(layout), None, (), source, scale)
        return


def _find_filter_gradient(search: Search) -> None:
    forward, layout = search.forward, search.forward.filters_layout
    delta = _delta(search)
    maps = Product(search.wo, delta, forward.activation.slope(forward.C, forward.A)).whole()
    right = correlated(search, maps)
    for gradient, after, scale in _steps(search, forward.f, forward.filters, layout):
        numbers = in_filter_layout(search, gradient, layout)
        sign = -float(np.sign(scale))
        origin = _map_gradient(search, gradient, maps, sign)
        departs: list[Departure] = []
        if origin is None:
            if _is_with_decay(numbers, right, forward.f, search.within):
                return
            expected = _like(numbers, right, sign, forward.n)
            departs = [Departure("filter_gradient", mistakes.UNNAMED, expected)]
        fit = Fit(layout)
        source = _add(search, "dF", "filter_gradient", gradient, fit, numbers, departs, origin)
        _add(search, "f_next", "filter_update", after, fit, None, (), source, scale)
        return


def _map_gradient(search: Search, gradient: Value, right: Floats, sign: float) -> Node | None:
    """Return the unexplained gradient at the maps that a filter gradient was computed from."""
    for value in search.of_size(search.forward.A.size):
        if value.first >= gradient.last:
            continue
        for layout in layouts(value.array.shape, search.forward.map_dims):
            maps = layout.numbers(value.array)
            if search.fit(gradient, correlated(search, maps)) is None:
                continue
            departs = list[Departure]()
            source = _misread_activations(search, value, layout, maps)
            if source is None:
                expected = _like(maps, right, sign, search.forward.n)
                departs = [Departure("map_gradient", mistakes.UNNAMED, expected)]
            return _add(search, "G", "map_gradient", value, Fit(layout), maps, departs, source)
    return None


def _misread_activations(search: Search, value: Value, layout: Layout, maps: Floats) -> Node | None:
    """Return the gradient at the activations that maps come from, if it is misread."""
    forward = search.forward
    slope = forward.activation.slope(forward.C, forward.A)
    for earlier in search.of_size(forward.A.size):
        if earlier.first >= value.first or earlier.array.shape != value.array.shape:
            continue
        numbers = layout.numbers(earlier.array)
        if scale_of(maps, numbers * slope, search.within) is None:
            continue
        for node in search.backward.of_stage("dA"):
            if is_shuffled(search, earlier.array, node.numbers):
                node.is_used = True
                departs = [Departure("reshape", mistakes.MISREAD, node.numbers)]
                fit = Fit(layout)
                return _add(search, "dA", "reshape", earlier, fit, numbers, departs, node)
    return None


def _find_bias_gradient(search: Search) -> None:
    """Find what the bias of the filters was updated with: a sum of the gradient at the maps."""
    maps = [n for n in search.backward.of_stage("G") if n.is_used and n.numbers.ndim == 4]
    updates = search.backward.of_stage("f_next")
    if not maps or not updates:
        return
    right = maps[-1].numbers.sum(axis=(0, 2, 3))
    if any(n.numbers.size == right.size for n in search.backward.of_stage("bias gradient")):
        return
    rate = abs(updates[-1].scale)
    for gradient, after, scale, before in _bias_steps(search, right.size):
        layout = layouts(gradient.array.shape, right.shape)[0]
        numbers, departs = layout.numbers(gradient.array), list[Departure]()
        if abs(abs(scale) - rate) > 1e-4 * rate:
            continue
        if scale_of(numbers, right, search.within) is None:
            if _is_with_decay(numbers, right, before, search.within):
                return
            expected = _like(numbers, right, -float(np.sign(scale)), search.forward.n)
            departs = [Departure("filter_gradient", mistakes.UNNAMED, expected)]
        fit = Fit(layout)
        source = _add(search, "bias gradient", "", gradient, fit, numbers, departs, maps[-1])
        _add(search, "bias", "", after, fit, None, (), source, scale)
        return


def _bias_steps(search: Search, size: int) -> Iterator[tuple[Value, Value, float, Floats]]:
    """Yield unexplained vectors, another that goes along them from its value before, and how far.

    One number is a multiple of any other, so that is none.
    """
    alike = [
        v
        for v in search.of_size(size)
        if size > 1 and v.array.dtype.kind == "f" and layouts(v.array.shape, (size,))
    ]
    for after in alike:
        for earlier, gradient in itertools.product(search.before(after), alike):
            if gradient.first >= after.last or gradient.probe.name == after.probe.name:
                continue
            before, ends = (v.array.reshape(-1).astype(float) for v in (earlier, after))
            numbers = gradient.array.reshape(-1).astype(float)
            scale = search.step_scale(before, ends, numbers, after.array)
            if scale is not None:
                yield gradient, after, scale, before


def _steps(
    search: Search, before: Floats, parameter: Value, layout: Layout
) -> Iterator[tuple[Value, Value, float]]:
    """Yield unexplained values with an update that goes along them, and by how much."""
    shape = parameter.array.shape
    alike = [v for v in search.of_size(before.size) if v.array.shape == shape]
    is_filter = parameter is search.forward.filters
    for after in alike:
        ends = in_filter_layout(search, after, layout) if is_filter else layout.numbers(after.array)
        for gradient in alike:
            if gradient is after or gradient.first >= after.last:
                continue
            numbers = layout.numbers(gradient.array)
            if is_filter:
                numbers = in_filter_layout(search, gradient, layout)
            scale = search.step_scale(before, ends, numbers, parameter.array)
            if scale is not None and after.probe.name != gradient.probe.name:
                yield gradient, after, scale


def _delta(search: Search) -> Floats:
    """Return the δ that the dense gradient was computed from, or the right one."""
    update = search.backward.dense_update
    vectors = [n for n in update.chain() if n.numbers.ndim == 1] if update is not None else []
    return vectors[0].numbers if vectors else right_delta(search)


def _like(numbers: Floats, right: Floats, sign: float, n: int) -> Floats:
    """Return what is right, as a sum or a mean over the images, whichever is of a similar size."""
    sizes = [float(np.linalg.norm(each)) for each in (numbers, right)]
    is_mean = 0 < sizes[0] * np.sqrt(n) < sizes[1]
    expected: Floats = sign * right / (n if is_mean else 1)
    return expected


def _is_with_decay(gradient: Floats, right: Floats, parameter: Floats, within: float) -> bool:
    """Return whether a gradient is the right one and a part that shrinks the parameter."""
    parts = np.stack([right.ravel(), parameter.ravel(), np.sign(parameter).ravel()], axis=1)
    parts = parts / np.maximum(np.abs(parts).max(axis=0), np.finfo(float).tiny)
    shares = np.linalg.lstsq(parts, gradient.ravel(), rcond=None)[0]
    rest = np.abs(parts @ shares - gradient.ravel()).max()
    return bool(rest <= 10 * within * np.abs(gradient).max())


def _add(
    search: Search,
    stage: str,
    operation: str,
    value: Value,
    fit: Fit,
    numbers: Floats | None,
    departures: Sequence[Departure],
    source: Node | None = None,
    scale: float = 1.0,
) -> Node:
    if numbers is None:
        numbers = fit.layout.numbers(value.array)
    sources = () if source is None else (source,)
    node = Node(stage, operation, numbers, scale, value, fit, sources, list(departures), True)
    return search.add(node)
