"""Records a run without a window."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.data.held_out import held_out_images
from cnnviz.data.source import BUNDLED
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import SettingsError
from cnnviz.training.limits import empty_series
from cnnviz.training.run.chunk_file import ChunkFile
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.held_out import refuse_too_many
from cnnviz.training.run.predictions import predictions
from cnnviz.training.run.recorded_run import Run, RunConfig
from cnnviz.training.run.recorded_states import RecordedStates
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import Notice
from cnnviz.training.settings import Settings

SHARE: Final = 0.48
"""Share of a disk's free space that states may take, so that the run can be written there, too: its
filters twice, as `check_disk_space` says, while the states fill whole chunks."""
_SPACING: Final = 1_024
"""Iterations between the keyframes of a history to which nobody goes back."""

Progress = Callable[[int, int], None]
"""Called after each iteration with the number done and the number in all."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The outcome of recording."""

    run: Run
    """The iterations that were done."""
    notices: tuple[Notice, ...]
    """The notices in order; a final one is the last, and ended the recording."""
    interrupted: bool
    """Whether Ctrl-C ended the recording."""


def check_held_out(dataset: Dataset, source: str, trained: int, wanted: int) -> None:
    """Check that there are enough images that are not trained on.

    Raises SettingsError if there are fewer.
    """
    held_out = held_out_images(dataset, source, trained, wanted)
    available = 0 if held_out is None else len(held_out.dataset)
    are_test_images = held_out is not None and held_out.first is None
    refuse_too_many(wanted, available, dataset.name, are_test_images=are_test_images)


def record(
    dataset: Dataset,
    settings: Settings,
    iterations: int,
    progress: Progress = lambda _done, _all: None,
    source: str = BUNDLED,
    held_out: int = 0,
) -> Recording:
    """Train for a number of iterations with constant settings, and keep every state.

    An iteration without a meaningful result, or Ctrl-C, ends it early. `source` is what
    `cnnviz.data.source.load` takes for the data set. States are evaluated on `held_out` images that
    are not trained on: at regular intervals, and the last one.

    Raises SettingsError if the subset is larger than the data set, the iterations are negative, or
    there are too few images to hold out. Raises RunFileError if the iterations would neither fit on
    the disk nor in memory; nothing has been computed then.
    """
    if iterations < 0:
        raise SettingsError(f"iterations {iterations} is negative: ask for 0 or more.")
    file = ChunkFile(share=SHARE)
    loss, accuracy = empty_series(iterations, settings.dtype, file.free)
    trainer = Trainer(dataset, settings, source)
    trainer.branches.current.history.spread_keyframes(_SPACING)  # nobody goes back
    if held_out:
        check_held_out(dataset, source, settings.subset, held_out)
        trainer.held_out.switch(True, held_out)
    states = RecordedStates(StateLog(file, is_whole=True), settings.numpy_dtype)
    states.append(trainer.parameters)
    config = RunConfig.of(source, dataset, [SettingsMark(0, settings)])
    notices: list[Notice] = []
    done, kept, interrupted = 0, None, False
    with blas_on_one_thread(), closing(trainer), states.recording():
        try:
            trainer.evaluate_held_out()
            while done < iterations:
                passed = trainer.forward
                kept = kept or passed  # state 0's until an iteration is done
                if passed is None or not trainer.step():
                    break
                states.append(trainer.parameters)
                loss[done], accuracy[done] = passed.loss, passed.accuracy
                kept, done = passed, done + 1
                if trainer.notice:
                    notices.append(trainer.notice)
                progress(done, iterations)
        except KeyboardInterrupt:
            interrupted = True
        kept = kept or trainer.forward  # still at state 0
        trainer.evaluate_held_out()
        if not interrupted and trainer.notice and trainer.notice not in notices:
            notices.append(trainer.notice)  # why it ended early
    states.truncate(done + 1)
    run = Run(
        states,
        loss[:done],
        accuracy[:done],
        predictions(dataset, settings.subset, kept).output,
        config,
        trainer.curve.held_out.before(done + 1),
    )
    return Recording(run, tuple(notices), interrupted)
