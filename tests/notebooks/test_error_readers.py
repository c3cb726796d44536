"""Which vector of errors a gradient is computed from, and in which line a mistake is."""

import pytest

from cnnviz.notebooks.verdicts import LineVerdict
from tests.notebooks.hands import COPY, EINSUM
from tests.notebooks.running import judged

_ERROR = "d_norm = (pred - target) * pred * (1 - pred)"
_DENSE = 'grad_w = np.einsum("b,bfxy->fxy", d_logit, act) / B'
_MAPS = 'd_pre = np.einsum("b,fxy->bfxy", d_logit, w) * act * (1 - act)'
_FILTERS = 'grad_k = np.einsum("bfxy,bxyuv->fuv", d_pre, win) / B'


def _departing(*changes: tuple[str, str]) -> list[LineVerdict]:
    source = EINSUM.source
    for before, after in changes:
        assert source.count(before) == 1
        source = source.replace(before, after)
    return judged(source).departing


@pytest.mark.parametrize(("line", "name"), [(_DENSE, "grad_w"), (_MAPS, "d_pre")])
@pytest.mark.parametrize("read", ["d_norm", "err"])
def test_a_gradient_that_reads_an_earlier_error_departs_itself(
    line: str, name: str, read: str
) -> None:
    split = f"err = pred - target\n    {_ERROR.replace('(pred - target)', 'err')}"

    departing = _departing((_ERROR, split), (line, line.replace("d_logit", read)))

    assert [(found.name, found.kind) for found in departing] == [(name, "missing factor")]
    assert departing[0].suggestion == f"read d_logit in place of {read}"
    assert departing[0].worst is not None


def test_the_right_gradient_beside_one_of_an_earlier_error_is_that_of_the_right_script() -> None:
    wrong = _departing((_DENSE, _DENSE.replace("d_logit", "d_norm")))[0]
    lines = judged(EINSUM.source).lines
    right = next(line for line in lines if line.name == "grad_w" and line.actual is not None)

    assert wrong.right is not None
    assert right.actual is not None
    assert abs(wrong.right - right.actual).max() < 1e-12


def test_an_error_inside_an_expression_departs_in_the_line_that_has_it() -> None:
    departing = _departing((_DENSE, _DENSE.replace("d_logit", "pred - target")))

    assert [line.name for line in departing] == ["grad_w"]
    assert departing[0].suggestion == "multiply the error by pred * (1 - pred)"


def test_an_error_that_no_mistake_explains_departs_not_the_line_that_carries_it_back() -> None:
    departing = _departing((_ERROR, _ERROR.replace("(pred - target)", "np.abs(pred - target)")))

    assert [(line.name, line.kind) for line in departing] == [("d_norm", "unknown mistake")]
    assert departing[0].suggestion == "(pred - target) * pred * (1 - pred)"


def test_the_slope_of_the_output_at_the_maps_is_named() -> None:
    slope = "(pred * (1 - pred))[:, None, None, None]"

    departing = _departing((_MAPS, _MAPS.replace("act * (1 - act)", slope)))

    assert [(line.name, line.kind) for line in departing] == [("d_pre", "slope of another layer")]
    assert departing[0].suggestion == "act * (1 - act) for the slope of the activation"


def test_what_is_divided_by_the_deviation_is_not_to_be_divided_again() -> None:
    carried = "d_logit = (d_norm - d_norm.mean() - norm * (d_norm * norm).mean()) / sd"

    departing = _departing((carried, "d_logit = d_norm / sd"))

    after = "after it: d_logit = d_logit - d_logit.mean() - norm * (d_logit * norm).mean()"
    assert departing[0].suggestion == after


def test_a_divisor_too_many_departs_where_it_is_written() -> None:
    summed = _FILTERS.removesuffix(" / B")

    departing = _departing((_FILTERS, f"{summed}\n    grad_k = grad_k / (B * 100)"))

    assert [line.line for line in departing] == [27]
    assert departing[0].why == "grad_k is 0.01 times what it should be."


_LOOP = """grad_k = np.zeros((3, 5, 5))
    for b in range(B):
        for i in range(3):
            grad_k[i] += np.einsum("xy,xyuv->uv", d_pre[PAIR], win[IMAGE]) / B"""


@pytest.mark.parametrize(
    ("pair", "image", "kind"),
    [("b, i", "0", "one image for all"), ("b, 0", "b", "one filter for all")],
)
def test_one_image_or_filter_for_all_is_named(pair: str, image: str, kind: str) -> None:
    loop = _LOOP.replace("PAIR", pair).replace("IMAGE", image)

    departing = _departing((_FILTERS, loop))

    assert [(line.name, line.kind) for line in departing] == [("grad_k", kind)]


def test_filters_that_the_forward_pass_rotates_are_named_with_the_gradient() -> None:
    departing = _departing(("win, kern)", "win, kern[:, ::-1, ::-1])"))

    assert [(line.name, line.kind) for line in departing] == [("grad_k", "rotated")]
    assert "the forward pass rotates them" in departing[0].suggestion


def test_a_deviation_over_n_less_one_has_a_way_back_of_its_own() -> None:
    sample = ("logit.mean(), logit.std()", "logit.mean(), logit.std(ddof=1)")
    products = ("(d_norm * norm).mean()", "(d_norm * norm).sum() / (B - 1)")

    assert not _departing(sample, products)
    departing = _departing(sample)
    assert [(line.name, line.kind) for line in departing] == [("d_logit", "another deviation")]
    assert departing[0].suggestion.startswith("divide the sum of δ ẑ by 7")


@pytest.mark.parametrize(("divisor", "count"), [("(B - 1)", 0), ("B", 1)])
def test_the_way_back_through_a_deviation_is_judged_in_single_precision(
    divisor: str, count: int
) -> None:
    source = EINSUM.source.replace("logit.std()", "logit.std(ddof=1)")
    source = source.replace("(d_norm * norm).mean()", f"(d_norm * norm).sum() / {divisor}")
    source = source.replace("train[:8,", "train[:40,").replace("labels[:8]", "labels[:40]")
    source = source.replace("255.0", "np.float32(255)").replace("astype(float)", "astype('f4')")
    source = source.replace(" 5))", " 5)).astype('f4')").replace(" 10))", " 10)).astype('f4')")

    assert len(judged(source).departing) == count


def test_a_sum_beside_a_mean_departs_although_the_loss_has_no_name() -> None:
    source = COPY.source
    assert not judged(source).departing

    departing = judged(source.replace("gw = np.dot(a, d.T) / n", "gw = np.dot(a, d.T)")).departing

    assert [(line.name, line.kind) for line in departing] == [("gw", "sum for mean")]


def test_a_list_that_is_no_gradient_departs_where_it_is_filled() -> None:
    product = "x[u:u+8, v:v+8, k] * gm[i, :, :, k]"

    departing = judged(COPY.source.replace(product, "gm[i, :, :, k]")).departing

    assert [(line.name, line.kind) for line in departing] == [("sums", "unknown mistake")]


@pytest.mark.parametrize(("end", "kind"), [("", "missing factor"), (" / sd / sd", "extra factor")])
def test_an_error_is_divided_by_the_deviation_once(end: str, kind: str) -> None:
    departing = _departing((".mean()) / sd", f".mean()){end}"))

    assert [(line.name, line.kind) for line in departing] == [("d_logit", kind)]
    assert departing[0].suggestion == "divide d_logit by the deviation once"


def test_a_step_may_be_divided_by_the_deviation_in_place_of_the_error() -> None:
    undivided = (".mean()) / sd", ".mean())")
    steps = ("w - lr * grad_w", "w - lr / sd * grad_w"), ("kern - lr", "kern - lr / sd")

    assert not _departing(undivided, *steps)
