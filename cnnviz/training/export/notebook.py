"""A moment of a run as a Jupyter notebook that needs numpy alone."""

import base64
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import (
    FORWARD,
    OPERATIONS,
    TITLES,
    Operation,
    iterate,
    operation_name,
)
from cnnviz.numerics.signatures import LEARNING_RATE
from cnnviz.numerics.tensors import TENSORS, located_text
from cnnviz.numerics.variants import OF_LAST, Variant
from cnnviz.spelling import suggestion
from cnnviz.training.errors import ExportError
from cnnviz.training.export.moment import Moment, require_code_that_runs
from cnnviz.training.own_code.source import OwnVariant

Cell = dict[str, Any]

_CHECKED: Final = 12
"""Values of a tensor that a check looks at, spread over it."""
_WIDTH: Final = 96
"""Characters of a line of data."""
_FUNCTIONS: Final = '''import base64
import zlib

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def unpack(text, dtype, shape):
    """Return the array that is written in a text."""
    data = zlib.decompress(base64.b64decode("".join(text.split())))
    return np.frombuffer(data, dtype).reshape(shape).copy()


def check(name, array, shape, indices, values):
    """Compare some values of a result with those that cnnviz computed."""
    assert array is not ..., f"{name} is still to be computed."
    array = np.asarray(array)
    assert array.shape == shape, f"{name} has the shape {array.shape}; it should be {shape}."
    found, values = array.reshape(-1)[indices], np.array(values)
    error = np.abs(found - values)
    worst = int(np.nan_to_num(error, nan=np.inf).argmax())
    assert np.allclose(found, values, rtol=TOLERANCE, atol=1e-12), (
        f"{name} is wrong, also at the flat index {indices[worst]}: {found[worst]:.6g}; "
        f"it should be {values[worst]:.6g}."
    )
    print(f"{name} is right.")


np.seterr(over="ignore")  # exp of a large number is infinite, and its sigmoid is then 0
TOLERANCE = {tolerance}'''


def as_notebook(
    moment: Moment,
    blanks: Sequence[str] = (),
    puzzles: Sequence[str] = (),
    *,
    solutions: bool = False,
) -> str:
    """Return a notebook that computes every tensor of the moment's iteration, as JSON.

    Raises ExportError if an operation is unknown, or the iteration has no result.

    Parameters
    ----------
    blanks : sequence of str
        Operations whose code is left to be written.
    puzzles : sequence of str
        Operations whose lines are to be put in order.
    solutions : bool
        Whether the answers stand between nbgrader's marks, for a teacher.
    """
    blanks, puzzles = ([operation_name(name) for name in some] for some in (blanks, puzzles))
    for name in (*blanks, *puzzles):
        if name not in TITLES:
            raise ExportError(f"no operation is called {name}: {suggestion(name, TITLES)}.")
    rule, rate = moment.settings.rule, moment.settings.learning_rate
    require_code_that_runs([rule])
    try:
        tensors = iterate(moment.batch, moment.parameters, rule, rate, moment.last)
    except NumericsError as error:
        raise ExportError(
            f"iteration {moment.iteration:,} has no result to be written ({error.operation}: "
            f"{error}); choose another one."
        ) from None
    cells = [
        *_introduction(moment, bool(blanks or puzzles)),
        *_data(moment),
        *_operations(moment, tensors, frozenset(blanks), frozenset(puzzles), solutions=solutions),
        *_training(moment, tensors),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _introduction(moment: Moment, is_exercise: bool) -> Iterator[Cell]:
    settings = moment.settings
    task = (
        "\n\nSome operations are left to you. After each, a check says whether your result is "
        "right."
        if is_exercise
        else ""
    )
    yield _markdown(
        f"# Iteration {moment.iteration:,} of “{moment.name}”\n\n"
        f"A convolutional network with three 5 × 5 filters and one dense output answers “is this "
        f"digit greater than 4?”. This notebook computes one iteration of its training, operation "
        f"by operation, with numpy alone: {settings.subset} images, rule "
        f"*{settings.rule.title}*, η = {plain(settings.learning_rate)}, {settings.dtype}.{task}"
    )
    tolerance = "1e-9" if settings.dtype == "float64" else "1e-4"
    yield _code(_FUNCTIONS.replace("{tolerance}", tolerance))


def _data(moment: Moment) -> Iterator[Cell]:
    settings, n = moment.settings, len(moment.images)
    yield _markdown(
        "## Data and parameters\n\nThe images, the labels and the parameters of this moment. Each "
        "image stands in X transposed, as in the notebook that this network comes from."
    )
    dtype = settings.dtype
    yield _code(
        f"images = unpack('''\n{_packed(moment.images)}\n''', np.uint8, ({n}, 28, 28))\n"
        f"labels = unpack('''\n{_packed(moment.labels)}\n''', np.uint8, ({n},))\n"
        f"X = (images.T / 255).astype(np.{dtype})\n"
        f"y = (labels > 4).astype(np.{dtype})[np.newaxis]"
    )
    yield _code(
        f"f = unpack('''\n{_packed(moment.parameters.f)}\n''', np.{dtype}, (5, 5, 3))\n"
        f"wo = unpack('''\n{_packed(moment.parameters.wo)}\n''', np.{dtype}, (1728, 1))\n"
        f"lr = {settings.learning_rate!r}"
    )
    for name in settings.rule.kept:
        yield _markdown(
            f"{TENSORS[name].meaning.capitalize()} of the iteration before: it is kept."
        )
        values = moment.last.get(name)
        if values is None:
            yield _code(f"{name}{OF_LAST} = 0  # there is none")
        else:
            packed = f"unpack('''\n{_packed(values)}\n''', np.{dtype}, {values.shape})"
            yield _code(f"{name}{OF_LAST} = {packed}")


def _operations(
    moment: Moment,
    tensors: Tensors,
    blanks: frozenset[str],
    puzzles: frozenset[str],
    *,
    solutions: bool,
) -> Iterator[Cell]:
    rule = moment.settings.rule
    for operation in OPERATIONS:
        if operation is OPERATIONS[0]:
            yield _markdown("## Forward")
        if operation is OPERATIONS[len(FORWARD)]:
            yield _markdown("## Backward")
        variant = operation.variant(rule)
        code = _numpy_of(operation, variant)
        formula = f"\n\n$${variant.latex.replace('#', 'k')}$$" if variant.latex else ""
        writes = ", ".join(f"`{name}`: {TENSORS[name].meaning}" for name in operation.writes)
        yield _markdown(f"### {operation.title}{formula}\n\n{writes}.{_departure(variant)}")
        if operation.name in blanks:
            yield _blank(operation, code, solved=solutions)
        elif operation.name in puzzles:
            yield _puzzle(operation, code, solved=solutions)
        else:
            yield _code(code)
        if operation.name in blanks | puzzles:
            yield _check(operation, tensors)


def _departure(variant: Variant) -> str:
    """Return a sentence for a variant that is one of the notebook's departures."""
    if not variant.switches:
        return ""
    names = " and ".join(sorted(name.replace("-", " ") for name in variant.switches))
    are = "is" if len(variant.switches) == 1 else "are"
    return f"\n\n*This departs from the gradient: {names} {are} not corrected.*"


def _numpy_of(operation: Operation, variant: Variant) -> str:
    """Return the code of an operation; of own code, the whole of it, and a call."""
    if not isinstance(variant, OwnVariant):
        return variant.numpy
    function = next(one for one in variant.source.functions if one.name == operation.name)
    arguments = ", ".join(
        f"{name}={'lr' if name == LEARNING_RATE else name}" for name in function.arguments
    )
    call = f"{', '.join(operation.writes)} = {operation.name}({arguments})"
    return f"{variant.source.text.rstrip()}\n\n{call}"


def _training(moment: Moment, tensors: Tensors) -> Iterator[Cell]:
    yield _markdown("## Results\n\nWhat the window shows of this moment.")
    loss, output = float(tensors["E"].mean()), tensors["o"][0]
    right = float(np.mean((output > 0.5) == (moment.labels > 4)))
    checks = "\n".join(_check_call(name, tensors) for name in ("o", "dW", "dF"))
    yield _code(
        "loss = E.mean()\n"
        "accuracy = ((o > 0.5) == (y > 0.5)).mean()\n"
        "print(f'loss {loss:.6g}, accuracy {accuracy:.1%}')\n"
        f"assert np.isclose(loss, {loss!r}, rtol=TOLERANCE)\n"
        f"assert np.isclose(accuracy, {right!r})\n" + checks
    )
    if moment.iteration:
        yield _markdown("The losses and accuracies of the iterations before.")
        count = len(moment.loss)
        yield _code(
            f"losses = unpack('''\n{_packed(moment.loss)}\n''', np.float64, ({count},))\n"
            f"accuracies = unpack('''\n{_packed(moment.accuracy)}\n''', np.float64, ({count},))\n"
            "print(losses[-5:], accuracies[-5:])"
        )


def _blank(operation: Operation, code: str, *, solved: bool) -> Cell:
    """Return a cell in which an operation is to be written."""
    task = f"# From {', '.join(operation.reads)}, compute {', '.join(operation.writes)}.\n"
    cell = _code(task + (_marked(code) if solved else _gaps(operation)))
    cell["metadata"] = _graded(operation, solution=True)
    return cell


def _puzzle(operation: Operation, code: str, *, solved: bool) -> Cell:
    """Return the lines of an operation, and some that do not belong, in another order."""
    lines = [line for line in code.splitlines() if line.strip()]
    wrong = [line for line in map(_spoiled, lines) if line not in lines]
    mixed = [*lines, *wrong]
    random.Random(operation.name).shuffle(mixed)  # noqa: S311  # the same on every machine
    listed = "\n".join(f"    {line!r}," for line in mixed)
    answer = f"order = {[mixed.index(line) for line in lines]}"
    cell = _code(
        f"# Choose the lines that compute {', '.join(operation.writes)}, in their order, such as "
        f"[2, 0].\nlines = [\n{listed}\n]\n{_marked(answer) if solved else 'order = []'}\n"
        f"{_gaps(operation)}\n"  # no result of an earlier order stays
        "exec('\\n'.join(lines[number] for number in order))"
    )
    cell["metadata"] = _graded(operation, solution=True)
    return cell


def _gaps(operation: Operation) -> str:
    """Return lines after which everything that an operation writes is still to be computed."""
    return "\n".join(f"{name} = ..." for name in operation.writes)


def _marked(code: str) -> str:
    return f"### BEGIN SOLUTION\n{code}\n### END SOLUTION"


def _spoiled(line: str) -> str:
    """Return a line with a mistake that people make."""
    for right, wrong in (
        (" / delta.size", ""),
        ("delta.T", "delta.T / delta.size"),
        ("(1 - a)", "(1 + a)"),
        ("-(y - o)", "(y - o)"),
        ("- lr *", "+ lr *"),
        (".mean(", ".sum("),
        ("(3, 24, 24, -1), 0, 2", "(24, 24, 3, -1), 0, 1"),
        ("wo.T", "wo"),
        ("np.exp(-", "np.exp("),
        (" / P.shape[2]", ""),
        ("axis=(0, 1)", "axis=(1, 2)"),
        (" / 2", ""),
    ):
        if right in line:
            return line.replace(right, wrong, 1)
    return line


def _check(operation: Operation, tensors: Tensors) -> Cell:
    cell = _code("\n".join(_check_call(name, tensors) for name in operation.writes))
    cell["metadata"] = _graded(operation, solution=False)
    return cell


def _check_call(name: str, tensors: Tensors) -> str:
    """Return a call of `check` with values of a tensor spread over it, the largest among them."""
    array = np.asarray(tensors[name])
    flat = array.reshape(-1)
    indices = np.linspace(0, flat.size - 1, min(_CHECKED, flat.size)).astype(int)
    indices = np.unique([*indices, int(np.abs(flat).argmax())])
    values = ", ".join(repr(float(value)) for value in flat[indices])
    where = located_text(name, tuple(map(int, np.unravel_index(indices[-1], array.shape))))
    return (
        f"# some of its {flat.size:,} numbers, by their flat index; the last is {where}\n"
        f"check({name!r}, {name}, {array.shape}, {indices.tolist()}, [{values}])"
    )


def _graded(operation: Operation, *, solution: bool) -> dict[str, Any]:
    """Return nbgrader's metadata of an answer, or of the check after it."""
    kind = {"grade": not solution, "solution": solution, "locked": not solution, "task": False}
    about = {"grade_id": f"{operation.name}-{'answer' if solution else 'check'}"}
    points = {} if solution else {"points": 1}
    return {"nbgrader": {**about, **kind, **points, "schema_version": 3}}


def _packed(array: NDArray[Any]) -> str:
    """Write an array as text, in lines."""
    text = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    return "\n".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }
