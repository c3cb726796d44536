"""Each operation as a Python function: its arguments, its results, and how to begin writing it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cnnviz.numerics.operations import OPERATIONS, Operation
from cnnviz.numerics.tensors import LENGTHS, TENSORS

LEARNING_RATE: Final = "learning_rate"


@dataclass(frozen=True, slots=True)
class Signature:
    """An operation as a function that a person can write."""

    operation: Operation
    arguments: tuple[str, ...]
    """The tensors that it reads under the exact rule, and then `learning_rate` if it uses it."""
    results: tuple[str, ...]
    """The tensors that it returns, in this order; a single one is returned as it is."""

    @property
    def header(self) -> str:
        """The first line of the function."""
        return f"def {self.operation.name}({', '.join(self.arguments)}):"

    @property
    def template(self) -> str:
        """The whole function, right, with a docstring: something to begin with."""
        lines = [
            self.header,
            f'    """{self.operation.title}: {self.operation.right.name}.',
            "",
            *(f"    {_described(name)}" for name in self.arguments),
            f"    Returns {', '.join(map(_described, self.results))}",
            '    """',
            *(f"    {line}" for line in _as_code(self.operation.right.numpy)),
            f"    return {', '.join(self.results)}",
        ]
        return "\n".join(lines) + "\n"


def signature(operation: Operation) -> Signature:
    """Return the signature of an operation."""
    used = names_in(operation.right.numpy)
    arguments = [name for name in operation.reads if name in used]
    if "lr" in used:
        arguments.append(LEARNING_RATE)
    return Signature(operation, tuple(arguments), operation.writes)


def names_in(code: str) -> frozenset[str]:
    """Return the names that a piece of Python uses; it is not run."""
    return frozenset(compile(code, "<numpy>", "exec").co_names)


def shape_text(name: str) -> str:
    """Write the shape of a tensor, if images are kept apart: ``(1728, n)``."""
    lengths = ["n" if axis == "k" else str(LENGTHS[axis]) for axis in TENSORS[name].axes]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


SIGNATURES: Final = {operation.name: signature(operation) for operation in OPERATIONS}


def operations_as_list() -> list[dict[str, Any]]:
    """Return the operations as `cnnviz check --list-operations --json` writes them."""
    return [
        {
            "name": name,
            "title": one.operation.title,
            "arguments": _shapes(one.arguments),
            "results": _shapes(one.results),
            "formula": one.operation.right.formula,
        }
        for name, one in SIGNATURES.items()
    ]


def operations_as_text() -> str:
    """Return the operations as a person reads them."""
    return "".join(
        f"{one.header:<44} returns {', '.join(map(_described, one.results))}\n"
        for one in SIGNATURES.values()
    )


def _shapes(names: Iterable[str]) -> list[dict[str, str]]:
    return [
        {"name": name, "shape": "()" if name == LEARNING_RATE else shape_text(name)}
        for name in names
    ]


def _described(name: str) -> str:
    if name == LEARNING_RATE:
        return f"{name}: η, a number"
    return f"{name}: {TENSORS[name].meaning}, {shape_text(name)}"


def _as_code(numpy: str) -> list[str]:
    code = re.sub(r"\blr\b", LEARNING_RATE, numpy)
    return code.replace(
        "sliding_window_view", "np.lib.stride_tricks.sliding_window_view"
    ).splitlines()
