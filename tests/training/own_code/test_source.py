from pathlib import Path

import pytest

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.signatures import SIGNATURES, operations_as_list, operations_as_text
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.own_code.errors import SourceError
from cnnviz.training.own_code.source import LONGEST, OwnSource, read_source


def test_operations_are_found_in_the_order_in_which_they_run() -> None:
    text = """import os
def filter_update(f, *, dF, learning_rate=3):
    return f
def helper(x): return x
class map_gradient: pass
def dense_gradient(a, delta): return a @ delta.T
raise SystemExit  # nothing of it is run
"""
    source = OwnSource.parse(text, "mine.py")
    assert [(f.name, f.arguments, f.line) for f in source.functions] == [
        ("dense_gradient", ("a", "delta"), 6),
        ("filter_update", ("f", "dF", "learning_rate"), 2),
    ]
    assert source.functions[0].text == "def dense_gradient(a, delta): return a @ delta.T"
    assert source.digest != OwnSource.parse(text + "#", "mine.py").digest


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def dense_gradient(a, delta)\n  return a", 1, "this is not Python: expected ':'"),
        ("\0", None, "this is not Python"),
        ("x = " + "(" * 5000, None, "this is not Python"),
        (
            "def gradient(a): return a",
            None,
            r"defines no operation: .* `def dense_gradient\(a, del",
        ),
        ("\ndef dense_gradient(a, P): pass", 2, r"does not read P: it may take a, delta, learni"),
        ("def dense_gradient(*a): pass", 1, r"by name: `def dense_gradient\(a, delta\):`"),
        ("def dense_gradient(a, /, delta): pass", 1, "by name"),
        ("#" * (LONGEST + 1), None, "200,000 are the most"),
    ],
)
def test_source_that_cannot_be_used(text: str, line: int | None, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        OwnSource.parse(text)
    assert caught.value.line in {line, 1} if line is None else caught.value.line == line


def test_files_that_are_no_source(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_bytes(b"\xef\xbb\xbfdef error(y, o): ...")
    assert read_source(path) == "def error(y, o): ..."
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="not text in UTF-8"):
        read_source(path)
    path.write_bytes(b" " * (LONGEST + 1))
    with pytest.raises(SourceError, match="longer than"):
        read_source(path)
    with pytest.raises(SourceError, match="not a file"):
        read_source(tmp_path)


def test_the_list_of_operations_says_what_each_takes_and_returns() -> None:
    listed = operations_as_list()
    assert [one["name"] for one in listed] == [operation.name for operation in OPERATIONS]
    by_name = {one["name"]: one for one in listed}
    assert by_name["map_gradient"]["arguments"] == [
        {"name": "wo", "shape": "(1728, 1)"},
        {"name": "delta", "shape": "(1, n)"},
        {"name": "a", "shape": "(1728, n)"},
    ]
    assert by_name["filter_update"]["arguments"][-1] == {"name": "learning_rate", "shape": "()"}
    assert [one["name"] for one in by_name["delta"]["results"]] == [
        "error_wrt_output",
        "output_wrt_z",
        "delta",
    ]
    for one in SIGNATURES.values():
        assert set(one.arguments) - {"learning_rate"} <= TENSORS.keys()
        assert one.header in operations_as_text()
