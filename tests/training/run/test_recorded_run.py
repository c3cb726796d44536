import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.recorded_run import RunConfig, digest
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.any_text import any_text
from tests.training.recorded import f_of, run_of, wo_of

FIRST = Settings(subset=5, learning_rate=0.25, seed=3)
SECOND = replace(FIRST, subset=9, rule=EXACT)
EDIT = {"iteration": 1, "tensor": "f", "index": [0, 0, 1], "value": 2}
CONFIG = RunConfig("mnist", (SettingsMark(0, FIRST), SettingsMark(4, SECOND)), "ab" * 32)

Golden = Callable[[str], tuple[Dataset, Settings, dict[str, np.ndarray]]]

settings = st.builds(
    Settings,
    subset=st.integers(2, 60_000),
    learning_rate=st.floats(1e-4, 1e5),
    rule=st.builds(Rule.correcting, st.sets(st.sampled_from(list(SWITCHES)))),
    seed=st.just(7),
    dtype=st.sampled_from(["float64", "float32"]),
)


NAMES = any_text(min_size=1, max_size=80).map(lambda text: " ".join(text.split())).filter(bool)
iterations = st.integers(0, 50)
edits = st.one_of(
    st.builds(
        Edit,
        iterations,
        st.just("f"),
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)),
        st.floats(-1e6, 1e6),
    ),
    st.builds(
        Edit,
        iterations,
        st.just("wo"),
        st.tuples(st.integers(0, 1727), st.just(0)),
        st.floats(-1e6, 1e6),
    ),
)


@st.composite
def annotations(draw: st.DrawFn) -> Annotations:
    bookmarks = draw(st.dictionaries(iterations, NAMES, max_size=4))
    return Annotations(
        draw(st.just("") | NAMES),
        tuple(Bookmark(i, bookmarks[i]) for i in sorted(bookmarks)),
        tuple(sorted(draw(st.lists(edits, max_size=4)), key=lambda edit: edit.iteration)),
    )


@st.composite
def configs(draw: st.DrawFn) -> RunConfig:
    starts = sorted(draw(st.sets(st.integers(0, 50), max_size=5)))
    marks = [SettingsMark(0, draw(settings)), *(SettingsMark(i, draw(settings)) for i in starts)]
    digest = draw(st.text("0123456789abcdef", max_size=64))
    return RunConfig(draw(any_text()), tuple(marks), digest, draw(annotations()))


@given(configs())
def test_json_keeps_every_field(config: RunConfig) -> None:
    assert RunConfig.from_json(config.to_json(), 50) == config


def test_json_is_for_other_programs_too() -> None:
    assert json.loads(CONFIG.to_json()) == {
        "version": 1,
        "data": "mnist",
        "settings": {
            "subset": 5,
            "learning_rate": 0.25,
            "rule": [],
            "seed": 3,
            "dtype": "float64",
        },
        "marks": [
            {
                "iteration": 4,
                "settings": {
                    "subset": 9,
                    "learning_rate": 0.25,
                    "rule": ["scale", "standardisation", "update-order", "pairing", "layout"],
                    "seed": 3,
                    "dtype": "float64",
                },
            }
        ],
        "sha256": "ab" * 32,
    }


def test_a_whole_learning_rate_may_be_written_without_a_point() -> None:
    config = json.loads(CONFIG.to_json())
    config["settings"]["learning_rate"] = 15
    read = RunConfig.from_json(json.dumps(config), 9)
    assert read.settings[0].settings.learning_rate == 15.0
    assert isinstance(read.settings[0].settings.learning_rate, float)


def changed(*keys: str | int, to: object) -> str:
    """The config's JSON with one member replaced."""
    config = json.loads(CONFIG.to_json())
    at: Any = config
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = to
    return json.dumps(config)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        "[" * 100_000,
        '{"version": ' + "9" * 5_000 + "}",
        changed("version", to=5),
        changed("version", to=0),
        changed("version", to=True),
        changed("version", to="1"),
        changed("data", to=None),
        changed("data", to=["mnist"]),
        changed("sha256", to=5),
        changed("settings", to=[]),
        changed("settings", "subset", to=1),
        changed("settings", "subset", to=5.0),
        changed("settings", "subset", to=True),
        changed("settings", "learning_rate", to="15"),
        changed("settings", "learning_rate", to=float("nan")),
        changed("settings", "learning_rate", to=float("inf")),
        changed("settings", "learning_rate", to=10**400),
        changed("settings", "learning_rate", to=0),
        changed("settings", "rule", to="exact"),
        changed("settings", "rule", to=["speed"]),
        changed("settings", "rule", to=[["scale"]]),
        changed("settings", "seed", to=-1),
        changed("settings", "dtype", to="float16"),
        changed("settings", "dtype", to=["float64"]),
        changed("marks", to={}),
        changed("marks", to=[None]),
        changed("marks", 0, "iteration", to=-1),
        changed("marks", 0, "iteration", to=10),
        changed("marks", 0, "iteration", to=2.0),
        changed("marks", 0, "settings", to={}),
        changed("marks", 0, "settings", "seed", to=4),
        changed("marks", to=[json.loads(CONFIG.to_json())["marks"][0]] * 2),
        changed("name", to=3),
        changed("name", to=""),
        changed("name", to="x" * 81),
        changed("bookmarks", to={}),
        changed("bookmarks", to=[3]),
        changed("bookmarks", to=[{"iteration": 10, "name": "a"}]),
        changed("bookmarks", to=[{"iteration": -1, "name": "a"}]),
        changed("bookmarks", to=[{"iteration": 1, "name": " "}]),
        changed("bookmarks", to=[{"iteration": i, "name": "a"} for i in (2, 1)]),
        changed("bookmarks", to=[{"iteration": 1, "name": "a"}] * 2),
        changed("edits", to="f"),
        changed("edits", to=[{**EDIT, "tensor": "X"}]),
        changed("edits", to=[{**EDIT, "index": [0, 0, 3]}]),
        changed("edits", to=[{**EDIT, "index": [0, 0, 1.0]}]),
        changed("edits", to=[{**EDIT, "index": [0, 0, True]}]),
        changed("edits", to=[{**EDIT, "value": 1e7}]),
        changed("edits", to=[{**EDIT, "value": None}]),
        changed("edits", to=[{**EDIT, "iteration": 10}]),
        changed("edits", to=[{**EDIT, "iteration": i} for i in (2, 1)]),
    ],
)
def test_invalid_metadata_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        RunConfig.from_json(text, 9)


def test_annotations_are_for_other_programs_and_older_readers_too() -> None:
    added = Annotations(
        "a branch",
        (Bookmark(2, "here"),),
        (Edit(1, "f", (0, 0, 1), 2.0), Edit(1, "wo", (9, 0), 1.0)),
    )
    written = json.loads(replace(CONFIG, annotations=added).to_json())
    assert {name: written.pop(name) for name in ("name", "bookmarks", "edits")} == {
        "name": "a branch",
        "bookmarks": [{"iteration": 2, "name": "here"}],
        "edits": [
            {"iteration": 1, "tensor": "f", "index": [0, 0, 1], "value": 2.0},
            {"iteration": 1, "tensor": "wo", "index": [9, 0], "value": 1.0},
        ],
    }
    assert written == json.loads(CONFIG.to_json())


def test_a_later_format_is_reported() -> None:
    with pytest.raises(ValueError, match="format version 5, and this cnnviz reads 1 to 4"):
        RunConfig.from_json(changed("version", to=5), 9)


@pytest.mark.parametrize("iterations", [0, 1, 4])
def test_the_output_is_of_the_settings_before_a_change_that_has_not_acted(iterations: int) -> None:
    assert CONFIG.at_output(iterations) == FIRST


def test_the_output_is_of_the_settings_in_force() -> None:
    assert CONFIG.at_output(5) == SECOND


def test_a_change_before_the_first_iteration_has_acted_in_it() -> None:
    config = replace(CONFIG, settings=(SettingsMark(0, FIRST), SettingsMark(0, SECOND)))
    assert [config.at_output(i) for i in (0, 1)] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (("float32", "float32"), "float32"),
        (("float32", "float64"), "float64"),
        (("float64", "float32"), "float64"),
    ],
)
def test_the_precision_holds_every_state(dtypes: tuple[Any, Any], expected: str) -> None:
    marks = tuple(SettingsMark(i, replace(FIRST, dtype=dtype)) for i, dtype in enumerate(dtypes))
    assert replace(CONFIG, settings=marks).dtype == expected


def test_the_digest_is_of_images_and_labels(digits: Dataset) -> None:
    plain = b"".join(bytes(image.ravel().tolist()) for image in digits.images[:7])
    plain += bytes(digits.labels[:7].tolist())
    assert digest(digits, 7) == hashlib.sha256(plain).hexdigest()


def test_a_data_set_matches_if_it_begins_with_the_runs_images(digits: Dataset) -> None:
    config = RunConfig.of("bundled", digits, CONFIG.settings)
    assert config.images == 9
    assert config.fits(digits)
    assert config.fits(digits.first(9))
    assert not config.fits(digits.first(8))
    labels = digits.labels.copy()
    labels[8] ^= 1
    assert not config.fits(Dataset("other labels", digits.images, labels))
    images = digits.images.copy()
    images[8, 14, 14] ^= 1
    assert not config.fits(Dataset("other images", images, digits.labels))
    images = digits.images.copy()
    images[9, 0, 0] = 7
    assert config.fits(Dataset("the same first images", images, digits.labels))


@pytest.mark.parametrize("source", ["bundled", "mnist"])
def test_names_of_sources_are_kept(digits: Dataset, source: str) -> None:
    assert RunConfig.of(source, digits, CONFIG.settings).source == source


def test_paths_of_sources_are_made_absolute(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = RunConfig.of(os.path.join("here", "mnist.npz"), digits, CONFIG.settings)  # noqa: PTH118
    assert made.source == str(Path.cwd() / "here" / "mnist.npz")


def test_pausing_on_warnings_is_not_recorded(digits: Dataset) -> None:
    made = RunConfig.of(
        "bundled", digits, [SettingsMark(0, replace(FIRST, pause_on_warning=False))]
    )
    assert made.settings == (SettingsMark(0, FIRST),)


class TestFromTrainer:
    def test_a_recorded_run_contains_every_state(
        self,
        golden: Golden,
        make_trainer: Callable[..., Trainer],
    ) -> None:
        dataset, s, arrays = golden("ten_steps")
        trainer = make_trainer(dataset, subset=s.subset, learning_rate=s.learning_rate, seed=s.seed)
        while trainer.step() and trainer.iteration < 10:
            pass
        run = run_of(trainer)
        assert run.iterations == 10
        np.testing.assert_allclose(f_of(run), arrays["f"], rtol=1e-9)
        np.testing.assert_allclose(wo_of(run), arrays["wo"], rtol=1e-9)
        np.testing.assert_allclose(run.loss, arrays["error"][:, 0].mean(axis=1), rtol=1e-9)
        np.testing.assert_allclose(run.output, arrays["output"][-1, 0], rtol=1e-9)
        right = (arrays["output"][:, 0] > 0.5) == (dataset.labels > 4)
        np.testing.assert_array_equal(run.accuracy, right.mean(axis=1))

    def test_arrays_are_read_only(self, make_trainer: Callable[..., Trainer]) -> None:
        run = run_of(make_trainer())
        for array in (f_of(run), wo_of(run), run.loss, run.accuracy, run.output):
            assert not array.flags.writeable

    def test_a_recorded_run_is_whole_at_any_shown_iteration(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer()
        for _ in range(6):
            trainer.step()
        whole = run_of(trainer)
        trainer.go_to(2)
        frame = frame_of(trainer, 1)
        again = run_of(trainer)
        assert f_of(whole).tobytes() == f_of(again).tobytes()
        assert whole.output.tobytes() == again.output.tobytes()
        after = frame_of(trainer, 1)  # and saving does not move it
        assert (after.iteration, after.last, after.settings) == (2, 6, frame.settings)
        assert after.predictions.output.tobytes() == frame.predictions.output.tobytes()

    def test_saving_does_not_disturb_training(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer, plain = make_trainer(), make_trainer()
        for t in (trainer, plain):
            for _ in range(3):
                t.step()
        run_of(trainer)
        trainer.step()
        plain.step()
        assert trainer.parameters.wo.tobytes() == plain.parameters.wo.tobytes()

    def test_of_no_iteration_has_the_first_output(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer()
        run = run_of(trainer)
        assert (f_of(run).shape, wo_of(run).shape) == ((1, 5, 5, 3), (1, 1728, 1))
        assert run.loss.shape == run.accuracy.shape == (0,)
        np.testing.assert_array_equal(run.output, frame_of(trainer, 0).predictions.output)

    def test_an_undefined_output_is_nan(
        self, make_trainer: Callable[..., Trainer], identical_images: Dataset
    ) -> None:
        run = run_of(make_trainer(identical_images))
        assert run.output.shape == (4,)
        assert np.isnan(run.output).all()

    def test_float32_stays_float32(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(dtype="float32")
        trainer.step()
        run = run_of(trainer)
        assert f_of(run).dtype == wo_of(run).dtype == run.output.dtype == np.float32
        np.testing.assert_array_equal(f_of(run)[1], trainer.parameters.f)

    def test_changes_are_recorded_including_a_pending_one(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer(subset=4)
        first = trainer.settings
        trainer.step()
        acted = replace(first, subset=7, dtype="float32")
        trainer.change(subset=7, dtype="float32")
        trainer.step()
        waits = replace(acted, learning_rate=1.0)
        trainer.change(learning_rate=1.0)
        run = run_of(trainer)
        assert run.config.settings == (
            SettingsMark(0, first),
            SettingsMark(1, acted),
            SettingsMark(2, waits),
        )
        assert run.output.shape == (7,)
        assert f_of(run).dtype == np.float64

    def test_states_that_are_not_kept_are_recomputed(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from cnnviz.training.run import kept_parameters

        monkeypatch.setattr(kept_parameters, "RECENT", 3)
        monkeypatch.setattr(kept_parameters, "SPACING", 4)
        monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)
        trainer = make_trainer()
        states = [trainer.parameters]
        for i in range(40):
            if i == 17:
                trainer.change(rule=EXACT, subset=6)
            if i == 30:
                trainer.change(rule=NOTEBOOK)
            trainer.step()
            states.append(trainer.parameters)
        run = run_of(trainer)
        for t, state in enumerate(states):
            np.testing.assert_array_equal(f_of(run)[t], state.f)
            np.testing.assert_array_equal(wo_of(run)[t], state.wo)
