"""Another Python than the program's own: used with its own packages, or refused in a sentence."""

import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli import main
from cnnviz.sandbox.errors import InterpreterError
from cnnviz.sandbox.interpreter import check_interpreter


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python in a virtual environment without any package."""
    folder = tmp_path_factory.mktemp("another")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


@pytest.mark.skipif(sys.platform == "win32", reason="its environments are laid out differently")
def test_a_script_is_run_by_the_python_that_is_named_with_its_packages(
    another: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "mine.py"
    script.write_text("import only_there, sys\nprint(only_there.name, sys.executable)\n")
    arguments = ["check", str(script), "--run", "--data", "bundled", "--python", str(another)]
    assert main(arguments) == 2
    assert f"{another} has no numpy: install numpy for it" in capsys.readouterr().err
    (packages,) = another.parents[1].glob("lib/python*/site-packages")
    (packages / "numpy.pth").write_text(f"{Path(np.__file__).parents[1]}\n")
    (packages / "only_there.py").write_text("name = 'from there'\n")
    assert main(arguments) == 2  # it ran, and is no network
    printed = capsys.readouterr().err
    assert f"from there {another}" in printed
    assert "no such convolution was found" in printed


def test_what_is_no_python_or_an_old_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="is not a Python that can be run"):
        check_interpreter(tmp_path / "missing")
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho 3 9\n")
    old.chmod(0o755)
    with pytest.raises(InterpreterError, match=r"is Python 3\.9: name one of 3\.11 or later"):
        check_interpreter(old)


def test_it_is_only_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--python", sys.executable]) == 2
    assert "--python runs a notebook" in capsys.readouterr().err
