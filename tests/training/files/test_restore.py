import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.data.source import MNIST
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.rule import EXACT
from cnnviz.training.errors import RunFileError
from cnnviz.training.files import restore
from cnnviz.training.files.run_file import write_run
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.trainer import Trainer
from tests.training.recorded import arrays_of, f_of, run_of, wo_of


@pytest.fixture(autouse=True)
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 3)
    monkeypatch.setattr(kept_parameters, "SPACING", 4)
    monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)


@pytest.fixture
def original(make_trainer: Callable[..., Trainer]) -> Trainer:
    """Thirty iterations with three changes of settings, and a pending one."""
    trainer = make_trainer(subset=4)
    for i in range(30):
        if i == 10:
            trainer.change(learning_rate=0.5)
        if i == 15:
            trainer.change(subset=7, rule=EXACT)
        if i == 20:
            trainer.change(dtype="float32")
        trainer.step()
    trainer.change(learning_rate=3.0, subset=5)
    return trainer


@pytest.fixture
def from_run() -> Iterator[Callable[[Run, Dataset], Trainer]]:
    made: list[Trainer] = []

    def make(run: Run, dataset: Dataset) -> Trainer:
        made.append(resume_run(run, dataset))
        return made[-1]

    yield make
    for trainer in made:
        trainer.close()


FromRun = Callable[[Run, Dataset], Trainer]


def test_the_restored_run_shows_its_last_iteration(
    original: Trainer, from_run: FromRun, digits: Dataset
) -> None:
    restored = from_run(run_of(original), digits)
    a, b = frame_of(restored, 2), frame_of(original, 2)
    assert (a.iteration, a.last) == (30, 30)
    assert a.settings == b.settings
    assert (a.settings.learning_rate, a.settings.subset) == (3, 5)
    np.testing.assert_array_equal(a.curve.loss, b.curve.loss)
    np.testing.assert_array_equal(a.curve.accuracy, b.curve.accuracy)
    assert (a.curve.first, a.curve.marks) == (b.curve.first, b.curve.marks)
    np.testing.assert_array_equal(a.filters, b.filters)
    np.testing.assert_array_equal(a.predictions.output, b.predictions.output)


def test_every_state_comes_from_the_file_without_computation(
    original: Trainer, from_run: FromRun, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(original)
    restored = from_run(run, digits)
    monkeypatch.setattr(FastIteration, "update", pytest.fail)
    for t in [29, 28, 3, 0, 1, 2, 30, 17]:
        restored.go_to(t)
        dtype = restored.settings.numpy_dtype
        np.testing.assert_array_equal(restored.parameters.f, f_of(run)[t].astype(dtype))
        np.testing.assert_array_equal(restored.parameters.wo, wo_of(run)[t].astype(dtype))
        assert restored.settings == run.config.at_output(min(t + 1, 30))
    for _ in range(5):
        assert restored.step()
    assert restored.iteration == 22


def test_the_restored_run_continues_as_the_original_would(
    original: Trainer, from_run: FromRun, digits: Dataset
) -> None:
    restored = from_run(run_of(original), digits)
    for _ in range(12):
        original.step()
        restored.step()
        assert restored.parameters.wo.tobytes() == original.parameters.wo.tobytes()
    for t in (41, 33, 36, 31, 29):
        original.go_to(t)
        restored.go_to(t)
        assert restored.parameters.wo.tobytes() == original.parameters.wo.tobytes()
    a, b = frame_of(restored, 0).curve, frame_of(original, 0).curve
    assert a.marks == b.marks
    np.testing.assert_array_equal(a.loss, b.loss)


def test_a_branch_can_start_in_its_middle(
    original: Trainer, from_run: FromRun, digits: Dataset
) -> None:
    run = run_of(original)
    restored = from_run(run, digits)
    restored.go_to(12)
    restored.change(learning_rate=7.0)
    for _ in range(10):
        restored.step()
    assert restored.last == 22
    again = run_of(restored)
    assert f_of(again)[:13].tobytes() == f_of(run)[:13].tobytes()
    assert not np.array_equal(f_of(again)[13], f_of(run)[13])
    assert [mark.iteration for mark in again.config.settings] == [0, 10, 12]


def test_saving_it_again_gives_the_same_file(
    original: Trainer, from_run: FromRun, digits: Dataset
) -> None:
    run = run_of(original)
    again = run_of(from_run(run, digits))
    assert again.config == run.config
    saved = arrays_of(run)
    for name, array in arrays_of(again).items():
        assert array.tobytes() == saved[name].tobytes(), name


def test_a_run_without_iterations(
    make_trainer: Callable[..., Trainer], from_run: FromRun, digits: Dataset
) -> None:
    trainer = make_trainer(seed=3)
    frame_of(trainer, 0)
    trainer.change(learning_rate=2.0)
    restored = from_run(run_of(trainer), digits)
    assert (restored.iteration, restored.last) == (0, 0)
    assert restored.settings == trainer.settings
    trainer.step()
    restored.step()
    assert restored.parameters.wo.tobytes() == trainer.parameters.wo.tobytes()


def test_an_undefined_run(
    make_trainer: Callable[..., Trainer], from_run: FromRun, identical_images: Dataset
) -> None:
    restored = from_run(run_of(make_trainer(identical_images)), identical_images)
    assert restored.notice is not None
    assert restored.notice.kind == "zero deviation"


def test_a_saturated_run_warns(
    make_trainer: Callable[..., Trainer], from_run: FromRun, digits: Dataset
) -> None:
    trainer = make_trainer(subset=20, learning_rate=1e5)
    for _ in range(6):
        trainer.step()
    restored = from_run(run_of(trainer), digits)
    assert restored.notice is not None
    assert restored.notice.iteration == 6


@pytest.mark.parametrize("shift", [1, -3])
def test_other_images_are_refused(
    original: Trainer, digits: Dataset, is_one_sentence: Callable[[object], str], shift: int
) -> None:
    other = Dataset("others", np.roll(digits.images, shift, axis=0), digits.labels)
    with pytest.raises(RunFileError, match="which are not the first of others") as error:
        resume_run(run_of(original), other)
    is_one_sentence(error.value)
    with pytest.raises(RunFileError):
        resume_run(run_of(original), digits.first(6))


class TestFromAFile:
    def test_the_recorded_images_are_loaded(self, tmp_path: Path, original: Trainer) -> None:
        write_run(tmp_path / "run.npz", run_of(original))
        restored = restore.restore(tmp_path / "run.npz")
        assert restored.dataset.name == "bundled digits"
        assert restored.branches.current.source == "bundled"
        assert restored.iteration == 30
        restored.close()

    def test_the_current_images_are_used_if_they_match(
        self,
        tmp_path: Path,
        original: Trainer,
        digits: Dataset,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write_run(tmp_path / "run.npz", run_of(original))
        monkeypatch.setattr(restore, "load", pytest.fail)
        restored = restore.restore(tmp_path / "run.npz", {digits: "bundled"})
        assert restored.dataset is digits
        restored.close()

    def test_others_are_loaded_if_the_current_images_do_not_match(
        self, tmp_path: Path, original: Trainer, identical_images: Dataset
    ) -> None:
        write_run(tmp_path / "run.npz", run_of(original))
        restored = restore.restore(tmp_path / "run.npz", {identical_images: "elsewhere"})
        assert restored.dataset.name == "bundled digits"
        restored.close()

    def test_others_are_loaded_if_the_current_images_are_damaged(
        self,
        tmp_path: Path,
        original: Trainer,
        identical_images: Dataset,
        damaged: Callable[[int], Dataset],
    ) -> None:
        write_run(tmp_path / "run.npz", run_of(original))
        restored = restore.restore(tmp_path / "run.npz", {damaged(6): "elsewhere"})
        assert restored.dataset.name == "bundled digits"
        restored.close()
        at_hand = damaged(7)  # which are all that the run has seen
        restored = restore.restore(tmp_path / "run.npz", {identical_images: "a", at_hand: "b"})
        assert restored.dataset is at_hand
        restored.close()

    def test_damaged_images_are_named(
        self,
        tmp_path: Path,
        original: Trainer,
        damaged: Callable[[int], Dataset],
        is_one_sentence: Callable[[object], str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write_run(tmp_path / "run.npz", run_of(original))
        monkeypatch.setattr(restore, "load", lambda _: damaged(6))
        with pytest.raises(RunFileError, match=r"are missing: the file is damaged") as error:
            restore.restore(tmp_path / "run.npz")
        is_one_sentence(error.value)

    def make_images(self, path: Path, digits: Dataset, first: int) -> None:
        chosen = slice(first, first + 20)
        np.savez(path, x_train=digits.images[chosen], y_train=digits.labels[chosen])

    def test_images_from_a_file_are_found_from_any_folder(
        self,
        tmp_path: Path,
        digits: Dataset,
        make_trainer: Callable[..., Trainer],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path)
        self.make_images(Path("mnist.npz"), digits, 30)
        dataset = Dataset("mnist.npz", digits.images[30:50], digits.labels[30:50])
        trainer = make_trainer(dataset, source="mnist.npz")
        trainer.step()
        write_run(Path("run.npz"), run_of(trainer))
        os.chdir("elsewhere")
        restored = restore.restore(Path("..", "run.npz"))
        assert restored.iteration == 1
        np.testing.assert_array_equal(restored.dataset.images, dataset.images)
        again = run_of(restored).config.source
        assert again == restored.branches.current.source == str(tmp_path / "mnist.npz")
        restored.close()

    def test_downloaded_images_stand_in_for_a_file_of_another_machine(
        self,
        tmp_path: Path,
        digits: Dataset,
        make_trainer: Callable[..., Trainer],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write_run(tmp_path / "run.npz", run_of(make_trainer(source=str(tmp_path / "mnist.npz"))))
        found, load = {MNIST: digits}, restore.load
        monkeypatch.setattr(restore, "load", lambda spec: found.get(spec) or load(spec))
        restored = restore.restore(tmp_path / "run.npz")
        assert restored.dataset is digits
        assert restored.branches.current.source == MNIST
        restored.close()
        found[MNIST] = Dataset("others", digits.images[::-1], digits.labels[::-1])
        with pytest.raises(RunFileError, match=r"are missing: .*mnist\.npz does not exist"):
            restore.restore(tmp_path / "run.npz")

    def test_missing_images_are_named(
        self,
        tmp_path: Path,
        digits: Dataset,
        make_trainer: Callable[..., Trainer],
        is_one_sentence: Callable[[object], str],
    ) -> None:
        path = tmp_path / "mnist.npz"
        trainer = make_trainer(source=str(path))
        write_run(tmp_path / "run.npz", run_of(trainer))
        with pytest.raises(RunFileError, match=r"are missing: .*mnist\.npz does not ex") as error:
            restore.restore(tmp_path / "run.npz")
        message = is_one_sentence(error.value)
        assert message.endswith(
            "so load them first, in the Data menu or with --data, and then open the run."
        )
        self.make_images(path, digits, 5)  # other images have replaced them
        with pytest.raises(RunFileError, match=r"not the first of mnist\.npz") as error:
            restore.restore(tmp_path / "run.npz")
        is_one_sentence(error.value)
        restored = restore.restore(tmp_path / "run.npz", {digits: "elsewhere"})
        assert (restored.iteration, restored.branches.current.source) == (0, "elsewhere")
        restored.close()


def test_a_warning_with_an_unknown_start_is_not_dated(
    make_trainer: Callable[..., Trainer], from_run: FromRun, digits: Dataset
) -> None:
    trainer = make_trainer(subset=4, learning_rate=1e5)
    for _ in range(12):
        trainer.step()
    notice = frame_of(trainer, 0).notice
    assert notice is not None
    assert notice.iteration < 12
    assert " at iteration " in notice.summary
    notice = frame_of(from_run(run_of(trainer), digits), 0).notice
    assert notice is not None
    assert f"{notice.kind.capitalize()} by iteration 12, " in notice.summary
