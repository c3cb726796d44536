"""Find the gradient at the maps: each image's, its means, and its reshaped form."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.activations import ACTIVATIONS
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import (
    Array,
    Fit,
    Floats,
    Indices,
    Layout,
    find,
    find_tensor,
    layouts,
    same,
)
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import Search, is_before, is_natural
from cnnviz.numerics.checking.kinds import MistakeKind


def find_map_gradients(search: Search) -> None:
    """Find G, the gradient at the maps before their activation, and its factors."""
    forward = search.forward
    slope = forward.activation.slope(forward.C, forward.A)
    weights: list[tuple[Floats, Node | None]] = [(search.wo, None)]
    weights += [(node.numbers, node) for node in search.backward.of_stage("wo_next")]
    for value in search.of_size(forward.A.size):
        if search.note_multiple(value, ("G", "dA", "slope_a"), "map_gradient"):
            continue
        best: Node | None = None
        for node in _map_gradient(search, value, slope, weights):
            best = best or node
            if is_natural(node.scale, forward.n):
                best = node
                break
        if best is not None:
            search.add(best)


def _map_gradient(
    search: Search, value: Value, slope: Floats, weights: list[tuple[Floats, Node | None]]
) -> Iterator[Node]:
    forward = search.forward
    dims = forward.map_dims
    factors: list[tuple[str, Floats | None, tuple[MistakeKind, ...]]] = [
        ("G", slope, ()),
        ("dA", None, ()),
        ("G", slope * slope, (mistakes.SLOPE_TWICE,)),
    ]
    for other in ACTIVATIONS:
        if other not in (forward.activation, ACTIVATIONS[-1]):
            of_other = other.slope(forward.C, forward.A)
            factors.append(("G", of_other, (mistakes.OTHER_SLOPE,)))
    if forward.activation.name in ("sigmoid", "tanh"):
        on_sum = forward.activation.slope(forward.C, forward.C)
        factors.append(("G", on_sum, (mistakes.SLOPE_OF_SUM,)))
        factors.append(("G", 1 - forward.A, (mistakes.HALF_SLOPE,)))
    fit = find_tensor(value.array, slope, search.within)
    if fit is not None and forward.activation.name != "identity":
        yield Node("slope_a", "map_gradient", slope, 1.0, value, fit)
    for node in search.backward.of_stage("dA"):
        fit = search.fit(value, node.numbers * slope)
        if fit is not None:
            yield Node.fitted("G", "map_gradient", value, fit, (node,))
    of_output = (search.o * (1 - search.o))[:, np.newaxis, np.newaxis, np.newaxis]
    last = ("G", np.broadcast_to(of_output, slope.shape), (mistakes.OUTPUT_SLOPE,))
    products = list(itertools.product(search.vectors(), weights))
    tried = [*itertools.product(products, factors), *itertools.product(products, [last])]
    for (vector, (W, update)), (stage, factor, kinds) in tried:
        product = Product(W, vector.numbers, factor)
        fit = find(value.array, dims, product.at, product.whole, search.within, scaled=True)
        if fit is None:
            continue
        sources = (vector,) if update is None else (vector, update)
        right = fit.scale * Product(search.wo, vector.numbers, slope).whole()
        every = kinds if update is None else (*kinds, mistakes.UPDATED_WEIGHTS)
        departures = [Departure("map_gradient", kind, right) for kind in every]
        yield Node.fitted(stage, "map_gradient", value, fit, sources, departures)


def inside_expressions(search: Search) -> list[Node]:
    """Return G of each error, as if it were only written inside an expression."""
    slope = search.forward.activation.slope(search.forward.C, search.forward.A)
    return [
        Node(
            "G",
            "map_gradient",
            Product(search.wo, vector.numbers, slope).whole(),
            1.0,
            None,
            None,
            (vector,),
        )
        for vector in search.vectors()
    ]


def find_averages(search: Search) -> None:
    """Find means over the images, also those that are repeated for each image."""
    sources = [*reversed(search.backward.of_stage("G", "dA")), *inside_expressions(search)]
    means = [(node, node.numbers.mean(axis=0)) for node in sources]
    for value in search.of_size(search.wo.size):
        if search.note_multiple(value, ("g",), "average_over_images"):
            continue
        for node, mean in means:
            fit = search.fit(value, mean)
            if fit is not None and is_before(node, value):
                _average(search, "g", value, fit, node)
                break
    averaged = search.backward.of_stage("g")
    for value in search.of_size(search.forward.A.size):
        for node, mean in [*((node, node.numbers) for node in averaged), *means]:
            repeated = np.broadcast_to(mean, search.forward.A.shape)
            fit = search.fit(value, repeated) if search.forward.n > 1 else None
            if fit is not None and is_before(node, value):
                if node.stage == "g":
                    search.add(Node.fitted("G", "reshape", value, fit, (node,)))
                else:
                    _average(search, "G", value, fit, node)
                break


def _average(search: Search, stage: str, value: Value, fit: Fit, source: Node) -> None:
    """Add a mean over the images, with its source."""
    operation = "average_over_images"
    departure = Departure(operation, mistakes.MEAN_OVER_IMAGES)
    search.add(Node.fitted(stage, operation, value, fit, (source,), [departure]))


def find_reshapes(search: Search) -> None:
    """Find values that hold the numbers of an earlier one in other cells."""
    nodes = [*search.backward.of_stage("G", "dA", "g"), *inside_expressions(search)]
    for node in [*nodes, *_means_inside(nodes)]:
        for value in search.of_size(node.numbers.size):
            if not is_before(node, value) or not is_shuffled(search, value.array, node.numbers):
                continue
            source = node
            if node.stage == "g" and node.value is None:  # one line averages and reshapes
                source = search.add(replace(node, value=value))
            for layout in layouts(value.array.shape, node.numbers.shape):
                if not _keeps_axes(value.array, layout):
                    continue
                misread = Departure("reshape", mistakes.MISREAD, node.numbers)
                search.add(
                    Node.fitted(node.stage, "reshape", value, Fit(layout), (source,), [misread])
                )


def _means_inside(nodes: list[Node]) -> Iterator[Node]:
    """Yield the means over the images, as if they were only written inside an expression."""
    for node in nodes:
        if node.numbers.ndim == 4 and len(node.numbers) > 1:
            departure = Departure("average_over_images", mistakes.MEAN_OVER_IMAGES)
            mean = node.numbers.mean(axis=0)
            yield Node("g", "average_over_images", mean, 1.0, None, None, (node,), [departure])


def is_shuffled(search: Search, array: Array, other: Floats) -> bool:
    """Return whether an array holds the numbers of another one."""
    numbers = np.sort(array, axis=None).astype(float)
    return same(numbers, np.sort(other, axis=None), search.within) and bool(numbers.any())


def with_missing_slope(search: Search, source: Node) -> Node:
    """Note that the slope of the maps' activation was left out, if it was.

    The line to blame is the last that multiplies, as that is where the slope belongs: ``dA * s``
    with an s of ones is a copy of dA. Otherwise it is the one that carries the error to the maps.

    Returns the source, or the copy of it that is to blame.
    """
    chain = source.chain()
    whole = next((n for n in chain if n.stage == "G" and n.operation == "map_gradient"), None)
    without = [node for node in chain if node.stage == "dA"]
    if search.forward.activation.name == "identity" or whole is not None or not without:
        return source
    multiplying = (n for n in without if n.value is not None and n.value.probe.multiplies)
    left_out = next(multiplying, without[-1])
    copy = _last_product(search, without[0])
    if copy is not None:
        search.add(copy)
        source, left_out = (copy, copy) if without[0] is source else (source, copy)
        for node in chain:
            if node.sources[:1] == copy.sources:
                node.sources = (copy, *node.sources[1:])
    if not any(d.kind is mistakes.NO_MAP_SLOPE for d in left_out.departures):
        slope = search.forward.activation.slope(search.forward.C, search.forward.A)
        right = left_out.numbers * slope if left_out.numbers.ndim == slope.ndim else None
        departure = Departure("map_gradient", mistakes.NO_MAP_SLOPE, right)
        left_out.departures.insert(0, departure)
    return source


def _last_product(search: Search, node: Node) -> Node | None:
    """Return the last copy of a node's value that a line has got by multiplying, or None."""
    if node.value is None or node.fit is None:
        return None
    shape = node.value.array.shape
    copies = [
        value
        for value in search.all_values
        if value.first > node.value.last
        and value.probe.multiplies
        and value.array.shape == shape
        and np.array_equal(value.array, node.value.array)
    ]
    if not copies:
        return None
    fit = Fit(node.fit.layout)
    return Node("dA", "map_gradient", node.numbers, 1.0, copies[-1], fit, (node,))


@dataclass(frozen=True, slots=True)
class Product:
    """``W[k, r, c] · v[n] · factor[n, k, r, c]``, computed only where it is asked for."""

    W: Floats
    v: Floats
    factor: Floats | None

    def at(self, index: Indices) -> Array:
        """Return some cells."""
        n, *cell = index
        product = self.v[n] * self.W[tuple(cell)]
        return product if self.factor is None else product * self.factor[index]

    def whole(self) -> Floats:
        """Return all cells."""
        product: Floats = self.v[:, np.newaxis, np.newaxis, np.newaxis] * self.W
        return product if self.factor is None else product * self.factor


def _keeps_axes(array: Array, layout: Layout) -> bool:
    """Return whether filters, rows and columns have axes of their own in an array."""
    shape = [length for length in array.shape if length > 1]
    return shape == [layout.dims[axis] for axis in layout.order if layout.dims[axis] > 1]
