"""Suggestions for departing lines, in the script's own names."""

import ast
import re
from dataclasses import dataclass

from cnnviz.notebooks import mistakes
from cnnviz.notebooks.network import FoundTensor, RecognisedForward
from cnnviz.notebooks.nodes import Departure, Node
from cnnviz.notebooks.probing import Probe
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.search import is_natural


@dataclass(frozen=True, slots=True)
class Namer:
    """Knows the script's names of the tensors, and its lines."""

    script: Script
    forward: RecognisedForward

    def of(self, operation: str) -> str:
        """Return the script's name for an operation's result; empty if it has none."""
        for found in reversed(self.forward.found.get(operation, [])):
            name = found.value.probe.name
            if found.value.probe.use in ("assigned", "changed"):
                return name
        return ""

    def expression(self, operation: str) -> str:
        """Return the expression that an operation's result is assigned from, or nothing."""
        found = self.forward.found.get(operation, [])
        probes = [one.value.probe for one in found if one.value.probe.use == "assigned"]
        return self._assigned(probes[-1]) if probes else ""

    def line(self, node: Node) -> str:
        """Return the text of a node's line."""
        if node.value is None:
            return ""
        return self.script.cell(node.value.probe.cell).line(node.value.probe.line)

    def right_side(self, node: Node) -> str:
        """Return the expression that a node's line assigns, or an empty string."""
        return "" if node.value is None else self._assigned(node.value.probe)

    def _assigned(self, probe: Probe) -> str:
        try:
            tree = ast.parse(self.script.cell(probe.cell).source)
        except SyntaxError:
            return ""
        for statement in ast.walk(tree):
            if isinstance(statement, ast.Assign | ast.Return) and statement.lineno == probe.line:
                return ast.unparse(statement.value) if statement.value else ""
        return ""


def suggestion(namer: Namer, node: Node, departure: Departure) -> str:
    """Return a suggestion, as code or in one sentence; empty if there is none."""
    if node.value is None:
        return ""
    name, kind = node.value.probe.name, departure.kind
    side = namer.right_side(node)
    forward = namer.forward
    n = forward.n
    match kind:
        case mistakes.EARLY_ERROR:
            error, delta = node.chain()[-1], node.sources[-1]
            return f"read {_name(delta, 'δ')} in place of {_name(error, 'the error')}"
        case mistakes.NOT_CARRIED if node.stage not in _ERRORS:
            return _carried_back(namer, "", "")
        case mistakes.NOT_CARRIED:
            is_divided = is_natural(node.scale * forward.std, n) and not is_natural(node.scale, n)
            return _carried_back(namer, name, name, is_divided=is_divided)
        case mistakes.ONLY_MEAN | mistakes.ONLY_DEVIATION:
            return _carried_back(namer, name, _name(node.sources[0], "") if node.sources else "")
        case mistakes.DEVIATION:
            return f"divide the sum of δ ẑ by {n - 1}, or leave ddof=1 out of the forward pass"
        case mistakes.UNDIVIDED | mistakes.DIVIDED_TWICE:
            return f"divide {name} by the deviation once"
        case mistakes.PART_OF_OUTPUT_SLOPE:
            o = namer.of("output")
            return f"{o} * (1 - {o}) for the slope of the output" if o else ""
        case mistakes.UNNAMED:
            return _as_a_formula(namer, node, departure)
        case mistakes.TURNED if node.stage in _UPDATES:
            return f"exchange rows and columns of {_name(node.sources[0], 'the gradient')}"
        case mistakes.TURNED if node.stage == "dF" and departure.operation == "filter_gradient":
            return f"exchange rows and columns of {name}, as the filters have them"
        case mistakes.NOT_ALL_UPDATED:
            return f"update every filter in {name}"
        case mistakes.NO_OUTPUT_SLOPE:
            o = namer.of("output")
            if node.stage not in _ERRORS:
                return f"multiply the error by {o} * (1 - {o})" if o else ""
            if node.stage == "delta" and forward.is_standardised:
                return (
                    f"multiply the error by {o} * (1 - {o}) before it is carried back" if o else ""
                )
            return f"{name} = ({side}) * {o} * (1 - {o})" if side and o else ""
        case mistakes.NO_MAP_SLOPE:
            slope = forward.activation.slope_formula.format(a=_like(namer, node))
            return f"{name} = ({side}) * {slope}" if side else f"multiply it by {slope}"
        case mistakes.HALF_SLOPE | mistakes.OTHER_SLOPE | mistakes.OUTPUT_SLOPE:
            slope = forward.activation.slope_formula.format(a=_like(namer, node))
            return f"{slope} for the slope of the activation"
        case mistakes.UPDATED_WEIGHTS:
            return _before_update(namer, node, side)
        case mistakes.MEAN_OVER_IMAGES:
            source = _name(node.sources[0], "the gradient at the maps")
            return (
                f"leave it out: correlate each image with {source} of that image, and take the "
                "mean over the images after that"
            )
        case mistakes.MISREAD:
            return _right_reshape(node)
        case mistakes.LAST_ONLY | mistakes.FIRST_ONLY:
            return f"add every image's part to {name} (+= for =), not one image's"
        case mistakes.RESIZED:
            return "sum over the images first, so that np.resize has nothing to cut"
        case mistakes.ONE_IMAGE:
            return "correlate each image's own pixels with its gradient at the maps"
        case mistakes.ONE_INDEX | mistakes.ONE_FILTER:
            return f"use each filter's own index for {name}, on both sides"
        case mistakes.ALIASED:
            return f"begin {name} with zeros, an array of its own: np.zeros_like of the weights"
        case mistakes.NEVER_RESET:
            return f"set {name} back to zero at the beginning of each iteration"
        case mistakes.NEVER_UPDATED:
            parameter = forward.weights if node.stage == "dW" else forward.filters
            changed = parameter.probe.name if parameter is not None else "the parameter"
            return f"after it: {changed} = {changed} - learning_rate * {name}"
        case mistakes.ROTATED if forward.flipped:
            return (
                f"rotate {name}, too, or no filter: the forward pass rotates them by 180°, as a "
                "convolution does"
            )
        case mistakes.ROTATED:
            return f"leave the rotation out: {name} as it is correlated in the forward pass"
        case mistakes.SUMMED:
            return f"keep the filters apart in {name}: no sum over their axis"
        case mistakes.LAST_WINDOW:
            return f"add every window's part to {name} (+= for =)"
    if kind.name == "sum for mean":
        return f"{name} = ({side}) / {n}" if side else f"divide it by {n}"
    if kind.name == "mean for sum":
        return f"{name} = ({side}) * {n}" if side else f"multiply it by {n}"
    if kind.name == "sign":
        return f"{name} = -({side})" if side and node.stage not in _UPDATES else "− for +"
    return ""


def _as_a_formula(namer: Namer, node: Node, departure: Departure) -> str:
    """Return what a step would have to be, of which no more is known than that it is wrong."""
    forward = namer.forward
    if departure.operation == "map_gradient":
        slope = forward.activation.slope_formula.format(a=_like(namer, node))
        return f"the gradient at the activations times {slope}, the slope of the activation"
    o, y = namer.of("output"), forward.targets.probe.name if forward.targets is not None else ""
    if departure.operation == "delta" and o and y:
        slope = "" if forward.loss == "cross-entropy" else f" * {o} * (1 - {o})"
        is_carried = forward.is_standardised and node.stage != "d"
        back = ", carried back through the standardisation" if is_carried else ""
        return f"({o} - {y}){slope}{back}"
    return ""


def _carried_back(namer: Namer, name: str, source: str, *, is_divided: bool = False) -> str:
    """Return the statement that carries a source, which may be δ itself, back to z.

    The deviation is that of z; where ẑ has taken its name, z is computed once more.
    """
    forward, zs, z = namer.forward, namer.of("standardise"), namer.of("dense")
    if z == zs and (product := namer.expression("dense")):
        z = f"({product})"
    if not name or not zs or z in ("", zs):
        along = f"sum(δ ẑ) / {forward.n - 1}" if forward.is_of_sample else "mean(δ ẑ)"
        return f"carry it back through the standardisation: (δ − mean δ − ẑ · {along}) / std z"
    source = source or name
    after = "after it: " if source == name else ""
    along, ddof = f"({source} * {zs}).mean()", ""
    if forward.is_of_sample:
        along, ddof = f"({source} * {zs}).sum() / {forward.n - 1}", "ddof=1"
    back = f"{source} - {source}.mean() - {zs} * {along}"
    if not is_divided:
        back = f"({back}) / {z}.std({ddof})"
    return f"{after}{name} = {back}"


_UPDATES = ("wo_next", "f_next", "bias")
_ERRORS = ("delta", "d", "error", "slope")


def _name(node: Node, otherwise: str) -> str:
    return node.value.probe.name if node.value is not None else otherwise


def _like(namer: Namer, node: Node) -> str:
    """Return the name of the activations that have the shape of a node's value."""
    assert node.value is not None  # noqa: S101  (the caller has seen to it)
    found: list[FoundTensor] = [
        *namer.forward.found.get("flatten", []),
        *namer.forward.found.get("sigmoid", []),
    ]
    named = [one for one in found if one.value.probe.use in ("assigned", "changed")] or found
    alike = [one for one in named if one.value.array.shape == node.value.array.shape]
    return next((one.value.probe.name for one in (*alike, *named)), "a")


def to_be_before(namer: Namer, node: Node, departure: Departure) -> tuple[int, int] | None:
    """Return cell and line of the statement before which a node's line would have to be.

    None if the weights of the forward pass are still there, under a name of their own.
    """
    if departure.kind is not mistakes.UPDATED_WEIGHTS or _kept_weights(namer, node):
        return None
    update = _update_of_weights(node)
    return None if update is None else (update.cell, update.line)


def _update_of_weights(node: Node) -> Probe | None:
    """Return where the weights that a node reads were updated."""
    weights = next((s for s in node.sources if s.stage == "wo_next"), None)
    return None if weights is None or weights.value is None else weights.value.probe


def _before_update(namer: Namer, node: Node, side: str) -> str:
    update = _update_of_weights(node)
    if update is None:
        return ""
    if kept := _kept_weights(namer, node):
        right = re.sub(rf"(?<![\w.]){re.escape(update.name)}(?!\w)", kept, side)
        is_read = bool(side) and right != side
        return f"{_name(node, '')} = {right}" if is_read else f"use {kept} for {update.name}"
    line = namer.script.cell(update.cell).line_name(update.line)
    why = ", so that it reads the weights of the forward pass" if side else ""
    return f"move it before the update of {update.name} ({line}){why}"


def _kept_weights(namer: Namer, node: Node) -> str:
    """Return the name of the weights of the forward pass if the updated ones have another."""
    before, after = namer.forward.weights, _update_of_weights(node)
    if before is None or after is None or before.probe.use not in ("assigned", "changed"):
        return ""
    return before.probe.name if before.probe.name != after.name else ""


def _right_reshape(node: Node) -> str:
    """Return the reshape and transpose that put a misread vector into its shape."""
    source = node.sources[0]
    if source.value is node.value and source.sources:  # one line averages and reshapes
        maps = source.sources[0]
        if maps.fit is None or node.fit is None:
            return ""
        axes = [axis - 1 for axis in maps.fit.layout.order if axis]  # without that of the images
        names, lengths = ("filter", "row", "column"), node.fit.layout.dims
        shape = ", ".join(str(lengths[axis]) for axis in axes)
        listed = ", ".join(names[axis] for axis in axes)
        return f"reshape it to ({shape}), because it is stored as ({listed})"
    if source.value is None or source.fit is None or node.value is None or node.fit is None:
        return ""
    stored, wanted = source.fit.layout, node.fit.layout
    dims = ", ".join(str(stored.dims[axis]) for axis in stored.order)
    text = f"{source.value.probe.name}.reshape({dims})"
    order = [stored.order.index(axis) for axis in wanted.order]
    if order != sorted(order):
        text += f".transpose({', '.join(map(str, order))})"
    shape = node.value.array.shape
    if shape != tuple(wanted.dims[axis] for axis in wanted.order):
        text += f".reshape{shape}"
    return f"{node.value.probe.name} = {text}"
