"""The check of own code, as text for people and as JSON for programs."""

from typing import Any, Final

from cnnviz.numerics.checking.report import (
    finite,
    gradient_as_text,
    operations_as_text,
    parts_as_dict,
    symmetries_as_text,
)
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.tensors import located_text
from cnnviz.training.own_code.check import OwnCheck, OwnResult

RIGHTS: Final = "This code runs with your rights; its limits guard against accidents only."


def as_dict(checked: OwnCheck, output: str) -> dict[str, Any]:
    """Return the check as `cnnviz check --code FILE.py --json` writes it.

    `output` is what the code has printed.
    """
    return {
        **parts_as_dict(checked.operations, checked.gradient, checked.symmetries),
        "code": {
            "results": [
                {
                    "operation": result.operation,
                    "tensor": result.tensor,
                    "cell": list(result.worst),
                    "value": finite(result.own[result.worst]),
                    "right": finite(result.right[result.worst]),
                }
                for result in checked.results
            ],
            "failures": [
                {
                    "operation": failure.operation,
                    "line": failure.line,
                    "text": failure.text,
                    "message": str(failure),
                }
                for failure in checked.failures
            ],
            "problem": checked.problem,
            "output": output,
        },
    }


def as_text(checked: OwnCheck, output: str) -> str:
    """Return the check as a person reads it."""
    own = {
        *(one.operation for one in checked.results),
        *(one.operation for one in checked.failures),
    }
    parts = [
        *(f"What the code printed\n{output.rstrip()}\n" for _ in range(bool(output.strip()))),
        operations_as_text(one for one in checked.operations if one.name in own),
    ]
    if checked.results:
        title = "Own results beside the right ones, where they differ most\n"
        parts.append(title + "".join(map(_result_line, checked.results)))
    if checked.gradient and checked.symmetries:
        parts += [gradient_as_text(checked.gradient), symmetries_as_text(checked.symmetries)]
    parts += [f"  {one.line}: {one.text}\n" for one in checked.failures if one.text]
    return "\n".join((*parts, _conclusion(checked), ""))


def _result_line(result: OwnResult) -> str:
    own, right = (float(array[result.worst]) for array in (result.own, result.right))
    where = located_text(result.tensor, result.worst)
    return f"  {where}: own {plain(own, 6)}, right {plain(right, 6)}\n"


def _conclusion(checked: OwnCheck) -> str:
    wrong = [TITLES[one.name] for one in checked.operations if one.verdict == "wrong"]
    if wrong:
        return f"Wrong: {', '.join(wrong)}."
    if checked.problem:
        return f"There is no iteration with this code: {checked.problem}"
    if not checked.is_right:
        return "No operation is wrong, but the step is not along the gradient."
    return "Everything is right: with this code, the backward pass is the gradient."
