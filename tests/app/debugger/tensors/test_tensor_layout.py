"""Which cell of a tensor each cell of its pictures is: tried on every tensor of an iteration."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.app.debugger.tensors.tensor_layout import as_column, lay_out
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.operations import OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import TensorView, tensor_view
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

NAMES = ("X", "y", "f", "wo", *(name for operation in OPERATIONS for name in operation.writes))


@pytest.fixture(scope="module", params=[NOTEBOOK, EXACT], ids=lambda rule: rule.title)
def views(request: pytest.FixtureRequest) -> Iterator[dict[str, TensorView]]:
    rule: Rule = request.param
    trainer = Trainer(bundled_digits(), Settings(subset=7, rule=rule))
    tensors = iterate(trainer.batch, trainer.parameters, rule, 0.5)
    yield {name: tensor_view(name, values) for name, values in tensors.items()}
    trainer.close()


def test_every_tensor_has_a_meaning() -> None:
    assert set(TENSORS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_cell_of_a_picture_is_that_cell_of_the_tensor(
    views: dict[str, TensorView], name: str
) -> None:
    view = views[name]
    laid_out = lay_out(view, "image", 3)
    seen = set()
    for place in np.ndindex(laid_out.pictures.shape):
        index = laid_out.index(place)
        if index is None:
            assert np.isnan(laid_out.pictures[place])
            continue
        assert laid_out.pictures[place] == view.values[index]
        assert laid_out.position(index) == place
        seen.add(index)
    axis = TENSORS[name].image_axis(view.values.ndim)
    one = 1 if axis is None or TENSORS[name].is_number_per_image else view.values.shape[axis]
    assert len(seen) == view.values.size // one


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_is_shown_by_its_mean(views: dict[str, TensorView], name: str) -> None:
    view = views[name]
    axis = TENSORS[name].image_axis(view.values.ndim)
    laid_out = lay_out(view, "batch", 3)
    for place in [(0, 0, 0), tuple(size - 1 for size in laid_out.pictures.shape)]:
        index = laid_out.index(place)
        if index is None:
            continue
        expected = view.values[index]
        if axis is not None and not TENSORS[name].is_number_per_image:
            everywhere = (*index[:axis], slice(None), *index[axis + 1 :])
            expected = view.values[everywhere].mean()
        assert laid_out.pictures[place] == pytest.approx(expected)


def test_images_are_upright(views: dict[str, TensorView]) -> None:
    images = bundled_digits().images
    laid_out = lay_out(views["X"], "image", 2)
    np.testing.assert_allclose(laid_out.pictures[0], images[2] / 255)


def test_another_images_cell_is_nowhere(views: dict[str, TensorView]) -> None:
    laid_out = lay_out(views["C"], "image", 3)
    assert laid_out.position((3, 0, 1, 2)) == (0, 2, 1)
    assert laid_out.position((4, 0, 1, 2)) is None
    assert laid_out.position((0, 1)) is None
    assert laid_out.index((0, 24, 0)) is None
    assert laid_out.index((3, 0, 0)) is None


def test_an_image_alone_keeps_its_place_in_the_batch(views: dict[str, TensorView]) -> None:
    for name, axis in (("C", 0), ("delta", 1), ("a", 1)):
        whole = views[name].values
        alone = tensor_view(name, np.take(whole, [5], axis), 5)
        laid_out = lay_out(alone, "image", 5)
        index = laid_out.index((0, 0, 0))
        assert index is not None
        assert index[axis] == 5
        assert laid_out.pictures[0, 0, 0] == whole[index]
        assert laid_out.position(index) == (0, 0, 0)


def test_one_number_an_image_as_a_column(views: dict[str, TensorView]) -> None:
    column = as_column(lay_out(views["delta"], "image", 0))
    assert column.pictures.shape == (1, 7, 1)
    np.testing.assert_array_equal(column.pictures[0, :, 0], views["delta"].values[0])
    assert column.index((0, 4, 0)) == (0, 4)
    assert column.position((0, 4)) == (0, 4, 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_mean_says_so_and_is_marked_where_any_image_changed(
    views: dict[str, TensorView], name: str
) -> None:
    view = views[name]
    axis = TENSORS[name].image_axis(view.values.ndim)
    mask = np.zeros(view.values.shape, np.bool_)
    last = tuple(size - 1 for size in mask.shape)
    mask[last] = True  # of the last image alone
    changed = replace(view, changed=mask)
    laid_out = lay_out(changed, "batch", 3)
    means = axis is not None and not TENSORS[name].is_number_per_image
    assert laid_out.is_mean == means
    assert not lay_out(changed, "image", 3).is_mean
    assert laid_out.changed is not None
    assert np.count_nonzero(laid_out.changed) == 1
    own = lay_out(changed, "image", 3).changed
    assert own is not None
    assert np.count_nonzero(own) == (0 if means else 1)
