"""Kills programs that keep a session, at random moments, and checks the session.

``python tests/training/sessions/killing.py FOLDER KILLS LONGEST INTERVAL`` kills so many, each
after LONGEST seconds at most, and writes a line of JSON for each. INTERVAL is the journal's.
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cnnviz.training.files.run_file import write_run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions import journal
from cnnviz.training.sessions.journal import Journal
from tests.training.recorded import run_of
from tests.training.sessions.kept_run import ACTIONS, act, begun

_PAUSE = 0.004
"""Seconds between two actions, as a very quick person takes them."""
_SAVE = "save"


def actions(seed: int) -> Iterator[tuple[str, int]]:
    """Yield what a person does, for ever: the same for the same seed."""
    chosen = random.Random(seed)  # noqa: S311
    while True:
        yield chosen.choice((*ACTIONS, _SAVE)), chosen.randrange(1_000)


def live(folder: Path, seed: int) -> None:
    """Do what a person does until the process is killed; note how much has been done."""
    trainer = begun(seed=seed)
    kept = Journal(folder / "sessions", print)
    with (folder / "done").open("w", buffering=1) as done:
        for count, (action, number) in enumerate(actions(seed), 1):
            if action == _SAVE:
                write_run(folder / "run.npz", run_of(trainer))
            else:
                act(trainer, action, number)
            kept.note("count", str(count))
            kept.touch()
            kept.tick(trainer)
            done.write(f"{time.monotonic()} {count}\n")
            time.sleep(_PAUSE)


def repeated(seed: int, count: int) -> Trainer:
    """Return the run after a number of actions."""
    trainer = begun(seed=seed)
    for action, number in itertools.islice(actions(seed), count):
        if action != _SAVE:
            act(trainer, action, number)
    return trainer


def kill_one(folder: Path, seed: int, longest: float) -> dict[str, object]:
    """Let a program live for a while, and kill it; return when it had done what before."""
    if (child := os.fork()) == 0:
        try:
            live(folder, seed)
        finally:
            os._exit(1)
    while not list((folder / "sessions").glob("*.session")):
        time.sleep(_PAUSE)
    time.sleep(random.uniform(0, longest))  # noqa: S311
    os.kill(child, signal.SIGKILL)
    killed = time.monotonic()
    _, status = os.waitpid(child, 0)
    lines = (folder / "done").read_text().splitlines()
    before = [killed - float(when) for when, _ in map(str.split, lines)]
    return {"seed": seed, "signal": os.WTERMSIG(status), "seconds before": before}


if __name__ == "__main__":
    here, kills, longest, interval = sys.argv[1:]
    journal.INTERVAL = float(interval)  # type: ignore[misc]
    for seed in range(int(kills)):
        (one := Path(here) / str(seed)).mkdir()
        sys.stdout.write(f"{json.dumps(kill_one(one, seed, float(longest)))}\n")
        sys.stdout.flush()  # or the next child would write it, too
