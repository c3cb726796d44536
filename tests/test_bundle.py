"""The bundle's program and recipe, without the minutes that PyInstaller takes."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
BUNDLE = CHECKOUT / "resources" / "bundle"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["--version"], "cnnviz "),
        (["-c", "import sys; print(sys.argv[1:2])"], "['-c']"),
        (["-P", "-m", "this"], "The Zen of Python"),
    ],
)
def test_the_program_stands_in_for_python(words: list[str], printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, BUNDLE / "start.py", *words],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(printed)


def test_the_recipe_takes_the_resources_of_an_installation() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    resources = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert all((CHECKOUT / source).is_dir() for source in resources)
    assert set(resources.values()) == {f"cnnviz/{source}" for source in resources}
    compile((BUNDLE / "cnnviz.spec").read_text(encoding="utf-8"), "cnnviz.spec", "exec")
