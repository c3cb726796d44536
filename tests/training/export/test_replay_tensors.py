"""Pages that cannot compute everything from weights and images: what they are given is true."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.faults import FAULT_NAMED, FAULTS
from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.network import Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATIONS, gradients_between, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.errors import ExportError
from cnnviz.training.export import replay_tensors
from cnnviz.training.export.moment import Moment
from cnnviz.training.export.replay import as_replay
from cnnviz.training.own_code.source import OwnSource, own_variant, variants_not_run
from cnnviz.training.pixels import DrawnImage, Pixel
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.browser import Browser
from tests.training.export.page_tensors import tensors_in
from tests.training.recorded import f_of, run_of, wo_of


def recorded(rules: list[Rule], subset: int = 4) -> Run:
    """Return a run of which each iteration has another rule."""
    trainer = Trainer(bundled_digits(), Settings(subset=subset, learning_rate=2.0))
    for rule in rules:
        trainer.change(rule=rule)
        assert trainer.step()
    run = run_of(trainer)
    trainer.close()
    return run


def open_page(browser: Browser, run: Run, folder: Path) -> None:
    path = folder / "run.html"
    path.write_text(as_replay(run, bundled_digits()), encoding="utf-8")
    browser.open(path)


def tensors_of(run: Run, state: int) -> Tensors:
    """Return every tensor of a state as the program computes it."""
    at, last = Moment.of_run(run, bundled_digits(), state), {}
    if at.settings.rule.kept:
        states = (Parameters(f_of(run)[one], wo_of(run)[one]) for one in (state - 1, state))
        last = dict(gradients_between(*states, at.settings.learning_rate))
    return iterate(at.batch, at.parameters, at.settings.rule, at.settings.learning_rate, last)


def assert_equal(
    browser: Browser, run: Run, state: int, held: int | None = None, first: str = "X"
) -> None:
    """Check that every tensor of the images that are held agrees to 7 digits, from one on."""
    tensors = tensors_of(run, state)
    names = [name for name in tensors if name in TENSORS and name != "P"]
    names = names[names.index(first) :]
    for name, found in zip(names, tensors_in(browser, state, names), strict=True):
        expected = tensors[name]
        axis = TENSORS[name].image_axis(expected.ndim)
        if held is not None and axis is not None:
            expected = expected.take(range(held), axis)
        assert found.shape == expected.shape, name
        small = 1e-12 * float(np.abs(expected).max())
        about = f"{name} in state {state}"
        np.testing.assert_allclose(found, expected, rtol=5e-8, atol=small, err_msg=about)


def explained(browser: Browser, name: str, index: tuple[int, ...]) -> dict[str, str]:
    script = f"cnnviz.explained({json.dumps(name)}, {list(index)}, 0)"
    found: dict[str, str] = browser.evaluate(script)
    return found


def test_every_fault_is_computed_by_the_page(browser: Browser, tmp_path: Path) -> None:
    run = recorded([fault.rule for fault in FAULTS])
    open_page(browser, run, tmp_path)
    for state, fault in enumerate(FAULTS):
        written = next(op.writes for op in OPERATIONS if op.name == fault.operation)
        assert_equal(browser, run, state, first=written[0])  # a fault changes none before
        browser.evaluate(f"cnnviz.view.state = {state}")
        name = written[-1]
        tensors = tensors_of(run, state)
        index = (0,) * tensors[name].ndim
        made = explain(Entry(tensors, fault.rule, 2.0, name, index, 0))
        found = explained(browser, name, index)
        assert found["formula"] == made.formula, fault.name
        assert found["note"] == f"Put in on purpose: {fault.title}."
    number = [op.name for op in OPERATIONS].index("dense_gradient")
    state = [fault.name for fault in FAULTS].index("factor-2")
    browser.evaluate(f"cnnviz.view.change({{ state: {state}, operation: {number} }})")
    shown = "document.querySelector('#departure').textContent"
    browser.wait(f"{shown} === 'Put in on purpose: a factor 2 is left over.'")
    assert "“a factor 2 is left over”" in browser.text("#settings")
    assert browser.evaluate("document.querySelectorAll('#operations .departs').length") == 1
    assert browser.complaints == []


def test_what_own_code_writes_is_in_the_page(browser: Browser, tmp_path: Path) -> None:
    source = OwnSource.parse("def map_gradient(wo, delta, a):\n    return 3 * (wo @ delta)\n")

    def compute(t: Tensors, _rate: float) -> tuple[Floats, ...]:
        return (3 * (t["wo"] @ t["delta"]),)

    rule = Rule(frozenset({own_variant(source, source.functions[0], compute)}))
    run = recorded([rule, EXACT])
    open_page(browser, run, tmp_path)
    for state in range(3):
        assert_equal(browser, run, state)
    assert browser.text("#about").endswith("the program has computed what own code writes")
    browser.evaluate("cnnviz.view.state = 0")
    assert explained(browser, "G", (0, 0))["note"].startswith("Own code computes it")
    first = run.config.settings[0]
    refused = replace(
        first, settings=replace(first.settings, rule=Rule(frozenset(variants_not_run(source))))
    )
    config = replace(run.config, settings=(refused, *run.config.settings[1:]))
    with pytest.raises(ExportError, match="allow it to run"):
        as_replay(replace(run, config=config), bundled_digits())
    assert browser.complaints == []


def test_of_many_images_the_first_are_held_and_sums_are_over_all(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_tensors, "MOST_IMAGES", 8)
    monkeypatch.setattr(replay_tensors, "_OF_MORE", 5)
    kept = FAULT_NAMED["gradient-kept"].rule
    rules = [NOTEBOOK, EXACT, Rule.correcting(["layout", "scale"]), kept, kept]
    run = recorded([*rules, FAULT_NAMED["mean-error"].rule, NOTEBOOK], subset=9)
    open_page(browser, run, tmp_path)
    for state in range(len(rules) + 3):
        assert_equal(browser, run, state, held=5)
    assert browser.text("#about").endswith("this page holds the first 5 of 9 images")
    last = Moment.of_run(run, bundled_digits())
    loss = float(tensors_of(run, run.iterations)["E"].mean())
    assert last.settings.subset == 9
    assert browser.evaluate("cnnviz.run.score(cnnviz.run.states - 1).loss") == pytest.approx(loss)
    assert browser.text("#score").endswith(" of the first 5 correct")
    browser.evaluate("cnnviz.view.state = 0")
    note = "The program has computed it over all 9 images, of which this page holds 5."
    for name, index in (("dW", (5, 0)), ("mean", (0, 0)), ("zs", (0, 1)), ("g", (7,))):
        assert explained(browser, name, index)["note"] == note
    assert "note" not in explained(browser, "delta", (0, 1))  # of the notebook: by itself
    browser.click("#image-after")
    browser.wait("document.querySelector('#image').value === '1'")
    assert browser.evaluate("document.querySelector('#image').max") == "4"
    assert browser.complaints == []


def test_states_and_images_are_left_out_to_fit_the_size(
    run_of_own_patches: Run,
) -> None:
    held = replay_tensors.held_of(run_of_own_patches)
    assert (held.images, held.every, len(held.states)) == (1, 2, 76)


@pytest.fixture
def run_of_own_patches() -> Run:
    """A run whose own code writes 14,400 numbers for each image."""
    source = OwnSource.parse("def patches(X):\n    return X\n")
    variant = own_variant(source, source.functions[0], lambda t, _: (t["X"],))
    run = recorded([NOTEBOOK])
    first = run.config.settings[0]
    mark = replace(first, settings=replace(first.settings, rule=Rule(frozenset({variant}))))
    states = 151
    return replace(
        run,
        states=StatesInMemory(
            np.broadcast_to(f_of(run)[:1], (states, 5, 5, 3)),
            np.broadcast_to(wo_of(run)[:1], (states, 1728, 1)),
        ),
        loss=np.zeros(states - 1),
        accuracy=np.zeros(states - 1),
        config=replace(run.config, settings=(mark,)),
    )


def test_drawn_digits_and_changed_pixels_are_shown(browser: Browser, tmp_path: Path) -> None:
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 13:16] = 200
    trainer = Trainer(bundled_digits(), Settings(subset=4))
    trainer.step()
    trainer.apply(trainer.settings.with_drawing(DrawnImage(2, 9, ink.tobytes()), trainer.dataset))
    trainer.apply(trainer.settings.with_pixel(Pixel(2, 0, 27, 255), trainer.dataset))
    trainer.step()
    run = run_of(trainer)
    trainer.close()
    open_page(browser, run, tmp_path)
    for state in range(3):
        assert_equal(browser, run, state)
    browser.evaluate("cnnviz.view.change({ state: 2, image: 2 })")
    digit = bundled_digits().labels[2]
    browser.wait("document.querySelector('#image').value === '2'")
    assert browser.text("#digit") == "digit 9, target > 4"
    browser.press("Home")
    browser.wait(f"document.querySelector('#digit').textContent.startsWith('digit {digit},')")
    assert browser.complaints == []
