"""Whatever a person steps through and changes, every equation that is shown holds."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.explain import Explanation
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, Rule
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

START = Settings(subset=8)
WRITTEN = [(position, name) for position, op in enumerate(OPERATIONS) for name in op.writes]
NAMES = [operation.name for operation in OPERATIONS]

NOT_NUMBERS = (r"\cdots", "_{", "mathrm", "infty", "sum", "partial", "L")

Action = tuple[str, Any]
changes = st.one_of(
    st.builds(lambda rate: {"learning_rate": rate}, st.sampled_from([0.5, 1.0, 15.0, 100.0])),
    st.builds(lambda rule: {"rule": rule}, st.sampled_from(RULES)),
    st.builds(lambda n: {"subset": n}, st.sampled_from([5, 8])),
    st.builds(lambda pauses: {"pause_on_warning": pauses}, st.booleans()),
)
actions = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 17)),
    st.tuples(st.just("step"), st.just(1)),
    st.tuples(st.just("back"), st.integers(1, 3)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("go back to"), st.sampled_from(NAMES)),
    st.tuples(st.just("settings"), changes),
    st.tuples(st.just("edit"), st.floats(-1, 1)),
    st.tuples(st.just("train"), st.none()),
    st.tuples(st.just("go to"), st.integers(0, 3)),
)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([NOTEBOOK, EXACT]), st.lists(actions, max_size=8), st.randoms())
@example(NOTEBOOK, [("step", 16), ("settings", {"learning_rate": 1.0})], None)
@example(EXACT, [("step", 16), ("settings", {"rule": NOTEBOOK})], None)
@example(NOTEBOOK, [("step", 16), ("settings", {"subset": 5})], None)
def test_every_equation_shown_holds(rule: Rule, done: list[Action], random: Any) -> None:  # noqa: ANN401
    trainer = Trainer(bundled_digits(), replace(START, rule=rule))
    try:
        debugger = Debugger(trainer)
        for action in done:
            act(trainer, debugger, action)
            view = debugger.view(2)
            is_done = view.iteration < trainer.iteration
            made_with = (
                trainer.curve.settings_after(view.iteration) if is_done else trainer.settings
            )
            check_operations(view, made_with.learning_rate)
            computed = [name for position, name in WRITTEN if position < view.position]
            for name in computed if random is None else random.sample(computed, len(computed) // 3):
                for mean in (False, True):
                    debugger.explainer.point_at(Point(name, (), mean))
                    shown = debugger.view(2)
                    assert shown.explanation is not None
                    assert shown.why is not None
                    check_explanation(shown.explanation, shown)
    finally:
        trainer.close()


def act(trainer: Trainer, debugger: Debugger, action: Action) -> None:
    match action:
        case "step", times:
            for _ in range(times):
                debugger.step()
        case "back", times:
            for _ in range(times):
                debugger.back()
        case "restart", _:
            debugger.restart()
        case "go back to", operation:
            debugger.go_back_to(operation)
        case "settings", change:
            trainer.change(**change)
        case "edit", value:
            edit_state(trainer, Edit(trainer.iteration, "f", (1, 2, 0), value))
        case "train", _:
            trainer.step()
        case "go to", iteration:
            trainer.go_to(min(iteration, trainer.last))


def check_operations(view: DebugView, learning_rate: float) -> None:
    """Run the shown numpy of every operation that is done, with the shown rule and η."""
    tensors = {name: shown.values for name, shown in view.tensors.items() if not shown.stale}
    for operation in OPERATIONS[: view.position]:
        names: dict[str, Any] = {name: tensors[name] for name in operation.reads}
        names |= {"np": np, "sliding_window_view": sliding_window_view, "lr": learning_rate}
        exec(operation.variant(view.rule).numpy, names)  # noqa: S102
        for name in operation.writes:
            np.testing.assert_allclose(names[name], tensors[name], rtol=1e-9, atol=1e-12)


def check_explanation(explanation: Explanation, view: DebugView) -> None:
    """Compute each side of the formula that is all numbers; compare value and shares."""
    values: NDArray[Any] = view.tensors[explanation.tensor].values
    along: list[Any] = [*explanation.index]
    if explanation.axis is not None:
        along[explanation.axis] = slice(None)
    assert math.isclose(explanation.value, float(values[tuple(along)].mean()), rel_tol=1e-9)
    for shares in (explanation.shares, explanation.errors):
        if shares is not None and np.isfinite(shares).all():
            slack = 1e-9 * float(np.abs(shares).sum()) + 1e-15
            assert abs(float(shares.sum()) - explanation.value) <= slack
    for side in explanation.formula.split(" = "):
        if any(
            part in side for part in (r"\cdots", "_{", "mathrm", "infty", "sum", "partial", "L")
        ):
            continue
        text = in_python(side)
        sizes = re.sub(r"(?<![*e(])-", "+", text).replace("(-", "(")
        names = {"exp": np.exp, "sqrt": np.sqrt, "sigma": lambda t: 1 / (1 + np.exp(-t))}
        found, size = (float(eval(code, dict(names))) for code in (text, sizes))  # noqa: S307
        slack = 0.02 * max(abs(size), abs(explanation.value)) + 1e-12
        assert abs(found - explanation.value) <= slack, explanation.formula


def in_python(latex: str) -> str:
    """Return LaTeX that contains only numbers as a Python expression."""
    text = latex.replace("{-}", "-").replace(r"\left", "").replace(r"\right", "")
    text = text.replace(r"\cdot", "*").replace(r"\sigma", "sigma").replace(r"\,", "")
    before = ""
    while text != before:
        before = text
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
        text = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", text)
        text = re.sub(r"e\^\{([^{}]*)\}", r"exp(\1)", text)
        text = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", text)
    return re.sub(r"\)\s+\(", ")*(", text.replace("^", "**"))
