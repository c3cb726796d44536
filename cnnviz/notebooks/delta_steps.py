"""Find δ: the error of each image, its slopes, and its way back through the standardisation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats, layouts, scale_of
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.search import Search, is_natural
from cnnviz.numerics.checking.kinds import Kind


@dataclass(frozen=True, slots=True)
class _Formula:
    """A vector of one number for each image that the script may hold."""

    stage: str
    vector: Floats
    departures: tuple[Kind, ...] = ()


def find_errors(search: Search) -> None:
    """Find the script's values for each image, and note those only inside expressions."""
    n = search.forward.n
    formulae = list(_formulae(search))
    right = formulae[0].vector
    for value in search.of_size(n):
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


def _formulae(search: Search) -> Iterator[_Formula]:
    """Yield the right vectors first, then the wrong ones."""
    forward, o, y = search.forward, search.o, search.forward.y
    assert y is not None  # noqa: S101  (find_forward sets it with the targets)
    error, slope = o - y, o * (1 - o)
    is_entropy = forward.loss == "cross-entropy"
    logit = forward.z if forward.zs is None else forward.zs
    assert logit is not None  # noqa: S101  (there is an output)
    d = error if is_entropy else error * slope
    is_known = bool(forward.loss)
    slope_kind = mistakes.EXTRA_SLOPE if is_entropy else mistakes.NO_OUTPUT_SLOPE
    other = error * slope if is_entropy else error
    if forward.is_standardised:
        yield _Formula("delta", _carried(search, d))
        yield _Formula("d", d, (mistakes.NOT_CARRIED,))
        if is_known:
            yield _Formula("delta", _carried(search, other), (slope_kind,))
    else:
        yield _Formula("delta", d)
    if is_known:
        yield _Formula("error" if not is_entropy else "d", other, (slope_kind,))
    yield _Formula("slope", slope)
    wrong_slope = error * logit * (1 - logit)
    if forward.is_standardised:
        yield _Formula("delta", _carried(search, wrong_slope), (mistakes.SLOPE_OF_LOGIT,))
        yield _Formula("delta", d - d.mean(), (mistakes.ONLY_MEAN,))
    yield _Formula("d", wrong_slope, (mistakes.SLOPE_OF_LOGIT,))


def _carried(search: Search, d: Floats) -> Floats:
    """Return d carried back through the standardisation."""
    zs = search.forward.zs
    assert zs is not None  # noqa: S101  (it is standardised)
    carried: Floats = (d - d.mean() - zs * (d * zs).mean()) / search.forward.std
    return carried


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
    search.add(Node(formula.stage, "delta", numbers, scale, value, fit, (), departures))
