"""Exported notebooks, executed: they need numpy alone and compute what the window shows."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.network import Parameters
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.training.errors import ExportError
from cnnviz.training.export.moment import Moment
from cnnviz.training.export.notebook import as_notebook
from cnnviz.training.files.recorder import record
from cnnviz.training.own_code.source import OwnSource, own_variant, variants_not_run
from cnnviz.training.pixels import Pixel
from cnnviz.training.settings import Settings

SETTINGS = Settings(subset=8, learning_rate=5.0)


@cache
def moment(rule: Rule = NOTEBOOK, iterations: int = 2) -> Moment:
    run = record(bundled_digits(), replace(SETTINGS, rule=rule), iterations).run
    return Moment.of_run(run, bundled_digits())


def cells(text: str) -> list[dict[str, Any]]:
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    found: list[dict[str, Any]] = notebook["cells"]
    return found


def code_of(text: str) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(text) if cell["cell_type"] == "code"]


def executed(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for code in code_of(text):
        exec(code, names)  # noqa: S102
    return names


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_every_rule_computes_every_tensor(rule: Rule) -> None:
    at = moment(rule)
    names = executed(as_notebook(at))
    tensors = iterate(at.batch, at.parameters, rule, 5.0)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(names[name], tensor, rtol=1e-9, atol=1e-15, err_msg=name)
    assert names["loss"] == pytest.approx(tensors["E"].mean(), rel=1e-12)
    assert names["losses"].tolist() == at.loss.tolist()


def test_what_departs_from_the_gradient_is_said() -> None:
    texts = ["".join(cell["source"]) for cell in cells(as_notebook(moment(NOTEBOOK)))]
    (text,) = (text for text in texts if text.startswith("### map gradient"))
    assert "departs from the gradient: update order is not corrected." in text
    assert sum("departs from" in text for text in texts) == 6
    assert "departs from" not in as_notebook(moment(EXACT))


@pytest.mark.parametrize("iterations", [0, 2])
def test_what_a_fault_keeps_of_the_iteration_before_is_in_it(iterations: int) -> None:
    at = moment(FAULT_NAMED["gradient-kept"].rule, iterations)
    names = executed(as_notebook(at))
    assert (at.last != {}) is (iterations > 0)
    tensors = iterate(at.batch, at.parameters, at.settings.rule, 5.0, at.last)
    np.testing.assert_allclose(names["dW"], tensors["dW"], rtol=1e-9, atol=1e-15)


def test_own_code_is_written_whole_and_called_and_needs_leave_to_run() -> None:
    text = "FACTOR = 3\n\ndef map_gradient(a, delta, wo):\n    return FACTOR * (wo @ delta)\n"
    source = OwnSource.parse(text)
    variant = own_variant(source, source.functions[0], lambda t, _: (3 * (t["wo"] @ t["delta"]),))
    rule = Rule(frozenset({variant}))
    at = moment(EXACT)
    own = replace(at, settings=replace(at.settings, rule=rule))
    names = executed(as_notebook(own))
    np.testing.assert_allclose(names["G"], 3 * (names["wo"] @ names["delta"]))
    refused = replace(
        own, settings=replace(at.settings, rule=Rule(frozenset(variants_not_run(source))))
    )
    with pytest.raises(ExportError, match="--run-code"):
        as_notebook(refused)


def test_a_state_without_a_result_is_refused() -> None:
    at = moment()
    equal = Parameters(at.parameters.f, np.zeros_like(at.parameters.wo))
    with pytest.raises(ExportError, match=r"iteration 2 has no result .*standardise: all 8"):
        as_notebook(replace(at, parameters=equal))


def test_it_runs_where_there_is_only_numpy(tmp_path: Path) -> None:
    code = "\n".join(code_of(as_notebook(moment())))
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {
        *("base64", "zlib", "numpy")
    }
    file = tmp_path / "moment.py"
    file.write_text(code, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "dF is right." in done.stdout


def test_single_precision_and_drawn_pixels() -> None:
    pixels = (Pixel(1, 3, 4, 200),)
    settings = replace(SETTINGS, dtype="float32", pixels=pixels, rule=EXACT)
    run = record(bundled_digits(), settings, 1).run
    names = executed(as_notebook(Moment.of_run(run, bundled_digits())))
    assert names["X"].dtype == np.float32
    assert names["images"][1, 3, 4] == 200


@pytest.mark.parametrize("name", [operation.name for operation in OPERATIONS])
def test_a_blank_and_a_puzzle_pass_if_they_are_solved_and_fail_as_they_are(name: str) -> None:
    at = moment(EXACT)
    for kind in ("blanks", "puzzles"):
        executed(as_notebook(at, **{kind: [name]}, solutions=True))  # type: ignore[arg-type]
        with pytest.raises((AssertionError, NameError, TypeError, AttributeError)):
            executed(as_notebook(at, **{kind: [name]}))  # type: ignore[arg-type]


def test_a_puzzle_keeps_no_result_of_an_earlier_order() -> None:
    """Else the check would pass for any order after the right one."""
    codes = code_of(as_notebook(moment(EXACT), puzzles=["filter_gradient"]))
    at = next(at for at, code in enumerate(codes) if "order = []" in code)
    names: dict[str, object] = {}
    for code in codes[:at]:
        exec(code, names)  # noqa: S102
    names["dF"] = "of an earlier order"
    exec(codes[at], names)  # noqa: S102
    with pytest.raises(AssertionError, match="dF is still to be computed"):
        exec(codes[at + 1], names)  # noqa: S102


WRONG = [
    ("dense_gradient", "dW = a @ delta.T"),
    ("dense_gradient", "dW = 2 * (a @ delta.T / delta.size)"),
    ("dense_gradient", "dW = -(a @ delta.T / delta.size)"),
    ("dense_gradient", "dW = a[:, -1:] @ delta[:, -1:].T / delta.size"),
    ("map_gradient", "G = (wo @ delta) * a"),
    ("map_gradient", "G = wo @ delta"),
    ("map_gradient", "G = (wo_next @ delta) * (a * (1 - a))"),
    ("map_gradient", "G = (wo @ delta) * (a + (1 - a))"),
    ("map_gradient", "G = (wo @ delta) * (a * (1 - a)) ** 2"),
    ("reshape", "M = g.reshape(24, 24, 3, -1)"),
    ("reshape", "M = np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2).swapaxes(0, 1)"),
    ("reshape", "M = np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2)[:, :, ::-1]"),
    ("filter_gradient", "dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2)))"),
    (
        "filter_gradient",
        "dF = np.tensordot(M, P, axes=((0, 1, 3), (0, 1, 2)))[:, ::-1, ::-1] / P.shape[2]",
    ),
    ("filter_gradient", "dF = np.tensordot(M, P, axes=((1, 0, 3), (0, 1, 2))) / P.shape[2]"),
    ("standardise", "mean = z.mean(keepdims=True)\nstd = z.std(keepdims=True)\nzs = z - mean"),
    ("dense_update", "wo_next = wo + lr * dW"),
    ("dense_update", "wo_next = wo"),
    ("filter_update", "f_next = f - lr * dF.transpose(2, 1, 0)"),
    ("error", "E = (y - o) ** 2"),
    ("sigmoid", "A = np.tanh(C)"),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_fail(name: str, answer: str) -> None:
    found = cells(as_notebook(moment(EXACT), blanks=[name]))
    for cell in found:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{name}-answer":
            cell["source"] = [answer]
    code = "\n".join("".join(c["source"]) for c in found if c["cell_type"] == "code")
    end = code.index(answer) + len(answer)
    until_check = code[: code.index("check(", end)]
    with pytest.raises(AssertionError, match=r"is wrong|has the shape"):
        exec(code, {})  # noqa: S102
    exec(until_check, {})  # noqa: S102  # nothing fails before the check of the answer


def test_cells_have_nbgrader_metadata() -> None:
    found = cells(as_notebook(moment(), ["delta"]))
    answer, check = (c["metadata"]["nbgrader"] for c in found if c["metadata"])
    assert (answer["grade_id"], answer["solution"]) == ("delta-answer", True)
    assert not answer["grade"]
    assert (check["grade_id"], check["locked"], check["points"]) == ("delta-check", True, 1)
    assert "BEGIN SOLUTION" not in as_notebook(moment(), ["delta"])
    assert "BEGIN SOLUTION" in as_notebook(moment(), ["delta"], solutions=True)


def test_what_cannot_be_exported_is_refused() -> None:
    run = record(bundled_digits(), SETTINGS, 1).run
    with pytest.raises(ExportError, match="choose one of 0 to 1"):
        Moment.of_run(run, bundled_digits(), 2)
    with pytest.raises(ExportError, match="no operation is called convolve"):
        as_notebook(moment(), ["convolve"])
