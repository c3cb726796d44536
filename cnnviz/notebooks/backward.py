"""Find the backward pass in a script's values, each step from the script's own values before it.

Each step has a right formula and some that are mistakes people make. A value is explained by the
first of them that it agrees with; one that agrees with none stays unexplained.
"""

from collections.abc import Sequence

from cnnviz.notebooks.bias_steps import find_biases, find_parts
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.delta_steps import find_errors
from cnnviz.notebooks.dense_steps import find_dense_gradients, find_dense_update
from cnnviz.notebooks.filter_steps import find_filter_gradients, find_filter_update
from cnnviz.notebooks.map_steps import find_averages, find_map_gradients, find_reshapes
from cnnviz.notebooks.network import RecognisedForward
from cnnviz.notebooks.search import BackwardPass, Search


def find_backward(forward: RecognisedForward, values: Sequence[Value]) -> BackwardPass:
    """Find the backward pass that belongs to a forward pass whose output and targets are known."""
    search = Search(forward, values)
    find_errors(search)
    find_dense_gradients(search)
    find_dense_update(search)
    find_map_gradients(search)
    find_averages(search)
    find_reshapes(search)
    find_filter_gradients(search)
    find_filter_update(search)
    find_biases(search)
    find_parts(search)
    return search.backward
