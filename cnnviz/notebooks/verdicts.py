"""The verdict on each line of a script."""

from dataclasses import dataclass, field
from typing import Literal

from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.reader import Script

Verdict = Literal["right", "departs", "follows", "unknown"]


@dataclass(frozen=True, slots=True)
class WorstCell:
    """The cell in which a line's value is off most."""

    cell: tuple[int, ...]
    """Its index in the script's own array."""
    value: float
    right: float
    """value, right: the value and the right one."""


@dataclass(frozen=True, slots=True, eq=False)
class LineComparison:
    """The part of a line's value around its worst cell, beside the right one."""

    value: Floats
    right: Floats
    """value, right: a picture (rows, columns), or a number for each image (n,)."""
    caption: str
    """Says which part it is."""


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The verdict on one line as far as one operation is concerned."""

    cell: int
    line: int
    """cell, line: of the notebook, from 1; the cell is 0 in a script."""
    name: str
    """The name to which the line assigns a value."""
    operation: str | None
    """Which operation of the network it carries out, if that was recognised."""
    verdict: Verdict
    """Follows: it is right in itself, but computed from what departs."""
    kind: str | None = None
    """The kind of departure."""
    why: str = ""
    suggestion: str = ""
    """why, suggestion: in words; the suggestion uses the script's own names."""
    worst: WorstCell | None = None
    shape: tuple[int, ...] = ()
    """The shape of its value."""
    comparison: LineComparison | None = None
    move_before: tuple[int, int] | None = None
    """Cell and line of the statement before which the line belongs, if it comes too late."""
    actual: Floats | None = field(default=None, compare=False, repr=False)
    right: Floats | None = field(default=None, compare=False, repr=False)
    """actual, right: its whole value and the right one, if these are known, with the axes image,
    filter, row and column, as far as it has them. Rows and columns are those of
    `Recognised.images`."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """The network of a script, at the beginning of the iteration that was judged."""

    images: Floats
    """Shape (n, s, s)."""
    targets: Floats
    """Shape (n,)."""
    filters: Floats
    """Shape (k, m, m)."""
    weights: Floats
    """Shape (k, t, t)."""
    learning_rate: float | None
    next_filters: Floats | None
    next_weights: Floats | None
    """next_filters, next_weights: the parameters after their updates, if these were found."""
    activation: str
    """The activation of the feature maps."""
    loss: str
    """Either "square" or "cross-entropy"; empty if it was not found."""
    is_standardised: bool
    is_flipped: bool
    has_biases: bool
    """is_standardised, is_flipped, has_biases: whether z is standardised, whether the filters are
    turned by 180° as in a convolution proper, and whether anything has a bias."""


@dataclass(frozen=True, slots=True)
class ScriptJudgement:
    """The judgement of a script."""

    script: Script
    lines: tuple[LineVerdict, ...]
    """The verdicts on lines, in the order in which the script runs them."""
    first: LineVerdict | None
    """The first that departs."""
    understood: float
    """Share of the operations of such a network that were recognised."""
    has_forward: bool
    """Whether the forward pass was understood as far as the output."""
    stopped: str
    """Why the script did not come to its end; empty if it did."""
    notes: tuple[str, ...]
    """Remarks on statements left out and modules replaced by stand-ins."""
    network: Recognised | None = None
    """The network, if its forward pass and its targets were found."""
    data: tuple[str, ...] = ()
    """Findings on the data and the first weights, in sentences."""
    classes: int = 0
    """Outputs of each image, if they are those of a softmax, else 0."""
    not_understood: tuple[str, ...] = ()
    """The operations of such a network that were not recognised."""

    @property
    def departing(self) -> tuple[LineVerdict, ...]:
        """The lines that depart."""
        return tuple(line for line in self.lines if line.verdict == "departs")
