"""Run a script and judge it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cnnviz.notebooks.captures import ScriptRecording
from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.run import SECONDS, run_script
from cnnviz.notebooks.verdicts import ScriptJudgement


def check_script(
    script: Script,
    folder: Path,
    images: str,
    *,
    seconds: float = SECONDS,
    on_output: Callable[[str], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    killed: Callable[[], bool] = lambda: False,
    python: Path | None = None,
) -> ScriptJudgement:
    """Run a script, as `run_script` does, and judge each of its lines.

    A long run is stopped when all operations have been understood.
    """
    early: list[ScriptJudgement] = []

    def is_enough(recording: ScriptRecording) -> bool:
        early.append(judge(script, recording, ""))
        return early[0].understood == 1

    run = run_script(
        script,
        folder,
        images,
        seconds=seconds,
        on_output=on_output,
        cancelled=cancelled,
        killed=killed,
        is_enough=is_enough,
        python=python,
    )
    if early and early[0].understood == 1:
        return replace(early[0], stopped=run.stopped)
    return judge(script, run.recording, run.stopped)
