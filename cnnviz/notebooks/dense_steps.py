"""Find the gradient of the dense weights, and their update."""

import numpy as np

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats, scale_of
from cnnviz.notebooks.mistakes import FIRST_ONLY, LAST_ONLY
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import Search, is_natural, when


def find_dense_gradients(search: Search) -> None:
    """Find dW: the sum or mean over the images of a δ."""
    sums = [(v, np.tensordot(v.numbers, search.forward.A, axes=1)) for v in search.vectors()]
    for value in search.of_size(search.wo.size):
        found = search.best_fit(value, sums)
        if found is not None:
            _linear(search, value, found[1], found[0])
        else:
            _one_image(search, value, sums)


def _one_image(search: Search, value: Value, sums: list[tuple[Node, Floats]]) -> None:
    if search.forward.n < 2:
        return
    for vector, total in sums:
        for image, kind in ((-1, LAST_ONLY), (0, FIRST_ONLY)):
            fit = search.fit(value, vector.numbers[image] * search.forward.A[image])
            if fit is not None and is_natural(fit.scale, search.forward.n):
                right = fit.scale * total
                node = _linear(search, value, fit, vector)
                node.departures.append(Departure("dense_gradient", kind, right))
                return


def _linear(search: Search, value: Value, fit: Fit, source: Node) -> Node:
    """Add a step of the dense gradient; one that is a multiple of an earlier one comes from it."""
    numbers = fit.layout.numbers(value.array)
    scale = fit.scale
    for node in search.backward.of_stage("dW"):
        if not node.value or node.value.first >= value.first:
            continue  # it does not come before
        ratio = scale_of(numbers, node.numbers, search.within)
        if ratio is not None and not node.departures:
            source, scale = node, ratio
            break
    return search.add(Node("dW", "dense_gradient", numbers, scale, value, fit, (source,)))


def find_dense_update(search: Search) -> None:
    """Find the dense weights after their update."""
    forward = search.forward
    weights, layout = forward.weights, forward.weights_layout
    assert weights is not None  # noqa: S101  (wo was found)
    assert layout is not None  # noqa: S101
    last_first = sorted(search.backward.of_stage("dW"), key=when, reverse=True)
    gradients: list[tuple[Node, Floats]] = [(node, node.numbers) for node in last_first]
    gradients += [(v, np.tensordot(v.numbers, forward.A, axes=1)) for v in search.vectors()]
    for value in search.of_size(search.wo.size):
        if value.array.shape != weights.array.shape:
            continue
        after = layout.numbers(value.array)
        for node, gradient in gradients:
            scale = search.step_scale(search.wo, after, gradient, weights.array)
            if scale is not None:
                source = node
                if node.stage != "dW":
                    source = search.add(
                        Node("dW", "dense_gradient", gradient, 1.0, None, None, (node,))
                    )
                update = Node(
                    "wo_next", "dense_update", after, scale, value, Fit(layout), (source,)
                )
                search.add(update)
                search.backward.dense_update = search.backward.dense_update or update
                break
