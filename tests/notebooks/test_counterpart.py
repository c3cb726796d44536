"""The program's own network that computes what a script does: found by value, or refused."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.notebooks.cell_mapping import index_in_program, index_in_script, tensor_of
from cnnviz.notebooks.counterpart import Counterpart, NoCounterpartError, counterpart
from cnnviz.notebooks.verdicts import ScriptJudgement
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.numerics.tensors import TENSORS
from tests.notebooks.published import FAULTS, published
from tests.notebooks.running import judged


@pytest.fixture(scope="module")
def data() -> Dataset:
    return bundled_digits()


@pytest.fixture(scope="module")
def judgement() -> ScriptJudgement:
    return judged(published())


@pytest.fixture(scope="module")
def found(judgement: ScriptJudgement, data: Dataset) -> Counterpart:
    return counterpart(judgement, data)


def test_the_published_notebook_is_the_notebooks_rule(found: Counterpart) -> None:
    assert found.rule == NOTEBOOK
    assert (found.learning_rate, found.subset, found.seed) == (15, 4, 0)
    assert found.parameters is None
    assert found.deviation < 1e-12


def test_its_cells_are_the_programs(
    judgement: ScriptJudgement, found: Counterpart, data: Dataset
) -> None:
    """Each line that departs has in its worst cell what the program computes there."""
    few = data.first(4)
    batch = Batch.from_images(few.images, few.labels)
    tensors = iterate(batch, initial_parameters(0), NOTEBOOK, 15.0)
    places = [found.cell_of(verdict) for verdict in judgement.departing]
    assert [place and place[0] for place in places] == ["delta", "dW", "G", None, "M"]
    for verdict, place in zip(judgement.departing, places, strict=True):
        if place is not None:
            tensor, index = place
            numbers = found.numbers_at(verdict, tensor, index)
            assert numbers is not None
            assert tensors[tensor][index] == pytest.approx(numbers[0], rel=1e-9)
            assert verdict.worst is not None
            assert numbers == (verdict.worst.value, verdict.worst.right)


def test_upright_images_and_parameters_of_no_known_seed_are_taken_as_they_are(
    data: Dataset,
) -> None:
    source = published(fixes=tuple(FAULTS)).replace("seed(0)", "seed(123456)")
    source = source.replace("x_train[:n].T / 255", "x_train[:n].transpose(1, 2, 0) / 255")
    found = counterpart(judged(source), data)
    assert found.rule == EXACT
    assert found.is_transposed
    assert found.parameters is not None
    drawn = initial_parameters(123456)
    np.testing.assert_array_equal(found.parameters.f, drawn.f.transpose(1, 0, 2))


def test_faults_of_the_gallery_are_found_behind_the_lines_of_a_script(data: Dataset) -> None:
    source = published(fixes=tuple(FAULTS))
    for before, after in (
        ("flat.dot(delta.T) / n", "2 * flat.dot(delta.T) / n"),
        ("flat * (1 - flat)", "(flat * (1 - flat)) ** 2"),
        ("f[:, :, i] = f[:, :, i] -", "f[:, :, 0] = f[:, :, 0] -"),
    ):
        assert before in source
        source = source.replace(before, after)
    found = counterpart(judged(source), data)
    names = ("factor-2", "slope-twice", "one-filter-updated")
    assert found.rule == EXACT.replacing(FAULT_NAMED[name].variant for name in names)
    assert found.deviation < 1e-12


def test_other_images_are_refused(judgement: ScriptJudgement, data: Dataset) -> None:
    other = Dataset("other digits", data.images[1:], data.labels[1:])
    with pytest.raises(NoCounterpartError, match="its images are not the first 4 of other digits"):
        counterpart(judgement, other)


def test_a_departure_that_is_no_variant_is_refused_by_its_name(
    judgement: ScriptJudgement, data: Dataset
) -> None:
    assert judgement.first is not None
    odd = replace(judgement.first, kind="slope of another activation")
    changed = replace(judgement, lines=(odd, *judgement.departing[1:]))
    with pytest.raises(NoCounterpartError, match=r"no variant of “δ” .*slope of another"):
        counterpart(changed, data)


def test_a_rule_that_leads_elsewhere_is_no_counterpart(
    judgement: ScriptJudgement, data: Dataset
) -> None:
    rest = replace(judgement, lines=judgement.departing[:-1])  # as if the layout were right
    with pytest.raises(NoCounterpartError, match="do not lead to the parameters"):
        counterpart(rest, data)


@pytest.mark.parametrize("is_transposed", [False, True])
@pytest.mark.parametrize("tensor", ["C", "a", "z", "dW", "M", "dF", "f_next"])
def test_a_cell_of_the_program_is_found_again(tensor: str, *, is_transposed: bool) -> None:
    lengths = {"k": 4, "i": 3, "j": 1728, "r": 24, "c": 24, "u": 5, "v": 5, "": 1}
    random = np.random.RandomState(3)
    index = tuple(int(random.randint(lengths[axis])) for axis in TENSORS[tensor].axes)
    dimensions = 4 if tensor in {"C", "a", "M"} else 1 if tensor == "z" else 3
    at = index_in_script(tensor, index, dimensions, is_transposed=is_transposed)
    assert at is not None
    assert index_in_program(tensor, at, is_transposed=is_transposed) == index


def test_every_operation_with_a_verdict_names_a_tensor_that_it_writes(
    judgement: ScriptJudgement,
) -> None:
    for verdict in judgement.lines:
        tensor = tensor_of(verdict)
        assert tensor is None or TENSORS[tensor].written_by == verdict.operation
