from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import (
    NonFiniteError,
    NumericsError,
    SingleImageError,
    ZeroDeviationError,
)
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.training.run.warnings import (
    HealthMetrics,
    WarningLog,
    active_warnings,
    notice_of,
    warning_notice,
)

CALM = HealthMetrics(saturated=0.5, filters=1.0, dense=2.0)


def saturated(share: float) -> HealthMetrics:
    return HealthMetrics(share, 1.0, 1.0)


def metrics_of(dense: float, filters: float = 1.0) -> HealthMetrics:
    return HealthMetrics(0.0, filters, dense)


@pytest.mark.parametrize(
    ("health_metrics", "kinds"),
    [
        (CALM, set()),
        (saturated(0.9899), set()),
        (saturated(0.99), {"saturation"}),
        (metrics_of(9.99e5), set()),
        (metrics_of(1e6), {"divergence"}),
        (metrics_of(1.0, filters=1e6), {"divergence"}),
        (HealthMetrics(1.0, 1e9, 1.0), {"saturation", "divergence"}),
    ],
)
def test_a_warning_is_raised_from_its_limit_on(
    health_metrics: HealthMetrics, kinds: set[str]
) -> None:
    assert active_warnings(frozenset(), health_metrics) == kinds


@pytest.mark.parametrize(
    ("health_metrics", "kinds"),
    [
        (HealthMetrics(0.90, 9.1e5, 0.0), {"saturation", "divergence"}),
        (HealthMetrics(0.89, 9.1e5, 0.0), {"divergence"}),
        (HealthMetrics(0.90, 8.9e5, 8.9e5), {"saturation"}),
        (CALM, set()),
    ],
)
def test_a_warning_lasts_until_clearly_below_its_limit(
    health_metrics: HealthMetrics, kinds: set[str]
) -> None:
    assert active_warnings(frozenset({"saturation", "divergence"}), health_metrics) == kinds


def test_a_metric_that_flickers_at_its_limit_warns_once() -> None:
    watch = WarningLog()
    for i, share in enumerate([0.5, 0.991, 0.985, 0.995, 0.95, 0.99]):
        watch.add(i, saturated(share))
    assert [i for i in range(6) if watch.notice(i)] == [1]


def test_a_warning_that_had_ended_is_raised_again() -> None:
    watch = WarningLog()
    for i, share in enumerate([0.991, 0.5, 0.991]):
        watch.add(i, saturated(share))
    assert [i for i in range(3) if watch.notice(i)] == [0, 2]


def test_two_at_once_are_raised_one_after_the_other() -> None:
    watch = WarningLog()
    for i in range(4):
        watch.add(i, HealthMetrics(1.0, 1e9, 1.0))
    assert [n.kind for i in range(4) if (n := watch.notice(i))] == ["divergence", "saturation"]


def test_a_branch_from_the_past_starts_with_its_warnings() -> None:
    watch = WarningLog()
    for i, share in enumerate([0.5, 0.5, 0.991, 0.5, 0.5]):
        watch.add(i, saturated(share))
    late = watch.fork(3)
    assert late.notice(2) is not None
    late.add(3, saturated(0.98))  # still held
    assert late.notice(3) is None
    early = watch.fork(2)
    assert early.notice(2) is None
    early.add(2, saturated(0.995))
    assert early.notice(2) is not None
    assert watch.active(3) is None  # unchanged


@pytest.mark.parametrize(
    ("health_metrics", "operation", "word"),
    [
        (
            metrics_of(2e6),
            "dense_update",
            "dense weight has the magnitude 2e6 (threshold 1e6)",
        ),
        (
            metrics_of(1.0, filters=3e7),
            "filter_update",
            "filter weight has the magnitude 3e7 (threshold 1e6)",
        ),
    ],
)
def test_runaway_weights_are_named(
    health_metrics: HealthMetrics,
    operation: str,
    word: str,
    is_one_sentence: Callable[[object], str],
) -> None:
    notice = warning_notice("divergence", health_metrics, 12)
    assert (notice.kind, notice.operation, notice.iteration) == ("divergence", operation, 12)
    assert not notice.final
    assert word in is_one_sentence(notice.message)
    assert "learning rate" not in notice.message  # no advice that was not tried


def test_saturation_is_named(is_one_sentence: Callable[[object], str]) -> None:
    notice = warning_notice("saturation", saturated(0.9931), 3)
    assert (notice.kind, notice.operation, notice.iteration) == ("saturation", "sigmoid", 3)
    assert not notice.final
    sentence = is_one_sentence(notice.message)
    assert "99.3 %" in sentence
    assert "(threshold 99.0 %)" in sentence
    assert "σ′ below 10⁻⁶" in sentence


def test_saturation_claims_what_the_gradients_show(digits: Dataset) -> None:
    """The filters may well change: only saturated units pass next to nothing back."""
    batch = Batch.from_images(digits.images[:100], digits.labels[:100])
    parameters = initial_parameters(0)
    for _ in range(3):
        parameters = updated(iterate(batch, parameters, NOTEBOOK, 15.0))
    tensors = iterate(batch, parameters, NOTEBOOK, 15.0)
    slope = tensors["a"] * (1 - tensors["a"])
    saturated_units = slope < 1e-6
    at_output = np.abs(tensors["wo_next"] * tensors["delta"])
    assert saturated_units.any()
    assert (np.abs(tensors["G"]) <= 1e-6 * at_output)[saturated_units].all()
    sentence = warning_notice("saturation", saturated(0.995), 3).message
    assert "less than a millionth of the error at its output" in sentence
    assert "in up to 32 images" in sentence
    assert "can hardly learn" not in sentence
    assert "learning rate" not in sentence


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NonFiniteError("dense", "z is not finite."), "divergence"),
        (ZeroDeviationError("standardise", "all z are equal."), "zero deviation"),
        (SingleImageError("standardise", "one image."), "zero deviation"),
    ],
)
def test_errors_of_the_arithmetic_are_final(error: NumericsError, kind: str) -> None:
    notice = notice_of(error, 7)
    assert (notice.kind, notice.iteration, notice.final) == (kind, 7, True)
    assert (notice.operation, notice.message) == (error.operation, str(error))


def test_a_warning_is_active_from_its_notice_until_it_ends() -> None:
    watch = WarningLog()
    for i, share in enumerate([0.5, 0.995, 0.95, 0.2, 0.3, 0.999, 1.0]):
        watch.add(i, saturated(share))
    raised = [notice.iteration if notice else None for notice in map(watch.active, range(7))]
    assert raised == [None, 1, 1, None, None, 5, 5]
    fork = watch.fork(5)
    assert fork.active(2) == watch.notice(1)
    assert fork.active(4) is None
    assert fork.active(6) is None


def test_the_newer_of_two_active_warnings_mentions_the_older() -> None:
    watch = WarningLog()
    for i in range(4):
        watch.add(i, HealthMetrics(1.0, 1e9, 1.0))
    notice = watch.active(3)
    assert notice is not None
    assert (notice.kind, [n.kind for n in notice.still_active]) == ("saturation", ["divergence"])
    first, second = notice.summary.split(" Also: ")
    assert first.startswith("Saturation at iteration 1, ")
    assert second.startswith("Divergence at iteration 0, ")
    assert "1e9" in second
    watch.add(4, HealthMetrics(0.1, 1e9, 1.0))
    left = watch.active(4)
    assert left is not None
    assert (left.kind, left.still_active) == ("divergence", ())


def test_a_warning_that_may_be_older_is_marked_as_late() -> None:
    watch = WarningLog()
    watch.add(300, saturated(1.0))
    notice = watch.notice(300)
    assert notice is not None
    assert notice.summary.startswith("Saturation by iteration 300, ")
    watch.add(301, HealthMetrics(1.0, 1e9, 1.0))
    notice = watch.notice(301)
    assert notice is not None
    assert notice.summary.startswith("Divergence at iteration 301, ")
    early = watch.fork(300)
    early.add(300, saturated(1.0))
    again = early.notice(300)
    assert again is not None
    assert again.first_seen_late  # the earlier states are still unchecked
