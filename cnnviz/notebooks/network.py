"""A network as it was recognised: its tensors, and the values of the script that hold them."""

from dataclasses import dataclass, field
from typing import Literal

from cnnviz.notebooks.activations import Activation
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import Fit, Floats, Layout

Loss = Literal["", "square", "cross-entropy"]


@dataclass(frozen=True, slots=True, eq=False)
class FoundTensor:
    """A tensor in a value of the script: ``value = scale · tensor`` in a layout."""

    value: Value
    fit: Fit

    @property
    def numbers(self) -> Floats:
        """The script's numbers, with canonical axes."""
        return self.fit.layout.numbers(self.value.array)


@dataclass(eq=False)
class RecognisedForward:
    """The forward pass as it was recognised. Canonical axes: image n, filter k, row, column."""

    X: Floats
    f: Floats
    C: Floats
    A: Floats
    activation: Activation
    within: float
    filters: Value
    filters_layout: Layout
    flipped: bool
    images: Value
    found: dict[str, list[FoundTensor]] = field(default_factory=dict)
    """By operation, the values that were found to be its result; parts have names like ``mean``."""
    wo: Floats | None = None
    weights: Value | None = None
    weights_layout: Layout | None = None
    z: Floats | None = None
    zs: Floats | None = None
    std: float = 1.0
    is_standardised: bool = False
    o: Floats | None = None
    y: Floats | None = None
    """X, f, C, A, wo, z, zs, o, y: (n, s, s), (k, m, m), (n, k, t, t) twice, (k, t, t), and (n,)
    each: the script's values if there are any, else computed from those before."""
    targets: Value | None = None
    loss: Loss = ""
    reduction: Literal["", "mean", "sum"] = ""
    loss_factor: float = 0.0
    loss_value: Value | None = None
    filter_bias: Value | None = None
    dense_bias: Value | None = None

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.X)

    @property
    def is_of_sample(self) -> bool:
        """Whether the deviation divides the squares by n − 1, with ``ddof=1``, and not by n."""
        return self.z is not None and self.n > 1 and self.std == float(self.z.std(ddof=1))

    @property
    def map_dims(self) -> tuple[int, int, int, int]:
        """Lengths of the axes of the feature maps."""
        n, k, t, _ = self.C.shape
        return n, k, t, t

    def note(self, name: str, value: Value, fit: Fit) -> None:
        """Note a value that an operation has given."""
        self.found.setdefault(name, []).append(FoundTensor(value, fit))
