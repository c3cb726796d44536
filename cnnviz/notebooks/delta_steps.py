"""Find δ: the error of each image, its slopes, and its way back through the standardisation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats, layouts, scale_of
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import Search, is_natural
from cnnviz.numerics.checking.kinds import MistakeKind


@dataclass(frozen=True, slots=True)
class _Formula:
    """A vector of one number for each image that the script may hold."""

    stage: str
    vector: Floats
    departures: tuple[MistakeKind, ...] = ()
    carried: Floats | None = None
    """The vector that it carries back through the standardisation."""
    is_carried_wrongly: bool = False
    """Whether the departures are in the way back, not in what is carried."""


def find_errors(search: Search) -> None:
    """Find the script's values for each image, and note those only inside expressions."""
    n = search.forward.n
    formulae = list(_formulae(search))
    right = formulae[0].vector
    for value in search.of_size(n):
        if not layouts(value.array.shape, (n,)):  # a matrix that happens to have n cells
            continue
        vector = value.array.reshape(-1).astype(float)
        for formula in formulae:
            scale = scale_of(vector, formula.vector, search.within)
            if scale is None or (n == 1 and not is_natural(scale, n)):
                continue
            _error_node(search, formula, right, value, vector, scale)
            break
        else:
            if not np.isin(vector, (0, 1)).all():
                fit = Fit(layouts(value.array.shape, (n,))[0])
                search.add(Node("?", "delta", vector, 1.0, value, fit))
    for formula in formulae:  # what is only written inside an expression
        if not any(node.numbers is formula.vector for node in search.nodes):
            _error_node(search, formula, right, None, formula.vector, 1.0)


def right_delta(search: Search) -> Floats:
    """Return δ, the derivative of each image's error by z."""
    return next(_formulae(search)).vector


def _formulae(search: Search) -> Iterator[_Formula]:
    """Yield the right vectors first, then the wrong ones."""
    forward, o, y = search.forward, search.o, search.forward.y
    assert y is not None  # noqa: S101  (find_forward sets it with the targets)
    error, slope = o - y, o * (1 - o)
    is_entropy = forward.loss == "cross-entropy"
    logit = forward.z if forward.zs is None else forward.zs
    assert logit is not None  # noqa: S101  (there is an output)
    d = right_error(search)
    is_known = bool(forward.loss)
    slope_kind = mistakes.EXTRA_SLOPE if is_entropy else mistakes.NO_OUTPUT_SLOPE
    other = error * slope if is_entropy else error
    if forward.is_standardised:
        yield _Formula("delta", carried_back(search, d), carried=d)
        yield _Formula("d", d, (mistakes.NOT_CARRIED,))
        if is_known:
            yield _Formula("delta", carried_back(search, other), (slope_kind,), other)
        if _divisor(forward) < forward.n:
            of_all = _carried_over(d, logit, forward.std, forward.n)
            yield _Formula("delta", of_all, (mistakes.DEVIATION,), d, True)
    else:
        yield _Formula("delta", d)
    if is_known:
        yield _Formula("error" if not is_entropy else "d", other, (slope_kind,))
    yield _Formula("slope", slope)
    wrong_slope = error * logit * (1 - logit)
    if forward.is_standardised:
        kinds = (mistakes.SLOPE_OF_LOGIT,)
        yield _Formula("delta", carried_back(search, wrong_slope), kinds, wrong_slope)
        yield _Formula("delta", d - d.mean(), (mistakes.ONLY_MEAN,), d, True)
        for divisor in sorted({_divisor(forward), forward.n}):
            half = d - logit * (d @ logit) / divisor
            yield _Formula("delta", half, (mistakes.ONLY_DEVIATION,), d, True)
    yield _Formula("d", wrong_slope, (mistakes.SLOPE_OF_LOGIT,))
    if forward.loss == "square":
        kinds = (mistakes.PART_OF_OUTPUT_SLOPE,)
        for part in (error * o, error * (1 - o)):
            if forward.is_standardised:
                yield _Formula("delta", carried_back(search, part), kinds, part)
            yield _Formula("d", part, kinds)


def right_error(search: Search) -> Floats:
    """Return the derivative of each image's error by what the output's sigmoid is given."""
    forward, o, y = search.forward, search.o, search.forward.y
    assert y is not None  # noqa: S101  (find_forward sets it with the targets)
    error: Floats = (o - y) if forward.loss == "cross-entropy" else (o - y) * o * (1 - o)
    return error


def carried_back(search: Search, d: Floats) -> Floats:
    """Return d carried back through the standardisation."""
    zs = search.forward.zs
    assert zs is not None  # noqa: S101  (it is standardised)
    return _carried_over(d, zs, search.forward.std, _divisor(search.forward))


def _carried_over(d: Floats, zs: Floats, std: float, divisor: int) -> Floats:
    """Return d carried back through a standardisation whose deviation has this divisor."""
    carried: Floats = (d - d.mean() - zs * (d @ zs) / divisor) / std
    return carried


def _divisor(forward: RecognisedForward) -> int:
    """Return by what the squares are divided in the deviation."""
    return forward.n - 1 if forward.is_of_sample else forward.n


def _error_node(
    search: Search,
    formula: _Formula,
    right: Floats,
    value: Value | None,
    numbers: Floats,
    scale: float,
) -> None:
    departures = [Departure("delta", kind, scale * right) for kind in formula.departures]
    fit = None
    if value is not None:
        fit = Fit(layouts(value.array.shape, (search.forward.n,))[0], scale)
        source = _carried_from(search, formula, value)
        if source is not None:
            if not formula.is_carried_wrongly:
                departures = []
            share = scale / source.scale
            search.add(Node("delta", "delta", numbers, share, value, fit, (source,), departures))
            return
    search.add(Node(formula.stage, "delta", numbers, scale, value, fit, (), departures))


def _carried_from(search: Search, formula: _Formula, value: Value) -> Node | None:
    """Return the script's vector that a later one carries back; its own mistakes are its own."""
    if formula.carried is None:
        return None
    for node in reversed(search.nodes):
        if node.value is None or node.value.first >= value.first or node.numbers.ndim != 1:
            continue
        if scale_of(node.numbers, formula.carried, search.within) is None or node.sources:
            continue
        right = node.scale * right_error(search)
        node.departures = [
            Departure(departure.operation, departure.kind, right)
            for departure in node.departures
            if departure.kind is not mistakes.NOT_CARRIED
        ]
        return node
    return None
