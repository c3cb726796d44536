"""A run of a person's script, which the window can stop or end at any time. Knows no Qt."""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError
from cnnviz.data.source import absolute
from cnnviz.notebooks.check import check_script
from cnnviz.notebooks.counterpart import Counterpart, NoCounterpartError, counterpart
from cnnviz.notebooks.judge import judge
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.run import SECONDS
from cnnviz.notebooks.verdicts import ScriptJudgement
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.sandbox.errors import InterpreterError

_MOST_OUTPUT: Final = 200_000
"""Characters of a script's output that are kept, the newest."""


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRun:
    """What came of a run."""

    judgement: ScriptJudgement
    counterpart: Counterpart | None
    """The program's own network that computes the same."""
    refusal: str
    """Why there is none."""
    source: str
    """Names the data that both are trained on."""


class ScriptRun:
    """Runs a script and judges it; other threads may stop it and read how far it is.

    Parameters
    ----------
    folder : Path
        Of the script's file.
    source : str
        Names the data that stand-ins of data sets load.
    dataset : Dataset
        The same data, for the program's own network.
    python : Path or None
        The interpreter, by default the program's own.
    """

    limit: Final = SECONDS
    """Seconds after which the script is stopped."""

    def __init__(
        self,
        script: Script,
        folder: Path,
        source: str,
        dataset: Dataset,
        python: Path | None,
    ) -> None:
        self._script, self._folder, self._source = script, folder, source
        self._dataset, self._python = dataset, python
        self._began = time.monotonic()
        self._stopped, self._killed = Event(), Event()
        self._lock = Lock()
        self._output = ""

    def __call__(self, on_progress: ProgressCallback) -> JudgedRun:
        """Run and judge the script."""
        try:
            judgement = check_script(
                self._script,
                self._folder,
                absolute(self._source),
                seconds=self.limit,
                on_output=self._print,
                cancelled=self._stopped.is_set,
                killed=self._killed.is_set,
                python=self._python,
            )
        except InterpreterError as error:
            judgement = judge(self._script, None, str(error))
        on_progress(1.0)
        try:
            found = counterpart(judgement, self._dataset)
        except (NoCounterpartError, DataError) as error:
            return JudgedRun(judgement, None, str(error), self._source)
        return JudgedRun(judgement, found, "", self._source)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._began

    @property
    def output(self) -> str:
        """The script's output so far."""
        with self._lock:
            return self._output

    def stop(self) -> None:
        """Stop the script; the recording until then is judged."""
        self._stopped.set()

    def kill(self) -> None:
        """Kill the script: its result is no longer needed."""
        self._killed.set()

    def _print(self, text: str) -> None:
        with self._lock:
            self._output = (self._output + text)[-_MOST_OUTPUT:]
