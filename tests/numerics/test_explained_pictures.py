"""A cell of a picture in an explanation is the entry of the tensor that it names."""

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.explain import explain
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT])
def test_cells_are_the_entries_that_they_name(rule: Rule) -> None:
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:4], digits.labels[:4])
    tensors = iterate(batch, initial_parameters(0), rule, 15.0)
    rng, seen = np.random.default_rng(1), set()
    for name, values in tensors.items():
        index = tuple(int(rng.integers(size)) for size in values.shape)
        for picture in explain(Entry(tensors, rule, 15.0, name, index, 2)).pictures:
            if picture.entry is None:
                continue
            for place in np.ndindex(picture.values.shape):
                tensor, at = picture.entry(*place)
                assert tensors[tensor][at] == picture.values[place]
                seen.add(tensor)
    assert seen == {"X", "P", "f", "C", "A", "a", "wo", "g", "M"}
