"""The nine questions that this program is to answer, from the first screen, in five actions each.

A visitor uses what is on the screen alone; the answer that is shown is held against the readable
path, or against plain numpy.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from cnnviz.app.predictions.panel import PredictionsPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.source import load
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.number_format import compact, loss_text, percent
from cnnviz.numerics.operations import OPERATIONS, apply, inputs, iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.settings import Settings
from tests.app import text_views
from tests.app.visitor import CONTROL, Visitor
from tests.app.waiting import wait_until

MOST: Final = 5
"""Actions for an answer."""
RATE: Final = 15.0


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread: the arrays are small, and the machine is shared."""
    with blas_on_one_thread():
        yield


@pytest.fixture
def visit(shared_window: MainWindow) -> Callable[..., Visitor]:
    """Return a function that brings the first screen up, with data and a number of images."""
    window = shared_window

    def begin(subset: int = 20, source: str = "bundled") -> Visitor:
        for workspace in ("check", "watch"):
            window.commands.workspaces.chosen.emit(workspace)
            window.actions_.reset_layout.trigger()
        sent = window.loop.begin("first screen", source, Settings(subset=subset), 0)
        wait_until(lambda: window.frame is not None and window.frame.done >= sent)
        window.offer_next_steps()
        window.commands.guide.show_welcome()
        window.setFocus()
        return Visitor(window)

    return begin


def batch_of(dataset: Dataset, subset: int) -> Batch:
    return Batch.from_images(dataset.images[:subset], dataset.labels[:subset])


def trained(batch: Batch, iterations: int, rule: Rule = NOTEBOOK) -> Parameters:
    """Return the parameters after some iterations of the readable path."""
    parameters = initial_parameters(0)
    for _ in range(iterations):
        parameters = updated(iterate(batch, parameters, rule, RATE))
    return parameters


def tensors_of(batch: Batch, parameters: Parameters) -> Tensors:
    return iterate(batch, parameters, NOTEBOOK, RATE)


def is_close(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-9, atol=0)


def test_what_does_filter_2_respond_to(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.find("responds", "Filter")
    visitor.click("Filter 2")
    panel = visitor.window.panels.filter.panel
    wait_until(lambda: panel.picture.accessibleName().startswith("Filter 2"))
    wait_until(lambda: "highest" in panel.words.text())
    digits, weights = bundled_digits(), initial_parameters(0).f[:, :, 1].T
    images = digits.images[:20] / 255
    windows = np.lib.stride_tricks.sliding_window_view(images, (5, 5), axis=(1, 2))
    largest = np.array([(window * weights).sum((2, 3)).max() for window in windows])
    labels = digits.labels[:20]
    means = {digit: largest[labels == digit].mean() for digit in np.unique(labels)}
    most, least = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    assert (
        f"highest for {most}, on average {compact(means[most])}, and lowest for {least}, "
        f"{compact(means[least])}." in panel.words.text()
    )
    assert visitor.actions <= MOST


def test_why_does_it_stick_at_71_percent_and_why_is_a_gradient_near_zero(
    visit: Callable[..., Visitor], mnist_folder: Path
) -> None:
    visitor = visit(200, str(mnist_folder))
    visitor.click("Run")
    window = visitor.window
    wait_until(
        lambda: (
            window.commands.guide.stop_card is not None
            and window.commands.guide.stop_card.isVisible()
        )
    )
    card, frame = window.commands.guide.stop_card, window.frame
    assert card is not None
    assert frame is not None
    batch = batch_of(load(str(mnist_folder)), 200)
    tensors = tensors_of(batch, trained(batch, frame.iteration))
    right = ((tensors["o"] > 0.5) == tensors["y"]).mean()
    assert window.panels.loss.accuracy_head.text() == f"accuracy {percent(float(right))}"
    assert 0.70 < right < 0.72
    windows = np.lib.stride_tricks.sliding_window_view(tensors["X"], (5, 5), axis=(0, 1))
    inked = np.moveaxis(windows.any((-1, -2)), -1, 0)[:, None]
    flat = tensors["A"] * (1 - tensors["A"]) < 1e-6
    share = (flat & inked).sum() / (3 * inked.sum())
    assert card.message.text().startswith(f"{percent(float(share))} of the units that see ink")
    assert share > 0.99
    visitor.click("Show me why")
    panel = window.commands.debugger.panel
    wait_until(lambda: panel.view is not None and panel.view.point is not None)
    assert panel.shown == "sigmoid"
    wait_until(lambda: any("slope" in line for line in text_views.lines(panel.parts.why)))
    assert panel.view is not None
    assert panel.view.point is not None
    at = panel.view.point.index
    before, after = tensors["C"][at], tensors["A"][at]
    said = " ".join(text_views.lines(panel.parts.why))
    assert f"= σ({compact(before)}) = {compact(after)}, where σ is flat" in said
    assert after * (1 - after) < 1e-6
    assert visitor.actions <= MOST


def test_which_correction_matters(visit: Callable[..., Visitor]) -> None:
    visitor = visit(10)
    visitor.press(Qt.Key.Key_3, CONTROL)
    visitor.turn_to("Compare")
    visitor.click("Compare", "compare")
    panel = visitor.window.panels.compare.panel
    wait_until(lambda: panel.result is not None)
    visitor.click("Table")
    batch, model = batch_of(bundled_digits(), 10), panel.model
    shown = {
        model.index(row, 0).data(): model.index(row, 1).data() for row in range(model.rowCount())
    }
    losses = {}
    for rule in (NOTEBOOK, *(Rule.correcting([switch]) for switch in SWITCHES)):
        tensors = tensors_of(batch, trained(batch, 100, rule))
        losses[rule.title] = float(tensors["E"].mean())
    best = min(losses, key=losses.__getitem__)
    single = {title: float(loss) for title, loss in shown.items() if title in losses}
    assert min(single, key=single.__getitem__) == best  # the others are chaotic at this rate
    assert float(shown[best]) == pytest.approx(losses[best], rel=1e-2)
    assert visitor.actions <= MOST


def test_what_throws_the_filters_to_38(visit: Callable[..., Visitor], mnist_folder: Path) -> None:
    visitor = visit(200, str(mnist_folder))
    visitor.find("filter update", "Filter update")
    panel = visitor.window.commands.debugger.panel
    wait_until(lambda: panel.view is not None and "f_next" in panel.view.tensors)
    visitor.click("Why?")
    wait_until(lambda: any("dense weights" in line for line in text_views.lines(panel.parts.why)))
    batch = batch_of(load(str(mnist_folder)), 200)
    first = tensors_of(batch, initial_parameters(0))
    assert first["f_next"].min() == pytest.approx(-38.4, abs=0.05)
    assert panel.view is not None
    assert panel.view.point is not None
    thrown = first["f_next"][panel.view.point.index]
    said = text_views.lines(panel.parts.why)
    assert f"= {compact(thrown, 4)}?" in said[1]
    assert "the update made dense weights larger before they were used" in said[2]
    (growth,) = re.findall(r"wo′ / wo = ([\d.]+);", said[2])
    dense = np.abs(first["wo_next"]).mean() / np.abs(first["wo"]).mean()
    assert float(growth) == pytest.approx(dense, rel=0.2)  # that one is where the ink is
    assert visitor.actions <= MOST


def test_is_the_learning_rate_too_large(visit: Callable[..., Visitor]) -> None:
    visitor = visit(200)
    visitor.find("landscape", "Landscape")
    panel = visitor.window.panels.landscape.panel
    wait_until(lambda: "overshoot" in panel.along.words.text())
    batch, start = batch_of(bundled_digits(), 200), initial_parameters(0)
    step = tensors_of(batch, start)

    def loss(share: float) -> float:
        there = Parameters(
            start.f + share * (step["f_next"] - start.f),
            start.wo + share * (step["wo_next"] - start.wo),
        )
        return float(tensors_of(batch, there)["E"].mean())

    said = panel.along.words.text()
    assert f"takes the loss from {loss_text(loss(0))} to {loss_text(loss(1))}." in said
    factor = float(re.findall(r"overshoot by a factor of ([\d.]+)", said)[0])
    assert loss(1 / factor) < min(loss(0), loss(1), loss(0.7 / factor), loss(1.4 / factor))
    assert visitor.actions <= MOST


def test_what_of_images_it_has_not_seen(visit: Callable[..., Visitor]) -> None:
    visitor = visit(200)
    visitor.click("Held out")
    panel = visitor.window.panels.predictions
    assert isinstance(panel, PredictionsPanel)
    wait_until(lambda: panel.shows_held_out and "at iteration" in panel.summary.text())
    digits, f_wo = bundled_digits(), initial_parameters(0)
    z = tensors_of(batch_of(digits, 200), f_wo)["z"]
    unseen = Batch.from_images(digits.images[-359:], digits.labels[-359:])
    there = tensors_of(unseen, f_wo)
    standardised = (there["z"] - z.mean()) / z.std()
    right = int(((standardised > 0) == there["y"]).sum())
    assert panel.summary.text() == f"{percent(right / 359)} correct at iteration 0"
    assert visitor.actions <= MOST


def test_what_of_a_digit_that_i_draw(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.find("draw", "Drawing")
    panel = visitor.window.panels.drawing.panel
    paper = panel.pad.paper()
    for x in (0.48, 0.54):  # a 1 of two strokes
        top, bottom = (
            QPoint(round(paper.x() + x * paper.width()), round(paper.y() + y * paper.height()))
            for y in (0.2, 0.8)
        )
        visitor.draw(panel.pad, top, bottom)
    wait_until(lambda: panel.answer.text().startswith("o = "))
    frame = visitor.window.frame
    assert frame is not None
    assert frame.outside is not None
    ink = frame.outside.image.astype(float)
    rows, columns = np.nonzero(ink)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20  # scaled as MNIST was
    for axis in (0, 1):  # and centred by mass
        mass = ink.sum(1 - axis)
        assert (mass * np.arange(28)).sum() / mass.sum() == pytest.approx(13.5, abs=1)
    batch, start = batch_of(bundled_digits(), 20), initial_parameters(0)
    z = tensors_of(batch, start)["z"]
    windows = np.lib.stride_tricks.sliding_window_view(ink / 255, (5, 5))
    units = [
        1 / (1 + np.exp(-(windows * start.f[:, :, i].T).sum((2, 3)).T.ravel())) for i in range(3)
    ]
    logit = (np.concatenate(units) @ start.wo[:, 0] - z.mean()) / z.std()
    answer = 1 / (1 + np.exp(-logit))
    side = "> 4" if answer > 0.5 else "≤ 4"
    assert panel.answer.text() == f"o = {answer:.3f}: {side}"
    assert visitor.actions <= MOST


def test_is_the_gradient_right(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.press(Qt.Key.Key_3, CONTROL)
    visitor.click("Check", "check")
    panel = visitor.window.panels.check.panel
    wait_until(lambda: panel.outcome is not None)
    batch, start = batch_of(bundled_digits(), 20), initial_parameters(0)
    tensors, titles = inputs(batch, start), []
    for operation in OPERATIONS:  # each on what the notebook has computed so far
        right = apply(operation, tensors, EXACT, RATE)
        tensors = apply(operation, tensors, NOTEBOOK, RATE)
        if not all(is_close(right[name], tensors[name]) for name in operation.writes):
            titles.append(operation.title)
    said = f"✗ These {len(titles)} are wrong: {', '.join(titles)}."
    assert panel.verdict.text() == said

    def loss(change: float) -> float:
        f = start.f.copy()
        f[2, 1, 0] += change
        return float(tensors_of(batch, Parameters(f, start.wo))["E"].mean())

    derivative = (loss(1e-6) - loss(-1e-6)) / 2e-6
    notebook = (start.f - updated(tensors_of(batch, start)).f)[2, 1, 0] / RATE
    assert abs(notebook - derivative) > 0.5 * abs(derivative)
    assert visitor.actions <= MOST
