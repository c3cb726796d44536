"""Expressions of lesson files: arithmetic, comparisons and calls of known functions, nothing else.

They come from outside, so `simpleeval` evaluates them: no attributes, no imports, no large powers.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Final

import simpleeval

from cnnviz.numerics.number_format import compact, percent, plain
from cnnviz.spelling import nearest, suggestion
from cnnviz.teaching.errors import ExpressionError

Value = float | int | bool | str | tuple[int, ...]
Function = Callable[..., Value]

FORMAT_PAGE: Final = "README.md beside cnnviz's own lessons"
"""The page that describes everything that a lesson may contain."""
_LONGEST: Final = 500
_WHOLE: Final = 1e6
"""A whole number below this is written without decimals."""
_REFUSED: Final = (
    ast.Attribute,
    ast.Subscript,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Assign,
    ast.AugAssign,
    ast.Import,
)
_PLACEHOLDER: Final = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_FORMATS: Final[dict[str, Callable[[float], str]]] = {
    "percent": percent,
    "whole": lambda value: f"{value:,.0f}".replace("-", "−"),
    "plain": plain,
}
"""Formats of a placeholder; without one, it has three significant digits."""


def evaluate(text: str, names: Mapping[str, Value], functions: Mapping[str, Function]) -> Value:
    """Evaluate an expression.

    Raises ExpressionError if it is not an expression, uses an unknown name or function, or has no
    value.
    """
    evaluator = simpleeval.SimpleEval(functions=dict(functions), names=dict(names))
    for node in _REFUSED:
        evaluator.nodes.pop(node, None)
    try:
        parsed = _parse(text)
        value: Value = evaluator.eval(text, previously_parsed=parsed)
    except simpleeval.NameNotDefined as error:
        message = f"no {error.name} is known here: {suggestion(str(error.name), sorted(names))}."
        raise ExpressionError(message, _column(text, str(error.name))) from None
    except simpleeval.FunctionNotDefined as error:
        name = str(error.func_name)
        near = nearest(name, functions)
        hint = f"perhaps you mean {near}; " if near else ""
        message = f"no function is called {name}: {hint}{FORMAT_PAGE} lists all {len(functions)}."
        raise ExpressionError(message, _column(text, name)) from None
    except (simpleeval.InvalidExpression, TypeError) as error:
        raise ExpressionError(f"`{text}` cannot be computed: {error}") from None
    except (ArithmeticError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"`{text}` has no value: {error}.") from None
    return value


def number(text: str, functions: Mapping[str, Function]) -> float:
    """Evaluate an expression that is a number.

    Raises
    ------
    ExpressionError
        As `evaluate` does, and if it is none.
    """
    value = evaluate(text, {}, functions)
    if not isinstance(value, int | float):
        raise ExpressionError(f"`{text}` is {value!r}, not a number.")
    return float(value)


def fill(text: str, names: Mapping[str, Value], functions: Mapping[str, Function]) -> str:
    """Replace each ``{{ expression }}`` or ``{{ expression | format }}`` by its value.

    Raises
    ------
    ExpressionError
        As `evaluate` does; the column is counted in the whole text.
    """

    def value_of(match: re.Match[str]) -> str:
        expression, _, name = (part.strip() for part in match[1].partition("|"))
        try:
            value = evaluate(expression, names, functions)
            return written(value, name)
        except ExpressionError as error:
            start = match.start(1) + len(match[1]) - len(match[1].lstrip())
            raise ExpressionError(str(error), start + error.column) from None

    return _PLACEHOLDER.sub(value_of, text)


def written(value: Value, name: str = "") -> str:
    """Write a value for a person, a number by the named format.

    Raises ExpressionError if there is no such format.
    """
    if name and name not in _FORMATS:
        raise ExpressionError(f"no format is called {name}: {suggestion(name, _FORMATS)}.")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        filter_, row, column = value
        return f"{f'filter {filter_}, ' if filter_ else ''}row {row}, column {column}"
    if isinstance(value, str):
        return value
    if name:
        return _FORMATS[name](float(value))
    if isinstance(value, int) or (value.is_integer() and abs(value) < _WHOLE):
        return f"{int(value):,}".replace("-", "−")
    return compact(value)


def _parse(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ExpressionError(f"an expression may have {_LONGEST} characters: make it shorter.")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        column = (getattr(error, "offset", 1) or 1) - 1
        raise ExpressionError(f"`{text}` is not an expression.", column) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"`{text[:20]}…` is nested too deeply.") from None


def _column(text: str, name: str) -> int:
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return found.start() if found else 0
