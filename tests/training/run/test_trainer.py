from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MalformedFileError
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from cnnviz.training.errors import HistoryError, SettingsError
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run import kept_parameters, kernel_cache
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings
from tests.training.recorded import f_of, run_of, wo_of

Golden = Callable[[str], tuple[Dataset, Settings, dict[str, np.ndarray]]]


def same(a: Parameters, b: Parameters) -> bool:
    """Whether parameters are bitwise the same, type and all."""
    return (
        a.f.dtype == b.f.dtype
        and a.f.tobytes() == b.f.tobytes()
        and a.wo.tobytes() == b.wo.tobytes()
    )


def steps(trainer: Trainer, count: int) -> list[Parameters]:
    """Iterate, and return the parameters of every state passed, the first included."""
    states = [trainer.parameters]
    for _ in range(count):
        assert trainer.step()
        states.append(trainer.parameters)
    return states


@pytest.fixture
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories that keep so few states that many must be recomputed."""
    monkeypatch.setattr(kept_parameters, "RECENT", 3)
    monkeypatch.setattr(kept_parameters, "SPACING", 4)
    monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)


@pytest.mark.parametrize("name", ["first_step", "lr15_steps", "small", "ten_steps", "tiny_lr"])
def test_agrees_with_the_notebook(
    golden: Golden, make_trainer: Callable[..., Trainer], name: str
) -> None:
    dataset, settings, arrays = golden(name)
    trainer = make_trainer(
        dataset,
        subset=settings.subset,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
    )
    for t in range(len(arrays["output"])):
        frame = frame_of(trainer, 0)
        np.testing.assert_allclose(frame.parameters.f, arrays["f"][t], rtol=1e-9)
        np.testing.assert_allclose(frame.parameters.wo, arrays["wo"][t], rtol=1e-9)
        np.testing.assert_allclose(frame.predictions.output, arrays["output"][t, 0], rtol=1e-9)
        np.testing.assert_allclose(frame.predictions.error, arrays["error"][t, 0], rtol=1e-9)
        assert frame.curve.loss[t] == pytest.approx(arrays["error"][t].mean(), rel=1e-9)
        assert trainer.step()
    np.testing.assert_allclose(trainer.parameters.f, arrays["f"][-1], rtol=1e-9)
    np.testing.assert_allclose(trainer.parameters.wo, arrays["wo"][-1], rtol=1e-9)


class TestStepping:
    def test_starts_with_the_seeds_parameters(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(seed=11)
        assert (trainer.iteration, trainer.last) == (0, 0)
        assert same(trainer.parameters, initial_parameters(11))

    def test_a_step_is_one_iteration(
        self, make_trainer: Callable[..., Trainer], digits: Dataset
    ) -> None:
        trainer = make_trainer(subset=5, rule=EXACT, learning_rate=40.0)
        batch = Batch.from_images(digits.images[:5], digits.labels[:5])
        expected = updated(iterate(batch, initial_parameters(0), EXACT, 40.0))
        assert trainer.step()
        assert (trainer.iteration, trainer.last) == (1, 1)
        np.testing.assert_allclose(trainer.parameters.f, expected.f, rtol=1e-10)
        np.testing.assert_allclose(trainer.parameters.wo, expected.wo, rtol=1e-10)

    def test_back_is_the_state_before(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer()
        states = steps(trainer, 6)
        for i in (5, 4, 3, 2, 1, 0):
            assert trainer.back()
            assert (trainer.iteration, trainer.last) == (i, 6)
            assert same(trainer.parameters, states[i])
        assert not trainer.back()
        assert trainer.iteration == 0

    def test_a_step_in_the_past_replays_the_run(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer()
        states = steps(trainer, 5)
        loss = frame_of(trainer, 0).curve.loss
        trainer.go_to(1)
        assert trainer.step()
        assert (trainer.iteration, trainer.last) == (2, 5)
        assert same(trainer.parameters, states[2])
        np.testing.assert_array_equal(frame_of(trainer, 0).curve.loss, loss)

    def test_a_step_in_the_past_with_other_settings_begins_a_branch(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer()
        states = steps(trainer, 5)
        loss = frame_of(trainer, 0).curve.loss
        trainer.go_to(2)
        trainer.change(learning_rate=1.0)
        other = trainer.settings
        assert trainer.last == 5  # nothing is lost before the iteration
        assert trainer.step()
        assert (trainer.iteration, trainer.last) == (3, 3)
        assert not same(trainer.parameters, states[3])
        curve = frame_of(trainer, 0).curve
        np.testing.assert_array_equal(curve.loss[:3], loss[:3])
        assert curve.marks == (SettingsMark(2, other),)

    def test_a_failing_step_keeps_later_states(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 5)
        trainer.go_to(2)
        trainer.change(learning_rate=1.0)
        monkeypatch.setattr(FastIteration, "update", refuse_to_update)
        assert not trainer.step()
        assert (trainer.iteration, trainer.last) == (2, 5)

    def test_a_thousand_steps_back_and_forward(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=2, learning_rate=0.5)
        states = steps(trainer, 1_040)
        loss = frame_of(trainer, 0).curve.loss
        for i in range(1_039, 19, -1):
            assert trainer.back()
            assert same(trainer.parameters, states[i])
        for i in range(21, 1_041):
            assert trainer.step()
            assert same(trainer.parameters, states[i])
        np.testing.assert_array_equal(frame_of(trainer, 0).curve.loss, loss)

    @pytest.mark.parametrize("unknown", [-1, 4, 10**6])
    def test_a_missing_state_is_refused(
        self, make_trainer: Callable[..., Trainer], unknown: int
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 3)
        before = trainer.parameters
        with pytest.raises(HistoryError):
            trainer.go_to(unknown)
        assert (trainer.iteration, trainer.last) == (3, 3)
        assert trainer.parameters is before

    def test_reset_returns_to_the_beginning(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(seed=5)
        states = steps(trainer, 4)
        trainer.reset()
        frame = frame_of(trainer, 0)
        assert (frame.iteration, frame.last, frame.curve.marks) == (0, 0, ())
        assert len(frame.curve.loss) == 1
        assert [p.f.tobytes() for p in steps(trainer, 4)] == [p.f.tobytes() for p in states]


@pytest.mark.usefixtures("short_history")
class TestRecomputing:
    def test_every_state_can_be_restored(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=3)
        states = steps(trainer, 61)
        for i in [*range(60, 0, -7), *range(0, 60, 5), 33, 32, 31, 30, 34, 61]:
            assert trainer.go_to(i)
            assert same(trainer.parameters, states[i])

    def test_across_changes_of_every_setting(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=3)
        states, losses = steps(trainer, 5), []
        for change in (
            {"learning_rate": 0.3},
            {"subset": 5},
            {"dtype": "float32"},
            {"rule": EXACT},
            {"dtype": "float64", "subset": 2},
            {"rule": NOTEBOOK, "learning_rate": 2.0},
        ):
            trainer.change(**change)
            states += steps(trainer, 5)[1:]
        used = [frame_of(trainer, 0).curve.marks]
        losses = frame_of(trainer, 0).curve.loss
        for i in [*range(35, -1, -1), 3, 17, 9, 28]:
            assert trainer.go_to(i)
            stored = states[i].astype(trainer.settings.numpy_dtype)
            assert same(trainer.parameters, stored)
        assert [frame_of(trainer, 0).curve.marks] == used
        np.testing.assert_array_equal(frame_of(trainer, 0).curve.loss, losses)

    def test_going_forward_again_computes_each_state_once(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trainer = make_trainer(subset=3)
        states = steps(trainer, 61)  # keyframes 0 and 32 are left
        trainer.go_to(33)
        updates = []
        original = FastIteration.update

        def counted(*arguments: object) -> Parameters:
            updates.append(1)
            return original(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(FastIteration, "update", counted)
        for i in range(34, 50):
            assert trainer.step()
            assert same(trainer.parameters, states[i])
        for i in range(48, 33, -1):
            assert trainer.back()
            assert same(trainer.parameters, states[i])
        assert len(updates) == 16

    def test_a_jump_does_not_reuse_states_of_another_branch(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer(subset=3)
        steps(trainer, 61)
        trainer.go_to(40)  # computes 33 to 40 again
        trainer.go_to(34)
        trainer.change(learning_rate=1.0)
        states = steps(trainer, 20)
        for i in (36, 40, 35):
            trainer.go_to(i)
            assert same(trainer.parameters, states[i - 34])

    def test_an_interrupted_jump_changes_nothing(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer(subset=3)
        states = steps(trainer, 61)
        asked = iter([False, False, False, True])
        assert not trainer.go_to(40, lambda: next(asked))
        assert (trainer.iteration, trainer.last) == (61, 61)
        assert same(trainer.parameters, states[61])
        expected = make_trainer(subset=3)
        steps(expected, 62)
        assert trainer.step()  # by the forward pass of this state, not of an intermediate one
        assert same(trainer.parameters, expected.parameters)
        assert trainer.go_to(40)
        assert same(trainer.parameters, states[40])

    def test_back_can_be_interrupted(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=3)
        steps(trainer, 61)
        trainer.go_to(32)
        assert not trainer.back(lambda: True)
        assert trainer.iteration == 32

    def test_with_threads_too(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kernel_cache.os, "cpu_count", lambda: 3)
        trainer = make_trainer(subset=400)
        states = steps(trainer, 7)
        for i in (6, 3, 2, 5, 1):
            trainer.go_to(i)
            assert same(trainer.parameters, states[i])


class TestChanging:
    @pytest.mark.parametrize("change", [{"learning_rate": 2.5}, {"subset": 9}, {"rule": EXACT}])
    def test_a_change_acts_from_the_next_iteration_keeps_the_weights_and_is_marked(
        self, make_trainer: Callable[..., Trainer], digits: Dataset, change: dict[str, object]
    ) -> None:
        trainer = make_trainer(subset=4)
        before = steps(trainer, 3)[-1]
        changed = replace(trainer.settings, **change)
        trainer.change(**change)
        assert trainer.settings == changed
        assert (trainer.iteration, trainer.last) == (3, 3)
        assert same(trainer.parameters, before)
        n = changed.subset
        batch = Batch.from_images(digits.images[:n], digits.labels[:n])
        expected = updated(iterate(batch, before, changed.rule, changed.learning_rate))
        trainer.step()
        np.testing.assert_allclose(trainer.parameters.f, expected.f, rtol=1e-9)
        np.testing.assert_allclose(trainer.parameters.wo, expected.wo, rtol=1e-9)
        assert frame_of(trainer, 0).curve.marks == (SettingsMark(3, changed),)

    def test_another_subset_is_shown_at_once(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=4)
        steps(trainer, 2)
        trainer.change(subset=9)
        frame = frame_of(trainer, 8)
        assert len(frame.predictions.output) == 9
        assert frame.image.index == 8
        assert len(frame.curve.loss) == 3  # but is no new state

    def test_a_reverted_change_leaves_no_trace(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer, plain = make_trainer(), make_trainer()
        steps(trainer, 2)
        first = trainer.settings
        trainer.change(learning_rate=1.0, subset=7, dtype="float32", rule=EXACT)
        frame_of(trainer, 0)
        trainer.apply(first)
        steps(trainer, 2)
        assert same(trainer.parameters, steps(plain, 4)[-1])
        assert frame_of(trainer, 0).curve.marks == ()

    @pytest.mark.parametrize("iterations", [0, 3])
    def test_another_seed_resets(
        self, make_trainer: Callable[..., Trainer], iterations: int
    ) -> None:
        trainer = make_trainer()
        steps(trainer, iterations)
        trainer.change(learning_rate=2.0)
        trainer.reset(9)
        frame = frame_of(trainer, 0)
        assert (frame.iteration, frame.last, frame.curve.marks) == (0, 0, ())
        assert same(trainer.parameters, initial_parameters(9))
        assert trainer.settings.learning_rate == 2

    def test_of_precision(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer()
        before = steps(trainer, 2)[-1]
        trainer.change(dtype="float32")
        assert same(trainer.parameters, before.astype(np.float32))
        trainer.step()
        frame = frame_of(trainer, 0)
        assert frame.parameters.f.dtype == frame.predictions.output.dtype == np.float32
        assert frame.curve.loss.dtype == np.float64
        assert [mark.settings.dtype for mark in frame.curve.marks] == ["float32"]
        trainer.change(dtype="float64")
        trainer.step()
        assert trainer.parameters.f.dtype == np.float64
        trainer.go_to(2)
        assert trainer.parameters.f.dtype == np.float32  # as in the iteration that followed

    def test_float32_starts_from_the_same_draw(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(dtype="float32")
        assert same(trainer.parameters, initial_parameters(0, np.float32))
        trainer.change(dtype="float64")
        assert same(trainer.parameters, initial_parameters(0))

    def test_a_subset_beyond_the_data_is_refused(
        self, make_trainer: Callable[..., Trainer], is_one_sentence: Callable[[object], str]
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 2)
        before = trainer.settings
        with pytest.raises(SettingsError, match="1797 images of bundled digits") as error:
            trainer.change(subset=1_798)
        is_one_sentence(error.value)
        assert trainer.settings == before
        assert trainer.step()

    def test_too_little_memory_changes_nothing(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trainer, plain = make_trainer(), make_trainer()
        steps(trainer, 2)
        before = trainer.settings
        original = Batch.from_images

        def too_big(images: np.ndarray, *arguments: object) -> Batch:
            if len(images) > 100:
                raise MemoryError
            return original(images, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Batch, "from_images", too_big)
        with pytest.raises(MemoryError):
            trainer.change(subset=1_000)
        assert trainer.settings == before
        steps(trainer, 2)
        assert same(trainer.parameters, steps(plain, 4)[-1])

    def test_after_too_little_memory_the_run_still_knows_how_it_went(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 2)
        used = trainer.settings
        original, calls = FastIteration.forward, []

        def forward(*arguments: object) -> object:
            calls.append(1)
            if len(calls) == 1:
                raise MemoryError
            return original(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(FastIteration, "forward", forward)
        with pytest.raises(MemoryError):
            trainer.step()
        trainer.apply(replace(used, subset=2))
        assert (trainer.iteration, trainer.last) == (3, 3)
        trainer.back()
        assert trainer.settings == used
        assert frame_of(trainer, 0).curve.marks == ()

    def test_pausing_on_warnings_survives_jumps_and_keeps_the_run(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 5)
        trainer.go_to(2)
        trainer.change(pause_on_warning=False)
        trainer.step()
        assert (trainer.iteration, trainer.last) == (3, 5)
        assert not trainer.settings.pause_on_warning
        trainer.go_to(5)
        trainer.step()
        assert frame_of(trainer, 0).curve.marks == ()


class TestOtherData:
    def test_new_data_resets_the_run(
        self, make_trainer: Callable[..., Trainer], digits: Dataset
    ) -> None:
        trainer = make_trainer(subset=50)
        steps(trainer, 3)
        few = Dataset("few", digits.images[100:110], digits.labels[100:110])
        trainer.use(few, "few.npz")
        frame = frame_of(trainer, 0)
        assert (frame.iteration, frame.last) == (0, 0)
        assert frame.settings.subset == 10
        assert (frame.dataset, trainer.dataset, trainer.branches.current.source) == (
            few,
            few,
            "few.npz",
        )
        np.testing.assert_array_equal(frame.image.image, digits.images[100])
        trainer.step()
        batch = Batch.from_images(few.images, few.labels)
        expected = updated(iterate(batch, initial_parameters(0), NOTEBOOK, 15.0))
        np.testing.assert_allclose(trainer.parameters.wo, expected.wo, rtol=1e-9)

    def test_a_single_image_is_refused_and_the_old_data_kept(
        self, make_trainer: Callable[..., Trainer], digits: Dataset
    ) -> None:
        trainer = make_trainer()
        states = steps(trainer, 3)
        with pytest.raises(SettingsError):
            trainer.use(Dataset("one", digits.images[:1], digits.labels[:1]), "one.npz")
        assert (trainer.dataset, trainer.branches.current.source, trainer.last) == (
            digits,
            "bundled",
            3,
        )
        assert same(trainer.parameters, states[3])
        assert trainer.step()

    def test_damage_among_its_first_images_keeps_the_old_data(
        self,
        make_trainer: Callable[..., Trainer],
        digits: Dataset,
        damaged: Callable[[int], Dataset],
    ) -> None:
        trainer = make_trainer(subset=5)
        states = steps(trainer, 3)
        with pytest.raises(MalformedFileError):
            trainer.use(damaged(4), "damaged.gz")
        assert (trainer.dataset, trainer.branches.current.source, trainer.last) == (
            digits,
            "bundled",
            3,
        )
        assert same(trainer.parameters, states[3])
        assert trainer.step()
        trainer.use(damaged(5), "damaged.gz")
        assert trainer.step()

    def test_damage_among_the_first_images_is_reported_at_once(
        self, make_trainer: Callable[..., Trainer], damaged: Callable[[int], Dataset]
    ) -> None:
        with pytest.raises(MalformedFileError):
            make_trainer(damaged(4), subset=5)
        assert make_trainer(damaged(5), subset=5).step()

    def test_too_little_memory_for_it_keeps_the_old_data(
        self,
        make_trainer: Callable[..., Trainer],
        digits: Dataset,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        trainer = make_trainer()
        states = steps(trainer, 3)

        def fail(*_: object) -> Batch:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(Batch, "from_images", fail)
            with pytest.raises(MemoryError):
                trainer.use(digits.first(9), "few.npz")
        assert (trainer.dataset, trainer.branches.current.source, trainer.last) == (
            digits,
            "bundled",
            3,
        )
        assert same(trainer.parameters, states[3])
        assert trainer.step()

    def test_a_trainer_for_too_many_images_is_refused(self, identical_images: Dataset) -> None:
        with pytest.raises(SettingsError, match="subset 6 is more than the 5 images"):
            Trainer(identical_images, Settings(subset=6))


def notice_of(trainer: Trainer) -> Notice:
    assert trainer.notice is not None
    return trainer.notice


def refuse_to_update(*_: object) -> Parameters:
    raise NonFiniteError("dense_update", "1 of 1728 values of wo are not finite.")


class TestNotices:
    def test_zero_deviation_is_named_and_raises_nothing(
        self, make_trainer: Callable[..., Trainer], identical_images: Dataset
    ) -> None:
        trainer = make_trainer(identical_images)
        notice = notice_of(trainer)
        assert (notice.kind, notice.operation, notice.iteration, notice.final) == (
            "zero deviation",
            "standardise",
            0,
            True,
        )
        assert "all 4 values z are equal" in notice.message
        assert not trainer.step()
        assert trainer.iteration == 0
        assert frame_of(trainer, 0).notice == notice

    def test_another_subset_ends_zero_deviation(
        self, make_trainer: Callable[..., Trainer], digits: Dataset, identical_images: Dataset
    ) -> None:
        images = np.concatenate([identical_images.images[:3], digits.images[1:3]])
        dataset = Dataset("alike at first", images, digits.labels[:5])
        trainer = make_trainer(dataset, subset=3)
        assert not trainer.step()
        trainer.change(subset=5)
        assert trainer.notice is None
        assert trainer.step()

    def test_an_undefined_state_allows_to_step_back(
        self, make_trainer: Callable[..., Trainer], digits: Dataset, identical_images: Dataset
    ) -> None:
        images = np.concatenate([identical_images.images[:3], digits.images[1:3]])
        trainer = make_trainer(Dataset("alike at first", images, digits.labels[:5]), subset=5)
        states = steps(trainer, 2)
        trainer.change(subset=3)
        assert notice_of(trainer).kind == "zero deviation"
        assert notice_of(trainer).iteration == 2
        assert not trainer.step()
        assert trainer.back()
        assert trainer.notice is None
        assert same(trainer.parameters, states[1])
        assert trainer.step()

    def test_saturation_is_named_when_it_happens(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer(subset=20, learning_rate=1e5)
        steps(trainer, 1)
        assert notice_of(trainer).kind == "divergence"
        assert (notice_of(trainer).iteration, notice_of(trainer).final) == (1, False)
        steps(trainer, 1)
        assert (notice_of(trainer).kind, notice_of(trainer).operation) == ("saturation", "sigmoid")
        assert notice_of(trainer).iteration == 2
        steps(trainer, 1)
        assert trainer.notice is None

    def test_a_notice_returns_with_its_state(self, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=20, learning_rate=1e5)
        steps(trainer, 4)
        trainer.go_to(2)
        assert notice_of(trainer).kind == "saturation"
        trainer.go_to(3)
        assert trainer.notice is None
        trainer.go_to(1)
        trainer.change(learning_rate=1e-4)
        trainer.step()
        assert frame_of(trainer, 0).curve.marks[0].iteration == 1
        assert notice_of(trainer).iteration == 2

    def test_a_notice_is_removed_with_the_branch_that_raised_it(
        self, make_trainer: Callable[..., Trainer]
    ) -> None:
        trainer = make_trainer(subset=20, learning_rate=1e5)
        steps(trainer, 4)
        trainer.go_to(0)
        trainer.change(learning_rate=1e-4)
        for _ in range(4):
            steps(trainer, 1)
            assert trainer.notice is None

    def test_weights_beyond_float32_are_named(
        self, make_trainer: Callable[..., Trainer], digits: Dataset
    ) -> None:
        trainer = make_trainer()
        run = run_of(trainer)
        wide = resume_run(replace(run, states=StatesInMemory(f_of(run), wo_of(run) * 1e60)), digits)
        assert wide.notice is None or not wide.notice.final
        wide.change(dtype="float32")
        assert notice_of(wide).kind == "divergence"
        assert notice_of(wide).final
        wide.close()

    def test_an_update_that_fails_is_named(
        self, make_trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trainer = make_trainer()
        states = steps(trainer, 3)
        with monkeypatch.context() as patch:
            patch.setattr(FastIteration, "update", refuse_to_update)
            assert not trainer.step()
        notice = notice_of(trainer)
        assert (notice.kind, notice.operation, notice.iteration, notice.final) == (
            "divergence",
            "dense_update",
            3,
            True,
        )
        assert (trainer.iteration, trainer.last) == (3, 3)
        assert same(trainer.parameters, states[3])
        trainer.change(learning_rate=1.0)
        assert trainer.notice is None
        assert trainer.step()

    def test_weights_that_overflow_are_named(
        self, make_trainer: Callable[..., Trainer], digits: Dataset
    ) -> None:
        trainer = make_trainer()
        steps(trainer, 2)
        run = run_of(trainer)
        wo = wo_of(run).copy()
        wo[2] = 1e308
        broken = resume_run(replace(run, states=StatesInMemory(f_of(run), wo)), digits)
        notice = notice_of(broken)
        assert (notice.kind, notice.operation, notice.final) == ("divergence", "dense", True)
        assert np.isnan(frame_of(broken, 0).curve.loss[2])
        assert not broken.step()
        assert broken.back()
        assert broken.notice is None
        assert broken.step()
        broken.close()


def test_a_trainer_works_again_after_close(make_trainer: Callable[..., Trainer]) -> None:
    trainer, plain = make_trainer(subset=500), make_trainer(subset=500)
    steps(trainer, 2)
    trainer.close()
    steps(trainer, 1)
    assert same(trainer.parameters, steps(plain, 3)[-1])
