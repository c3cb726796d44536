"""The result of a hunt as a small JSON file, and its confirmation by computing it again.

A result holds the moves and what follows from them: what was hidden, whether the answer is right,
the cost, and a sum over all of it. A change by hand does not go together with the rest. It is no
signature: somebody who computes the rest again can write any result.
"""

import csv
import hashlib
import io
import json
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cnnviz.atomic_file import write_whole
from cnnviz.data.reading import explained, file_mode
from cnnviz.training.hunt.cases import EDITION
from cnnviz.training.hunt.errors import HuntError, ResultFileError
from cnnviz.training.hunt.hunt import NOTHING, Hunt, Look, reveal

FORMAT: Final = "cnnviz hunt"
LARGEST: Final = 64 << 10
"""Bytes of a result file."""
LONGEST_NAME: Final = 100
"""Characters of a person's name."""
COLUMNS: Final = (
    *("file", "confirmed", "person", "number", "hidden", "place_right", "answer_right", "sure"),
    *("brier", "cost", "looks", "hints", "problem"),
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The result of verifying one file."""

    path: Path
    hunt: Hunt | None
    """None if the file is not a result."""
    person: str
    """Who played, as the file says."""
    problem: str
    """Why it is not confirmed; empty if it is."""

    @property
    def row(self) -> dict[str, Any]:
        """The values of `COLUMNS`."""
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
        row |= {"file": self.path.name, "confirmed": not self.problem, "problem": self.problem}
        if self.hunt is not None:
            outcome = _outcome(self.hunt)
            row |= {
                "person": self.person,
                "number": self.hunt.number,
                **{name: outcome[name] for name in ("hidden", "place_right", "answer_right")},
                "sure": self.hunt.sure,
                "brier": outcome["brier"],
                "cost": outcome["cost"],
                "looks": len(self.hunt.looks),
                "hints": self.hunt.hints,
            }
        return row


def write_result(path: Path, hunt: Hunt, person: str) -> None:
    """Write the result of a revealed hunt.

    Raises
    ------
    HuntError
        If the answer is not complete.
    UnwritableFileError
        If the file cannot be written.
    """
    write_whole(path, as_bytes(hunt, person))


def as_bytes(hunt: Hunt, person: str) -> bytes:
    """Return the content of the file of a revealed hunt.

    Raises
    ------
    HuntError
        If the answer is not complete.
    """
    contents = _with_sum(_contents(hunt, person))
    return (json.dumps(contents, indent=1, ensure_ascii=False) + "\n").encode()


def confirm(path: Path) -> Confirmation:
    """Compute a result again and compare it with what its file says.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    try:
        stored = _read(path)
        hunt, person = _hunt(stored), _text(stored, "person")[:LONGEST_NAME]
        right = _with_sum(_contents(hunt, person))
    except (ResultFileError, HuntError) as error:
        return Confirmation(path, None, "", str(error))
    for name, value in right.items():
        if stored.get(name) != value:
            problem = f"its {name} is not what follows from its moves: it was changed."
            return Confirmation(path, hunt, person, problem)
    return Confirmation(path, hunt, person, "")


def as_csv(confirmations: Iterable[Confirmation]) -> str:
    """Return confirmations as CSV, with a line of headings."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows({name: _cell(v) for name, v in one.row.items()} for one in confirmations)
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a value as a spreadsheet takes it: yes or no, and no text that it takes for more."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _contents(hunt: Hunt, person: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "edition": EDITION,
        "number": hunt.number,
        "person": person[:LONGEST_NAME],
        "looks": [[look.instrument, look.operation] for look in hunt.looks],
        "hints": hunt.hints,
        "answer": {"place": hunt.place, "title": hunt.title, "sure": hunt.sure},
        "outcome": _outcome(hunt),
    }


def _outcome(hunt: Hunt) -> dict[str, Any]:
    revealed = reveal(hunt)
    return {
        "hidden": revealed.fault.name if revealed.fault else NOTHING,
        "place_right": revealed.place_right,
        "answer_right": revealed.is_right,
        "brier": round(revealed.brier, 4),
        "cost": hunt.cost,
    }


def _with_sum(contents: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(contents, sort_keys=True)
    return {**contents, "sum": hashlib.sha256(text.encode()).hexdigest()}


def _read(path: Path) -> dict[str, Any]:
    if not stat.S_ISREG(file_mode(path)):
        raise ResultFileError("it is not a file.")
    with explained(path), path.open("rb") as file:
        data = file.read(LARGEST + 1)
    try:
        stored = json.loads(data) if len(data) <= LARGEST else None
    except (ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise ResultFileError(
            "it is not the result of a hunt: name a file that `cnnviz check --hunt` wrote."
        )
    if stored.get("edition") != EDITION:
        raise ResultFileError(
            f"it is of edition {stored.get('edition')!s:.20}, and this cnnviz has {EDITION}."
        )
    return stored


def _hunt(stored: dict[str, Any]) -> Hunt:
    """Return the hunt whose moves a file holds, each made again.

    Raises
    ------
    HuntError
        If a move was not possible.
    ResultFileError
        If they are not moves.
    """
    answer, looks, hints = stored.get("answer"), stored.get("looks"), stored.get("hints")
    if not isinstance(answer, dict) or not isinstance(looks, list) or type(hints) is not int:
        raise ResultFileError("its looks, hints or answer are missing.")
    number, sure = stored.get("number"), answer.get("sure")
    if type(number) is not int or type(sure) is not int:
        raise ResultFileError("its number, or how sure the answer is, is missing.")
    hunt = Hunt(number)
    for look in looks:
        if not isinstance(look, list) or [type(name) for name in look] != [str, str]:
            raise ResultFileError("its looks are not pairs of an instrument and an operation.")
        hunt = hunt.look(Look(*look))
    for _ in range(min(max(hints, 0), 100)):
        hunt = hunt.hint()
    hunt = hunt.name_place(_text(answer, "place"))
    if hunt.phase == "named":
        hunt = hunt.explain(_text(answer, "title"))
    return hunt.be_sure(sure)


def _text(mapping: dict[str, Any], name: str) -> str:
    value = mapping.get(name)
    if not isinstance(value, str):
        raise ResultFileError(f"its {name} is missing.")
    return value
