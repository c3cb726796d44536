"""What is said of a script's targets."""

from tests.notebooks.hands import EINSUM
from tests.notebooks.running import judged

_TARGETS = "target = (labels[:8] > 4)"
_ALL = EINSUM.source.replace("train[:8,", "train[:40,").replace("labels[:8]", "labels[:40]")


def test_labels_that_are_off_by_one_are_found() -> None:
    before = judged(_ALL.replace("labels[:40]", "np.roll(labels, 1)[:40]"))
    after = judged(_ALL.replace("labels[:40]", "labels[1:41]"))

    one = "Each target is that of the image {} it: the labels are off by one."
    assert one.format("before") in before.data
    assert one.format("after") in after.data


def test_images_and_labels_that_both_leave_out_the_first_are_right() -> None:
    found = judged(_ALL.replace("train[:40,", "train[1:41,").replace("labels[:40]", "labels[1:41]"))

    assert not found.data
    assert not any("target" in note for note in found.notes)


def test_the_digits_that_are_asked_for_are_named_unless_they_are_the_notebooks() -> None:
    at_least = judged(_ALL.replace("> 4", ">= 4"))

    said = "The target is 1 for the digits 4, 5, 6, 7, 8 and 9, 0 for all others."
    assert said in at_least.notes
    assert (
        "The target is 1 for the digit 3, 0 for all others."
        in judged(_ALL.replace("> 4", "== 3")).notes
    )
    only = "The target is 1 for the digit 7, 0 for all others."
    assert only in judged(_ALL.replace("> 4", "== 7")).notes
    assert not any("target" in note for note in judged(_ALL).notes)


def test_a_column_of_targets_and_a_row_of_outputs_are_found() -> None:
    source = EINSUM.source.replace(_TARGETS, "target = (labels[:8, None] > 4)")
    source = source[: source.index("    d_norm")] + "    error = pred - target\n"

    assert any(
        "target has the shape (8, 1) and pred (8,): together they are 8 × 8" in finding
        for finding in judged(source).data
    )


def test_a_table_of_images_by_images_is_no_error_of_shapes() -> None:
    source = EINSUM.source.replace(_TARGETS, "target = (labels[:8, None] > 4)")
    source = source.replace("pred - target", "pred - target[:, 0]")

    for table in ("np.outer(pred, pred)", "target @ target.T"):
        found = judged(source.replace("    w = w", f"    table = {table}\n    w = w"))
        assert not found.data
        assert not found.departing
