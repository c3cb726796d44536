"""The verdict on each line of a script."""

from dataclasses import dataclass, field
from typing import Literal

from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.reader import Script

Verdict = Literal["right", "departs", "follows", "unknown"]


@dataclass(frozen=True, slots=True)
class WorstCell:
    """The cell in which a line's value is off most.

    Attributes
    ----------
    cell : tuple of int
        Its index in the script's own array.
    value, right : float
        The value and the right one.
    """

    cell: tuple[int, ...]
    value: float
    right: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The part of a line's value around its worst cell, beside the right one.

    Attributes
    ----------
    value, right : ndarray of float64
        A picture (rows, columns), or a number for each image (n,).
    caption : str
        Which part it is.
    """

    value: Floats
    right: Floats
    caption: str


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The verdict on one line as far as one operation is concerned.

    Attributes
    ----------
    cell, line : int
        Of the notebook, from 1; the cell is 0 in a script.
    name : str
        The name to which the line assigns a value.
    operation : str or None
        Which operation of the network it carries out, if that was recognised.
    verdict : str
        Right; departs; follows, that is, right in itself but computed from what departs; unknown.
    kind : str or None
        The kind of departure.
    why, suggestion : str
        In words; the suggestion uses the script's own names.
    shape : tuple of int
        Of its value.
    move_before : (int, int) or None
        Cell and line of the statement before which the line belongs, if it comes too late.
    actual, right : ndarray of float64, or None
        Its whole value and the right one, if these are known, with the axes image, filter, row
        and column, as far as it has them. Rows and columns are those of `Recognised.images`.
    """

    cell: int
    line: int
    name: str
    operation: str | None
    verdict: Verdict
    kind: str | None = None
    why: str = ""
    suggestion: str = ""
    worst: WorstCell | None = None
    shape: tuple[int, ...] = ()
    comparison: Comparison | None = None
    move_before: tuple[int, int] | None = None
    actual: Floats | None = field(default=None, compare=False, repr=False)
    right: Floats | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """The network of a script, at the beginning of the iteration that was judged.

    Attributes
    ----------
    images : ndarray of float64, shape (n, s, s)
    targets : ndarray of float64, shape (n,)
    filters : ndarray of float64, shape (k, m, m)
    weights : ndarray of float64, shape (k, t, t)
    next_filters, next_weights : ndarray of float64, or None
        The parameters after their updates, if these were found.
    activation : str
        The activation of the feature maps.
    loss : str
        "square", "cross-entropy", or empty if it was not found.
    is_standardised, is_flipped, has_biases : bool
        Whether z is standardised, whether the filters are turned by 180° as in a convolution
        proper, and whether anything has a bias.
    """

    images: Floats
    targets: Floats
    filters: Floats
    weights: Floats
    learning_rate: float | None
    next_filters: Floats | None
    next_weights: Floats | None
    activation: str
    loss: str
    is_standardised: bool
    is_flipped: bool
    has_biases: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of a script.

    Attributes
    ----------
    lines : tuple of LineVerdict
        In the order in which the script runs them.
    first : LineVerdict or None
        The first that departs.
    understood : float
        Share of the operations of such a network that were recognised.
    has_forward : bool
        Whether the forward pass was understood as far as the output.
    stopped : str
        Why the script did not come to its end; empty if it did.
    notes : tuple of str
        Remarks on statements left out and modules replaced by stand-ins.
    network : Recognised or None
        The network, if its forward pass and its targets were found.
    """

    script: Script
    lines: tuple[LineVerdict, ...]
    first: LineVerdict | None
    understood: float
    has_forward: bool
    stopped: str
    notes: tuple[str, ...] = ()
    network: Recognised | None = None

    @property
    def departing(self) -> tuple[LineVerdict, ...]:
        """The lines that depart."""
        return tuple(line for line in self.lines if line.verdict == "departs")
