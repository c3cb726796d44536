"""One session that is killed again and again, continued each time, and compared with a run that was
never interrupted.

``python -m tests.training.sessions.soak FOLDER ACTIONS LONGEST`` does so many random actions and
kills the program, by kill −9, after LONGEST seconds at most. It writes a line of JSON for each kill
and one for the end, where every state of every branch is compared.
"""

import json
import os
import random
import signal
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.run.run_conversion import snapshot_of
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.journal import Journal
from cnnviz.training.sessions.kept_states import log_of
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile
from cnnviz.training.sessions.session_paths import ENDING
from tests.training.sessions.kept_run import ACTIONS, act, assert_same, assert_same_runs, begun

_PAUSE = 0.02
"""Seconds between two actions."""
_SAVE = "save"
_SEED = 0


def actions(start: int, stop: int) -> Iterator[tuple[str, int]]:
    """Yield what a person does: more branches are deleted than by chance, or they would pile up."""
    chosen = random.Random(_SEED)  # noqa: S311
    for i in range(stop):
        action = chosen.choice((*ACTIONS, *["delete"] * 3, _SAVE))
        number = chosen.randrange(1_000)
        if i >= start:
            yield action, number


def live(folder: Path, stop: int) -> None:
    """Continue the session if there is one, and act until there are so many actions."""
    kept = Journal(folder / "sessions", print, StateLog())
    trainer, count = begun(), 0
    if path := session_in(folder):
        trainer, notes = kept.resume(path, trainer)
        count = int(notes["count"])
    trainer.branches.use_log(kept.log)
    for action, number in actions(count, stop):
        if action == _SAVE:
            with snapshot_of(trainer).opened() as run:
                write_run(folder / "run.npz", run)
        else:
            act(trainer, action, number)
        count += 1
        kept.note("count", str(count))
        kept.touch()
        kept.tick(trainer)
        time.sleep(_PAUSE)
    kept.close(trainer)


def session_in(folder: Path) -> Path | None:
    """Return the session, once there is one."""
    return next((folder / "sessions").glob(f"*{ENDING}"), None)


def resumed(folder: Path) -> tuple[Trainer, int]:
    """Return the run of the session, and how many actions it has."""
    path = session_in(folder)
    assert path is not None
    file = SessionFile(path)
    log = log_of(file)
    found = resume(file, log=log)
    file.close()
    weakref.finalize(found.trainer, log.close)
    return found.trainer, int(found.notes["count"])


def memory_of(process: int) -> int:
    """Return the largest memory of a process so far, in kilobytes; 0 if it has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def soak(folder: Path, stop: int, longest: float) -> Iterator[dict[str, object]]:
    """Kill and continue the session until it is complete, and yield what was seen."""
    reference, done, began, kills = begun(), 0, time.monotonic(), 0
    while True:
        if (child := os.fork()) == 0:
            try:
                live(folder, stop)
            except BaseException as error:
                sys.stderr.write(f"{error!r}\n")
                os._exit(1)
            os._exit(0)
        end = time.monotonic() + random.uniform(longest / 10, longest)  # noqa: S311
        status, memory = 0, 0
        while time.monotonic() < end or session_in(folder) is None:
            memory = max(memory, memory_of(child))
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            time.sleep(_PAUSE)
        else:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            kills += 1
        trainer, count = resumed(folder)
        for action, number in actions(done, count):
            if action != _SAVE:
                act(reference, action, number)
        reference.branches.forget_deleted()  # a session does not keep what was deleted
        assert_same_runs(reference, trainer, rows=2)
        if (folder / "run.npz").exists():
            read_run(folder / "run.npz")  # which is whole
        trainer.close()
        done = count
        seen = {"actions": done, "kills": kills, "branches": len(reference.branches)}
        yield {**seen, "seconds": round(time.monotonic() - began), "memory": memory}
        if os.WIFEXITED(status):
            assert (os.WEXITSTATUS(status), done) == (0, stop)
            trainer, _ = resumed(folder)
            assert_same(reference, trainer, rows=2)
            yield {"differences": 0}
            return


if __name__ == "__main__":
    for line in soak(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])):
        sys.stdout.write(f"{json.dumps(line)}\n")
        sys.stdout.flush()  # or the next child would write it, too
