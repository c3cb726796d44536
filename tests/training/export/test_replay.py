"""Pages that replay a run, in a real browser: with clicks and keys, and number by number."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics import number_format
from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.operations import FORWARD, OPERATIONS, iterate
from cnnviz.numerics.rule import EXACT, RULES
from cnnviz.numerics.tensors import TENSORS
from cnnviz.pages.page import text_of
from cnnviz.training.export import replay_tensors
from cnnviz.training.export.moment import Moment
from cnnviz.training.export.replay import as_replay
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.recorded_run import Run, RunConfig
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.browser import Browser
from tests.training.export.page_tensors import tensors_in
from tests.training.recorded import f_of, run_of, wo_of

DIGITS = 4


def recorded() -> Run:
    """Return a run of which each iteration has another of the 32 rules."""
    trainer = Trainer(bundled_digits(), Settings(subset=DIGITS, learning_rate=2.0))
    for rule in RULES:
        trainer.change(rule=rule)
        assert trainer.step()
    run = run_of(trainer)
    trainer.close()
    return run


@pytest.fixture(scope="module")
def run() -> Run:
    return recorded()


@pytest.fixture(scope="module")
def page(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "run.html"
    path.write_text(as_replay(run, bundled_digits()), encoding="utf-8")
    return path


@pytest.fixture
def opened(page: Path, browser: Browser) -> Iterator[Browser]:
    """The page, of which nothing may complain."""
    browser.open(page)
    yield browser
    assert browser.complaints == []


def assert_computed(browser: Browser, run: Run, state: int) -> None:
    """Check that every tensor of a state agrees with the program's to 7 digits.

    A number that is 10¹² times smaller than its tensor's largest one is a rounding error of 0.
    """
    at = Moment.of_run(run, bundled_digits(), state)
    tensors = iterate(at.batch, at.parameters, at.settings.rule, at.settings.learning_rate)
    backward = [name for operation in OPERATIONS[len(FORWARD) :] for name in operation.writes]
    names = list(tensors) if state in (0, len(RULES) // 2) else backward  # a rule changes no other
    for name, found in zip(names, tensors_in(browser, state, names), strict=True):
        assert found.shape == tensors[name].shape, name
        small = 1e-12 * float(np.abs(tensors[name]).max())
        np.testing.assert_allclose(
            found,
            tensors[name],
            rtol=5e-8,
            atol=small,
            err_msg=f"{name} of {at.settings.rule.title}",
        )


def test_every_tensor_of_every_rule_is_the_programs(opened: Browser, run: Run) -> None:
    for state in range(len(RULES) + 1):
        assert_computed(opened, run, state)


def test_scores_and_settings_are_those_of_the_run(opened: Browser, run: Run) -> None:
    scores = opened.evaluate("[...Array(33).keys()].map((state) => cnnviz.run.score(state))")
    assert [score["loss"] for score in scores[:-1]] == run.loss.tolist()
    computed = opened.evaluate("[...Array(32).keys()].map((s) => cnnviz.run.iteration(s).score())")
    assert [score["loss"] for score in computed] == pytest.approx(run.loss.tolist(), rel=1e-12)
    assert [score["accuracy"] for score in computed] == run.accuracy.tolist()
    assert opened.text("#settings") == "rule notebook · η = 2 · 4 images · float64"


def test_it_plays_pauses_and_steps_by_clicks_and_keys(opened: Browser) -> None:
    assert opened.text("#play") == "Play"
    opened.click("#step")
    opened.wait("document.querySelector('#iteration').value === '1'")
    opened.press("ArrowRight")
    opened.wait("document.querySelector('#live').textContent.startsWith('Iteration 2: loss 0.')")
    opened.press("ArrowLeft")
    opened.press("End")
    opened.wait("document.querySelector('#iteration').value === '32'")
    assert opened.evaluate("document.querySelector('#step').disabled")
    opened.press("Home")
    opened.wait("document.querySelector('#iteration').value === '0'")
    opened.click("h1")  # a button that has the focus would take the key
    opened.press(" ")
    opened.wait("document.querySelector('#iteration').value > 1")
    assert opened.text("#play") == "Pause"
    opened.click("#play")
    opened.wait("document.querySelector('#play').textContent === 'Play'")
    opened.click("#curves figure:nth-of-type(1) svg", x=0.97)
    opened.wait("document.querySelector('#iteration').value >= 31")


def test_it_shows_the_network_and_the_predictions_of_a_chosen_image(
    opened: Browser, run: Run
) -> None:
    at = Moment.of_run(run, bundled_digits(), 0)
    tensors = iterate(at.batch, at.parameters, at.settings.rule, at.settings.learning_rate)
    z, o = float(tensors["z"][0, 3]), float(tensors["o"][0, 3])
    opened.click("#rows tr:nth-child(4) button")
    opened.wait("document.querySelector('#image').value === '3'")
    assert opened.text("#digit") == f"digit {at.labels[3]}, target ≤ 4"
    assert opened.text("#z") == f"z = {number_format.compact(z)}"
    assert opened.text("#o") == f"o = {number_format.fixed(o, 3)}"
    assert opened.text("#verdict").endswith("✓ correct" if o < 0.5 else "✗ wrong")
    right = int(((tensors["o"] > 0.5) == (tensors["y"] > 0.5)).sum())
    assert opened.text("#score") == f"{right} of {DIGITS} correct"
    opened.click("#wrong-only")
    opened.wait(f"document.querySelectorAll('#rows tr').length === {DIGITS - right}")
    assert opened.evaluate("document.querySelectorAll('#plot path.wrong').length") == DIGITS - right


def test_it_steps_through_the_operations_forward_and_backward(opened: Browser) -> None:
    titles = opened.evaluate(
        "[...document.querySelectorAll('#operations .title')].map((t) => t.textContent)"
    )
    assert titles == [operation.title for operation in OPERATIONS]
    opened.press("F10")
    opened.wait(
        "document.querySelector('#operation-title').textContent.startsWith('1 of 16: patches')"
    )
    opened.click("#backward li:nth-child(7) button")  # filter gradient
    opened.wait("document.querySelector('#writes [data-tensor=dF]')")
    assert (
        opened.text("#code")
        == "dF = np.tensordot(M, P, axes=((0, 1), (0, 1))).sum(axis=1) / P.shape[2]"
    )
    assert "pairing is not corrected" in opened.text("#departure")
    assert opened.evaluate("document.querySelector('#formula math') !== null")
    opened.click("#next-operation")
    opened.press("F10")  # on to the next iteration
    opened.wait("document.querySelector('#iteration').value === '1'")
    opened.press("F10", shift=True)
    opened.wait("document.querySelector('#operation-title').textContent.startsWith('16 of 16')")
    assert opened.evaluate("document.querySelector('#iteration').value") == "0"


@pytest.mark.parametrize("state", [0, 17, 31])
def test_every_kind_of_cell_is_explained_as_by_the_program(
    opened: Browser, run: Run, state: int
) -> None:
    image = 2
    at = Moment.of_run(run, bundled_digits(), state)
    rule, rate = at.settings.rule, at.settings.learning_rate
    tensors = iterate(at.batch, at.parameters, rule, rate)
    opened.evaluate(f"cnnviz.view.change({{ state: {state} }})")
    for name, tensor in tensors.items():
        before = TENSORS[name].update_of  # of a weight that hardly moves, the step is rounding
        sizes = np.abs(tensor - tensors[before] if before else tensor)
        largest = np.unravel_index(int(sizes.argmax()), tensor.shape)
        index = tuple(int(at) for at in largest)
        expected = explain(Entry(tensors, rule, rate, name, index, image))
        found = opened.evaluate(
            f"""(() => {{
                const made = cnnviz.explained({json.dumps(name)}, {list(index)}, {image});
                const cells = (size) => [...Array(size).keys()];
                return {{ ...made, pictures: made.pictures.map((one) => ({{ ...one, value:
                    cells(one.size).map((x) => cells(one.size).map((y) => one.value(x, y))) }})) }};
            }})()"""
        )
        about = f"{name}{index} of {rule.title}"
        assert found["formula"] == expected.formula, about
        terms = [(term["symbol"], term["what"]) for term in found["terms"]]
        assert terms == [(term.symbol, term.what) for term in expected.terms], about
        values = [term["value"] for term in found["terms"]]
        small = 1e-12 * max(map(abs, values), default=0)
        assert values == pytest.approx([term.value for term in expected.terms], 5e-8, small), about
        assert len(found["pictures"]) == len(expected.pictures), about
        for drawn, picture in zip(found["pictures"], expected.pictures, strict=True):
            words = drawn["symbol"], drawn["title"], drawn["kind"], drawn["mark"]
            mark = picture.mark and list(picture.mark)
            assert words == (picture.symbol, picture.title, picture.kind, mark), about
            np.testing.assert_allclose(drawn["value"], picture.values, 5e-8, 1e-15, err_msg=about)
        if expected.shares is None:
            assert found["shares"] is None, about
        else:
            assert found["adding"] == expected.adding
            small = 1e-12 * float(np.abs(expected.shares).max())
            assert found["shares"] == pytest.approx(expected.shares.tolist(), 5e-8, small), about


def test_a_pointed_cell_shows_what_made_it(opened: Browser, run: Run) -> None:
    at = Moment.of_run(run, bundled_digits(), 0)
    tensors = iterate(at.batch, at.parameters, at.settings.rule, at.settings.learning_rate)
    opened.click("#forward li:nth-child(2) button")
    opened.wait("document.querySelector('[data-tensor=C]')")
    cell = "#writes figure:nth-of-type(2) canvas"  # of 24 rows and columns
    opened.click(cell, x=(10 + 0.5) / 24, y=(12 + 0.5) / 24)
    opened.wait("!document.querySelector('#cell').hidden")
    assert opened.text("#cell-place") == "image 0, filter 2, row 13, column 11"
    value = float(tensors["C"][0, 1, 10, 12])
    assert opened.text("#cell-value") == f"C[0, 1, 10, 12] = {number_format.compact(value, 8)}"
    assert opened.text("#pointed").startswith(
        "image 0, filter 2, row 13, column 11 · C[0, 1, 10, 12]"
    )
    titles = opened.evaluate(
        "[...document.querySelectorAll('#cell-pictures figcaption')].map((t) => t.textContent)"
    )
    assert titles == [
        "patch of image 0\nP[10, 12, 0]",
        "filter 2\nf[:, :, 1]",
        "products\nP · f",
    ]
    written = opened.evaluate(
        "[...document.querySelectorAll('#cell-pictures .written')].map((p) => p.children.length)"
    )
    assert written == [25, 25, 25]
    opened.evaluate(f"document.querySelector('{cell}').focus()")
    opened.press("ArrowDown")
    opened.wait("document.querySelector('#cell-place').textContent.includes('row 14, column 11')")
    opened.wait(
        "document.querySelector('#live').textContent.startsWith('image 0, filter 2, row 14')"
    )
    assert opened.evaluate("document.querySelector('#iteration').value") == "0"


def test_numbers_are_written_as_the_program_writes_them(opened: Browser) -> None:
    values = [0.0, 1.0, -1.5, 0.9996, 123456.0, 99999.5, 1e5, 1e-4, -2.34567e-7, 12.0]
    values += np.random.default_rng(0).normal(0, 1, 40).tolist()
    values += (10.0 ** np.random.default_rng(1).uniform(-9, 9, 40)).tolist()
    for name, function, extra in (
        ("compact", number_format.compact, ", 3"),
        ("compact", lambda x: number_format.compact(x, 6), ", 6"),
        ("plain", number_format.plain, ""),
        ("tick", number_format.tick, ""),
        ("percent", number_format.percent, ""),
    ):
        script = f"{json.dumps(values)}.map((value) => cnnviz.numbers.{name}(value{extra}))"
        assert opened.evaluate(script) == [function(value) for value in values], name
    losses = [value for value in values if 0 <= value < 1]
    script = f"{json.dumps(losses)}.map((value) => cnnviz.numbers.lossText(value))"
    assert opened.evaluate(script) == [number_format.loss_text(value) for value in losses]


def test_single_precision_and_drawn_pixels_are_followed(browser: Browser, tmp_path: Path) -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=4, rule=EXACT, dtype="float32"))
    trainer.step()
    trainer.apply(trainer.settings.with_pixel(Pixel(1, 3, 20, 200), trainer.dataset))
    trainer.step()
    trainer.change(subset=6)
    trainer.step()
    run = run_of(trainer)
    trainer.close()
    path = tmp_path / "run.html"
    path.write_text(as_replay(run, bundled_digits()), encoding="utf-8")
    browser.open(path)
    for state in range(4):
        at = Moment.of_run(run, bundled_digits(), state)
        batch = Batch(at.batch.planes.astype(np.float64), at.batch.y.astype(np.float64))
        parameters = Parameters(at.parameters.f.astype(float), at.parameters.wo.astype(float))
        tensors = iterate(batch, parameters, EXACT, at.settings.learning_rate)
        names = ["X", "o", "dW", "dF"]
        for name, found in zip(names, tensors_in(browser, state, names), strict=True):
            small = 1e-12 * float(np.abs(tensors[name]).max())
            np.testing.assert_allclose(found, tensors[name], rtol=5e-8, atol=small, err_msg=name)
    assert browser.complaints == []


def test_a_long_run_is_thinned_and_a_state_without_a_result_says_so(
    run: Run, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_tensors, "MOST_STATES", 8)
    dense = np.array(wo_of(run))
    dense[-1] = 0  # all z are equal
    held_out = HeldOutCurve().with_state(5, 0.25, 0.75, 7).with_state(9, np.nan, np.nan, 7)
    held_out = held_out.with_state(10, 0.25, np.nan, 7)  # no such state but in a damaged file
    long = replace(run, states=StatesInMemory(f_of(run), dense), held_out=held_out)
    path = tmp_path / "run.html"
    path.write_text(as_replay(long, bundled_digits()), encoding="utf-8")
    browser.open(path)
    states = "[...Array(cnnviz.run.states).keys()].map((state) => cnnviz.run.iterationOf(state))"
    assert browser.evaluate(states) == [0, 5, 10, 15, 20, 25, 30, 32]
    assert "one state in 5" in browser.text("#about")
    (found,) = tensors_in(browser, 3, ["f"])
    np.testing.assert_array_equal(found, f_of(run)[15])
    assert browser.text("#held-out") == "Dashed: held-out images, which are not trained on."
    browser.press("End")
    browser.wait("document.querySelector('#iteration').value === '32'")
    assert browser.text("#problem").startswith("standardise: All z are equal")
    assert [browser.text(name) for name in ("#o", "#verdict")] == ["o undefined", "no prediction"]
    assert browser.text("#live") == "Iteration 32: loss undefined, accuracy undefined."
    assert browser.text("#held-out") == (
        "Dashed: 7 held-out images, which are not trained on; at iteration 5, loss 0.250, "
        "accuracy 75.0 %."
    )
    drawn = "document.querySelector('figure:nth-of-type(2) .held-out').getAttribute('d')"
    assert browser.evaluate(drawn) == "M110.6 34.0"  # of the accuracy: the point that is known
    cells = "[...document.querySelectorAll('#rows tr')].map((row) => [...row.cells].slice(4))"
    shown = browser.evaluate(f"{cells}.map((cells) => cells.map((cell) => cell.textContent))")
    assert shown == [["undefined", "–", "?"]] * DIGITS
    assert browser.text("#predictions-title") == "Predictions: none, ẑ is undefined"
    assert browser.evaluate("document.querySelectorAll('#rows .wrong').length") == 0
    browser.press("F10")
    browser.click("#backward li:nth-child(2) button")
    browser.wait("document.querySelector('[data-tensor=dW]')")
    assert browser.text("[data-tensor=dW] p") == "undefined"
    assert browser.evaluate("document.querySelector('[data-tensor=dW] .scale').hidden")
    browser.press("Home")
    browser.wait("document.querySelector('#problem').textContent === ''")
    assert browser.complaints == []


def test_it_fits_every_width_and_names_every_control(opened: Browser) -> None:
    chosen = "operation: 14, cell: { tensor: 'dF', index: [0, 2, 2] }"
    opened.evaluate(f"cnnviz.view.change({{ {chosen} }})")
    opened.wait("!document.querySelector('#cell').hidden")
    for width in (1366, 800, 400, 360):
        opened.resize(width, 700)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
    unnamed = opened.evaluate(
        """[...document.querySelectorAll("button, input, select, canvas")].filter((one) => !(
            one.ariaHidden || one.ariaLabel || one.labels?.length || one.textContent.trim())
        ).map((one) => one.outerHTML)"""
    )
    assert unnamed == []


def test_what_a_run_is_called_is_never_markup(run: Run, browser: Browser, tmp_path: Path) -> None:
    evil = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>"
    bookmark, edit = Bookmark(0, "<b onclick=x>start</b>"), Edit(9, "f", (0, 1, 2), 0.5)
    annotations = Annotations(evil[:60], (bookmark,), (edit,))
    config = RunConfig(run.config.source, run.config.settings, run.config.sha256, annotations)
    named = Run(run.states, run.loss, run.accuracy, run.output, config)
    path = tmp_path / "run.html"
    path.write_text(as_replay(named, bundled_digits()), encoding="utf-8")
    browser.open(path)
    assert browser.text("#name") == evil[:60]
    assert browser.text("#mark") == "bookmark “<b onclick=x>start</b>”"
    assert browser.evaluate("[window.broken, document.scripts.length, document.title]") == [
        None,
        2,
        evil[:60],
    ]
    items = browser.evaluate(
        "[...document.querySelectorAll('#mark-list li')].map((li) => li.innerText)"
    )
    assert items[0] == "iteration 0 bookmark “<b onclick=x>start</b>”"
    by_hand = "filter 3, row 2, column 1 · f[0, 1, 2] = 0.5, by hand"
    (at,) = (at for at, item in enumerate(items, 1) if item.endswith(by_hand))
    browser.click(f"#mark-list li:nth-child({at}) button")
    browser.wait("document.querySelector('#iteration').value === '9'")
    assert by_hand in browser.text("#mark")
    assert browser.complaints == []


def test_a_dark_page_is_printed_light_and_then_dark_again(
    run: Run, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "run.html"
    path.write_text(as_replay(run, bundled_digits()), encoding="utf-8")
    browser.open(path, 1200, 800, "dark")
    corner = """[...document.querySelector("#network-image canvas").getContext("2d")
        .getImageData(0, 0, 1, 1).data.slice(0, 3)]"""
    assert browser.evaluate(corner) == [0, 0, 0]
    for event, paper in (("beforeprint", [255, 255, 255]), ("afterprint", [0, 0, 0])):
        assert browser.evaluate(f'window.dispatchEvent(new Event("{event}")), {corner}') == paper


def test_a_page_loads_nothing_and_is_small(run: Run) -> None:
    text = as_replay(run, bundled_digits())
    policy = text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(text) < 33 * 1803 * 11 + 150_000  # weights in base64, and the page itself


def test_its_colours_are_the_programs() -> None:
    style = text_of("base.css")
    light, _, dark = style.partition("prefers-color-scheme: dark")
    for part, theme in ((light, LIGHT), (dark, DARK)):
        for name in ("window", "panel", "raised", "text", "muted", "line", "accent", "wrong"):
            assert f"--{name}: {getattr(theme, name)}" in part
        for number, colour in enumerate(theme.filters, 1):
            assert f"--filter-{number}: {colour}" in part
    script = text_of("replay", "colours.js")
    wrong = re.findall(r"(?:light|dark): \[0x(..), 0x(..), 0x(..)\]", script)
    assert [f"#{''.join(parts)}" for parts in wrong] == [LIGHT.wrong, DARK.wrong]
