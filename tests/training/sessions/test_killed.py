"""Programs that are killed by kill −9 at random moments: nothing is lost but the newest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.training.files.run_file import read_run
from cnnviz.training.sessions.folder import sessions_in
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile
from tests.training.sessions import killing
from tests.training.sessions.kept_run import assert_same

KILLS = int(os.environ.get("CNNVIZ_KILLS", "6"))
INTERVAL, LONGEST = (1.0, 4.0) if KILLS > 6 else (0.1, 0.4)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_session_outlives_kill_9_at_random_moments(tmp_path: Path) -> None:
    words = map(str, (killing.__file__, tmp_path, KILLS, LONGEST, INTERVAL))
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60 + 10 * KILLS,
    )
    killed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["signal"] for one in killed] == [9] * KILLS
    for one in killed:
        folder, seed = tmp_path / str(one["seed"]), one["seed"]
        (entry,) = sessions_in(folder / "sessions")
        file = SessionFile(entry.path)
        resumed = resume(file)
        file.close()
        count = int(resumed.notes["count"])
        before = one["seconds before"]
        lost = before[count] if count < len(before) else 0.0
        sys.stdout.write(f"{len(before)} actions, {count} kept, {lost:.2f} s lost\n")
        assert count <= len(before) + 1
        assert lost <= 2
        assert_same(killing.repeated(seed, count), resumed.trainer)
        if (folder / "run.npz").exists():
            read_run(folder / "run.npz")  # which is whole


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as on Linux")
def test_a_session_goes_on_through_kills_as_if_there_were_none(tmp_path: Path) -> None:
    words = "-m", "tests.training.sessions.soak", str(tmp_path), "50", "0.5"
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *lives, last = (json.loads(line) for line in done.stdout.splitlines())
    assert lives[-1]["actions"] == 50
    assert last == {"differences": 0}
