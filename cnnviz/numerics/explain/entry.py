"""One entry of a tensor, with the iteration that computed it."""

from dataclasses import dataclass, replace

import numpy as np

from cnnviz.numerics.cells import has_cell
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Numbers, Term
from cnnviz.numerics.network import Floats, Tensors, unravel_unit
from cnnviz.numerics.number_format import SHOWN, latex, product, total
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS, entry_latex, entry_text, seen_position
from cnnviz.numerics.variants import Variant


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One number of one tensor, and its iteration."""

    tensors: Tensors
    """The tensors, at least those that the operation which wrote the entry reads and writes."""
    rule: Rule
    learning_rate: float
    """η."""
    tensor: str
    index: tuple[int, ...]
    image: int
    """The selected image; its window is shown if all images contribute to the entry."""

    def __post_init__(self) -> None:
        """Check that there is such an entry.

        Raises KeyError if the tensor is not there, and IndexError if the index is outside, or the
        image.
        """
        shape = self.tensors[self.tensor].shape
        if not has_cell(shape, self.index):
            raise IndexError(
                f"{self.tensor} has the shape {shape}, so it has no {list(self.index)}."
            )
        if self.image < 0:
            raise IndexError(f"images are counted from 0; there is none at {self.image}.")

    def __getitem__(self, name: str) -> Floats:
        """Return a tensor by name."""
        return self.tensors[name]

    @property
    def extra_variant(self) -> Variant | None:
        """The fault or own code that wrote it, if one did."""
        operation = TENSORS[self.tensor].written_by
        return next((one for one in self.rule.extra if one.operation == operation), None)

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.tensors[self.tensor][self.index])

    @property
    def unit(self) -> tuple[int, int, int, int]:
        """Image, filter, row and column of the unit; the entry is one of C, A or a."""
        if self.tensor != "a":
            k, i, r, c = self.index
            return k, i, r, c
        j, k = self.index
        return k, *unravel_unit(j)

    @property
    def patch_and_filter(self) -> tuple[Floats, Floats]:
        """The pixels and the weights that the unit multiplies, shape (5, 5) each, in float64."""
        k, i, r, c = self.unit
        return self["P"][r, c, k].astype(np.float64), self["f"][:, :, i].astype(np.float64)

    def at(self, name: str, *index: int) -> float:
        """Return one number of a tensor."""
        return float(self.tensors[name][index])

    def term(self, name: str, *index: int, what: str) -> Term:
        """Return one number of a tensor as a term; ``{}`` in `what` is where it is seen."""
        seen = seen_position(name, index)
        return Term(entry_text(name, index), what.format(seen), self.at(name, *index))

    def gradient(self) -> "Entry":
        """Return the gradient by which an entry of f_next or wo_next was updated."""
        name = {"f_next": "dF", "wo_next": "dW"}[self.tensor]
        by_axis = dict(zip(TENSORS[self.tensor].axes, self.index, strict=True))
        index = tuple(by_axis[axis] for axis in TENSORS[name].axes)
        return replace(self, tensor=name, index=index)

    def explanation(
        self,
        numbers: str,
        terms: tuple[Term, ...],
        pictures: tuple[Heatmap, ...] = (),
        running: Numbers | None = None,
        shares: Numbers | None = None,
        adding: str = "each image",
        *,
        errors: Numbers | None = None,
    ) -> Explanation:
        """Return the explanation whose formula is ``entry = numbers = value``.

        `numbers` is LaTeX; the other arguments are attributes of `Explanation`. By default, what is
        added up are the shares of the images.
        """
        if running is None and shares is not None:
            running = running_sum(shares)
        value = latex(self.value)
        sides = [entry_latex(self.tensor, self.index), numbers, value]
        for array in (running, shares, errors):
            if array is not None:
                array.setflags(write=False)
        return Explanation(
            self.tensor,
            self.index,
            self.value,
            " = ".join(sides[:2] if numbers == value else sides),
            pictures,
            running,
            shares,
            terms,
            adding,
            errors,
        )


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


def mean_of(terms: Floats) -> str:
    r"""Write a mean as ``\frac{1}{n}`` times a sum."""
    return rf"\frac{{1}}{{{len(terms)}}} \left( {sum_of(terms)} \right)"


def share_of(k: int, shares: Numbers, how: str = "") -> Term:
    """Return the share of the selected image."""
    return Term(f"share of image {k}", f"what it adds{how}", float(shares[k]))


def running_sum(terms: Floats) -> Numbers:
    """Return the sum after each term, in float64, shape (m,)."""
    return np.cumsum(terms, dtype=np.float64)
