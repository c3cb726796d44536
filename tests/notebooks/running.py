"""Run and judge a script in this process, to test the judgement, not the process."""

import builtins
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from typing import Any

from cnnviz.notebooks.captures import ScriptRecording, recording_of
from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.probing import Names, instrument
from cnnviz.notebooks.reader import Script, ScriptCell
from cnnviz.notebooks.recorder import Recorder
from cnnviz.notebooks.standins import Images, StandIns
from cnnviz.notebooks.verdicts import ScriptJudgement
from cnnviz.sandbox.messages import SandboxMessage

IMAGES = Images("bundled")


@lru_cache(maxsize=64)
def judged(source: str) -> ScriptJudgement:
    """Run a script here and judge it."""
    script = Script("script.py", (ScriptCell(0, source),))
    return judge(script, recorded(source), "")


def recorded(source: str) -> ScriptRecording:
    """Run a script here and return what was recorded of it."""
    names = Names.ending_in("test")
    recorder = Recorder(names)
    tree, _ = instrument(source, 0, "<cell 0>", names, recorder.probes, 0)
    recorder.switch_on()
    with _stood_in(), _built_in(recorder.functions()), redirect_stdout(io.StringIO()):
        code = compile(tree, "<cell 0>", "exec", dont_inherit=True)
        exec(code, {"__name__": "__main__"})  # noqa: S102  (our own script)
    content, arrays = recorder.recorded()
    content |= {"stopped": None, "stand_ins": []}
    return recording_of(SandboxMessage(content, arrays))


def departures(judgement: ScriptJudgement) -> list[tuple[str, str | None, str | None]]:
    """Return name, operation and kind of what departs."""
    return [(line.name, line.operation, line.kind) for line in judgement.departing]


@contextmanager
def _stood_in() -> Iterator[None]:
    finder = StandIns(IMAGES)
    before = set(sys.modules)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in finder.used:
                del sys.modules[name]


@contextmanager
def _built_in(functions: dict[str, Any]) -> Iterator[None]:
    for name, function in functions.items():
        setattr(builtins, name, function)
    try:
        yield
    finally:
        for name in functions:
            delattr(builtins, name)
