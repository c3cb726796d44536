"""The last iteration is kept, too, and judged: what departs only late is found."""

from cnnviz.notebooks.recorder import LATER_BYTES
from cnnviz.notebooks.verdicts import ScriptJudgement
from tests.notebooks.hands import EINSUM
from tests.notebooks.running import judged, recorded

RIGHT = next(source for source, expected in EINSUM.variants().values() if not expected)


def late(steps: int, before: str = "", after: str = "") -> ScriptJudgement:
    """Judge a right script with some iterations and one change."""
    assert before in RIGHT
    return judged(RIGHT.replace("range(2)", f"range({steps})").replace(before, after))


def test_a_right_script_is_right_in_both() -> None:
    judgement = late(12)
    assert judgement.departing == ()
    assert judgement.notes[-1] == "Judged in its first iteration and in iteration 12."


def test_two_iterations_need_no_second_judgement() -> None:
    assert not [note for note in judged(RIGHT).notes if note.startswith("Judged")]


def test_what_departs_only_late_is_found() -> None:
    judgement = late(11, "d_logit, act) / B", "d_logit, act) / (B if step < 5 else 1)")
    (line,) = judgement.departing
    assert (line.name, line.operation, line.kind) == ("grad_w", "dense_gradient", "sum for mean")
    assert line.why.startswith("In iteration 11, grad_w is")


def test_large_arrays_of_the_last_passes_are_kept_and_of_those_between_forgotten() -> None:
    size = LATER_BYTES // 8
    source = f"""
import numpy as np
for i in iter(range(23)):  # the length is not known
    x = np.full({size}, i)
"""
    kept = [int(array[0]) for _, _, array in recorded(source).executions if array.size == size]
    assert kept == [0, 1, 16, 17]
