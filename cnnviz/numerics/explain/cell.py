"""One number of one tensor, and the iteration that it stands in."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.explain.explanation import Explanation, Numbers, Picture, Term
from cnnviz.numerics.names import index_words
from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.number_format import SHOWN, latex, product, total
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import Rule

_LATEX: Final = {
    "wo": r"\mathrm{wo}",
    "wo_next": r"\mathrm{wo}'",
    "f_next": "f'",
    "zs": r"\hat{z}",
    "mean": r"\mathrm{mean}\,z",
    "std": r"\mathrm{std}\,z",
    "error_wrt_output": r"\frac{\partial E_{#}}{\partial o_{#}}",
    "output_wrt_z": r"o_{#} \, (1 - o_{#})",
    "delta": r"\delta",
    "dW": r"\mathrm{dW}",
    "dF": r"\mathrm{dF}",
}
"""LaTeX of the tensors whose name is not already what a formula calls them; # is the image."""
SINGLE_ROW: Final = ("y", "z", "zs", "o", "E", "delta")
"""Tensors of shape (1, n): a formula gives their image alone."""
SINGLE_COLUMN: Final = ("wo", "dW", "wo_next")
"""Tensors of shape (1728, 1): a formula gives their row alone."""
WRITERS: Final = {name: operation.name for operation in OPERATIONS for name in operation.writes}


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One number of one tensor, and the iteration that it stands in.

    Attributes
    ----------
    tensors : mapping of str to ndarray
        Holds the tensor and what its operation reads.
    rule : Rule
    learning_rate : float
        η.
    tensor : str
    index : tuple of int
    image : int
        The image that is looked at, where the number does not belong to one.
    """

    tensors: Tensors
    rule: Rule
    learning_rate: float
    tensor: str
    index: tuple[int, ...]
    image: int

    def __post_init__(self) -> None:
        """Check that there is such a number.

        Raises
        ------
        KeyError
            Where the tensor is not there.
        IndexError
            Where the index is outside, or the image.
        """
        shape = self.tensors[self.tensor].shape
        if len(self.index) != len(shape) or any(
            not 0 <= at < size for at, size in zip(self.index, shape, strict=True)
        ):
            message = f"{self.tensor} has the shape {shape}, so it has no {list(self.index)}."
            raise IndexError(message)
        if self.image < 0:
            message = f"images are counted from 0; there is none at {self.image}."
            raise IndexError(message)

    def __getitem__(self, name: str) -> Floats:
        """Return a tensor by name."""
        return self.tensors[name]

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.tensors[self.tensor][self.index])

    def at(self, name: str, *index: int) -> float:
        """Return one number of a tensor."""
        return float(self.tensors[name][index])

    def term(self, name: str, *index: int, what: str) -> Term:
        """Return one number of a tensor as a term."""
        return Term(index_words(name, index), what, self.at(name, *index))

    def explanation(
        self,
        numbers: str,
        terms: tuple[Term, ...],
        pictures: tuple[Picture, ...] = (),
        running: Numbers | None = None,
        shares: Numbers | None = None,
        adding: str = "each image",
        *,
        errors: Numbers | None = None,
    ) -> Explanation:
        """Return the explanation whose formula is ``cell = numbers = value``.

        Parameters
        ----------
        numbers : str
            LaTeX: what made the value, in numbers.
        terms : tuple of Term
        pictures : tuple of Picture
        running : ndarray of float64, one-dimensional, or None
            The sum as its terms come in, in reading order.
        shares : ndarray of float64, shape (n,), or None
            What each image adds to the value.
        adding : str
            What the shares are of, as `Explanation` has it.
        errors : ndarray of float64, shape (n,), or None
            What each image's error adds, where `shares` are something else's.
        """
        value = latex(self.value)
        sides = [in_latex(self.tensor, self.index), numbers, value]
        for array in (running, shares, errors):
            if array is not None:
                array.setflags(write=False)
        return Explanation(
            self.tensor,
            self.index,
            self.value,
            WRITERS.get(self.tensor, ""),
            " = ".join(sides[:2] if numbers == value else sides),
            pictures,
            running,
            shares,
            terms,
            adding,
            errors,
        )


def in_latex(name: str, index: tuple[int | str, ...]) -> str:
    """Return one number's LaTeX, without the indices that only ever are 0.

    Parameters
    ----------
    name : str
    index : tuple of int or str
        A letter stands for an index that a formula runs over.
    """
    letters = _LATEX.get(name, name)
    if "#" in letters:
        return letters.replace("#", str(index[1]))
    if name in ("mean", "std"):
        return letters
    if name in SINGLE_ROW:
        index = index[1:]
    elif name in SINGLE_COLUMN:
        index = index[:1]
    return f"{letters}_{{{','.join(map(str, index))}}}"


def sum_of_products(x: Floats, y: Floats) -> str:
    r"""Write the first terms of ``Σ x y`` that are not 0, and ``\cdots`` for what follows."""
    x, y = np.ravel(x), np.ravel(y)
    given = np.flatnonzero((x != 0) & (y != 0))
    shown = [product(float(x[at]), float(y[at])) for at in given[:SHOWN]]
    return total(shown, more=len(given) > SHOWN)


def sum_of(terms: Floats) -> str:
    r"""Write the first terms of a sum that are not 0, and ``\cdots`` for what follows."""
    given = np.ravel(terms)
    given = given[given != 0]
    return total([latex(float(term)) for term in given[:SHOWN]], more=len(given) > SHOWN)


def share_of(k: int, shares: Numbers, how: str = "") -> Term:
    """Return what the image that is looked at adds."""
    return Term(f"share of image {k}", f"what it adds{how}", float(shares[k]))


def running_sum(terms: Floats) -> Numbers:
    """Return the sum after each term, in float64, shape (m,)."""
    return np.cumsum(terms, dtype=np.float64)
