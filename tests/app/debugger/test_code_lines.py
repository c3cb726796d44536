"""Line breaks of code in narrow widgets."""

import pytest

from cnnviz.app.debugger.code_lines import broken_code
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=["notebook", "exact"])
@pytest.mark.parametrize("columns", [28, 40, 100])
def test_lines_fit_and_no_text_is_lost(rule: Rule, columns: int) -> None:
    for operation in OPERATIONS:
        for line in operation.variant(rule).numpy.splitlines():
            parts = broken_code(line, columns)
            assert max(map(len, parts)) <= columns
            assert "".join(parts).replace(" ", "") == line.replace(" ", "")
            assert all(part.startswith("    ") for part in parts[1:])


def test_a_line_is_broken_after_a_separator() -> None:
    line = "C = np.tensordot(P, f, axes=((3, 4), (0, 1))).transpose(2, 3, 0, 1)"
    assert broken_code(line, 30) == [
        "C = np.tensordot(P, f,",
        "    axes=((3, 4), (0, 1)))",
        "    .transpose(2, 3, 0, 1)",
    ]
    assert broken_code(line, 70) == [line]


def test_a_long_name_is_broken_anywhere() -> None:
    assert broken_code("x" * 20, 12) == ["x" * 12, "    " + "x" * 8]
