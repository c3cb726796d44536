"""Stepping through an iteration: the trainer's numbers, forward and backward."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.debugger import debugger as module
from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.debugger.operation_positions import END
from cnnviz.training.debugger.point import Point
from cnnviz.training.errors import DebuggerError
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings
from tests.training.driver import step_to

MakeTrainer = Callable[..., Trainer]
NAMES = [operation.name for operation in OPERATIONS]
POSITION_OF = {name: position for position, name in enumerate(NAMES)}


def readable(trainer: Trainer) -> Tensors:
    settings = trainer.settings
    return iterate(trainer.batch, trainer.parameters, settings.rule, settings.learning_rate)


def place(debugger: Debugger) -> tuple[int, int]:
    """Return the state from which the iteration starts, and the operations done."""
    view = debugger.view(0)
    assert view.position == debugger.position
    return view.iteration, view.position


@pytest.mark.parametrize(
    "rule",
    [NOTEBOOK, EXACT, *(Rule.correcting([name]) for name in ("pairing", "layout", "update-order"))],
    ids=lambda rule: rule.title,
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_all_steps_are_one_iteration_of_the_readable_path_bit_for_bit(
    make_trainer: MakeTrainer, rule: Rule, dtype: Precision
) -> None:
    trainer = make_trainer(subset=12, rule=rule, dtype=dtype, learning_rate=0.5)
    debugger = Debugger(trainer)
    for iteration in range(3):
        expected = readable(trainer)
        for name, values in expected.items():
            assert values.dtype == np.dtype(dtype), name
        for position, operation in enumerate(OPERATIONS):
            assert debugger.step()
            assert debugger.position == position + 1
            for name in operation.writes:
                np.testing.assert_array_equal(debugger.tensors[name], expected[name], strict=True)
        assert trainer.iteration == iteration + 1
        after = updated(expected)
        np.testing.assert_array_equal(trainer.parameters.f, after.f, strict=True)
        np.testing.assert_array_equal(trainer.parameters.wo, after.wo, strict=True)


def test_the_golden_iteration_step_by_step(
    golden: Callable[[str], tuple[Dataset, Settings, dict[str, np.ndarray]]],
    make_trainer: MakeTrainer,
) -> None:
    dataset, settings, notebook = golden("small")
    trainer = make_trainer(
        dataset,
        subset=settings.subset,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
    )
    debugger = Debugger(trainer)
    step_to(debugger, END)
    tensors = debugger.tensors
    n = len(dataset)
    for name, theirs in (
        ("C", notebook["step0_filter_output"].reshape(n, 3, 24, 24)),
        ("a", notebook["step0_activations"]),
        ("zs", notebook["step0_zs"]),
        ("o", notebook["output"][0]),
        ("G", notebook["step0_e_full"]),
        ("M", notebook["step0_e_map"]),
        ("dW", notebook["delta_error_fcp"][0]),
        ("dF", notebook["filter_update"][0]),
        ("f_next", notebook["f"][1]),
    ):
        np.testing.assert_allclose(tensors[name], theirs, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(trainer.parameters.wo, notebook["wo"][1], rtol=1e-9)


def test_opening_changes_nothing(make_trainer: MakeTrainer) -> None:
    trainer, alone = make_trainer(), make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, 9)
    debugger.view(0)
    debugger.leave()
    trainer.step()
    alone.step()
    np.testing.assert_array_equal(trainer.parameters.f, alone.parameters.f)
    assert trainer.last == 1


def test_the_history_keeps_stepped_iterations(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, END)
    stepped = trainer.parameters
    trainer.back()
    trainer.step()
    np.testing.assert_array_equal(trainer.parameters.f, stepped.f)
    np.testing.assert_array_equal(trainer.parameters.wo, stepped.wo)
    assert trainer.last == 1


def test_back_undoes_the_last_operation_and_leaves_it_stale(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 5)
    z = debugger.tensors["z"]
    assert debugger.back()
    assert debugger.position == 4
    assert "z" not in debugger.tensors
    view = debugger.view(0)
    assert view.status[:6] == ("done", "done", "done", "done", "next", "not yet")
    assert view.tensors["z"].stale
    np.testing.assert_array_equal(view.tensors["z"].values, z)
    debugger.back()
    assert debugger.view(0).status[3:6] == ("next", "stale", "not yet")
    assert debugger.step()
    assert debugger.step()
    view = debugger.view(0)
    assert not view.tensors["z"].stale
    assert view.tensors["z"].fresh
    changed = view.tensors["z"].changed
    assert changed is not None
    assert not changed.any()


def test_back_over_the_boundary_undoes_the_last_operation_of_the_iteration_before(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer()
    expected = readable(trainer)
    debugger = Debugger(trainer)
    step_to(debugger, END)
    second = readable(trainer)
    assert debugger.step()
    assert place(debugger) == (1, 1)
    assert debugger.back()
    assert place(debugger) == (1, 0)
    assert debugger.back()
    assert place(debugger) == (0, END - 1)
    assert trainer.iteration == 0
    for name in ("C", "delta", "dF"):
        np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    step_to(debugger, END)
    assert trainer.iteration == 1
    np.testing.assert_array_equal(trainer.parameters.f, updated(expected).f)
    for _ in range(END):
        assert debugger.step()
    np.testing.assert_array_equal(trainer.parameters.f, updated(second).f)


def test_back_from_the_end_moves_the_trainer_back(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, END)
    assert trainer.iteration == 1
    assert debugger.back()
    assert (trainer.iteration, debugger.position) == (0, END - 1)
    assert debugger.view(0).status[-1] == "next"
    assert debugger.view(0).tensors["f_next"].stale


def test_no_step_goes_back_beyond_the_beginning(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    assert not debugger.back()
    assert (*place(debugger), trainer.iteration) == (0, 0, 0)


def test_restart_and_going_back_to_an_operation(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, 12)
    debugger.go_back_to("dense")
    assert debugger.position == POSITION_OF["dense"] + 1
    assert debugger.is_done("dense")
    assert not debugger.is_done("standardise")
    debugger.restart()
    assert debugger.position == 0
    assert set(debugger.tensors) == {"X", "y", "f", "wo"}


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"learning_rate": 2.0}, "dense_update"),
        ({"rule": Rule.correcting(["scale"])}, "dense_gradient"),
        ({"rule": Rule.correcting(["standardisation"])}, "delta"),
        ({"rule": Rule.correcting(["update-order"])}, "map_gradient"),
        ({"rule": Rule.correcting(["pairing"])}, "average_over_images"),
        ({"rule": Rule.correcting(["layout"])}, "reshape"),
    ],
)
def test_a_change_of_settings_repeats_only_the_operations_that_it_affects(
    make_trainer: MakeTrainer, change: dict[str, object], first: str
) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, END - 1)
    debugger.explainer.point_at(Point("G", (700, 2)))
    before = dict(debugger.tensors)
    trainer.change(**change)
    assert debugger.position == END - 1
    expected = readable(trainer)
    view = debugger.view(0)
    assert view.point == Point("G", (700, 2))
    for number, operation in enumerate(OPERATIONS[: END - 1]):
        for name in operation.writes:
            np.testing.assert_array_equal(debugger.tensors[name], expected[name])
            if number < POSITION_OF[first]:
                assert debugger.tensors[name] is before[name]
                assert not view.tensors[name].fresh
            elif before[name].shape == expected[name].shape:
                differs = view.tensors[name].changed
                np.testing.assert_array_equal(differs, before[name] != expected[name])


def test_a_change_that_affects_only_later_operations_changes_nothing(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, POSITION_OF["dense_update"])
    before = debugger.view(0)
    trainer.change(learning_rate=2.0, pause_on_warning=False)
    after = debugger.view(0)
    assert after.position == POSITION_OF["dense_update"]
    assert all(after.tensors[name] is view for name, view in before.tensors.items())
    step_to(debugger, after.position + 1)
    moved = debugger.tensors["wo"] - 2.0 * debugger.tensors["dW"]
    np.testing.assert_array_equal(debugger.tensors["wo_next"], moved)


def test_a_pending_change_at_the_end_survives_going_back(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(learning_rate=1.0)
    debugger = Debugger(trainer)
    step_to(debugger, END)
    trainer.change(learning_rate=0.5)
    assert debugger.back()
    assert place(debugger) == (0, END - 1)
    assert trainer.settings.learning_rate == 0.5
    expected = readable(trainer)
    for name in ("wo_next", "G", "dF"):
        np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    assert debugger.view(0).tensors["wo_next"].fresh
    step_to(debugger, END)
    np.testing.assert_array_equal(trainer.parameters.f, updated(expected).f)
    assert len(trainer.branches.all) == 2


def test_going_back_in_the_past_restores_the_settings_of_that_time(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer(learning_rate=1.0)
    trainer.step()
    trainer.change(learning_rate=0.5)
    trainer.step()
    trainer.go_to(0)
    debugger = Debugger(trainer)
    step_to(debugger, END)
    assert trainer.settings.learning_rate == 0.5
    assert debugger.back()
    assert trainer.settings.learning_rate == 1.0


def test_another_state_and_other_data_start_at_the_first_operation(
    make_trainer: MakeTrainer, digits: Dataset
) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, 7)
    trainer.step()
    assert place(debugger) == (1, 0)
    assert debugger.view(0).status[0] == "next"
    assert debugger.view(0).status[1] == "stale"
    step_to(debugger, 7)
    trainer.use(Dataset("fewer", digits.images[:5], digits.labels[:5]), "bundled")
    assert place(debugger) == (0, 0)
    step_to(debugger, END)
    assert trainer.iteration == 1


@pytest.mark.parametrize("seed", [None, 1])
def test_a_reset_leaves_nothing_of_the_run_before(
    make_trainer: MakeTrainer, seed: int | None
) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, END)
    step_to(debugger, 5)
    assert "stale" in debugger.view(0).status
    trainer.reset(seed)
    view = debugger.view(0)
    assert (view.iteration, view.status) == (0, ("next", *["not yet"] * (END - 1)))
    assert not any(tensor.stale for tensor in view.tensors.values())


def test_other_images_are_computed_up_to_the_same_operation(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, 12)
    trainer.change(subset=6)
    assert place(debugger) == (0, 12)
    expected = readable(trainer)
    for operation in OPERATIONS[:12]:
        for name in operation.writes:
            np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    view = debugger.view(0)
    assert not any(tensor.stale for tensor in view.tensors.values())
    assert view.tensors["dW"].fresh
    changed = view.tensors["dW"].changed
    assert changed is not None
    assert changed.any()
    assert view.tensors["C"].changed is None  # of another shape


def test_an_edit_without_a_result_stops_at_the_failing_operation(
    make_trainer: MakeTrainer, digits: Dataset
) -> None:
    images = np.concatenate([digits.images[:1]] * 2 + [digits.images[1:3]])
    dataset = Dataset("two alike", images, np.array([1, 7, 1, 7], np.uint8))
    trainer = make_trainer(dataset)
    debugger = Debugger(trainer)
    step_to(debugger, 12)
    trainer.change(subset=2)
    assert debugger.position == POSITION_OF["standardise"]
    view = debugger.view(0)
    assert view.failure is not None
    assert view.failure.operation == "standardise"
    assert view.tensors["dW"].stale


def test_a_failing_operation_is_reported_and_not_completed(
    make_trainer: MakeTrainer, identical_images: Dataset, is_one_sentence: Callable[[object], str]
) -> None:
    trainer = make_trainer(identical_images, subset=5)
    debugger = Debugger(trainer)
    step_to(debugger, POSITION_OF["standardise"])
    assert not debugger.step()
    view = debugger.view(0)
    assert view.position == POSITION_OF["standardise"]
    assert view.failure is not None
    assert view.failure.operation == "standardise"
    assert "standard deviation" in is_one_sentence(view.failure.message)
    assert not debugger.step()
    assert debugger.back()
    assert debugger.view(0).failure is None


@pytest.mark.parametrize(("dtype", "most"), [("float64", 1e-12), ("float32", 1e-3)])
def test_replay_follows_the_run_and_reports_differences(
    make_trainer: MakeTrainer, dtype: Precision, most: float
) -> None:
    trainer = make_trainer(subset=40, dtype=dtype, learning_rate=1.0)
    for _ in range(3):
        trainer.step()
    states = []
    for iteration in range(4):
        trainer.go_to(iteration)
        states.append(trainer.parameters)
    trainer.go_to(1)
    expected = updated(readable(trainer))
    debugger = Debugger(trainer)
    step_to(debugger, END)
    assert (trainer.iteration, trainer.last) == (2, 3)
    np.testing.assert_array_equal(trainer.parameters.f, states[2].f)
    np.testing.assert_array_equal(trainer.parameters.wo, states[2].wo)
    shares = [
        np.abs(ours - theirs).max() / np.abs(theirs).max()
        for ours, theirs in ((expected.f, states[2].f), (expected.wo, states[2].wo))
    ]
    deviation = debugger.view(0).deviation
    assert deviation == pytest.approx(max(shares))
    assert 0 < max(shares) < most
    debugger.back()
    assert debugger.view(0).deviation is None
    step_to(debugger, END)
    debugger.step()
    assert debugger.view(0).deviation is None
    trainer.go_to(3)
    np.testing.assert_array_equal(trainer.parameters.f, states[3].f)


def test_no_difference_is_reported_if_the_iteration_gives_the_recorded_state(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, END)
    assert debugger.view(0).deviation is None
    debugger.back()
    debugger.step()  # along the stepped iterations, which are kept
    assert debugger.view(0).deviation is None


def test_other_settings_in_the_past_begin_a_branch(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    for _ in range(3):
        trainer.step()
    trainer.go_to(1)
    trainer.change(learning_rate=0.25)
    expected = updated(readable(trainer))
    debugger = Debugger(trainer)
    step_to(debugger, END)
    assert trainer.iteration == 2
    np.testing.assert_array_equal(trainer.parameters.f, expected.f)


def test_a_large_batch_shows_the_image_first(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IMAGE_FIRST", 3)
    trainer = make_trainer(subset=6, rule=EXACT)
    expected = readable(trainer)
    debugger = Debugger(trainer)
    for name, tensor, axis in (
        ("correlate", "C", 0),
        ("delta", "delta", 1),
        ("map_gradient", "G", 1),
    ):
        step_to(debugger, POSITION_OF[name])
        view = debugger.view(4, computing=True)
        assert view.computing == name
        alone = view.tensors[tensor]
        assert alone.image == 4
        np.testing.assert_allclose(
            alone.values, np.take(expected[tensor], [4], axis), rtol=1e-9, atol=1e-15
        )
        debugger.step()
        whole = debugger.view(4).tensors[tensor]
        assert whole.image is None
        assert whole.values.shape == expected[tensor].shape
    debugger.back()
    kept = debugger.view(4).tensors["G"]  # of the rest nothing is
    assert (kept.stale, kept.image, kept.values.shape) == (True, 4, (1728, 1))


def test_a_batch_that_does_not_fit_in_memory_is_refused_before_it_starts(
    make_trainer: MakeTrainer,
    monkeypatch: pytest.MonkeyPatch,
    is_one_sentence: Callable[[object], str],
) -> None:
    monkeypatch.setattr("cnnviz.training.limits.machine_memory", lambda: 1_000_000)
    debugger = Debugger(make_trainer(subset=20))
    with pytest.raises(DebuggerError) as raised:
        debugger.step()
    assert "stepping through 20 images takes 1.9 MB" in is_one_sentence(raised.value)
    assert debugger.position == 0


def test_the_update_shows_what_changed(make_trainer: MakeTrainer) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, END)
    f_next = debugger.view(0).tensors["f_next"]
    np.testing.assert_array_equal(
        f_next.changed, debugger.tensors["f_next"] != debugger.tensors["f"]
    )
    step_to(debugger, 2)
    assert debugger.view(0).iteration == 1
    changed = debugger.view(0).tensors["C"].changed  # against the iteration before
    assert changed is not None
    assert changed.any()


@pytest.mark.parametrize("back", ["back", "restart"])
def test_an_update_that_is_repeated_is_compared_with_the_parameters_it_reads(
    make_trainer: MakeTrainer, back: str
) -> None:
    debugger = Debugger(make_trainer())
    step_to(debugger, END)
    getattr(debugger, back)()
    for operation, name, parameter in (
        ("dense_update", "wo_next", "wo"),
        ("filter_update", "f_next", "f"),
    ):
        if debugger.position > POSITION_OF[operation]:
            debugger.go_back_to(NAMES[POSITION_OF[operation] - 1])
        step_to(debugger, POSITION_OF[operation] + 1)
        view = debugger.view(0).tensors[name]
        assert view.changed is not None
        expected = debugger.tensors[name] != debugger.tensors[parameter]
        assert expected.any()
        np.testing.assert_array_equal(view.changed, expected)


# What a person changes by hand


def test_an_edited_filter_takes_effect_at_once_up_to_the_same_operation(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer()
    trainer.step()
    debugger = Debugger(trainer)
    step_to(debugger, 15)
    before = dict(debugger.tensors)
    edit_state(trainer, Edit(1, "f", (2, 3, 1), 0.25))
    assert place(debugger) == (1, 15)
    assert debugger.tensors["f"][2, 3, 1] == 0.25
    expected = readable(trainer)
    view = debugger.view(0)
    for operation in OPERATIONS[:15]:
        for name in operation.writes:
            np.testing.assert_array_equal(debugger.tensors[name], expected[name])
    np.testing.assert_array_equal(view.tensors["C"].changed, expected["C"] != before["C"])
    untouched = view.tensors["C"].changed
    assert untouched is not None
    assert not untouched[:, [0, 2]].any()  # the other filters' maps
    assert untouched[:, 1].any()


def test_a_drawn_pixel_is_seen_at_once(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    debugger = Debugger(trainer)
    step_to(debugger, 9)
    trainer.apply(trainer.settings.with_pixel(Pixel(2, 10, 11, 200), trainer.dataset))
    assert debugger.position == 9
    assert debugger.tensors["X"][11, 10, 2] == 200 / 255
    expected = readable(trainer)
    np.testing.assert_array_equal(debugger.tensors["delta"], expected["delta"])


def test_stepped_iterations_are_kept_exactly_however_long_the_run(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.training.run.kept_parameters.RECENT", 2)
    trainer = make_trainer()
    trainer.step()
    debugger = Debugger(trainer)
    step_to(debugger, END)
    stepped = trainer.parameters
    for _ in range(6):
        trainer.step()
    trainer.go_to(2)
    np.testing.assert_array_equal(trainer.parameters.f, stepped.f)
    np.testing.assert_array_equal(trainer.parameters.wo, stepped.wo)
