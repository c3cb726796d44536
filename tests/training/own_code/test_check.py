from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import DTypeLike

from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.sandbox.limits import Limits
from cnnviz.training.own_code import process
from cnnviz.training.own_code.check import OwnCheck, check_own_code
from cnnviz.training.own_code.errors import OwnCodeError
from cnnviz.training.own_code.process import running
from cnnviz.training.own_code.report import as_dict, as_text
from cnnviz.training.own_code.source import OwnSource
from tests.numerics.samples import made_batch


def checked(text: str, n: int = 6, dtype: DTypeLike = np.float64) -> tuple[OwnCheck, str]:
    """Return the check of a source, and what it printed."""
    with running(OwnSource.parse(text)) as code:
        check = check_own_code(made_batch(n, dtype=dtype), initial_parameters(0, dtype), code, 5.0)
    return check, code.output


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_the_templates_begin_with_is_right(dtype: DTypeLike) -> None:
    source = OwnSource.parse("\n\n".join(one.template for one in SIGNATURES.values()))
    assert [function.name for function in source.functions] == [o.name for o in OPERATIONS]
    check, output = checked(source.text, dtype=dtype)
    assert check.is_right
    assert output == ""
    assert (check.failures, check.problem) == ((), "")
    assert len(check.results) == sum(len(operation.writes) for operation in OPERATIONS)
    right = iterate(made_batch(6, dtype=dtype), initial_parameters(0, dtype), EXACT, 5.0)
    for result in check.results:
        assert result.own.dtype == dtype
        np.testing.assert_array_equal(result.right, right[result.tensor])
        assert result.error.max() <= 1e-3 * max(1, np.abs(result.right).max())


WRONG = """
def dense_gradient(a, delta):
    print("n =", delta.size)
    dW = a @ delta.T / delta.size
    dW[7] += 1e-3
    return dW

def reshape(g):
    return np.moveaxis(g.reshape(3, 24, 24, -1), 0, 2).transpose(1, 0, 2, 3)
"""


def test_wrong_results_stand_beside_the_right_ones() -> None:
    check, output = checked(WRONG)
    assert not check.is_right
    wrong = {one.name: one.kind for one in check.operations if one.verdict != "right"}
    assert wrong == {"dense_gradient": None, "reshape": "permutation"}
    assert check.gradient is not None
    assert not check.gradient.dense.agrees
    result = check.results[0]
    assert (result.operation, result.tensor, result.worst) == ("dense_gradient", "dW", (7, 0))
    assert result.error[7, 0] == pytest.approx(1e-3)
    assert np.delete(result.error, 7).max() < 1e-12
    found = as_dict(check, output)
    assert found["code"]["output"].startswith("n = 6\n")
    first = found["code"]["results"][0]
    assert first["cell"] == [7, 0]
    assert first["value"] - first["right"] == pytest.approx(1e-3)
    text = as_text(check, output)
    assert "What the code printed\nn = 6\n" in text
    assert "filter 1, row 8, column 1 · dW[7, 0]: own " in text
    assert text.endswith("\nWrong: dense gradient, reshape.\n")


FAILING = """
def sigmoid(C):
    return np.full(C.shape, np.nan)

def delta(y, o, zs, std):
    return y

def dense_gradient(a, delta):
    if a.min() > 0.09 and a.max() < 0.91:  # only at the random values
        raise RuntimeError("not here")
    return a @ delta.T / delta.size

def map_gradient(wo, delta, a):
    return (wo @ delta).T * 1.0

def filter_update(f, dF, learning_rate):
    return f - learning_rate * np.transpose(dF, (1, 2))
"""


def test_what_fails_is_wrong_and_the_rest_is_judged_all_the_same() -> None:
    check, output = checked(FAILING)
    verdicts = {one.name: one.kind for one in check.operations if one.verdict == "wrong"}
    failed = ["delta", "dense_gradient", "map_gradient", "filter_update"]
    assert verdicts == {"sigmoid": None, **dict.fromkeys(failed, "error")}
    lines = {one.operation: (one.line, one.text) for one in check.failures}
    assert lines["delta"] == (5, "def delta(y, o, zs, std):")
    assert lines["dense_gradient"] == (10, 'raise RuntimeError("not here")')
    assert lines["filter_update"][0] == 17
    found = as_dict(check, output)
    by_name = {one["name"]: one for one in found["operations"]}
    assert by_name["sigmoid"]["error"] is None  # NaN
    assert by_name["delta"]["error"] is None
    assert found["gradient"]["dense"] == {"worst_relative_error": None, "verdict": "not judged"}
    assert found["symmetries"]["sum_delta"] is None
    messages = {one["operation"]: one["message"] for one in found["code"]["failures"]}
    assert "returned 1 array; it returns error_wrt_output" in messages["delta"]
    assert "G has the shape (6, 1728); (1728, 6) is right" in messages["map_gradient"]
    assert "axes don't match array" in messages["filter_update"]
    text = as_text(check, output)
    assert "  10: raise RuntimeError" in text
    assert "Own results" in text
    assert "Own results" not in as_text(replace(check, results=()), output)


def test_an_iteration_without_a_result_has_no_gradient() -> None:
    check, output = checked("def delta(y, o, zs, std):\n  return o - y, o, 0 * o / 0")
    assert check.gradient is None
    assert check.problem.startswith("delta: 6 of 6 values of delta are not finite")
    assert as_dict(check, output)["code"]["results"][-1]["value"] is None
    assert as_text(check, output).endswith("\nWrong: δ.\n")


HANGING = """
import os
def dense_gradient(a, delta):
    while True: pass

def dense_update(wo, dW, learning_rate):
    os._exit(1)

def map_gradient(wo, delta, a):
    print("still here")
    return (wo @ delta) * a * (1 - a)
"""


def test_an_operation_that_hangs_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LIMITS", Limits(seconds=0.5))
    with running(OwnSource.parse(HANGING)) as code:
        check = check_own_code(made_batch(5), initial_parameters(0), code, 5.0)
    failed = {one.operation: str(one) for one in check.failures}
    assert failed == {
        "dense_gradient": "line 4: it took longer than the 0.5 s that it may, and was stopped.",
        "dense_update": "its process ended before it returned anything (exit status 1).",
    }
    verdicts = {one.name: one.verdict for one in check.operations}
    assert (verdicts["dense_gradient"], verdicts["map_gradient"]) == ("wrong", "right")
    assert "still here" in code.output


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("import none_such\ndef error(y, o): ...", r"line 1: ModuleNotFoundError: No module", 1),
        ("def error(y, o): ...\nwhile True: pass", r"longer than the 0\.3 s", 2),
    ],
)
def test_code_that_does_not_get_as_far_as_its_functions(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str, line: int
) -> None:
    monkeypatch.setattr(process, "LIMITS", Limits(seconds=0.3))
    with (
        pytest.raises(OwnCodeError, match=message) as caught,
        running(OwnSource.parse(text)),
    ):
        pass
    assert caught.value.line == line
