"""The files of a run: opened, and written on a thread of their own while training goes on."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.data.errors import DataError
from cnnviz.training.errors import RunFileError, SavingCancelledError, TrainingError
from cnnviz.training.limits import check_disk_space
from cnnviz.training.loop.command_queue import Command, CommandQueue
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.session import Session

# What reads and writes files is imported when it is needed, which is never at the start.

if TYPE_CHECKING:
    from cnnviz.training.export.taken_run import TakenRun
    from cnnviz.training.run.run_conversion import BranchSnapshot

_NOTICEABLE: Final = 0.3
"""Seconds after which the progress of saving is shown."""

_MANY: Final = 1_000
"""States from which on it is reported that they are computed again: it may take long."""


class RunFiles:
    """Opens files, and writes one after another.

    Its commands are like those of `TrainingLoop`. A file has the run as it is when the command is
    carried out. Messages report that it is written, or why it is not, which does not pause the run.

    `queue` receives the work of the training thread after a file is written. `mailbox` receives
    messages, and the progress of a file that takes long.
    """

    def __init__(self, session: Session, queue: CommandQueue, mailbox: Mailbox) -> None:
        self.queue = queue
        self._session = session
        self._mailbox = mailbox
        self._thread = ThreadPoolExecutor(1, "saving")  # starts when it is needed
        self._cancelled = 0
        self._paths: list[Path] = []

    @property
    def is_saving(self) -> bool:
        """Whether a file is waiting to be saved, or being saved."""
        return self.queue.is_saving

    def cancel(self) -> None:
        """Cancel the files of all commands so far that are not complete yet."""
        self._cancelled = self.queue.sent

    @Command(moves=True)
    def open(self, path: Path) -> None:
        """Pause, and show a recorded run at its last iteration, beside the branches so far."""
        self._session.pause()
        if path in self._paths:
            raise RunFileError(f"{path.name} is still being saved: open it when that is done.")
        from cnnviz.training.files.restore import restore_beside  # noqa: PLC0415

        self._session.use(restore_beside(path, self._session.trainer))

    @Command(lasting=True)
    def save(self, path: Path, branch: int | None = None) -> None:
        """Record a branch as it is now in a run file, by default the current one.

        The run goes on. A message reports the file when it is written.
        """
        from cnnviz.training.run.run_conversion import snapshot_of  # noqa: PLC0415

        trainer = self._session.trainer
        branches = trainer.branches
        saved = branches.current if branch is None else branches.branch(branch)
        check_disk_space(path, saved.history.last, trainer.settings.numpy_dtype)
        snapshot, content = snapshot_of(trainer, saved.number), saved.content
        if (missing := snapshot.count_missing()) >= _MANY:
            self._mailbox.put_message(
                Message(
                    f"{missing:,} of the {snapshot.history.last + 1:,} states are not on the disk, "
                    "and are computed again while they are saved. That can be cancelled."
                )
            )

        def finish() -> None:
            branches.mark_saved(saved, content)
            count = snapshot.history.last
            iterations = "1 iteration" if count == 1 else f"{count:,} iterations"
            of = f" of “{saved.name}”" if len(branches) > 1 else ""
            unsaved = of and branch is None and any(other.is_unsaved for other in branches.all)
            rest = ", and no other branch: switch to one to save it" if unsaved else ""
            self._mailbox.put_message(Message(f"Saved {iterations}{of} to {path.name}{rest}."))

        self._write(path, snapshot, finish)

    @Command()
    def copy(self, path: Path) -> None:
        """Write the branch for another program; it counts as saved or not as before."""
        from cnnviz.training.run.run_conversion import snapshot_of  # noqa: PLC0415

        self._write(path, snapshot_of(self._session.trainer), lambda: None)

    @Command()
    def take(self, receive: "Callable[[TakenRun], object]") -> None:
        """Give `receive` the branch as it is now, for another thread; the run goes on."""
        from cnnviz.training.export.taken_run import TakenRun  # noqa: PLC0415
        from cnnviz.training.run.run_conversion import snapshot_of  # noqa: PLC0415

        trainer = self._session.trainer
        receive(TakenRun(snapshot_of(trainer), trainer.iteration))

    def close(self) -> None:
        """End the thread, after all files have been written."""
        self._thread.shutdown()

    def _write(self, path: Path, branch: "BranchSnapshot", finish: Callable[[], None]) -> None:
        """Write a branch on the thread; then `finish` is called by the training thread."""
        self.queue.expect(1)
        self._paths.append(path)
        self._thread.submit(self._run, self.queue.under_way, path, branch, finish)

    def _run(
        self, number: int, path: Path, branch: "BranchSnapshot", finish: Callable[[], None]
    ) -> None:
        from cnnviz.training.files.run_file import write_run  # noqa: PLC0415

        began = time.perf_counter()

        def report(share: float) -> None:
            if number <= self._cancelled:
                raise SavingCancelledError(f"{path.name} was not saved: that was cancelled.")
            if time.perf_counter() - began > _NOTICEABLE:
                self._mailbox.saving = share

        error: Exception | None = None
        try:
            report(0.0)
            with branch.opened() as run:
                write_run(path, run, report)
        except Exception as raised:
            error = raised
        self._mailbox.saving = None
        self._paths.remove(path)
        self._end(finish, error)

    @Command(lasting=True)
    def _end(self, finish: Callable[[], None], error: Exception | None) -> None:
        self.queue.expect(-1)
        try:
            if error is not None:
                raise error
            finish()
        except (TrainingError, DataError) as refusal:
            self._mailbox.put_message(Message(str(refusal), refused=True))
