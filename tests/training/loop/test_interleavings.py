"""Any interleaving of commands, through the real queue and scheduler, against a list of states."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cnnviz.numerics.rule import SWITCHES
from cnnviz.training.loop import session
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.pixels import Pixel
from cnnviz.training.run import kept_parameters
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.reference_run import CHANGES, DIGITS, ReferenceRun, RefusedError

When = Literal["together", "during an iteration", "on a frame", "at rest"]


@dataclass(frozen=True)
class Request:
    """What a person asks for, and when: in any case once all before it has been carried out."""

    when: When
    command: str
    arguments: tuple[object, ...] = ()
    options: tuple[tuple[str, object], ...] = ()


def requests() -> st.SearchStrategy[Request]:
    when = st.sampled_from(When.__args__)  # type: ignore[attr-defined]

    def of(command: str, *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Request]:
        return st.builds(Request, when, st.just(command), st.tuples(*arguments))

    def with_options(
        command: str, options: st.SearchStrategy[dict[str, object]], *arguments: object
    ) -> st.SearchStrategy[Request]:
        listed = options.map(lambda chosen: tuple(chosen.items()))
        return st.builds(Request, when, st.just(command), st.tuples(*arguments), listed)

    image, number = st.integers(0, 4), st.integers(0, 9)
    pixel = st.builds(Pixel, image, number, st.just(14), st.sampled_from([0, 99, 255]))
    cell = st.sampled_from([("f", (1, 2, 0)), ("wo", (100, 0))])
    too_many = st.just({"subset": len(DIGITS) + 1})
    return st.one_of(
        of("step"),
        of("step"),
        of("back"),
        of("go_to", number),
        of("draw", pixel),
        of("erase", image),
        of("edit", cell, st.floats(-2, 2)),
        with_options("change", CHANGES | too_many),
        with_options(
            "correct", st.fixed_dictionaries({"on": st.booleans()}), st.sampled_from(list(SWITCHES))
        ),
        of("reset", st.none() | st.integers(0, 3)),
        of("select", image),
    )


class Person(Mailbox):
    """Sends commands to a loop from inside the mailbox, so that all run in one thread."""

    def __init__(self, script: list[Request]) -> None:
        self.script = deque(script)
        self.sent: list[tuple[str, tuple[object, ...], dict[str, object]]] = []
        self.messages: list[Message] = []
        self.frame: Frame | None = None
        self.loop: TrainingLoop | None = None
        super().__init__()

    @property
    def progress(self) -> float | None:
        return None

    @progress.setter
    def progress(self, share: float | None) -> None:
        if share is not None:
            self.act("during an iteration")

    def put(self, frame: Frame) -> None:
        self.frame = frame
        assert self.loop is not None
        self.act("at rest" if frame.done == self.loop.sent else "on a frame")

    def put_message(self, message: Message) -> None:
        if message.refused:
            self.messages.append(message)

    def act(self, now: When) -> None:
        """Send the commands that are due, and those grouped with them."""
        assert self.loop is not None
        if not self.script:
            if now == "at rest":
                self.loop.stop()
            return
        if now == "at rest" or self.script[0].when == now:
            self.send(self.script.popleft())
            while self.script and self.script[0].when == "together":
                self.send(self.script.popleft())

    def send(self, request: Request) -> None:
        arguments, options = request.arguments, dict(request.options)
        if request.command == "edit":  # of the state that is seen
            assert self.frame is not None
            (tensor, index), value = arguments
            arguments = (Edit(self.frame.iteration, tensor, index, value),)
        self.sent.append((request.command, arguments, options))
        getattr(self.loop, request.command)(*arguments, **options)


@pytest.fixture(autouse=True)
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep so few states that many are recomputed, and answer during every iteration."""
    monkeypatch.setattr(kept_parameters, "RECENT", 3)
    monkeypatch.setattr(kept_parameters, "SPACING", 4)
    monkeypatch.setattr(kept_parameters, "MOST_KEYFRAMES", 3)
    monkeypatch.setattr(session, "LONG", 0.0)


def outcome(script: list[Request]) -> tuple[Person, Frame]:
    """Return the final state of a loop that was sent these commands, and its last frame."""
    person = Person(script)
    person.loop = TrainingLoop(Trainer(DIGITS, Settings(subset=3)), person)
    person.loop.run()
    assert person.frame is not None
    assert person.frame.done == len(person.sent) == len(script)
    return person, person.frame


def panel(field: str, *values: object, when: When) -> list[Request]:
    return [Request(when, "change", (), ((field, value),)) for value in values]


@hypothesis_settings(max_examples=80, deadline=None)
@given(script=st.lists(requests(), max_size=30))
@example(  # two panels, during an iteration
    [
        Request("at rest", "step"),
        *panel("learning_rate", 1.0, 2.0, when="during an iteration"),
        *panel("subset", 4, 5, when="together"),
        *panel("learning_rate", 0.01, when="together"),
        *panel("dtype", "float32", when="together"),
        Request("together", "correct", ("scale",), (("on", True),)),
        Request("together", "draw", (Pixel(0, 1, 14, 255),)),
        Request("at rest", "step"),
    ]
)
@example(  # a subset that is refused supersedes none that is not
    [
        Request("at rest", "step"),
        *panel("subset", 2, when="during an iteration"),
        *panel("subset", 5, len(DIGITS) + 1, when="together"),
        Request("together", "step"),
    ]
)
def test_any_interleaving_equals_its_commands_one_by_one(script: list[Request]) -> None:
    person, frame = outcome(script)
    run, refused = ReferenceRun(Settings(subset=3)), [False]
    for command, arguments, options in person.sent:
        act: Callable[..., None] = getattr(run, command)
        try:
            act(*arguments, **options)
            refused.append(False)
        except RefusedError:
            refused.append(True)
    assert (frame.iteration, frame.last) == (run.iteration, len(run.used))
    assert frame.settings == run.settings
    assert frame.parameters.f.tobytes() == run.parameters.f.tobytes()
    assert frame.parameters.wo.tobytes() == run.parameters.wo.tobytes()
    assert frame.image.index == min(run.image, run.settings.subset - 1)
    assert refused[-1] <= len(person.messages) <= sum(refused)  # others were superseded
