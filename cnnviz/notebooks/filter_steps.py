"""Find the gradient of the filters, and their update."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import (
    Fit,
    Floats,
    Layout,
    ends_are_multiple,
    ends_of,
    layouts,
    same,
    samples,
)
from cnnviz.notebooks.map_steps import inside_expressions, with_missing_slope
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import Search, is_before, when
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.checking.kinds import MistakeKind


def find_filter_gradients(search: Search) -> None:
    """Find dF: the images correlated with the gradient at the maps."""
    sources = _map_sources(search)
    for value in search.of_size(search.forward.f.size):
        if not value.array.any() or search.note_multiple(value, ("dF",), "filter_gradient"):
            continue  # zeros are a multiple of everything
        for source, gradient in sources:
            fit = _filter_fit(search, value, gradient) if is_before(source, value) else None
            if fit is not None:
                _add(search, value, fit, with_missing_slope(search, source))
                break
        else:
            _wrong_filter_gradient(search, value, sources)


def _map_sources(search: Search) -> list[tuple[Node, Floats]]:
    """Return the nodes from which dF may be computed, each with the right dF."""
    nodes = search.backward.of_stage("G", "dA", "g")
    nodes.sort(key=when, reverse=True)
    return [
        (node, correlated(search, node.numbers)) for node in [*nodes, *inside_expressions(search)]
    ]


def correlated(search: Search, maps: Floats, images: Floats | None = None) -> Floats:
    """Return ``Σ X[n, u+r, v+c] maps[n, k, r, c]``; maps without images go with each."""
    X = search.forward.X if images is None else images
    if maps.ndim == 3:
        X, maps = X.sum(axis=0, keepdims=True), maps[np.newaxis]
    windows = sliding_window_view(X, maps.shape[2:], axis=(1, 2))
    gradient = np.zeros((maps.shape[1], *windows.shape[1:3]))
    for block in blocks_of(len(windows)):
        gradient += np.tensordot(maps[block], windows[block], axes=((0, 2, 3), (0, 3, 4)))
    return gradient


def _add(search: Search, value: Value, fit: Fit, source: Node) -> Node:
    """Add dF in the form in which a value of the script holds it, and return its node."""
    numbers = in_filter_layout(search, value, fit.layout)
    return search.add(Node("dF", "filter_gradient", numbers, fit.scale, value, fit, (source,)))


def in_filter_layout(search: Search, value: Value, layout: Layout) -> Floats:
    """Return the filters' numbers in an array, as the correlation uses them."""
    numbers = layout.numbers(value.array)
    return numbers[:, ::-1, ::-1] if search.forward.flipped else numbers


def _filter_fit(search: Search, value: Value, gradient: Floats) -> Fit | None:
    return search.fit(value, _turned(search, gradient))


def _turned(search: Search, gradient: Floats) -> Floats:
    """Return a gradient as the script's own filters are, if its convolution flips them."""
    return gradient[:, ::-1, ::-1] if search.forward.flipped else gradient


def _wrong_filter_gradient(
    search: Search, value: Value, sources: list[tuple[Node, Floats]]
) -> None:
    for source, gradient in sources:
        if id(source) not in search.wrong_gradients:
            wrong_ones = tuple(_wrong_gradients(search, source.numbers, gradient))
            at = samples(gradient.shape)
            sampled = np.array([_turned(search, wrong)[at] for _, wrong in wrong_ones])
            search.wrong_gradients[id(source)] = wrong_ones, sampled
        wrong_ones, sampled = search.wrong_gradients[id(source)]
        is_possible = ends_are_multiple(ends_of(value.array), sampled, search.within)
        for kind, wrong in itertools.compress(wrong_ones, is_possible):
            fit = _filter_fit(search, value, wrong)
            if fit is None or (kind is mistakes.FIRST_ONLY and search.changes_later(value)):
                continue
            node = _add(search, value, fit, with_missing_slope(search, source))
            if kind is mistakes.MAPS_TURNED and _is_turned(source):
                turned = np.swapaxes(source.numbers, -1, -2)
                source.departures.append(Departure("reshape", mistakes.TURNED, turned))
            else:
                wrong_one = Departure("filter_gradient", kind, fit.scale * gradient)
                node.departures.append(wrong_one)
            return
    _resized(search, value, sources)


def _wrong_gradients(
    search: Search, maps: Floats, right: Floats
) -> Iterator[tuple[MistakeKind, Floats]]:
    yield mistakes.ROTATED, right[:, ::-1, ::-1]
    X = search.forward.X
    if maps.ndim == 4 and len(X) > 1:
        yield mistakes.LAST_ONLY, correlated(search, maps[-1:], X[-1:])
        yield mistakes.FIRST_ONLY, correlated(search, maps[:1], X[:1])
        for image in (X[:1], X[-1:]):
            yield mistakes.ONE_IMAGE, correlated(search, maps.sum(axis=0, keepdims=True), image)
    for one in right if len(right) > 1 else ():
        yield mistakes.ONE_FILTER, np.broadcast_to(one, right.shape)
    yield mistakes.MAPS_TURNED, correlated(search, np.swapaxes(maps, -1, -2))
    last = np.zeros_like(maps)
    last[..., -1, -1] = maps[..., -1, -1]
    yield mistakes.LAST_WINDOW, correlated(search, last)
    for index in range(len(right) if len(right) > 1 else 0):
        all_in_one = np.zeros_like(right)
        all_in_one[index] = right.sum(axis=0)
        yield mistakes.ONE_INDEX, all_in_one
    if 1 < len(right) <= 5:
        for order in itertools.permutations(range(len(right))):
            if order != tuple(range(len(right))):
                yield mistakes.SWAPPED, right[list(order)]
    if len(right) > 1:
        yield mistakes.SUMMED, np.repeat(right.sum(axis=0, keepdims=True), len(right), axis=0)
    for axis, shift in itertools.product((1, 2), (1, -1)):
        yield mistakes.SHIFTED, correlated(search, maps, np.roll(X, shift, axis=axis))


def _resized(search: Search, value: Value, sources: list[tuple[Node, Floats]]) -> None:
    """Find a list of another length than the filters', made to fit by np.resize."""
    flat = value.array.reshape(-1).astype(float)
    for other in search.values:
        size = other.array.size
        if size in (1, flat.size) or other.first >= value.last or not flat.any():
            continue
        if same(np.resize(other.array, flat.size).astype(float), flat, search.within):
            layout = layouts(value.array.shape, search.forward.f.shape)
            if not layout or not np.ptp(flat):
                continue
            node = _add(search, value, Fit(layout[0]), sources[0][0])
            node.departures.append(Departure("filter_gradient", mistakes.RESIZED))
            return


def find_filter_update(search: Search) -> None:
    """Find the filters after their update."""
    forward = search.forward
    before, layout = forward.f, forward.filters_layout
    last_first = sorted(search.backward.of_stage("dF"), key=when, reverse=True)
    gradients: list[tuple[Node, Floats]] = [(node, node.numbers) for node in last_first]
    gradients += _map_sources(search)
    updates = []
    for value in search.of_size(before.size):
        if value.array.shape != forward.filters.array.shape:
            continue
        after = in_filter_layout(search, value, layout)
        for node, gradient in gradients:
            for kind, step in _filter_steps(gradient, after - before):
                scale = search.step_scale(before, after, step, forward.filters.array)
                if scale is None:
                    continue
                source = node
                if node.stage != "dF":
                    origin = (with_missing_slope(search, node),)
                    source = Node("dF", "filter_gradient", gradient, 1.0, None, None, origin)
                update = Node(
                    "f_next", "filter_update", after, scale, value, Fit(layout), (source,)
                )
                if kind is mistakes.TURNED and _is_stored_turned(search, source, value, layout):
                    first = [n for n in source.chain() if n.stage == "dF" and n.value][-1]
                    turned = np.swapaxes(first.numbers, -1, -2)
                    first.departures.append(Departure("filter_gradient", kind, turned))
                elif kind is not None:
                    right = before + scale * gradient
                    update.departures.append(Departure("filter_update", kind, right))
                updates.append(update)
                break
            else:
                continue
            break
    if updates:  # the last is whole, if filters are updated one after the other
        update = next((u for u in reversed(updates) if not u.departures), updates[-1])
        search.add(update)
        for node in reversed(list(update.history())):
            if node not in search.nodes:
                search.add(node)
        search.backward.filter_update = update


def _filter_steps(gradient: Floats, step: Floats) -> Iterator[tuple[MistakeKind | None, Floats]]:
    yield None, gradient
    yield mistakes.TURNED, np.swapaxes(gradient, -1, -2)
    moved = [index for index, one in enumerate(step) if one.any()]
    if 0 < len(moved) < len(step):
        of_some = np.zeros_like(gradient)
        of_some[moved] = gradient[moved]
        yield mistakes.NOT_ALL_UPDATED, of_some
    if len(moved) == 1 and len(step) > 1:
        all_in_one = np.zeros_like(gradient)
        all_in_one[moved[0]] = gradient.sum(axis=0)
        yield mistakes.ONE_INDEX, all_in_one


def _is_stored_turned(search: Search, gradient: Node, after: Value, layout: Layout) -> bool:
    """Return whether a gradient's array is one of the filters but for its rows and columns.

    The mistake is where it is computed then, not in the update, which leaves its axes as they are.
    """
    if gradient.value is None or gradient.value.array.shape != after.array.shape:
        return False
    numbers = in_filter_layout(search, gradient.value, layout)
    return np.array_equal(numbers, np.swapaxes(gradient.numbers, -1, -2))


def _is_turned(node: Node) -> bool:
    """Return whether a node's array has rows and columns the other way round than its source's."""
    source = node.sources[0] if node.sources else None
    if source is None or source.fit is None or node.fit is None:
        return False
    orders = (source.fit.layout.order, node.fit.layout.order)
    ways = {order.index(max(order) - 1) < order.index(max(order)) for order in orders}
    return len(ways) > 1
