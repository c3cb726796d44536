"""A person's own code as text: which operations it defines. Nothing of it is run here."""

import ast
import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cnnviz.data.reading import explained, file_mode
from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.signatures import LEARNING_RATE, SIGNATURES
from cnnviz.numerics.variants import Variant
from cnnviz.training.own_code.errors import OwnCodeError, SourceError

LONGEST: Final = 200_000
"""Characters of a source."""


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """One function of own code that replaces an operation."""

    name: str
    """The operation."""
    arguments: tuple[str, ...]
    """The names of its arguments."""
    line: int
    """The line at which it begins, from 1."""
    text: str = field(compare=False, repr=False)
    """The function itself."""


@dataclass(frozen=True, slots=True)
class OwnSource:
    """Source whose functions bear the names of operations."""

    name: str
    """Its name in messages, such as the file's."""
    text: str = field(repr=False)
    functions: tuple[OwnFunction, ...]
    """Its functions, in the order in which the operations run."""

    @classmethod
    def parse(cls, text: str, name: str = "own code") -> Self:
        """Find the operations that a source defines.

        Raises SourceError if it is not Python, defines no operation, or takes what no operation
        reads.
        """
        if len(text) > LONGEST:
            raise SourceError(f"{name} has {len(text):,} characters; {LONGEST:,} are the most.")
        try:
            tree = ast.parse(text, name)
        except SyntaxError as error:
            message = f"this is not Python: {error.msg}."
            raise SourceError(message, error.lineno) from None
        except (ValueError, RecursionError, MemoryError):
            raise SourceError("this is not Python that can be read.") from None
        found = {}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in SIGNATURES:
                found[node.name] = _function(node, text)
        if not found:
            raise SourceError(
                f"{name} defines no operation: write a function with the name of one, such as "
                f"`{SIGNATURES['dense_gradient'].header}`; `cnnviz check --list-operations` lists "
                "them."
            )
        return cls(name, text, tuple(found[name] for name in SIGNATURES if name in found))

    @property
    def digest(self) -> str:
        """A short number that tells it from other sources."""
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class OwnVariant(Variant):
    """An operation as own code carries it out."""

    source: OwnSource = field(kw_only=True, compare=False, repr=False)
    runs: bool = field(kw_only=True, compare=False, repr=False)
    """Whether somebody has allowed the code to run; if not, `compute` raises `OwnCodeError`."""

    @property
    def label(self) -> str:
        """The operation; its name would differ between sources by a number."""
        return f"own {SIGNATURES[self.operation].operation.title}"


def own_variant(
    source: OwnSource,
    function: OwnFunction,
    compute: Callable[[Tensors, float], tuple[Floats, ...]],
    *,
    runs: bool = True,
) -> OwnVariant:
    """Return an operation as a function of own code carries it out, by `compute`."""
    return OwnVariant(
        function.name,
        f"own code {source.digest}",
        formula="own code",
        latex=r"\mathrm{own\ code}",
        numpy=function.text,
        compute=compute,
        source=source,
        runs=runs,
    )


def variants_not_run(source: OwnSource) -> tuple[OwnVariant, ...]:
    """Return the operations of own code that nobody has allowed to run: they have no result.

    They are equal to those of the same code that runs.
    """

    def refuse(operation: str) -> Callable[[Tensors, float], tuple[Floats, ...]]:
        def compute(_tensors: Tensors, _learning_rate: float) -> tuple[Floats, ...]:
            message = "this code does not run: run it if you trust it, or choose another rule."
            raise OwnCodeError(operation, message)

        return compute

    return tuple(own_variant(source, one, refuse(one.name), runs=False) for one in source.functions)


def code_not_run(rule: Rule) -> tuple[OwnVariant, ...]:
    """Return the operations of a rule that are own code which nobody has allowed to run."""
    own = (variant for variant in rule.extra if isinstance(variant, OwnVariant))
    return tuple(variant for variant in own if not variant.runs)


def read_source(path: Path) -> str:
    """Return the text of a file of own code.

    Raises DataError if it cannot be read, and SourceError if it is not a text or is too long.
    """
    if not stat.S_ISREG(file_mode(path)):
        raise SourceError("it is not a file: name a file of Python.")
    with explained(path), path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise SourceError(
            f"it is longer than {LONGEST:,} bytes: name a file with the operations alone."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("it is not text in UTF-8: name a file of Python.") from None


def _function(node: ast.FunctionDef, text: str) -> OwnFunction:
    right, arguments = SIGNATURES[node.name], node.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        message = f"{node.name} must take its arguments by name: `{right.header}`."
        raise SourceError(message, node.lineno)
    names = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
    known = {*right.operation.reads, LEARNING_RATE}
    for name in names:
        if name not in known:
            message = (
                f"{node.name} does not read {name}: it may take "
                f"{', '.join((*right.operation.reads, LEARNING_RATE))}."
            )
            raise SourceError(message, node.lineno)
    return OwnFunction(
        node.name, tuple(names), node.lineno, ast.get_source_segment(text, node) or ""
    )
