"""Read the code of a notebook or script, as cells of Python.

What only IPython understands, magics and shell lines, is left out and reported. A notebook is
untrusted: its size is checked before it is read, and nothing in it but the source is used.
"""

import ast
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cnnviz.notebooks.errors import NotebookError

LARGEST_NOTEBOOK: Final = 64 << 20
"""Bytes; pictures in its outputs make a notebook large."""
LARGEST_SOURCE: Final = 1 << 19
"""Bytes of code."""
_MAGIC: Final = re.compile(r"\s*(?:[%!?].*|[\w.,\s]+=\s*[%!].*|[\w.]+\?{1,2}\s*)")
_HARMLESS_CELL_MAGICS: Final = ("time", "timeit", "capture", "prun")
"""Those after which the rest of the cell is Python all the same."""


@dataclass(frozen=True, slots=True)
class ScriptCell:
    """One cell of code."""

    number: int
    """Among the code cells of a notebook, from 1; 0 for a script, which is one cell."""
    source: str
    """Python; what was left out is an empty statement, so that lines keep their numbers."""
    problem: str = ""
    """Why it is not Python, in one sentence; empty if it is."""

    def line_name(self, line: int) -> str:
        """Name a line of the cell, counted from 1."""
        return f"cell {self.number}, line {line}" if self.number else f"line {line}"

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1."""
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 1 <= number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Script:
    """The code of a notebook or script."""

    name: str
    """The name of the file."""
    cells: tuple[ScriptCell, ...]
    left_out: tuple[str, ...] = ()
    """Lines that only IPython understands, with where they are."""

    def cell(self, number: int) -> ScriptCell:
        """Return the cell of a number."""
        return next(cell for cell in self.cells if cell.number == number)


def read_script(path: Path) -> Script:
    """Read a notebook (.ipynb) or a script (.py).

    Raises NotebookError if it is neither, is too large, cannot be read, or holds no code.
    """
    is_notebook = path.suffix.lower() == ".ipynb"
    if not is_notebook and path.suffix.lower() != ".py":
        raise NotebookError(
            f"{path.name} is not a notebook: name a file that ends in .ipynb or .py."
        )
    content = _content(path, LARGEST_NOTEBOOK if is_notebook else LARGEST_SOURCE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotebookError(f"{path.name} is not text in UTF-8: save it as that.") from None
    sources = _sources(path.name, text) if is_notebook else [(0, text)]
    if sum(len(source) for _, source in sources) > LARGEST_SOURCE:
        raise NotebookError(
            f"{path.name} holds more than half a megabyte of code, which is too large."
        )
    cells, left_out = [], []
    for number, source in sources:
        cell, lines = _cell(number, source.replace("\r\n", "\n").replace("\r", "\n"))
        cells.append(cell)
        left_out += [f"{cell.line_name(line)}: {text}" for line, text in lines]
    if not any(cell.source.strip() for cell in cells):
        raise NotebookError(f"{path.name} holds no code: there is nothing to run.")
    return Script(path.name, tuple(cells), tuple(left_out))


def with_source(cell: ScriptCell, source: str) -> ScriptCell:
    """Return a cell with other source, which may not be Python."""
    return ScriptCell(cell.number, source, _problem(_syntax_error(source)))


def _content(path: Path, most: int) -> bytes:
    try:
        if not path.is_file():
            raise NotebookError(f"{path} is not a file: name a notebook (.ipynb) or script (.py).")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise NotebookError(f"{path} cannot be read ({error.strerror or error}).") from None
    if len(content) > most:
        raise NotebookError(
            f"{path.name} is larger than {most / (1 << 20):g} MB, which is too large: clear the "
            "outputs of a notebook and save it again."
        )
    return content


def _sources(name: str, text: str) -> list[tuple[int, str]]:
    """Return the code cells of a notebook with their numbers."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise NotebookError(
            f"{name} is not a notebook: its JSON is broken; open it in Jupyter and save it again."
        ) from None
    if isinstance(notebook, dict) and "cells" not in notebook and notebook.get("worksheets"):
        raise NotebookError(f"{name} has an old format: open it in Jupyter and save it again.")
    cells: Any = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise NotebookError(f"{name} is not a notebook: its JSON has no list of cells.")
    sources: list[tuple[int, str]] = []
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise NotebookError(f"{name} is not a notebook: the source of a cell is not text.")
        sources.append((len(sources) + 1, source))
    return sources


def _cell(number: int, source: str) -> tuple[ScriptCell, list[tuple[int, str]]]:
    """Return a cell, and the lines of it that were left out because Python cannot parse them."""
    lines = source.split("\n")
    left_out: list[tuple[int, str]] = []
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        left_out.append((first + 1, lines[first].strip()))
        magic = lines[first][2:].split()
        if not magic or magic[0] not in _HARMLESS_CELL_MAGICS:
            return ScriptCell(number, ""), left_out
        lines[first] = ""
    while error := _syntax_error("\n".join(lines)):
        index = (getattr(error, "lineno", None) or 0) - 1
        if not (0 <= index < len(lines) and _MAGIC.fullmatch(lines[index])):
            break
        line = lines[index]
        left_out.append((index + 1, line.strip()))
        lines[index] = line[: len(line) - len(line.lstrip())] + "pass"
    return ScriptCell(number, "\n".join(lines), _problem(error)), left_out


def _syntax_error(source: str) -> Exception | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _problem(error: Exception | None) -> str:
    """Return why a source is not Python, in one sentence; empty if it is."""
    if isinstance(error, SyntaxError):
        what = (error.msg or "invalid syntax").rstrip(".")
        if "Missing parentheses in call to" in what:
            return f"Line {error.lineno} is Python 2: {what}."
        return f"Line {error.lineno} is not Python: {what}."
    return f"It is not Python: {error}." if error is not None else ""
