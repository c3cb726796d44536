"""Find the gradients and updates of biases, and each image's part of the other gradients."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats, find_tensor, layouts, scale_of
from cnnviz.notebooks.map_steps import Product, inside_expressions
from cnnviz.notebooks.nodes import Node
from cnnviz.notebooks.search import Search, is_natural


def find_biases(search: Search) -> None:
    """Find the gradients of the biases, which are sums of G and of δ, and their updates."""
    maps = [*search.backward.of_stage("G"), *inside_expressions(search)]
    sums = [(node, node.numbers.sum(axis=(0, 2, 3))) for node in maps if node.numbers.ndim == 4]
    sums += [(node, node.numbers.sum(keepdims=True)) for node in search.vectors()]
    for node, total in sums:
        for value in search.of_size(total.size):
            flat = value.array.reshape(-1).astype(float)
            scale = scale_of(flat, total, search.within)
            is_vector = bool(layouts(value.array.shape, total.shape))
            if scale is None or value.array.dtype.kind != "f" or not is_vector:
                continue
            if total.size > 1 or (search.forward.n > 1 and is_natural(scale, search.forward.n)):
                gradient = search.add(_node("bias gradient", value, flat, scale, node))
                _find_bias_updates(search, gradient)


def _find_bias_updates(search: Search, gradient: Node) -> None:
    """Find the bias after its update, and its velocity: values of the same name, and a step."""
    scales = [update.scale for update in search.backward.updates]
    for value in search.of_size(gradient.numbers.size):
        after = value.array.reshape(-1).astype(float)
        for before in search.before(value):
            scale = search.step_scale(
                before.array.reshape(-1).astype(float), after, gradient.numbers, value.array
            )
            is_step = any(scale is not None and abs(abs(scale / s) - 1) < 1e-4 for s in scales)
            if scale is not None and (is_step or gradient.numbers.size > 1):
                search.add(_node("bias", value, after, scale, gradient))
                break


def find_parts(search: Search) -> None:
    """Find each image's part of dW and dF, which only their sum makes a gradient."""
    forward = search.forward
    for value in search.of_size(forward.A.size):
        for vector in search.vectors():
            product = Product(np.ones_like(search.wo), vector.numbers, forward.A)
            fit = find_tensor(value.array, product.whole(), search.within, scaled=True)
            if fit is not None:
                search.add(Node.fitted("part", "dense_gradient", value, fit, (vector,)))
                break
    n, k, m = forward.n, *forward.f.shape[:2]
    if n < 2 or forward.flipped:
        return
    windows = sliding_window_view(forward.X, forward.map_dims[2:], axis=(1, 2))
    for value in search.of_size(n * k * m * m):
        for node in [*search.backward.of_stage("G", "g"), *inside_expressions(search)]:
            maps = np.broadcast_to(node.numbers, forward.A.shape)
            parts = np.einsum("nkrc,nuvrc->nkuv", maps, windows, optimize=True)
            fit = find_tensor(value.array, parts, search.within, scaled=True)
            if fit is not None:
                search.add(Node.fitted("part", "filter_gradient", value, fit, (node,)))
                break


def _node(stage: str, value: Value, numbers: Floats, scale: float, source: Node) -> Node:
    fit = Fit(layouts(value.array.shape, (numbers.size,))[0], scale)
    return Node(stage, "", numbers, scale, value, fit, (source,))
