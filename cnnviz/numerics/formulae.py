r"""Each operation as a formula, in plain numpy, and as the lines that compute it.

The LaTeX keeps to letters, indices, fractions, roots and sums, which small renderers know too.
"""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Final

from cnnviz.numerics import layers
from cnnviz.numerics.operations import Operation
from cnnviz.numerics.rule import Rule

_ALWAYS: Final = {
    "patches": r"P_{r,c,k,u,v} = X_{r+u,\,c+v,\,k}",
    "correlate": r"C_{k,i,r,c} = \sum_{u,v} P_{r,c,k,u,v} \, f_{u,v,i}",
    "sigmoid": r"A = \sigma(C) = \frac{1}{1 + e^{-C}}",
    "flatten": r"a_{576 i + 24 r + c,\,k} = A_{k,i,r,c}",
    "dense": r"z_k = \sum_j \mathrm{wo}_j \, a_{j,k}",
    "standardise": (
        r"\hat{z}_k = \frac{z_k - \mathrm{mean}\,z}{\mathrm{std}\,z}, \quad "
        r"\mathrm{std}\,z = \sqrt{\frac{1}{n} \sum_k (z_k - \mathrm{mean}\,z)^2}"
    ),
    "output": r"o_k = \sigma(\hat{z}_k) = \frac{1}{1 + e^{-\hat{z}_k}}",
    "error": r"E_k = \frac{(y_k - o_k)^2}{2}",
    "dense_update": r"\mathrm{wo}'_j = \mathrm{wo}_j - \eta \, \mathrm{dW}_j",
    "filter_update": r"f'_{u,v,i} = f_{u,v,i} - \eta \, \mathrm{dF}_{i,u,v}",
}
"""What no switch of the rule changes."""


def formula(operation: Operation, rule: Rule) -> str:
    """Return the LaTeX of what an operation computes under a rule."""
    weight = r"\mathrm{wo}" if rule.update_order else r"\mathrm{wo}'"
    image = ",k" if rule.pairing else ""
    slope = r"{-}(y_k - o_k) \, o_k \, (1 - o_k)"
    if rule.standardisation:
        slope = (
            r"\frac{d_k - \mathrm{mean}\,d - \hat{z}_k \, \mathrm{mean}(d \hat{z})}"
            rf"{{\mathrm{{std}}\,z}}, \quad d_k = {slope}"
        )
    place = "576 i + 24 r + c" if rule.layout else "3 (24 r + c) + i"
    return {
        **_ALWAYS,
        "delta": rf"\delta_k = {slope}",
        "dense_gradient": r"\mathrm{dW}_j = "
        + (r"\frac{1}{n} " if rule.scale else "")
        + r"\sum_k a_{j,k} \, \delta_k",
        "map_error": rf"G_{{j,k}} = {weight}_j \, \delta_k \, a_{{j,k}} \, (1 - a_{{j,k}})",
        "average": r"g_{j,k} = G_{j,k}" if rule.pairing else r"g_j = \frac{1}{n} \sum_k G_{j,k}",
        "reread": rf"M_{{r,c,i{image}}} = g_{{{place}{image}}}",
        "filter_gradient": r"\mathrm{dF}_{i,u,v} = \frac{1}{n} \sum_k \sum_{r,c} "
        rf"X_{{u+r,\,v+c,\,k}} \, M_{{r,c,i{image}}}",
    }[operation.name]


_PLAIN: Final = {
    "patches": "P = sliding_window_view(X, (5, 5), axis=(0, 1))",
    "correlate": "C = np.tensordot(P, f, axes=((3, 4), (0, 1))).transpose(2, 3, 0, 1)",
    "sigmoid": "A = 1 / (1 + np.exp(-C))",
    "flatten": "a = A.reshape(len(A), 1728).T",
    "dense": "z = wo.T @ a",
    "standardise": """\
mean = z.mean(keepdims=True)
std = z.std(keepdims=True)
zs = (z - mean) / std""",
    "output": "o = 1 / (1 + np.exp(-zs))",
    "error": "E = (y - o) ** 2 / 2",
    "dense_update": "wo_next = wo - lr * dW",
    "filter_update": "f_next = f - lr * dF.transpose(1, 2, 0)",
}
"""The numpy of what no switch of the rule changes."""


def numpy_lines(operation: Operation, rule: Rule) -> str:
    """Return what an operation computes under a rule in plain numpy, for all images at once.

    It gives what the operation gives, to within rounding; `source` has the lines that do the same
    block by block. ``np`` is numpy, ``lr`` is η, and ``sliding_window_view`` is that of
    ``numpy.lib.stride_tricks``.
    """
    if operation.name in _PLAIN:
        return _PLAIN[operation.name]
    weights = "wo" if rule.update_order else "wo_next"
    delta = ["error_wrt_output = -(y - o)", "output_wrt_z = o * (1 - o)"]
    delta.append("delta = error_wrt_output * output_wrt_z")
    if rule.standardisation:
        delta.append("delta = (delta - delta.mean() - zs * (delta * zs).mean()) / std")
    maps, images = ("3, 24, 24" if rule.layout else "24, 24, 3"), ", -1" if rule.pairing else ""
    read = f"g.reshape({maps}{images})"
    along = "((0, 1, 3), (0, 1, 2))" if rule.pairing else "((0, 1), (0, 1))"
    summed = "" if rule.pairing else ".sum(axis=1)"
    return {
        "delta": "\n".join(delta),
        "dense_gradient": "dW = a @ delta.T" + (" / delta.size" if rule.scale else ""),
        "map_error": f"G = ({weights} @ delta) * (a * (1 - a))",
        "average": "g = G" if rule.pairing else "g = G.mean(axis=1)",
        "reread": f"M = np.moveaxis({read}, 0, 2)" if rule.layout else f"M = {read}",
        "filter_gradient": f"dF = np.tensordot(M, P, axes={along}){summed} / P.shape[2]",
    }[operation.name]


@cache
def source(operation: Operation) -> str:
    """Return the lines that compute an operation, as they stand in this package.

    The operation's own lines come first, with its tensors as plain names; each function of
    `layers` that they call follows, without its documentation.
    """
    steps = _definition(operation.compute)
    called = {
        node.attr: None
        for node in ast.walk(steps)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "layers"
    }
    lines = [ast.unparse(line) for line in _Plain(operation.writes).visit(steps).body]
    for name in called:
        function = _Plain(()).visit(_definition(getattr(layers, name)))
        lines += ["", ast.unparse(function)]
    return "\n".join(lines)


def _definition(function: Callable[..., object]) -> ast.FunctionDef:
    module = ast.parse(inspect.getsource(function))
    return next(node for node in module.body if isinstance(node, ast.FunctionDef))


class _Plain(ast.NodeTransformer):
    """Leave what is computed, ``t["X"]`` as ``X``: no types, no documentation, no messages.

    Parameters
    ----------
    writes : tuple of str
        What is returned is assigned to these names; where there are none, it is returned.
    """

    def __init__(self, writes: tuple[str, ...]) -> None:
        self._writes = writes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if ast.get_docstring(node):
            del node.body[0]
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        if isinstance(node.exc, ast.Call):
            node.exc.args = [ast.Constant(...)]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        match node:
            case ast.Subscript(ast.Name("t"), ast.Constant(str(tensor))):
                return ast.Name(tensor)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(ast.Name("layers"), function):
                return ast.Name(function)
        self.generic_visit(node)
        return node

    def visit_Return(self, node: ast.Return) -> ast.stmt | None:
        self.generic_visit(node)
        if not self._writes or node.value is None:
            return node
        value = node.value
        if isinstance(value, ast.Tuple) and len(value.elts) == 1:
            value = value.elts[0]
        if ast.unparse(value).strip("()") == ", ".join(self._writes):
            return None
        names: list[ast.expr] = [ast.Name(name) for name in self._writes]
        target = names[0] if len(names) == 1 else ast.Tuple(names)
        return ast.copy_location(ast.Assign([target], value), node)
