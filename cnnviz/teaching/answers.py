"""Answers that are kept on this machine: one line of a CSV file for each."""

import csv
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final, Self

from cnnviz.csv_text import csv_text
from cnnviz.teaching.errors import AnswerError

_LARGEST: Final = 20_000_000
"""Bytes of a file of answers that is read."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer to one question."""

    time: str
    """The time in UTC, as ISO 8601 writes it."""
    sitting: str
    """Names the time that the lesson was gone through: its first answer's."""
    lesson: str
    question: str
    kind: str
    answer: str
    confidence: str
    """One of `cnnviz.teaching.lesson.CONFIDENCES`."""
    right: bool
    truth: str

    @classmethod
    def from_row(cls, row: list[str]) -> Self | None:
        """Return the record of a line; None if the line is not whole."""
        if len(row) != len(HEADER) or row[_RIGHT] not in _TRUTHS:
            return None
        values = [*row[:_RIGHT], row[_RIGHT] == _TRUTHS[1], *row[_RIGHT + 1 :]]
        return cls(*values)  # type: ignore[arg-type]  # in the order of the fields


HEADER: Final = tuple(field.name for field in fields(AnswerRecord))
_RIGHT: Final = HEADER.index("right")
_TRUTHS: Final = ("False", "True")


def append_answer(path: Path, record: AnswerRecord) -> None:
    """Append an answer to the file, which is made if it is missing, and see that it is on disk.

    Raises AnswerError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check(path)
        with path.open("a+b") as file:
            start = "" if file.tell() else as_csv(())
            if file.tell():
                file.seek(-1, os.SEEK_END)
                start = "" if file.read(1) == b"\n" else "\r\n"  # the last write was cut off
            file.write((start + _lines([record])).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise AnswerError(
            f"the answer cannot be kept in {path} ({error.strerror or error})."
        ) from None


def read_answers(path: Path) -> tuple[AnswerRecord, ...]:
    """Return the answers of a file, without lines that are not whole; none without a file.

    Raises AnswerError if the file cannot be read.
    """
    try:
        _check(path)
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode(errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise AnswerError(
            f"the answers in {path} cannot be read ({error.strerror or error})."
        ) from None
    records: list[AnswerRecord] = []
    with suppress(csv.Error):
        rows = csv.reader(io.StringIO(text, newline=""))
        records.extend(filter(None, map(AnswerRecord.from_row, rows)))
    return tuple(records)


def _check(path: Path) -> None:
    """Refuse what is not a file: a pipe would block."""
    if path.exists() and not path.is_file():
        raise AnswerError(f"{path} is not a file: move it away, so that answers can be kept.")


def as_csv(records: Iterable[AnswerRecord]) -> str:
    """Return answers as CSV with a header."""
    return _lines([HEADER]) + _lines(records)


def _lines(rows: Iterable[AnswerRecord | tuple[str, ...]]) -> str:
    return csv_text(row if isinstance(row, tuple) else map(str, astuple(row)) for row in rows)
