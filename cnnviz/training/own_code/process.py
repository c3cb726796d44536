"""Own code as variants of operations, computed by a process of its own."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock, RLock
from typing import Any, Final

import numpy as np

from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.signatures import LEARNING_RATE, SIGNATURES
from cnnviz.numerics.tensors import LENGTHS, TENSORS
from cnnviz.sandbox.errors import SandboxError, TimeLimitError
from cnnviz.sandbox.limits import Limits
from cnnviz.sandbox.messages import Array, SandboxMessage
from cnnviz.sandbox.process import Sandbox
from cnnviz.training.own_code.child import FILE_NAME
from cnnviz.training.own_code.errors import OwnCodeError
from cnnviz.training.own_code.source import OwnFunction, OwnSource, OwnVariant, own_variant

LIMITS: Final = Limits()
"""What the process may use, and how long an operation may take."""
_CHILD: Final = "cnnviz.training.own_code.child"
_STACK_LINE: Final = re.compile(rf'File "{re.escape(FILE_NAME)}", line (\d+)')


@dataclass(frozen=True, slots=True, eq=False)
class OwnCode:
    """Own code in a process, and its variants of operations."""

    variants: tuple[OwnVariant, ...]
    """One for each operation that the source defines. Their `compute` raises `OwnCodeError`."""
    _runner: "_Runner"

    @property
    def rule(self) -> Rule:
        """The exact rule with these operations in it."""
        return Rule(frozenset(self.variants))

    @property
    def output(self) -> str:
        """The output of the code so far; whole once it has ended."""
        return "".join(self._runner.printed)

    def start(self) -> None:
        """Start the process.

        Raises OwnCodeError if the code itself, outside its functions, fails.
        """
        self._runner.start()

    def kill(self) -> None:
        """End the code for good, from any thread; a computation under way fails."""
        self._runner.kill()

    def close(self) -> None:
        """End the code for good, and remove the files of its process."""
        self._runner.close()


def prepare(source: OwnSource, on_output: Callable[[str], object] = lambda _text: None) -> OwnCode:
    """Return own code that runs from the first use on, until it is closed.

    Call this only if the person has asked for it. An operation that is stopped at its time limit,
    or ends its process, fails; the others go on in another process. `on_output` is called with what
    the code prints, in another thread.
    """
    runner = _Runner(source, LIMITS, on_output)
    return OwnCode(tuple(map(runner.variant, source.functions)), runner)


@contextmanager
def running(
    source: OwnSource, on_output: Callable[[str], object] = lambda _text: None
) -> Iterator[OwnCode]:
    """Run own code while the block lasts; see `prepare`.

    Raises OwnCodeError if the code itself, outside its functions, fails.
    """
    with closing(prepare(source, on_output)) as code:
        code.start()
        yield code


class OwnCodeProcesses:
    """The processes of all code that a person has allowed to run, until they are closed.

    Used by one thread, but for `kill`.
    """

    def __init__(self) -> None:
        self._codes: dict[str, OwnCode] = {}

    def allow(self, source: OwnSource) -> OwnCode:
        """Run code, unless it runs already, and return it; raise as `running` does."""
        code = self._codes.get(source.text)
        if code is None:
            code = self._codes[source.text] = prepare(source)
            try:
                code.start()
            except OwnCodeError:
                self._codes.pop(source.text).close()
                raise
        return code

    def kill(self) -> None:
        """End all code for good, from any thread; a computation under way fails."""
        for code in tuple(self._codes.values()):
            code.kill()

    def close(self) -> None:
        """End all code, and remove the files of its processes."""
        while self._codes:
            self._codes.popitem()[1].close()


class _Runner:
    """The process of own code, and another one after each that has ended.

    Several threads may ask it: training and a check of its rule. It answers one after the other.
    """

    def __init__(
        self, source: OwnSource, limits: Limits, on_output: Callable[[str], object]
    ) -> None:
        self.source = source
        self.printed: list[str] = []
        self._limits, self._on_output = limits, on_output
        self._lock, self._asking = Lock(), RLock()
        self._is_killed = False
        self._sandbox: Sandbox | None = None

    def start(self) -> Sandbox:
        """Return the process, with the source loaded."""
        with self._lock:
            if self._sandbox is not None:
                return self._sandbox
            self._sandbox = sandbox = Sandbox(_CHILD, self._limits, self._print)
            if self._is_killed:
                sandbox.kill()
        self._ask(sandbox, self.source.functions[0].name, {"source": self.source.text}, {})
        return sandbox

    def kill(self) -> None:
        """End the process, and start no other."""
        with self._lock:
            self._is_killed = True
            if self._sandbox is not None:
                self._sandbox.kill()

    def close(self) -> None:
        """End the process and remove its files."""
        self.kill()
        with self._asking:
            self._discard()

    def _discard(self) -> None:
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()

    def _print(self, text: str) -> None:
        self.printed.append(text)
        self._on_output(text)

    def variant(self, function: OwnFunction) -> OwnVariant:
        """Return an operation as the function carries it out."""

        def compute(tensors: Tensors, learning_rate: float) -> tuple[Floats, ...]:
            return self.results(function, tensors, learning_rate)

        return own_variant(self.source, function, compute)

    def results(
        self, function: OwnFunction, tensors: Tensors, learning_rate: float
    ) -> tuple[Floats, ...]:
        """Return the function's results for tensors, in their precision."""
        given = {name: tensors[name] for name in function.arguments if name != LEARNING_RATE}
        takes_rate = LEARNING_RATE in function.arguments
        numbers = {LEARNING_RATE: float(learning_rate)} if takes_rate else {}
        answer = self.call(function.name, {"function": function.name, "numbers": numbers}, given)
        return self._checked(function, answer, tensors)

    def call(
        self, operation: str, content: dict[str, Any], arrays: dict[str, Array]
    ) -> SandboxMessage:
        """Call the process; raise `OwnCodeError` if there is no result."""
        with self._asking:
            return self._ask(self.start(), operation, content, arrays)

    def _ask(
        self, sandbox: Sandbox, operation: str, content: dict[str, Any], arrays: dict[str, Array]
    ) -> SandboxMessage:
        try:
            answer = sandbox.call(content, arrays)
        except TimeLimitError as error:
            self._discard()
            found = _STACK_LINE.search(error.stack)
            raise self._error(operation, str(error), int(found[1]) if found else None) from error
        except SandboxError as error:
            self._discard()
            raise self._error(operation, str(error), None) from error
        if failure := answer.content.get("error"):
            kind, message, line = (failure.get(key) for key in ("kind", "message", "line"))
            sentence = f"{kind}: {message}".removesuffix(": ").removeprefix(": ")
            if not kind:  # what is wrong is the result as a whole
                line = next(f.line for f in self.source.functions if f.name == operation)
            raise self._error(operation, f"{sentence}.", line if isinstance(line, int) else None)
        return answer

    def _checked(
        self, function: OwnFunction, answer: SandboxMessage, tensors: Tensors
    ) -> tuple[Floats, ...]:
        """Return an answer's arrays in the tensors' precision, if they have the right shapes."""
        names = SIGNATURES[function.name].results
        arrays = list(answer.arrays.values())
        if len(arrays) != len(names):
            several = "1 array" if len(arrays) == 1 else f"{len(arrays)} arrays"
            message = f"{function.name} returned {several}; it returns {', '.join(names)}."
            raise self._error(function.name, message, function.line)
        dtype = np.result_type(*tensors.values())
        results = []
        for name, array in zip(names, arrays, strict=True):
            shapes = _right_shapes(name, tensors)
            if array.shape not in shapes:
                message = f"{name} has the shape {array.shape}; {shapes[0]} is right."
                raise self._error(function.name, message, function.line)
            results.append(array.astype(dtype))
        return tuple(results)

    def _error(self, operation: str, message: str, line: int | None) -> OwnCodeError:
        lines = self.source.text.splitlines()
        text = lines[line - 1].strip() if line and line <= len(lines) else ""
        return OwnCodeError(operation, message, line, text)


def _right_shapes(name: str, tensors: Tensors) -> list[tuple[int, ...]]:
    """Return the shape of a result, and that of its mean over images if the last axis is theirs."""
    images = (
        tensor.shape[axis]
        for given, tensor in tensors.items()
        if given in TENSORS and (axis := TENSORS[given].image_axis(tensor.ndim)) is not None
    )
    n = next(images, 1)
    axes = TENSORS[name].axes
    whole = tuple(n if axis == "k" else LENGTHS[axis] for axis in axes)
    is_mean_allowed = len(axes) > 1 and axes[-1] == "k" and axes[0] != ""
    return [whole, whole[:-1]] if is_mean_allowed else [whole]
