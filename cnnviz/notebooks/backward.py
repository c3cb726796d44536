"""Find the backward pass in a script's values, each step from the script's own values before it.

Each step has a right formula and some that are mistakes people make. A value is explained by the
first of them that it agrees with; one that agrees with none stays unexplained.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.forward import ACTIVATIONS, ForwardPass, Found
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
    scale_of,
)
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.numerics.checking.kinds import Kind

NOT_CARRIED: Final = Kind("missing factor", "not carried back through the standardisation")
NO_OUTPUT_SLOPE: Final = Kind("missing factor", "without σ′, the slope o (1 − o) of the output")
EXTRA_SLOPE: Final = Kind(
    "extra factor", "multiplied by σ′ although the cross-entropy has cancelled it"
)
SLOPE_OF_LOGIT: Final = Kind("slope of the logit", "with x (1 − x) of the logit, not of the output")
ONLY_MEAN: Final = Kind(
    "missing factor", "carried back through the mean of the standardisation, not its deviation"
)
ONLY_STD: Final = Kind(
    "missing factor", "divided by the deviation as if mean and deviation were constants"
)
STALE_WEIGHTS: Final = Kind("stale weights", "computed from the dense weights after their update")
NO_MAP_SLOPE: Final = Kind("missing factor", "without σ′, the slope of the activation at the maps")
SLOPE_TWICE: Final = Kind("extra factor", "multiplied by σ′ twice")
SLOPE_OF_SUM: Final = Kind(
    "slope of the sum", "with the slope formula applied to the sum before the activation"
)
MEAN_OVER_IMAGES: Final = Kind("mean over images", "the mean over all images, not each image's own")
MISREAD: Final = Kind("permutation", "the right numbers in wrong cells: its layout is misread")
TURNED: Final = Kind("transposed", "with rows and columns exchanged")
ROTATED: Final = Kind("rotated", "rotated by 180°")
LAST_ONLY: Final = Kind("last image only", "that of the last image alone")
FIRST_ONLY: Final = Kind("first image only", "that of the first image alone")
LAST_WINDOW: Final = Kind("last window only", "that of the last window alone")
OTHER_SLOPE: Final = Kind("slope of another activation", "with the slope of another activation")
RESIZED: Final = Kind("cut or repeated", "cut or repeated to its shape by np.resize")
SWAPPED: Final = Kind("permutation", "each filter's is another's")
SUMMED: Final = Kind("summed over filters", "summed over the filters")
SHIFTED: Final = Kind("off by one", "computed from windows that are off by one pixel")
NEVER_UPDATED: Final = Kind("never updated", "computed, but never used for an update")
ONE_INDEX: Final = Kind("one index for all", "given all to one filter")


@dataclass(eq=False)
class BackwardPass:
    """What was found of the backward pass, in the order of finding."""

    nodes: list[Node]
    dense_update: Node | None = None
    filter_update: Node | None = None

    def of_stage(self, *stages: str) -> list[Node]:
        """Return the nodes of some stages."""
        return [node for node in self.nodes if node.stage in stages]


@dataclass(frozen=True, slots=True)
class _Formula:
    """A vector of one number for each image that the script may hold."""

    stage: str
    vector: Floats
    departures: tuple[Kind, ...] = ()


def find_backward(forward: ForwardPass, values: Sequence[Value]) -> BackwardPass:
    """Find the backward pass that belongs to a forward pass whose output and targets are known."""
    return _Search(forward, values).run()


class _Search:
    """One search; `nodes` grow from the error to the updates."""

    def __init__(self, forward: ForwardPass, values: Sequence[Value]) -> None:
        assert forward.o is not None  # noqa: S101  (the caller has seen to it)
        assert forward.wo is not None  # noqa: S101
        self.forward = forward
        self.wo = forward.wo
        self.o = forward.o
        self.within = forward.within
        known = {id(found.value) for group in forward.found.values() for found in group}
        start = min((found.value.first for found in forward.found.get("output", ())), default=0)
        self.values = [
            value
            for value in _without_copies(values)
            if id(value) not in known and value.last >= start
        ]
        self.nodes: list[Node] = []
        self.wrong_gradients: dict[int, tuple[tuple[Kind, Floats], ...]] = {}
        self.backward = BackwardPass(self.nodes)

    def run(self) -> BackwardPass:
        """Find every step."""
        self._errors()
        self._dense_gradients()
        self._dense_update()
        self._map_gradients()
        self._averages()
        self._reshapes()
        self._filter_gradients()
        self._filter_update()
        return self.backward

    def _of_size(self, size: int) -> list[Value]:
        explained = {id(node.value) for node in self.nodes}
        return [v for v in self.values if v.array.size == size and id(v) not in explained]

    def _add(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    # δ

    def _formulae(self) -> Iterator[_Formula]:
        """Yield the right vectors first, then the wrong ones."""
        forward, o, y = self.forward, self.o, self.forward.y
        assert y is not None  # noqa: S101  (find_forward sets it with the targets)
        error, slope = o - y, o * (1 - o)
        is_entropy = forward.loss == "cross-entropy"
        logit = forward.z if forward.zs is None else forward.zs
        assert logit is not None  # noqa: S101  (there is an output)
        d = error if is_entropy else error * slope
        is_known = bool(forward.loss)
        slope_kind = EXTRA_SLOPE if is_entropy else NO_OUTPUT_SLOPE
        other = error * slope if is_entropy else error
        if forward.is_standardised:
            yield _Formula("delta", self._carried(d))
            yield _Formula("d", d, (NOT_CARRIED,))
            if is_known:
                yield _Formula("delta", self._carried(other), (slope_kind,))
        else:
            yield _Formula("delta", d)
        if is_known:
            yield _Formula("error" if not is_entropy else "d", other, (slope_kind,))
        yield _Formula("slope", slope)
        wrong_slope = error * logit * (1 - logit)
        if forward.is_standardised:
            yield _Formula("delta", self._carried(wrong_slope), (SLOPE_OF_LOGIT,))
            yield _Formula("delta", d - d.mean(), (ONLY_MEAN,))
        yield _Formula("d", wrong_slope, (SLOPE_OF_LOGIT,))

    def _carried(self, d: Floats) -> Floats:
        """Return d carried back through the standardisation."""
        zs = self.forward.zs
        assert zs is not None  # noqa: S101  (it is standardised)
        carried: Floats = (d - d.mean() - zs * (d * zs).mean()) / self.forward.std
        return carried

    def _errors(self) -> None:
        n = self.forward.n
        formulae = list(self._formulae())
        right = formulae[0].vector
        for value in self._of_size(n):
            vector = value.array.reshape(-1).astype(float)
            for formula in formulae:
                scale = scale_of(vector, formula.vector, self.within)
                if scale is None or (n == 1 and not _is_natural(scale, n)):
                    continue
                self._error_node(formula, right, value, vector, scale)
                break
            else:
                if not np.isin(vector, (0, 1)).all():
                    fit = Fit(layouts(value.array.shape, (n,))[0])
                    self._add(Node("?", "delta", vector, 1.0, value, fit))
        for formula in formulae:  # what is only written inside an expression
            if not any(node.own is formula.vector for node in self.nodes):
                self._error_node(formula, right, None, formula.vector, 1.0)

    def _error_node(
        self, formula: _Formula, right: Floats, value: Value | None, own: Floats, scale: float
    ) -> None:
        departures = [Departure("delta", kind, scale * right) for kind in formula.departures]
        fit = None
        if value is not None:
            fit = Fit(layouts(value.array.shape, (self.forward.n,))[0], scale)
        self._add(Node(formula.stage, "delta", own, scale, value, fit, (), departures))

    def _vectors(self) -> list[Node]:
        """Return the nodes that can be carried back, those of the script first."""
        nodes = [n for n in self.nodes if n.stage in ("delta", "d", "error", "?")]
        return sorted(nodes, key=lambda node: (node.value is None, bool(node.departures)))

    # dW and the update of wo

    def _dense_gradients(self) -> None:
        sums = [(v, np.tensordot(v.own, self.forward.A, axes=1)) for v in self._vectors()]
        for value in self._of_size(self.wo.size):
            for vector, total in sums:
                fit = self._fit(value, total)
                if fit is not None:
                    self._linear("dW", "dense_gradient", value, fit, vector)
                    break
            else:
                self._one_image(value, sums)

    def _one_image(self, value: Value, sums: list[tuple[Node, Floats]]) -> None:
        if self.forward.n < 2:
            return
        for vector, total in sums:
            for image, kind in ((-1, LAST_ONLY), (0, FIRST_ONLY)):
                fit = self._fit(value, vector.own[image] * self.forward.A[image])
                if fit is not None and _is_natural(fit.scale, self.forward.n):
                    right = fit.scale * total
                    node = self._linear("dW", "dense_gradient", value, fit, vector)
                    node.departures.append(Departure("dense_gradient", kind, right))
                    return

    def _linear(self, stage: str, operation: str, value: Value, fit: Fit, source: Node) -> Node:
        """Add a step; one that is a multiple of an earlier one comes from that."""
        own = np.asarray(fit.layout.canonical(value.array), dtype=float)
        scale = fit.scale
        for node in self._of_stage_before(stage, value):
            ratio = scale_of(own, node.own, self.within)
            if ratio is not None and not node.departures:
                source, scale = node, ratio
                break
        return self._add(Node(stage, operation, own, scale, value, fit, (source,)))

    def _of_stage_before(self, stage: str, value: Value) -> list[Node]:
        """Return the nodes of a stage that the script has before a value."""
        nodes = self.backward.of_stage(stage)
        return [node for node in nodes if node.value and node.value.first < value.first]

    def _fit(self, value: Value, tensor: Floats) -> Fit | None:
        return find_tensor(value.array, tensor, self.within, scaled=True)

    def _dense_update(self) -> None:
        forward = self.forward
        weights, layout = forward.weights, forward.weights_layout
        assert weights is not None  # noqa: S101  (wo was found)
        assert layout is not None  # noqa: S101
        last_first = sorted(self.backward.of_stage("dW"), key=when, reverse=True)
        gradients: list[tuple[Node, Floats]] = [(node, node.own) for node in last_first]
        gradients += [(v, np.tensordot(v.own, forward.A, axes=1)) for v in self._vectors()]
        for value in self._of_size(self.wo.size):
            if value.array.shape != weights.array.shape:
                continue
            after = np.asarray(layout.canonical(value.array), dtype=float)
            for node, gradient in gradients:
                scale = self._step_scale(self.wo, after, gradient, weights.array)
                if scale is not None:
                    source = node
                    if node.stage != "dW":
                        source = self._add(
                            Node("dW", "dense_gradient", gradient, 1.0, None, None, (node,))
                        )
                    update = Node(
                        "wo_next", "dense_update", after, scale, value, Fit(layout), (source,)
                    )
                    self._add(update)
                    self.backward.dense_update = self.backward.dense_update or update
                    break

    def _step_scale(
        self, before: Floats, after: Floats, gradient: Floats, stored: Array
    ) -> float | None:
        """Return s of ``after = before + s · gradient``, or None if it is not so."""
        step = after - before
        square = float((gradient * gradient).sum())
        if not square or not step.any():
            return None
        scale = float((step * gradient).sum()) / square
        precision = 8 * float(np.finfo(stored.dtype if stored.dtype.kind == "f" else float).eps)
        largest = float(np.abs(before).max())
        tolerance = self.within * float(np.abs(step).max()) + precision * largest
        is_so = scale != 0 and float(np.abs(step - scale * gradient).max()) <= tolerance
        return scale if is_so else None

    # G

    def _map_gradients(self) -> None:
        forward = self.forward
        slope = forward.activation.slope(forward.C, forward.A)
        weights: list[tuple[Floats, Node | None]] = [(self.wo, None)]
        weights += [(node.own, node) for node in self.backward.of_stage("wo_next")]
        for value in self._of_size(forward.A.size):
            if self._known_again(value, ("G", "dA", "slope_a"), "map_gradient"):
                continue
            for node in self._map_gradient(value, slope, weights):
                self._add(node)
                break

    def _map_gradient(
        self, value: Value, slope: Floats, weights: list[tuple[Floats, Node | None]]
    ) -> Iterator[Node]:
        forward = self.forward
        dims = forward.map_dims
        factors: list[tuple[str, Floats | None, tuple[Kind, ...]]] = [
            ("G", slope, ()),
            ("dA", None, ()),
            ("G", slope * slope, (SLOPE_TWICE,)),
        ]
        for other in ACTIVATIONS:
            if other not in (forward.activation, ACTIVATIONS[-1]):
                of_other = other.slope(forward.C, forward.A)
                factors.append(("G", of_other, (OTHER_SLOPE,)))
        if forward.activation.name in ("sigmoid", "tanh"):
            on_sum = forward.activation.slope(forward.C, forward.C)
            factors.append(("G", on_sum, (SLOPE_OF_SUM,)))
        fit = find_tensor(value.array, slope, self.within)
        if fit is not None and forward.activation.name != "identity":
            yield Node("slope_a", "map_gradient", slope, 1.0, value, fit)
        for node in self.backward.of_stage("dA"):
            fit = self._fit(value, node.own * slope)
            if fit is not None:
                own = np.asarray(fit.layout.canonical(value.array), dtype=float)
                yield Node("G", "map_gradient", own, fit.scale, value, fit, (node,))
        for vector, (W, update) in itertools.product(self._vectors(), weights):
            for stage, factor, kinds in factors:
                product = _Product(W, vector.own, factor)
                fit = find(value.array, dims, product.at, product.whole, self.within, scaled=True)
                if fit is None:
                    continue
                sources = (vector,) if update is None else (vector, update)
                own = np.asarray(fit.layout.canonical(value.array), dtype=float)
                right = fit.scale * _Product(self.wo, vector.own, slope).whole()
                every = kinds if update is None else (*kinds, STALE_WEIGHTS)
                departures = [Departure("map_gradient", kind, right) for kind in every]
                yield Node(stage, "map_gradient", own, fit.scale, value, fit, sources, departures)

    def _known_again(self, value: Value, stages: tuple[str, ...], operation: str) -> bool:
        """Note a value that is a multiple of one before, perhaps in another shape."""
        for node in self.nodes:
            if node.stage in stages and node.value and node.value.first < value.first:
                fit = self._fit(value, node.own)
                if fit is not None:
                    again = "reshape" if value.array.shape != node.value.array.shape else operation
                    own = np.asarray(fit.layout.canonical(value.array), dtype=float)
                    self._add(Node(node.stage, again, own, fit.scale, value, fit, (node,)))
                    return True
        return False

    # Means over images, and layouts

    def _inside(self) -> list[Node]:
        """Return G of each error, as if it were only written inside an expression."""
        slope = self.forward.activation.slope(self.forward.C, self.forward.A)
        return [
            Node(
                "G",
                "map_gradient",
                _Product(self.wo, vector.own, slope).whole(),
                1.0,
                None,
                None,
                (vector,),
            )
            for vector in self._vectors()
        ]

    def _averages(self) -> None:
        """Find means over the images, also those that are repeated for each image."""
        sources = [*reversed(self.backward.of_stage("G", "dA")), *self._inside()]
        means = [(node, node.own.mean(axis=0)) for node in sources]
        for value in self._of_size(self.wo.size):
            if self._known_again(value, ("g",), "average_over_images"):
                continue
            for node, mean in means:
                fit = self._fit(value, mean)
                if fit is not None and _is_before(node, value):
                    own = np.asarray(fit.layout.canonical(value.array), dtype=float)
                    self._average("g", value, fit, own, node)
                    break
        averaged = self.backward.of_stage("g")
        for value in self._of_size(self.forward.A.size):
            for node, mean in [*((node, node.own) for node in averaged), *means]:
                repeated = np.broadcast_to(mean, self.forward.A.shape)
                fit = self._fit(value, repeated) if self.forward.n > 1 else None
                if fit is not None and _is_before(node, value):
                    own = np.asarray(fit.layout.canonical(value.array), dtype=float)
                    if node.stage == "g":
                        self._add(Node("G", "reshape", own, fit.scale, value, fit, (node,)))
                    else:
                        self._average("G", value, fit, own, node)
                    break

    def _average(self, stage: str, value: Value, fit: Fit, own: Floats, source: Node) -> None:
        """Add a mean over the images, and what it is the mean of."""
        departure = Departure("average_over_images", MEAN_OVER_IMAGES)
        name = "average_over_images"
        self._add(Node(stage, name, own, fit.scale, value, fit, (source,), [departure]))

    def _reshapes(self) -> None:
        """Find what holds the numbers of an earlier value in other cells."""
        for node in [*self.backward.of_stage("G", "dA", "g"), *self._inside()]:
            for value in self._of_size(node.own.size):
                if not _is_before(node, value) or not self._is_shuffled(value.array, node.own):
                    continue
                for layout in layouts(value.array.shape, node.own.shape):
                    if not _keeps_axes(value.array, layout):
                        continue
                    own = np.asarray(layout.canonical(value.array), dtype=float)
                    misread = Departure("reshape", MISREAD, node.own)
                    fit = Fit(layout)
                    self._add(Node(node.stage, "reshape", own, 1.0, value, fit, (node,), [misread]))

    def _is_shuffled(self, array: Array, other: Floats) -> bool:
        """Return whether an array holds the numbers of another one."""
        numbers = np.sort(array, axis=None).astype(float)
        return same(numbers, np.sort(other, axis=None), self.within) and bool(numbers.any())

    # dF and the update of f

    def _filter_gradients(self) -> None:
        sources = self._map_sources()
        for value in self._of_size(self.forward.f.size):
            if self._known_again(value, ("dF",), "filter_gradient"):
                continue
            for source, gradient in sources:
                fit = self._filter_fit(value, gradient) if _is_before(source, value) else None
                if fit is not None:
                    own = self._filters(value, fit.layout)
                    self._note_missing_slope(source)
                    self._add(Node("dF", "filter_gradient", own, fit.scale, value, fit, (source,)))
                    break
            else:
                self._wrong_filter_gradient(value, sources)

    def _map_sources(self) -> list[tuple[Node, Floats]]:
        """Return what dF may be computed from, each with the right dF."""
        nodes = self.backward.of_stage("G", "dA", "g")
        nodes.sort(key=when, reverse=True)
        return [(node, self._correlated(node.own)) for node in [*nodes, *self._inside()]]

    def _correlated(self, maps: Floats, images: Floats | None = None) -> Floats:
        """Return ``Σ X[n, u+r, v+c] maps[n, k, r, c]``; maps without images go with each."""
        X = self.forward.X if images is None else images
        if maps.ndim == 3:
            X, maps = X.sum(axis=0, keepdims=True), maps[np.newaxis]
        windows = sliding_window_view(X, maps.shape[2:], axis=(1, 2))
        gradient: Floats = np.einsum("nuvrc,nkrc->kuv", windows, maps, optimize=True)
        return gradient

    def _filters(self, value: Value, layout: Layout) -> Floats:
        """Return what an array holds for the filters, as the correlation uses it."""
        own = np.asarray(layout.canonical(value.array), dtype=float)
        return own[:, ::-1, ::-1] if self.forward.flipped else own

    def _filter_fit(self, value: Value, gradient: Floats) -> Fit | None:
        turned = gradient[:, ::-1, ::-1] if self.forward.flipped else gradient
        return self._fit(value, turned)

    def _wrong_filter_gradient(self, value: Value, sources: list[tuple[Node, Floats]]) -> None:
        for source, gradient in sources:
            if id(source) not in self.wrong_gradients:
                wrong_ones = tuple(self._wrong_gradients(source.own, gradient))
                self.wrong_gradients[id(source)] = wrong_ones
            for kind, wrong in self.wrong_gradients[id(source)]:
                fit = self._filter_fit(value, wrong)
                if fit is None:
                    continue
                own = self._filters(value, fit.layout)
                self._note_missing_slope(source)
                if kind is TURNED and _is_turned(source):
                    self._add(Node("dF", "filter_gradient", own, fit.scale, value, fit, (source,)))
                    turned = np.swapaxes(source.own, -1, -2)
                    source.departures.append(Departure("reshape", TURNED, turned))
                    return
                departure = Departure("filter_gradient", kind, fit.scale * gradient)
                self._add(
                    Node(
                        "dF",
                        "filter_gradient",
                        own,
                        fit.scale,
                        value,
                        fit,
                        (source,),
                        [departure],
                    )
                )
                return
        self._resized(value, sources)

    def _note_missing_slope(self, source: Node) -> None:
        """Note that the slope of the maps' activation was left out, if it was."""
        if self.forward.activation.name == "identity":
            return
        left_out: Node | None = None
        for node in source.chain():
            if node.stage == "G" and left_out is None and node.operation == "map_gradient":
                return
            if node.stage == "dA":
                left_out = node
        if left_out is not None and not any(d.kind is NO_MAP_SLOPE for d in left_out.departures):
            slope = self.forward.activation.slope(self.forward.C, self.forward.A)
            right = left_out.own * slope if left_out.own.ndim == slope.ndim else None
            departure = Departure("map_gradient", NO_MAP_SLOPE, right)
            left_out.departures.insert(0, departure)

    def _wrong_gradients(self, maps: Floats, right: Floats) -> Iterator[tuple[Kind, Floats]]:
        yield ROTATED, right[:, ::-1, ::-1]
        X = self.forward.X
        if maps.ndim == 4 and len(X) > 1:
            yield LAST_ONLY, self._correlated(maps[-1:], X[-1:])
            yield FIRST_ONLY, self._correlated(maps[:1], X[:1])
        yield TURNED, self._correlated(np.swapaxes(maps, -1, -2))
        last = np.zeros_like(maps)
        last[..., -1, -1] = maps[..., -1, -1]
        yield LAST_WINDOW, self._correlated(last)
        for index in range(len(right) if len(right) > 1 else 0):
            all_in_one = np.zeros_like(right)
            all_in_one[index] = right.sum(axis=0)
            yield ONE_INDEX, all_in_one
        if 1 < len(right) <= 5:
            for order in itertools.permutations(range(len(right))):
                if order != tuple(range(len(right))):
                    yield SWAPPED, right[list(order)]
        if len(right) > 1:
            yield SUMMED, np.repeat(right.sum(axis=0, keepdims=True), len(right), axis=0)
        for axis, shift in itertools.product((1, 2), (1, -1)):
            yield SHIFTED, self._correlated(maps, np.roll(X, shift, axis=axis))

    def _resized(self, value: Value, sources: list[tuple[Node, Floats]]) -> None:
        """Find a list whose length is not that of the filters, made to fit by np.resize."""
        flat = value.array.reshape(-1).astype(float)
        for other in self.values:
            size = other.array.size
            if size in (1, flat.size) or other.first >= value.last or not flat.any():
                continue
            if same(np.resize(other.array, flat.size).astype(float), flat, self.within):
                layout = layouts(value.array.shape, self.forward.f.shape)
                if not layout or not np.ptp(flat):
                    continue
                departure = Departure("filter_gradient", RESIZED)
                node = Node(
                    "dF",
                    "filter_gradient",
                    self._filters(value, layout[0]),
                    1.0,
                    value,
                    Fit(layout[0]),
                    sources[0][:1],
                    [departure],
                )
                self._add(node)
                return

    def _filter_update(self) -> None:
        forward = self.forward
        before, layout = forward.f, forward.filters_layout
        last_first = sorted(self.backward.of_stage("dF"), key=when, reverse=True)
        gradients: list[tuple[Node, Floats]] = [(node, node.own) for node in last_first]
        gradients += self._map_sources()
        updates = []
        for value in self._of_size(before.size):
            if value.array.shape != forward.filters.array.shape:
                continue
            after = self._filters(value, layout)
            for node, gradient in gradients:
                for kind, step in self._filter_steps(gradient, after - before):
                    scale = self._step_scale(before, after, step, forward.filters.array)
                    if scale is None:
                        continue
                    source = node
                    if node.stage != "dF":
                        self._note_missing_slope(node)
                        source = Node("dF", "filter_gradient", gradient, 1.0, None, None, (node,))
                    update = Node(
                        "f_next", "filter_update", after, scale, value, Fit(layout), (source,)
                    )
                    if kind is not None:
                        right = before + scale * gradient
                        update.departures.append(Departure("filter_update", kind, right))
                    updates.append(update)
                    break
                else:
                    continue
                break
        if updates:  # the last is whole, if filters are updated one after the other
            update = next((u for u in reversed(updates) if not u.departures), updates[-1])
            self._add(update)
            for node in reversed(list(update.history())):
                if node not in self.nodes:
                    self._add(node)
            self.backward.filter_update = update

    def _filter_steps(self, gradient: Floats, step: Floats) -> Iterator[tuple[Kind | None, Floats]]:
        yield None, gradient
        yield TURNED, np.swapaxes(gradient, -1, -2)
        moved = [index for index, one in enumerate(step) if one.any()]
        if len(moved) == 1 and len(step) > 1:
            all_in_one = np.zeros_like(gradient)
            all_in_one[moved[0]] = gradient.sum(axis=0)
            yield ONE_INDEX, all_in_one


@dataclass(frozen=True, slots=True)
class _Product:
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


def _without_copies(values: Sequence[Value]) -> Iterator[Value]:
    """Yield each content in each shape once, when it first is there."""
    first: dict[tuple[tuple[int, ...], int, str], Value] = {}
    for value in values:
        shape = tuple(length for length in value.array.shape if length > 1)
        name = value.probe.name if value.array.size == 1 else ""  # one number is easily another
        key = shape, hash(value.array.tobytes()), name
        if key not in first or (
            first[key].probe.use == "argument" and value.probe.use == "assigned"
        ):
            first[key] = value
    yield from sorted(first.values(), key=lambda value: (value.last, value.first))


def _is_natural(scale: float, n: int) -> bool:
    """Return whether a factor is one that people write: not one that only happens to fit."""
    natural = (factor * share for factor in (0.5, 1.0, 2.0) for share in (1.0, 1.0 / n))
    return any(abs(abs(scale) - one) < 1e-6 * one for one in natural)


def when(node: Node) -> int:
    """Return when the script has a node; -1 if it is only inside an expression."""
    return node.value.last if node.value is not None else -1


def _is_before(node: Node, value: Value) -> bool:
    """Return whether a node can be what a value was computed from."""
    return node.value is None or node.value.first < value.last


def _is_turned(node: Node) -> bool:
    """Return whether a node's array has rows and columns the other way round than its source's."""
    source = node.sources[0] if node.sources else None
    if source is None or source.fit is None or node.fit is None:
        return False
    orders = (source.fit.layout.order, node.fit.layout.order)
    ways = {order.index(max(order) - 1) < order.index(max(order)) for order in orders}
    return len(ways) > 1


def _keeps_axes(array: Array, layout: Layout) -> bool:
    """Return whether filters, rows and columns have axes of their own in an array."""
    shape = [length for length in array.shape if length > 1]
    return shape == [layout.dims[axis] for axis in layout.order if layout.dims[axis] > 1]


def found_of(node: Node) -> Found | None:
    """Return where the script has a node."""
    if node.value is None or node.fit is None:
        return None
    return Found(node.value, node.fit)
