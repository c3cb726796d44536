"""Errors of lessons."""

from pathlib import Path


class TeachingError(Exception):
    """A refused request; the message says what is wrong and what would be right."""


class LessonError(TeachingError):
    """Something wrong in a lesson file.

    Parameters
    ----------
    line, column : int
        Where it stands, both from 1.
    message : str
        One sentence: what is wrong, and what would be right.
    others : tuple of LessonError
        What is wrong further down in the same file.
    """

    def __init__(
        self,
        line: int,
        column: int,
        message: str,
        path: Path | None = None,
        others: tuple["LessonError", ...] = (),
    ) -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.path = line, column, message, path
        self.others = others

    def in_file(self, path: Path) -> "LessonError":
        """Return the same error, and its others, with the file that they are in."""
        others = tuple(other.in_file(path) for other in self.others)
        return LessonError(self.line, self.column, self.message, path, others)

    def __str__(self) -> str:
        start = f"{self.path}:" if self.path else ""
        return f"{start}{self.line}:{self.column}: {self.message}"


class ExpressionError(TeachingError):
    """An expression that cannot be evaluated.

    `column` is that of the first character that is wrong, from 0.
    """

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.column = column


class AnswerError(TeachingError):
    """An answer that does not fit its question, or answers that cannot be kept or read."""
