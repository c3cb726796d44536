"""The README states the figures that `make figures` prints, and no others."""

import re
from pathlib import Path

import pytest

from cnnviz.data.source import BUNDLED, load
from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.checking.fault import Fault
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import RULES
from tests.scripts import load_script

README = Path(__file__).parents[1] / "README.md"
SECTION = r"(?ms)^## Three things to find out$(.*?)^## "
# What has digits and is no figure: code, pictures, keys, the start of every run, and σ(0).
NO_FIGURES = r"`[^`]*`|<picture>.*?</picture>|\bF\d+|\biteration 0\b|σ\(0\)"

figures = load_script("figures")


def steps(text: str) -> dict[str, str]:
    """Return the investigations' text by its steps: "0" before the first, "1" its title, "1.1" …"""
    section = re.search(SECTION, text)
    assert section is not None
    found, investigation, step = {"0": ""}, "0", "0"
    for line in re.sub(NO_FIGURES, "", section[1], flags=re.DOTALL).splitlines():
        if title := re.match(r"\*\*(\d)\. ", line):
            investigation = step = title[1]
        elif numbered := re.match(r"(\d)\. ", line):
            step = f"{investigation}.{numbered[1]}"
        found[step] = found.get(step, "") + re.sub(r"^(\*\*)?\d\. ", "", line) + "\n"
    return found


def without(text: str, value: str) -> str:
    """Remove a figure from a step, which must contain it as a whole word."""
    left, count = re.subn(rf"(?<![\w.,−]){re.escape(value)}(?![\w%]|[.,]\d)", "", text)
    assert count, f"{value!r} is not stated in: {text}"
    return left


def test_the_counts_are_those_of_the_program() -> None:
    text = README.read_text(encoding="utf-8")
    faults = [fault for fault in GALLERY if not (isinstance(fault, Fault) and fault.is_decoy)]
    for count, what in (
        (len(faults), "one of the gallery's {:,} faults"),
        (WEIGHTS, "all {:,} derivatives"),
        (WEIGHTS, "all {:,} weights"),
        (len(load(BUNDLED)), "The bundled digits, {:,} real handwritten ones"),
        (len(RULES), "train all {:,} rules"),
        (len(OPERATIONS), "of the {:,} operations of an iteration"),
    ):
        assert what.format(count) in text


def test_the_bundled_digits_figures_are_those_of_the_command() -> None:
    text = steps(README.read_text(encoding="utf-8"))
    stated = figures.bundled_figures()
    assert len(stated) == 5
    for figure in stated:
        without(text[figure.step], figure.value)


def test_the_mnist_figures_are_exactly_those_of_the_command(
    mnist_folder: Path,
) -> None:
    left = steps(README.read_text(encoding="utf-8"))
    for step, _, value in [
        *figures.bundled_figures(),
        *figures.mnist_figures(load(str(mnist_folder))),
    ]:
        left[step] = without(left[step], value)
    others = {step: re.findall(r"\S*\d\S*", text) for step, text in left.items()}
    assert {step: words for step, words in others.items() if words} == {}


def test_the_command_prints_every_figure_with_its_step(
    mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert figures.main(["--data", str(mnist_folder)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert re.search(r"^MNIST +1\.3 +filters after +−38\.4 to −31\.4$", printed.out, re.MULTILINE)
    assert re.search(r"^bundled digits +0 .* 53$", printed.out, re.MULTILINE)


def test_without_mnist_the_command_explains_how_to_name_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "is_cached", lambda: False)
    assert figures.main([]) == 0
    printed = capsys.readouterr()
    assert "MNIST " not in printed.out
    assert printed.err == "MNIST's figures are missing: name its folder with --data FOLDER.\n"
