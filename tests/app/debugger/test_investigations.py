"""The README's three investigations, key by key, on MNIST and on the bundled digits.

The shown numbers are compared with numpy on the tensors of the readable path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import CELL, TENSORS
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.source import load
from cnnviz.numerics.network import Batch, Parameters, Tensors, initial_parameters
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import NOTEBOOK, Rule
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app import text_views
from tests.app.card_words import card_words
from tests.app.person import CTRL_SHIFT, NAMES, Person

pytestmark = pytest.mark.usefixtures("plots_on_demand")

IMAGES, LEARNING_RATE = 200, 15.0
SHIFT = Qt.KeyboardModifier.ShiftModifier


@dataclass(frozen=True)
class Answers:
    """Expected findings, as in the README."""

    filters: str  # after the jump
    growth: str  # of the dense weights before they are used
    most_ink: int  # the image that adds most with its ink
    most_error: int  # the image that adds most with its error
    calm: str  # the filters with the update order corrected
    saturated: str
    gradient: str  # the notebook's, after the jump
    corrected: str  # with pairing and layout
    earlier: str  # the largest with them, one iteration before
    flips: int
    first: int  # the image that flips first
    outputs: tuple[str, str]
    calm_output: str
    calm_flips: int


ANSWERS = {
    "mnist": Answers(
        filters="min −38.4  mean −35.5  max −31.4",
        growth="18.78",
        most_ink=111,
        most_error=57,
        calm="max 2.16",
        saturated="92.7",
        gradient="min −1.59  mean −1.27  max −0.840",
        corrected="max 0.00391",
        earlier="0.57",
        flips=33,
        first=2,
        outputs=("0.447", "0.712"),
        calm_output="0.248",
        calm_flips=166,
    ),
    "bundled": Answers(
        filters="min 46.7  mean 48.9  max 53.2",
        growth="42.65",
        most_ink=140,
        most_error=104,
        calm="max 2.74",
        saturated="92.7",
        gradient="min −1.98  mean −1.68  max −1.39",
        corrected="min −0.00180",
        earlier="1.2",
        flips=30,
        first=3,
        outputs=("0.431", "0.592"),
        calm_output="0.565",
        calm_flips=28,
    ),
}


@dataclass(frozen=True)
class Task:
    """A user at a newly opened window, and the iterations computed by the readable path."""

    person: Person
    dataset: Dataset
    iterations: tuple[Tensors, Tensors]
    answers: Answers

    def with_(self, rule: Rule, iteration: int = 0) -> Tensors:
        """Compute one of the first two iterations with another rule, from the same state."""
        start = self.iterations[iteration]
        parameters = Parameters(start["f"], start["wo"])
        return iterate(self.person.batch, parameters, rule, LEARNING_RATE)


@dataclass(frozen=True)
class Data:
    """Images, the first two iterations on them, and the expected findings."""

    dataset: Dataset
    iterations: tuple[Tensors, Tensors]
    answers: Answers


@pytest.fixture(scope="module", params=["mnist", "bundled"])
def data(request: pytest.FixtureRequest) -> Data:
    if request.param == "mnist":
        folder: Path = request.getfixturevalue("mnist_folder")
        dataset = load(str(folder))
    else:
        dataset = bundled_digits()
    batch = Batch.from_images(dataset.images[:IMAGES], dataset.labels[:IMAGES])
    first = iterate(batch, initial_parameters(0), NOTEBOOK, LEARNING_RATE)
    second = iterate(batch, updated(first), NOTEBOOK, LEARNING_RATE)
    for tensors in (first, second):
        for values in tensors.values():
            values.flags.writeable = False
    return Data(dataset, (first, second), ANSWERS[request.param])


@pytest.fixture
def task(data: Data, qtbot: QtBot, store: QSettings) -> Iterator[Task]:
    window = MainWindow(Trainer(data.dataset, Settings()), LIGHT, store)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    yield Task(Person(window, qtbot), data.dataset, data.iterations, data.answers)
    window.close()
    window.deleteLater()


def test_the_cause_of_the_jump_of_the_filters(task: Task) -> None:
    someone, first, answers = task.person, task.iterations[0], task.answers

    # A breakpoint stops the run after the jump, and goes back to the iteration that caused it.
    breakpoints = someone.add_breakpoint("filter step > 10")
    someone.run()
    sizes = np.linalg.norm(first["f"].reshape(25, 3), axis=0)
    steps = np.linalg.norm((first["f_next"] - first["f"]).reshape(25, 3), axis=0) / sizes
    assert breakpoints.stop_text.text() == (
        f"Breakpoint 1 (filter step > 10) at iteration 1: the step of filter "
        f"{steps.argmax() + 1} is {steps.max():.4g} times its size."
    )
    someone.press(Qt.Key.Key_Left, CTRL_SHIFT)
    assert breakpoints.stop_text.text().startswith("Back at iteration 0, ")

    # The iteration's effect on the filters.
    someone.run_to("filter_update")
    shown = card_words(someone.card("f_next")).figures
    assert shown.startswith(answers.filters)
    assert shown.startswith(_figures(first["f_next"]))

    # Which factor: it is listed first, above the learning rate.
    u, v, i = _largest(first["f_next"])
    sentence, factors = someone.why()
    assert someone.explanation_text().startswith(f"Why is f′[{u}, {v}, {i}] = ")
    growth = _growth(first, i, u, v)
    assert factors[0][:2] == ("wo′ / wo", compact(growth, 4))
    assert factors[0][1].startswith(answers.growth)
    assert factors[1][:2] == ("−η", "−15.00")
    assert (
        "What makes the step large: the update made dense weights larger before they were used, "
        f"wo′ / wo = {compact(growth)}; the learning rate is large"
    ) in sentence

    # Which image, by its ink: one step back, at the strongest cell of the filter gradient.
    someone.press(Qt.Key.Key_F10, SHIFT)
    assert someone.panel.shown == "filter_gradient"
    someone.show(CELL)
    i, u, v = _largest(first["dF"])
    assert someone.explanation_text().startswith(
        f"dF[{i}, {u}, {v}] = {compact(first['dF'][i, u, v], 6)}"
    )
    shares = _shares_of_ink(first, i, u, v)
    _check_ranking(someone, shares, answers.most_ink)
    assert "\nWhat each image's ink adds, the largest 8 of 200 " in someone.explanation_text()
    assert np.abs(shares).max() < 0.013 * abs(shares.sum())  # so no single image dominates

    # Which image, by its error.
    shares = np.array([_notebooks_gradient(first["X"], e[:, None])[i, u, v] for e in first["G"].T])
    shares /= IMAGES
    assert shares.sum() == pytest.approx(first["dF"][i, u, v])
    k = int(np.abs(shares).argmax())
    assert k == answers.most_error
    assert f"share of image {k}'s error = {compact(shares[k], 4)}" in someone.explanation_text()
    assert abs(shares[k]) < 0.09 * abs(shares.sum())

    assert f"n = {IMAGES}\timages" in someone.explanation_text()

    # The proof: without that factor there is no jump.
    someone.correct("update-order")  # the affected operations are repeated
    assert someone.position() == (0, NAMES.index("filter_gradient") + 1)
    someone.show(TENSORS)
    someone.run_to("filter_update")
    calm = task.with_(Rule.correcting(["update-order"]))["f_next"]
    shown = card_words(someone.card("f_next")).figures
    assert shown.startswith(_figures(calm))
    assert answers.calm in shown


def test_why_the_filter_gradient_is_nearly_zero_afterwards(task: Task) -> None:
    someone, second, answers = task.person, task.iterations[1], task.answers
    breakpoints = someone.add_breakpoint("saturated > 90 %")
    someone.run()
    assert (
        "at iteration 1: the share of saturated units among those that see ink is "
        f"{answers.saturated}"
    ) in breakpoints.stop_text.text()
    sees_ink = second["P"].any(axis=(3, 4)).transpose(2, 0, 1)[:, np.newaxis]
    slopes = second["A"] * (1 - second["A"])
    seeing = np.broadcast_to(sees_ink, slopes.shape)
    assert np.mean(slopes[seeing] < 1e-6) == pytest.approx(0.927, abs=0.002)

    # In one image: a unit that sees ink passes no error back, and Why? explains it.
    someone.run_to("map_gradient")
    someone.press(Qt.Key.Key_F11)
    card = someone.card("G")
    assert card_words(card).shows == "image 0"
    assert card.sheet is not None
    errors = second["G"][:, 0].reshape(3, 24, 24).transpose(0, 2, 1)
    np.testing.assert_allclose(card.sheet.pictures, errors, rtol=1e-9, atol=1e-15)
    ink = np.broadcast_to(sees_ink[0, 0].T, errors.shape)
    assert np.mean(np.abs(errors[ink]) < 1e-4) > 0.85
    assert np.mean(np.abs(errors[~ink]) < 1e-4) < 0.01
    patches = second["P"][:, :, 0].sum(axis=(2, 3))
    r, c = (int(at) for at in np.unravel_index(int(patches.argmax()), patches.shape))
    j = 24 * r + c
    someone.click("G", (j, 0))
    slope = second["a"][j, 0] * (1 - second["a"][j, 0])
    sentence, factors = someone.why()
    assert factors[0][:2] == (f"a (1 − a)[{j}, 0]", f"{compact(slope, 4)} (max 0.250)")
    assert f"units are saturated, a (1 − a) = {compact(slope)} (max 0.25)." in sentence
    someone.show(TENSORS)

    # The notebook's gradient is not near zero: units that see no ink contribute.
    someone.run_to("filter_gradient")
    shown = card_words(someone.card("dF")).figures
    assert shown.startswith(answers.gradient)
    assert shown.startswith(_figures(second["dF"]))
    assert "saturated" not in someone.why()[0]
    seen = np.tile(sees_ink.reshape(IMAGES, 576).T, (3, 1))
    of_seeing = _notebooks_gradient(second["X"], np.where(seen, second["G"], 0))
    assert 0.05 < np.abs(of_seeing).max() < 0.07

    # With each error at its own image and position, nothing is left, and Why? explains it.
    someone.show(TENSORS)
    someone.correct("pairing", "layout")
    assert someone.position() == (1, NAMES.index("filter_gradient") + 1)  # done again
    assert someone.panel.shown == "filter_gradient"
    rule = Rule.correcting(["pairing", "layout"])
    after = task.with_(rule, iteration=1)
    shown = card_words(someone.card("dF")).figures
    assert answers.corrected in shown
    assert shown.startswith(_figures(after["dF"]))
    point = someone.panel.view.point if someone.panel.view else None
    assert point is not None
    i, u, v = point.index  # as before
    ink, errors = after["X"][u : u + 24, v : v + 24], np.abs(after["delta"][0])
    weights = np.abs(after["wo_next"].reshape(3, 24, 24)[i])[:, :, np.newaxis]
    slope = (after["A"] * (1 - after["A"]))[:, i].transpose(1, 2, 0)
    mean_slope = (ink * weights * errors * slope).sum() / (ink * weights * errors).sum()
    sentence, factors = someone.why()
    assert factors[0][:2] == ("mean a (1 − a)", f"{compact(mean_slope, 4)} (max 0.250)")
    assert (
        f"What makes it small: units are saturated, mean a (1 − a) = {compact(mean_slope)} (max"
        in sentence
    )
    (distance,) = (value for symbol, value, _ in factors if symbol == "mean |y − o|")
    assert float(distance.split()[0]) > 0.4  # the errors are as large as ever

    # One iteration before, with the same two corrections, there was a gradient.
    someone.press(Qt.Key.Key_Left)
    someone.show(TENSORS)
    someone.correct("pairing", "layout")
    someone.run_to("filter_gradient")
    earlier = task.with_(rule)["dF"]
    assert card_words(someone.card("dF")).figures.startswith(_figures(earlier))
    assert f"{np.abs(earlier).max():.2g}" == answers.earlier


def test_which_update_flips_a_prediction(task: Task) -> None:
    someone, answers = task.person, task.answers
    (before, after), k = task.iterations, task.answers.first
    flipped = np.flatnonzero((before["o"][0] > 0.5) != (after["o"][0] > 0.5))
    assert (len(flipped), flipped[0]) == (answers.flips, k)

    # The first flip, and its image.
    breakpoints = someone.add_breakpoint("any image flips")
    someone.run()
    words = breakpoints.stop_text.text()
    old, new = answers.outputs
    assert f"at iteration 1: the output of image {k} went from {old} to {new}, " in words
    assert words.endswith(f", and {answers.flips - 4} more.")
    assert breakpoints.show_image.text() == f"Show image {k}"
    someone.qtbot.mouseClick(breakpoints.show_image, Qt.MouseButton.LeftButton)
    someone.settle()
    someone.run_to("output")
    assert someone.why()[0].startswith(
        f"o of image {k} = σ({compact(after['zs'][0, k])}) = {compact(after['o'][0, k])}."
    )
    someone.show(TENSORS)
    someone.choose_operation("dense")
    dense_weights = card_words(someone.card("wo")).figures
    assert dense_weights.startswith(_figures(before["wo_next"]))

    # Back to the cause, and the same dense update again with the filters almost unchanged.
    someone.press(Qt.Key.Key_Left, CTRL_SHIFT)
    assert breakpoints.stop_text.text().startswith("Back at iteration 0, ")
    someone.correct("update-order")
    someone.press(Qt.Key.Key_Right)
    frame = someone.window.frame
    assert frame is not None
    assert [branch.name for branch in frame.branches] == [
        "notebook, η 15",
        "rule notebook + update-order at iteration 0",
    ]
    calm = updated(task.with_(Rule.correcting(["update-order"])))
    outputs = iterate(someone.batch, calm, Rule.correcting(["update-order"]), LEARNING_RATE)["o"][0]
    expected, others = outputs[k], (outputs > 0.5) != (before["o"][0] > 0.5)
    assert np.count_nonzero(others) == answers.calm_flips
    assert breakpoints.stop_text.text().endswith(f", and {answers.calm_flips - 4} more.")
    someone.show(TENSORS)
    someone.run_to("output")
    someone.click("o", (0, k))
    sentence, _ = someone.why()
    assert sentence.startswith(f"o of image {k} = σ(")
    assert f") = {answers.calm_output}. " in sentence
    assert compact(expected) == answers.calm_output
    someone.show(TENSORS)
    someone.choose_operation("dense")
    assert card_words(someone.card("wo")).figures == dense_weights
    np.testing.assert_array_equal(calm.wo, before["wo_next"])

    # On MNIST the filters flipped it, on the bundled digits the dense weights are enough.
    still = (expected > 0.5) != (before["o"][0, k] > 0.5)
    assert still == (task.dataset.name == bundled_digits().name)


def _figures(values: NDArray[np.float64]) -> str:
    low, mean, high = (compact(float(v)) for v in (values.min(), values.mean(), values.max()))
    return f"min {low}  mean {mean}  max {high}"


def _largest(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(at) for at in np.unravel_index(int(np.abs(values).argmax()), values.shape))


def _growth(tensors: Tensors, i: int, u: int, v: int) -> float:
    """Return how the update grew the weights that the notebook's misreading puts on the ink."""
    ink = tensors["X"][u : u + 24, v : v + 24].mean(axis=2)
    used, before = (np.abs(tensors[name]).reshape(24, 24, 3) for name in ("wo_next", "wo"))
    return float((ink * used[:, :, i]).sum() / (ink * before[:, :, i]).sum())


def _notebooks_gradient(X: NDArray[np.float64], G: NDArray[np.float64]) -> NDArray[np.float64]:
    ink, errors = X.mean(axis=2), G.mean(axis=1).reshape(24, 24, 3)
    windows = np.lib.stride_tricks.sliding_window_view(ink, (24, 24))
    return np.einsum("uvrc,rci->iuv", windows, errors)


def _shares_of_ink(tensors: Tensors, i: int, u: int, v: int) -> NDArray[np.float64]:
    windows = tensors["X"][u : u + 24, v : v + 24]
    return np.einsum("rck,rc->k", windows, tensors["M"][:, :, i]) / IMAGES


def _check_ranking(someone: Person, shares: NDArray[np.float64], largest: int) -> None:
    """Compare the listed images with the shares of all images."""
    listed = text_views.ranking(someone.text())
    ranked = np.argsort(-np.abs(shares), kind="stable")[: len(listed)]
    assert listed == [(int(k), compact(shares[k])) for k in ranked]
    explanation = someone.panel.view.explanation  # type: ignore[union-attr]
    assert explanation is not None
    np.testing.assert_allclose(explanation.shares, shares, rtol=1e-9)
    assert listed[0][0] == largest
