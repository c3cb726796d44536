import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Parameters
from cnnviz.training import limits
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import RunFileError, SettingsError
from cnnviz.training.files import recorder
from cnnviz.training.files.recorder import record
from cnnviz.training.limits import check_disk_space, run_size
from cnnviz.training.run.chunk_file import CHUNK, ChunkFile, rows_of
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.recorded_states import RecordedStates
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Precision, Settings
from tests.training.recorded import arrays_of, f_of, run_of

FEW = Settings(subset=5)


def failing_at(number: int, error: BaseException) -> Callable[..., Parameters]:
    """Return an update that raises the n-th time."""
    original, calls = FastIteration.update, []

    def update(*arguments: object) -> Parameters:
        calls.append(1)
        if len(calls) == number:
            raise error
        return original(*arguments)  # type: ignore[arg-type]

    return update


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_file_equals_that_of_a_trainer(
    digits: Dataset, make_trainer: Callable[..., Trainer], dtype: str
) -> None:
    recording = record(digits, Settings(subset=9, dtype=dtype, seed=4), 12)  # type: ignore[arg-type]
    trainer = make_trainer(subset=9, dtype=dtype, seed=4)
    with blas_on_one_thread():
        for _ in range(12):
            trainer.step()
        run = run_of(trainer)
    assert recording.run.config == run.config
    arrays = arrays_of(run)
    for name, x in arrays_of(recording.run).items():
        y = arrays[name]
        assert (x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes()), name
    assert recording.notices == ()
    assert not recording.interrupted


def test_the_file_names_its_images(digits: Dataset) -> None:
    config = record(digits, FEW, 2, source="mnist").run.config
    assert config.source == "mnist"
    assert config.settings == (SettingsMark(0, FEW),)
    assert config.fits(digits.first(5))


def test_progress_is_reported(digits: Dataset) -> None:
    reported: list[tuple[int, int]] = []
    record(digits, FEW, 4, lambda *progress: reported.append(progress))
    assert reported == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_blas_starts_no_threads_meanwhile(digits: Dataset) -> None:
    def blas_threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    before, during = blas_threads(), set()
    record(digits, FEW, 2, lambda *_: during.update(blas_threads()))
    assert during == {1}
    assert blas_threads() == before


def test_no_iteration_is_the_first_state(
    digits: Dataset, make_trainer: Callable[..., Trainer]
) -> None:
    run = record(digits, FEW, 0).run
    expected = run_of(make_trainer(subset=5))
    assert run.iterations == 0
    assert f_of(run).tobytes() == f_of(expected).tobytes()
    np.testing.assert_allclose(run.output, expected.output)


def test_a_negative_number_of_iterations_is_refused(
    digits: Dataset, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(SettingsError, match="iterations -1") as error:
        record(digits, FEW, -1)
    is_one_sentence(error.value)


def test_too_large_a_run_is_refused_before_anything_is_computed(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "machine_memory", lambda: 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=10**9))
    monkeypatch.setattr(FastIteration, "forward", pytest.fail)
    with pytest.raises(RunFileError, match="a run of 1,000,000 iterations takes 14"):
        record(digits, FEW, 10**6)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_recorded_run_fits_beside_its_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: Precision
) -> None:
    free, kept = 10**10, ChunkFile(share=recorder.SHARE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    iterations = kept.free // run_size(0, dtype) - 1  # as many as may be on the disk
    free -= -(-iterations // rows_of(np.dtype(dtype))) * CHUNK
    check_disk_space(tmp_path / "run.npz", iterations, dtype)


@pytest.mark.parametrize("free", [10**11, 0], ids=["disk", "full"])
def test_a_long_run_is_on_the_disk_or_in_memory_if_that_is_full(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    states: list[Parameters] = []
    original = RecordedStates.append

    def append(its: RecordedStates, parameters: Parameters) -> None:
        states.append(parameters)
        original(its, parameters)

    monkeypatch.setattr(RecordedStates, "append", append)
    run = record(digits, Settings(subset=2), 300).run
    assert len(run.states) == 301
    taken = sum(chunk.states is not None for chunk in run.states._log._chunks.values())  # type: ignore[attr-defined]
    assert taken == (0 if free else 5)
    for i in (300, 0, 71, 72, 150):
        assert np.array_equal(run.states.parameters(i).wo, states[i].wo)
        assert np.array_equal(run.states.parameters(i).f, states[i].f)


def test_a_subset_beyond_the_data_is_refused(digits: Dataset) -> None:
    with pytest.raises(SettingsError, match="1797 images"):
        record(digits, Settings(subset=2_000), 1)


def test_warnings_are_reported_and_do_not_end_it(digits: Dataset) -> None:
    recording = record(digits, Settings(subset=20, learning_rate=1e5), 6)
    assert recording.run.iterations == 6
    assert [(n.kind, n.iteration) for n in recording.notices] == [
        ("divergence", 1),
        ("saturation", 2),
    ]


def test_an_undefined_start_records_the_first_state(identical_images: Dataset) -> None:
    recording = record(identical_images, FEW, 10)
    assert recording.run.iterations == 0
    assert np.isnan(recording.run.output).all()
    (notice,) = recording.notices
    assert (notice.kind, notice.iteration, notice.final) == ("zero deviation", 0, True)
    assert not recording.interrupted


def test_a_failing_update_ends_recording_and_keeps_the_iterations_so_far(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = record(digits, FEW, 3).run
    error = NonFiniteError("filter_update", "f is not finite.")
    monkeypatch.setattr(FastIteration, "update", failing_at(4, error))
    recording = record(digits, FEW, 10)
    assert recording.notices == (
        Notice("divergence", 3, "filter_update", "f is not finite.", final=True),
    )
    assert_begins(f_of(recording.run), f_of(whole), 4)
    assert recording.run.iterations == 3
    assert recording.run.output.tobytes() == whole.output.tobytes()


def assert_begins(f: np.ndarray, whole: np.ndarray, count: int) -> None:
    assert len(f) == count
    assert f.tobytes() == whole[:count].tobytes()


def test_ctrl_c_between_iterations_keeps_the_iterations_so_far(digits: Dataset) -> None:
    whole = record(digits, FEW, 3).run

    def press(done: int, _all: int) -> None:
        if done == 3:
            signal.raise_signal(signal.SIGINT)

    recording = record(digits, FEW, 10, press)
    assert recording.interrupted
    assert_begins(f_of(recording.run), f_of(whole), 4)
    assert recording.run.loss.tobytes() == whole.loss.tobytes()
    assert recording.run.output.tobytes() == whole.output.tobytes()


@pytest.mark.parametrize("operation", ["update", "forward"])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_ctrl_c_within_an_iteration_keeps_the_iterations_before(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch, operation: str, number: int
) -> None:
    whole = record(digits, FEW, 5).run
    original, calls = getattr(FastIteration, operation), []

    def pressed(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == number:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(FastIteration, operation, pressed)
    recording = record(digits, FEW, 10)
    done = max(0, number - (1 if operation == "update" else 2))
    assert recording.interrupted
    assert recording.run.iterations == done
    assert_begins(f_of(recording.run), f_of(whole), done + 1)
    assert recording.run.loss.tobytes() == whole.loss[:done].tobytes()
    before = record_again(digits, done, monkeypatch, operation, original)
    np.testing.assert_array_equal(recording.run.output, before)


def record_again(
    digits: Dataset,
    iterations: int,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    original: object,
) -> np.ndarray:
    """The outputs of an undisturbed recording."""
    monkeypatch.setattr(FastIteration, operation, original)
    return record(digits, FEW, iterations).run.output


def test_threads_end_after_every_outcome(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_done: int, _all: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        record(digits, replace(FEW, subset=450), 3, fail)
    monkeypatch.setattr(FastIteration, "update", failing_at(1, MemoryError()))
    with pytest.raises(MemoryError):
        record(digits, replace(FEW, subset=450), 3)
