"""Errors of a person's own code."""

from cnnviz.numerics.errors import NumericsError
from cnnviz.training.errors import TrainingError


class SourceError(TrainingError):
    """Own code that cannot be used, found before any of it runs.

    `message` is one sentence: what is wrong, and what would be right. `line` is that of the code,
    from 1.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class OwnCodeError(NumericsError):
    """Own code that came to no result when it ran.

    Parameters
    ----------
    operation : str
        The operation that it replaces.
    message : str
        One sentence.
    line : int or None
        The line of the code, from 1, if it is known.
    text : str
        That line.
    """

    def __init__(
        self, operation: str, message: str, line: int | None = None, text: str = ""
    ) -> None:
        super().__init__(operation, message if line is None else f"line {line}: {message}")
        self.line = line
        self.text = text
