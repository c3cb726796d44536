import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.numerics.network import Parameters, initial_parameters
from cnnviz.training.errors import HistoryError
from cnnviz.training.run import kept_parameters as module
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.history import History
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.settings import Settings

A, B, C = (Settings(learning_rate=rate) for rate in (1.0, 2.0, 3.0))
SOME = initial_parameters(0)


def filled(count: int, settings: Settings = A) -> History:
    history = History()
    extend(history, count, settings)
    return history


def extend(history: History, count: int, settings: Settings = A) -> None:
    for i in range(history.last + 1, history.last + 1 + count):
        history.append(state(i), settings, i / 10, i / 100)


def state(number: int) -> Parameters:
    """Parameters that identify their state."""
    return Parameters(np.full((5, 5, 3), float(number)), np.full((1728, 1), float(number)))


def kept_iterations(history: History) -> list[int]:
    return [i for i in range(history.last + 1) if history.parameters(i) is not None]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECENT", 5)
    monkeypatch.setattr(module, "SPACING", 4)
    monkeypatch.setattr(module, "MOST_KEYFRAMES", 6)


def test_is_empty_at_first() -> None:
    history = History()
    assert history.last == -1
    with pytest.raises(HistoryError):
        history.parameters(0)


def test_every_value_is_kept_in_order() -> None:
    history = filled(2_100)
    curve = history.curve()
    np.testing.assert_array_equal(curve.loss, np.arange(2_100) / 10)
    np.testing.assert_array_equal(curve.accuracy, np.arange(2_100) / 100)
    assert history.last == 2_099


def test_the_latest_states_are_all_kept() -> None:
    history = filled(1_500)
    assert kept_iterations(history)[-1_024:] == list(range(476, 1_500))
    np.testing.assert_array_equal(history.parameters(476).f, state(476).f)


def test_before_them_every_8th_is() -> None:
    assert kept_iterations(filled(1_500))[:-1_024] == list(range(0, 476, 8))


@pytest.mark.usefixtures("small")
def test_keyframes_thin_out_evenly() -> None:
    history = filled(24)
    assert kept_iterations(history) == [0, 4, 8, 12, 16, 19, 20, 21, 22, 23]
    extend(history, 1)  # the seventh keyframe
    assert kept_iterations(history) == [0, 8, 16, 20, 21, 22, 23, 24]
    extend(history, 100)
    assert kept_iterations(history) == [0, 32, 64, 96, 120, 121, 122, 123, 124]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("count", [1, 3, 24, 25, 49, 125])
def test_keyframe_before_is_the_latest_kept_state(count: int) -> None:
    history = filled(count)
    there = kept_iterations(history)
    for i in range(count):
        assert history.keyframe_before(i) == max(k for k in there if k <= i)


@pytest.mark.usefixtures("small")
def test_states_spread_over_the_run_are_kept_ones() -> None:
    history = filled(40)
    spread = history.spread(7)
    iterations = [iteration for iteration, _ in spread]
    assert iterations == sorted(set(iterations))
    assert (iterations[0], iterations[-1]) == (0, 39)
    assert 5 <= len(iterations) <= 7
    assert set(iterations) <= set(kept_iterations(history))
    assert all(parameters.f[0, 0, 0] == iteration for iteration, parameters in spread)
    assert [iteration for iteration, _ in filled(3).spread(7)] == [0, 1, 2]


def test_a_curve_knows_the_settings_of_each_iteration() -> None:
    history = filled(3, A)
    extend(history, 2, B)
    curve = history.curve()
    assert [curve.settings_after(i) for i in range(4)] == [A, A, B, B]


@pytest.fixture
def sixteenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that keeps a sixteenth of what it does keep, of a run as much shorter."""
    monkeypatch.setattr(module, "RECENT", module.RECENT // 16)
    monkeypatch.setattr(module, "MOST_KEYFRAMES", module.MOST_KEYFRAMES // 16)


def test_memory_is_bounded_as_promised() -> None:
    """Together with the number of states that are kept, which the next two tests count."""
    size = SOME.f.nbytes + SOME.wo.nbytes
    assert 100_000 // module.SPACING + 1 <= module.MOST_KEYFRAMES
    assert (100_000 // module.SPACING + 1 + module.RECENT) * size < 196e6
    assert (module.MOST_KEYFRAMES + module.RECENT) * size < 200e6


@pytest.mark.usefixtures("sixteenth")
def test_no_more_states_are_kept_than_promised() -> None:
    history, most = History(), 0
    for i in range(8 * 800 + 2):
        history.append(SOME, A, 0.0, 0.0)
        if i in (6_250, 8 * 799, 8 * 799 + 64, 8 * 800 - 1, 8 * 800):
            most = max(most, len(kept_iterations(history)))
        if i == 6_250:
            assert len(kept_iterations(history)) <= 64 + 782
    assert 800 + 55 < most <= 800 + 64  # some are recent and keyframes
    assert len(kept_iterations(history)) < 800 / 2 + 64 + 2  # thinned out just now


@pytest.mark.usefixtures("sixteenth")
def test_a_long_run_needs_the_memory_of_the_states_that_are_kept() -> None:
    """Measured, with separate parameters for every state."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        history = History()
        extend(history, 6_251)
        held = tracemalloc.get_traced_memory()[0] - before
        for i in (0, 16 * 375, 6_187, 6_250):
            found = history.parameters(i)
            assert found is not None
            assert (found.f[0, 0, 0], found.wo[-1, 0]) == (i, i)
    finally:
        tracemalloc.stop()
    assert history.last == 6_250
    parameters, curve = 196e6 / 16, 112 * 8_192
    assert 0.95 * parameters < held < parameters + curve + 2e5  # and the memory of Python's objects
    for i in range(0, 6_251, 97):  # so that a jump recomputes at most 7 iterations
        assert i - history.keyframe_before(i) < 8


@pytest.mark.usefixtures("small")
def test_parameters_that_are_not_kept_are_freed() -> None:
    tracemalloc.start()
    try:
        history = filled(200)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < (5 + 6 + 2) * 15_000 + 1_024 * 16 + 50_000
    assert history.last == 199


def test_appending_grows_without_touching_curves_handed_out() -> None:
    history = filled(1_024)
    before = history.curve()
    extend(history, 1)
    assert len(before.loss) == 1_024
    assert len(history.curve().loss) == 1_025
    np.testing.assert_array_equal(before.loss, np.arange(1_024) / 10)


def test_curves_cannot_be_written_to() -> None:
    curve = filled(3).curve()
    for values in (curve.loss, curve.accuracy):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 5


@pytest.mark.parametrize("count", [10, 1_023, 1_024])
def test_a_curve_keeps_its_values_when_the_run_branches(count: int) -> None:
    history = filled(count)
    before = history.curve()
    history.truncate(4)
    history.append(SOME, B, -1.0, -1.0)
    extend(history, count, B)
    np.testing.assert_array_equal(before.loss, np.arange(count) / 10)
    assert before.marks == ()
    assert history.curve().loss[5] == -1


@pytest.mark.usefixtures("small")
def test_truncating_removes_later_states() -> None:
    history = filled(40)
    history.truncate(17)
    assert history.last == 17
    assert kept_iterations(history) == [0, 8, 16]
    with pytest.raises(HistoryError, match="18 is not in the history, which holds 0 to 17"):
        history.parameters(18)
    extend(history, 3)
    assert kept_iterations(history) == [0, 8, 16, 18, 19, 20]


@pytest.mark.parametrize("iteration", [-1, 3, 10**9])
def test_missing_states_are_refused(
    iteration: int, is_one_sentence: Callable[[object], str]
) -> None:
    history = filled(3)
    for ask in (
        history.truncate,
        history.parameters,
        history.keyframe_before,
        history.settings_after,
    ):
        with pytest.raises(HistoryError) as error:
            ask(iteration)
        is_one_sentence(error.value)


def test_a_change_is_marked_at_its_first_iteration() -> None:
    history = filled(3, A)  # states 0, 1, 2
    extend(history, 2, B)  # 3, 4
    extend(history, 1, A)  # 5
    assert history.curve().first == A
    assert history.curve().marks == (SettingsMark(2, B), SettingsMark(4, A))
    assert history.settings == (SettingsMark(0, A), SettingsMark(2, B), SettingsMark(4, A))
    assert [history.settings_after(i) for i in range(6)] == [A, A, B, B, A, A]


def test_a_change_before_the_first_iteration_is_marked_at_0() -> None:
    history = filled(1, A)
    extend(history, 2, B)
    assert (history.curve().first, history.curve().marks) == (A, (SettingsMark(0, B),))
    assert history.settings_after(0) == B


def test_pausing_on_warnings_is_no_change_of_the_run() -> None:
    history = filled(2, A)
    history.append(SOME, Settings(learning_rate=1.0, pause_on_warning=False), 0, 0)
    assert history.curve().marks == ()


@pytest.mark.parametrize(
    ("iteration", "marks"),
    [
        (0, ()),
        (1, ()),
        (2, ()),
        (3, (SettingsMark(2, B),)),
        (4, (SettingsMark(2, B),)),
        (5, (SettingsMark(2, B), SettingsMark(4, C))),
    ],
)
def test_truncating_forgets_the_changes_that_led_further(
    iteration: int, marks: tuple[SettingsMark, ...]
) -> None:
    history = filled(3, A)
    extend(history, 2, B)
    extend(history, 2, C)
    history.truncate(iteration)
    assert history.curve().marks == marks


def test_truncating_to_0_removes_a_change_made_at_0() -> None:
    history = filled(1, A)
    extend(history, 2, B)
    history.truncate(0)
    assert history.settings == (SettingsMark(0, A),)
    extend(history, 1, A)
    assert history.curve().marks == ()


class TestFromFile:
    def make(self, iterations: int) -> tuple[History, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(1)
        f = rng.random((iterations + 1, 5, 5, 3))
        wo = rng.random((iterations + 1, 1728, 1))
        loss = np.arange(iterations) / 10
        history = History.of_file(
            StatesInMemory(f, wo), loss, loss / 10, [SettingsMark(0, A), SettingsMark(3, B)]
        )
        history.append(Parameters(f[iterations], wo[iterations]), B, 9.0, 8.0)
        return history, f, wo

    @pytest.mark.usefixtures("small")
    def test_every_state_of_the_file_is_kept(self) -> None:
        history, f, wo = self.make(100)
        assert history.last == 100
        assert kept_iterations(history) == list(range(101))
        np.testing.assert_array_equal(history.parameters(37).f, f[37])
        np.testing.assert_array_equal(history.parameters(37).wo, wo[37])
        assert history.curve().loss[[0, 99, 100]].tolist() == [0, 9.9, 9]
        assert history.curve().marks == (SettingsMark(3, B),)

    @pytest.mark.usefixtures("small")
    def test_later_states_are_thinned_out(self) -> None:
        history, _, _ = self.make(10)
        extend(history, 20, B)
        assert kept_iterations(history) == [*range(11), 12, 16, 20, 24, 26, 27, 28, 29, 30]
        assert history.keyframe_before(11) == 10
        assert history.keyframe_before(15) == 12

    @pytest.mark.usefixtures("small")
    def test_new_states_replace_those_of_the_file(self) -> None:
        history, f, _ = self.make(30)
        history.truncate(6)
        extend(history, 10, B)
        assert kept_iterations(history) == [*range(7), 8, 12, 13, 14, 15, 16]
        np.testing.assert_array_equal(history.parameters(6).f, f[6])
        np.testing.assert_array_equal(history.parameters(8).f, state(8).f)
        assert history.keyframe_before(7) == 6


class TestForks:
    def test_a_fork_shares_the_past_and_nothing_else(self) -> None:
        parent = filled(30)
        fork = parent.fork(20)
        assert (fork.last, fork.start, fork.parent) == (19, 20, parent)
        extend(fork, 5, B)
        extend(parent, 5, C)
        assert (fork.last, parent.last) == (24, 34)
        assert fork.parameters(19) is parent.parameters(19)
        assert fork.parameters(22) is not parent.parameters(22)
        np.testing.assert_array_equal(fork.curve().loss, np.arange(25) / 10)
        assert fork.curve().marks == (SettingsMark(19, B),)
        assert parent.curve().marks == (SettingsMark(29, C),)

    def test_values_are_not_shared(self) -> None:
        parent = filled(30)
        before = parent.curve()
        fork = parent.fork(20)
        fork.append(SOME, A, -1.0, -1.0)
        assert fork.curve().loss[20] == -1
        assert before.loss[20] == parent.curve().loss[20] == 2

    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize("start", [0, 1, 7, 8, 9, 17, 38, 39, 40])
    @pytest.mark.parametrize("more", [1, 3, 30])
    def test_keyframes_are_found_on_both_sides(self, start: int, more: int) -> None:
        parent = filled(40)
        fork = parent.fork(start)
        extend(fork, more)
        extend(parent, 60)
        there = kept_iterations(fork)
        for i in range(fork.last + 1):
            assert fork.keyframe_before(i) == max(k for k in there if k <= i)
            if (found := fork.parameters(i)) is not None:
                assert found.f[0, 0, 0] == i

    @pytest.mark.usefixtures("small")
    def test_a_fork_of_a_forks_past_keeps_the_fork(self) -> None:
        first = filled(20)
        second = first.fork(10)
        extend(second, 10, B)
        early, late = second.fork(6), second.fork(15)
        assert (early.parent, late.parent) == (first, second)
        assert second.fork(10).parent is first
        assert late.settings == (SettingsMark(0, A), SettingsMark(9, B))
        assert early.settings == (SettingsMark(0, A),)
        second.truncate(14)
        with pytest.raises(HistoryError, match="belong to the history"):
            second.truncate(8)

    def test_a_fork_at_0_shares_nothing(self) -> None:
        fork = filled(20, B).fork(0)
        assert (fork.last, fork.parent, fork.settings) == (-1, None, ())

    @pytest.mark.parametrize("start", [-1, 5])
    def test_a_fork_without_an_earlier_state_is_refused(self, start: int) -> None:
        with pytest.raises(HistoryError):
            filled(3).fork(start)

    @pytest.mark.usefixtures("small")
    def test_edited_states_are_always_kept(self) -> None:
        history = filled(10)
        edit = Edit(10, "f", (0, 0, 0), 1.0)
        history.append(state(10), A, 0, 0, by_hand=True, edits=(edit,))
        extend(history, 200)
        assert 10 in kept_iterations(history)
        assert history.keyframe_before(11) == 10
        assert history.curve().edits == (edit,)
        assert history.fork(11).edits == (edit,)
        assert history.fork(10).edits == ()
        assert history.fork(150).keyframe_before(13) == 10

    @pytest.mark.usefixtures("small")
    def test_dropping_recent_states_keeps_what_cannot_be_computed_again(self) -> None:
        history = filled(10)
        history.append(state(10), A, 0, 0, by_hand=True)
        extend(history, 11)
        history.drop_recent_states()
        assert kept_iterations(history) == [0, 4, 8, 10, 12, 16, 20, 21]
        extend(history, 3)
        assert kept_iterations(history)[-4:] == [21, 22, 23, 24]
