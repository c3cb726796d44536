"""The errors of the arithmetic, one class for each kind."""


class NumericsError(Exception):
    """An iteration that has no meaningful result.

    `operation` names the operation of one iteration in which it happened. `message` is one
    sentence: what is wrong, and what would be right.
    """

    def __init__(self, operation: str, message: str) -> None:
        super().__init__(message)
        self.operation = operation


class SingleImageError(NumericsError):
    """A batch of one image: its z has no deviation, so it cannot be standardised."""


class ZeroDeviationError(NumericsError):
    """All z of the batch are equal, so dividing by their standard deviation is undefined."""


class NonFiniteError(NumericsError):
    """An operation produced NaN or infinity."""


class NoBatchStatisticsError(NumericsError):
    """A picture outside the batch was shown before any batch gave a mean and a deviation."""


class ShapeError(ValueError):
    """An array that does not have the shape that the network takes."""
