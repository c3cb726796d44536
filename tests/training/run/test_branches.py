"""Branches of a run: their names, their shared states, and their deletion."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch
from cnnviz.numerics.operations import iterate, updated
from cnnviz.training.errors import BranchError, EditError, SettingsError
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.pixels import Pixel
from cnnviz.training.run import deleted_branches, kept_parameters
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.detour import begin_branch, begin_detour, end_detour
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import run_of

Make = Callable[..., Trainer]


def trained(trainer: Trainer, iterations: int) -> Trainer:
    for _ in range(iterations):
        assert trainer.step()
    return trainer


def branched(make_trainer: Make) -> Trainer:
    """Run 1 to iteration 8, and from 5 on with another learning rate to 7."""
    trainer = trained(make_trainer(), 8)
    trainer.go_to(5)
    trainer.change(learning_rate=1.0)
    return trained(trainer, 2)


def listed(trainer: Trainer) -> list[tuple[int, str, int | None, int, int]]:
    branches = frame_of(trainer, 0).branches
    return [(b.number, b.name, b.parent, b.origin, b.last) for b in branches]


def test_training_from_the_past_with_other_settings_begins_a_branch(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    assert listed(trainer) == [
        (1, "notebook, η 15, n 4", None, -1, 8),
        (2, "η 15 → 1 at iteration 5", 1, 5, 7),
    ]
    assert frame_of(trainer, 0).branch.number == 2


def test_the_state_that_is_left_with_another_batch_has_its_loss_in_the_branch_alone(
    make_trainer: Make,
) -> None:
    trainer = trained(make_trainer(subset=4), 4)
    before = trainer.curve.loss.tolist()
    trainer.go_to(2)
    trainer.change(subset=9)
    assert trainer.forward is not None
    loss = trainer.forward.loss
    trained(trainer, 1)
    assert trainer.curve.loss[:3].tolist() == [*before[:2], loss]
    assert loss != before[2]
    trainer.switch(1)
    assert trainer.curve.loss.tolist() == before


def test_changes_by_training_are_previewed(make_trainer: Make) -> None:
    trainer = trained(make_trainer(), 4)
    trainer.change(learning_rate=1.0)
    assert frame_of(trainer, 0).change == ""  # the branch continues
    trainer.go_to(2)
    assert frame_of(trainer, 0).change == ""
    trainer.change(learning_rate=1.0)
    assert frame_of(trainer, 0).change == "η 15 → 1"


def test_switching_keeps_the_iteration_if_the_other_branch_has_it(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    trainer.go_to(6)
    assert trainer.switch(1)
    assert (trainer.iteration, trainer.last, trainer.settings.learning_rate) == (6, 8, 15)
    trainer.go_to(8)
    assert trainer.switch(2)
    assert (trainer.iteration, trainer.last, trainer.settings.learning_rate) == (7, 7, 1)
    trained(trainer, 1)
    assert [last for *_, last in listed(trainer)] == [8, 8]


def test_an_interrupted_switch_changes_nothing(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_parameters, "RECENT", 1)
    trainer = branched(make_trainer)
    before = frame_of(trainer, 0)
    assert not trainer.switch(1, lambda: True)
    after = frame_of(trainer, 0)
    assert (after.branch.number, after.iteration) == (2, before.iteration)
    assert after.parameters.f.tobytes() == before.parameters.f.tobytes()
    trained(trainer, 1)


def test_names_are_a_persons_to_choose(
    make_trainer: Make, is_one_sentence: Callable[[object], str]
) -> None:
    trainer = branched(make_trainer)
    trainer.branches.rename(1, "  the \n first ")
    assert frame_of(trainer, 0).branches[0].name == "the first"
    for name in ("", "  ", "x" * 81):
        with pytest.raises(BranchError) as error:
            trainer.branches.rename(1, name)
        is_one_sentence(error.value)


def test_the_current_branch_is_not_deleted(
    make_trainer: Make, is_one_sentence: Callable[[object], str]
) -> None:
    trainer = branched(make_trainer)
    for number, words in ((2, "is the current branch"), (9, "no branch 9")):
        with pytest.raises(BranchError, match=words) as error:
            trainer.branches.delete(number)
        is_one_sentence(error.value)
    with pytest.raises(BranchError, match="no branch 9"):
        trainer.switch(9)
    assert len(listed(trainer)) == 2


def test_a_deleted_parent_leaves_only_the_states_its_children_need(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    trainer.go_to(3)
    shared = trainer.parameters
    alone = weakref.ref(trainer.branches.branch(1).history.parameters(8).f)
    trainer.go_to(7)
    assert alone() is not None
    trainer.branches.delete(1)
    gc.collect()
    assert alone() is not None  # it can be restored
    trainer.branches.forget_deleted()
    gc.collect()
    assert alone() is None
    assert listed(trainer) == [(2, "η 15 → 1 at iteration 5", None, -1, 7)]
    trainer.go_to(3)
    assert trainer.parameters.f.tobytes() == shared.f.tobytes()


def test_the_branch_deleted_last_is_restored_with_its_states_and_children(
    make_trainer: Make, is_one_sentence: Callable[[object], str]
) -> None:
    trainer = branched(make_trainer)
    trainer.switch(1)
    trainer.go_to(8)
    newest = trainer.parameters.f.tobytes()
    trainer.switch(2)
    before = listed(trainer)
    assert frame_of(trainer, 0).deleted_branch == ""
    trainer.branches.delete(1)
    assert frame_of(trainer, 0).deleted_branch == "notebook, η 15, n 4"
    trainer.branches.restore()
    assert listed(trainer) == before
    assert frame_of(trainer, 0).branches[0].unsaved
    trainer.switch(1)
    trainer.go_to(8)
    assert trainer.parameters.f.tobytes() == newest
    with pytest.raises(BranchError, match="no branch can be restored") as error:
        trainer.branches.restore()
    is_one_sentence(error.value)


def test_deleting_more_branches_lets_go_of_the_first(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleted_branches, "MOST_RESTORABLE", 1)
    trainer = branched(make_trainer)
    trainer.go_to(6)
    trainer.change(learning_rate=2.0)
    trained(trainer, 1)
    first = weakref.ref(trainer.branches.branch(1).history.parameters(8).f)
    trainer.branches.delete(1)
    assert trainer.branches.take_forgotten() == []
    trainer.branches.delete(2)
    assert trainer.branches.take_forgotten() == ["notebook, η 15, n 4"]
    assert trainer.branches.take_forgotten() == []
    gc.collect()
    assert first() is None
    assert frame_of(trainer, 0).deleted_branch == "η 15 → 1 at iteration 5"
    trainer.branches.restore()
    assert [b[:4] for b in listed(trainer)] == [
        (2, "η 15 → 1 at iteration 5", None, -1),
        (3, "η 1 → 2 at iteration 6", 2, 6),
    ]


def test_empty_branches_that_go_by_themselves_are_not_missed(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleted_branches, "MOST_RESTORABLE", 1)
    trainer = make_trainer()
    for _ in range(3):
        trainer.reset()
    assert trainer.branches.take_forgotten() == []


def test_children_of_a_deleted_branch_get_its_parent(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    trainer.go_to(6)
    trainer.change(learning_rate=2.0)
    trained(trainer, 1)
    assert listed(trainer)[2][2:4] == (2, 6)
    trainer.branches.delete(2)
    assert listed(trainer)[1][2:4] == (1, 5)


def test_branches_restored_in_any_order_have_their_parents_again(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    for rate in (2.0, 3.0):
        trainer.go_to(trainer.last - 1)
        trainer.change(learning_rate=rate)
        trained(trainer, 2)
    trainer.reset()
    trained(trainer, 1)
    whole, kept = listed(trainer), trainer.branches
    assert [line[2] for line in whole] == [None, 1, 2, 3, None]
    for gone, back in product(permutations((1, 2, 3)), repeat=2):
        for number in gone:
            kept.delete(number)
        for number in back:
            kept.restore(number)
            parents = {line[0]: line[2] for line in listed(trainer)}
            older = [n for n in parents if n < 4]  # each has begun in the one before
            assert list(parents.values())[: len(older) + 1] == [None, *older]
        assert listed(trainer) == whole


class TestMemoryOfDeletedBranches:
    """Few states of a deleted branch are kept; all come back as they were."""

    @pytest.fixture
    def trainer(self, make_trainer: Make, monkeypatch: pytest.MonkeyPatch) -> Trainer:
        monkeypatch.setattr(kept_parameters, "SPACING", 2)
        monkeypatch.setattr(deleted_branches, "MOST_KEYFRAMES", 4)
        trainer = trained(make_trainer(), 40)
        trainer.go_to(9)
        trainer.change(learning_rate=1.0)
        return trained(trainer, 2)

    def states(self, trainer: Trainer) -> list[bytes]:
        found = []
        for i in range(41):
            trainer.go_to(i)
            found.append(trainer.parameters.wo.tobytes())
        return found

    def test_every_state_is_computed_again_as_it_was(self, trainer: Trainer) -> None:
        trainer.switch(1)
        before, last = self.states(trainer), trainer.reached
        trainer.switch(2)
        history = trainer.branches.branch(1).history
        trainer.branches.delete(1)
        kept = [i for i in range(41) if history.is_kept(i)]
        assert kept == [0, 2, 4, 6, 8, 16, 24, 32, 40]  # up to 9, the other branch needs them
        assert [history.keyframe_before(i) for i in (5, 9, 15, 31, 39)] == [4, 8, 8, 24, 32]
        trainer.branches.restore()
        trainer.switch(1)
        assert self.states(trainer) == before
        assert trainer.parameters.f.tobytes() == last.parameters.f.tobytes()

    def test_one_is_restored_only_if_the_way_to_its_state_is_not_interrupted(
        self, trainer: Trainer
    ) -> None:
        branch = trainer.branches.branch(1)
        trainer.branches.delete(1)
        before = listed(trainer)
        assert not trainer.revisit(branch, 30, lambda: True)
        assert listed(trainer) == before
        assert trainer.branches.current.number == 2
        assert trainer.revisit(branch, 30)
        assert (trainer.branches.current, trainer.iteration) == (branch, 30)

    def test_one_that_was_restored_and_trained_keeps_no_more_states(self, trainer: Trainer) -> None:
        kept = trainer.branches
        kept.delete(1)
        kept.restore(1)
        trainer.switch(1)
        trainer.go_to(40)
        trained(trainer, 6)
        trainer.switch(2)
        history = kept.branch(1).history
        kept.delete(1)
        assert [i for i in range(10, 46) if history.is_kept(i)] == [16, 24, 32, 40]

    def test_one_that_can_no_longer_be_restored_is_not_gone_to(self, trainer: Trainer) -> None:
        branch = trainer.branches.branch(1)
        trainer.branches.delete(1)
        trainer.branches.forget_deleted()
        before = trainer.reached
        with pytest.raises(BranchError, match="can no longer be restored"):
            trainer.revisit(branch, 8)
        assert trainer.current_state.branch is trainer.branches.current
        assert trainer.reached is before

    def test_the_oldest_are_forgotten_if_they_take_too_much(
        self, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = trainer.branches
        for seed in range(3):
            trainer.reset(seed)
            trained(trainer, 40)
        names = [kept.branch(number).name for number in (3, 4)]
        each = kept.branch(3).history.size_from(0)
        monkeypatch.setattr(deleted_branches, "MOST_BYTES", each // 2)
        kept.delete(3)
        assert kept.is_restorable(3)  # the last always can be
        kept.delete(4)
        assert kept.take_forgotten() == [names[0]]
        assert not kept.is_restorable(3)
        assert kept.deleted == names[1]
        monkeypatch.setattr(deleted_branches, "MOST_BYTES", 2 * each)
        kept.delete(2)
        assert kept.take_forgotten() == []
        assert kept.is_restorable(4)


def test_a_detour_takes_no_deleted_branch_but_its_own(make_trainer: Make) -> None:
    trainer = branched(make_trainer)
    kept, before = trainer.branches, listed(trainer)
    trainer.switch(1)
    kept.delete(2)
    begin_detour(trainer)
    for deleted in (True, False):
        begin_branch(trainer, "of a lesson", "bundled", Settings(subset=4), None)
        kept.current.lasting = False
        trained(trainer, 1)
        if deleted:
            gone = kept.current.number
            trainer.switch(1)
            kept.delete(gone)
    end_detour(trainer)
    assert not kept.is_restorable(gone)
    kept.restore()
    assert listed(trainer) == before


def test_a_reset_keeps_the_old_branch(make_trainer: Make, digits: Dataset) -> None:
    trainer = trained(make_trainer(), 3)
    trainer.reset()
    trainer.reset()  # and none that went nowhere
    trained(trainer, 2)
    trainer.reset(4)
    few = Dataset("few", digits.images[100:110], digits.labels[100:110])
    trained(trainer, 1)
    trainer.use(few, "few.npz")
    assert [line[1] for line in listed(trainer)] == [
        "notebook, η 15, n 4",
        "notebook, η 15, n 4 (2)",
        "notebook, η 15, n 4, seed 4",
        "notebook, η 15, n 4, seed 4, few",
    ]
    assert len({branch.root for branch in frame_of(trainer, 0).branches}) == 4
    trainer.switch(1)
    frame = frame_of(trainer, 0)
    assert (frame.dataset, trainer.branches.current.source, frame.settings.seed) == (
        digits,
        "bundled",
        0,
    )
    assert trainer.go_to(3)


class TestEdits:
    def test_the_rest_of_the_pass_is_recomputed_at_once(
        self, make_trainer: Make, digits: Dataset
    ) -> None:
        trainer = trained(make_trainer(), 4)
        trainer.go_to(2)
        before = frame_of(trainer, 0)
        edit_state(trainer, Edit(2, "f", (3, 1, 1), 0.4))
        frame = frame_of(trainer, 0)
        assert (frame.iteration, frame.last, frame.branch.name) == (
            2,
            2,
            "filter 2, row 2, column 4 = 0.4 at iteration 2",
        )
        assert frame.parameters.f[3, 1, 1] == 0.4
        f = before.parameters.f.copy()
        f[3, 1, 1] = 0.4
        batch = Batch.from_images(digits.images[:4], digits.labels[:4])
        tensors = iterate(batch, replace(before.parameters, f=f), frame.settings.rule, 15.0)
        np.testing.assert_allclose(frame.predictions.output, tensors["o"][0], rtol=1e-9)
        assert frame.curve.loss[2] == pytest.approx(frame.predictions.loss)
        trained(trainer, 1)
        np.testing.assert_allclose(trainer.parameters.wo, updated(tensors).wo, rtol=1e-9)
        assert [last for *_, last in listed(trainer)] == [4, 3]

    def test_more_of_them_in_one_state_are_one_branch(self, make_trainer: Make) -> None:
        trainer = trained(make_trainer(), 4)
        for value in (0.1, 0.2, 0.3):
            edit_state(trainer, Edit(4, "wo", (7, 0), value))
        edit_state(trainer, Edit(4, "f", (0, 0, 0), 1.0))
        assert [line[1] for line in listed(trainer)] == [
            "notebook, η 15, n 4",
            "wo[7] = 0.3, filter 1, row 1, column 1 = 1 at iteration 4",
        ]
        assert frame_of(trainer, 0).curve.edits == (
            Edit(4, "wo", (7, 0), 0.3),
            Edit(4, "f", (0, 0, 0), 1.0),
        )
        trained(trainer, 1)
        trainer.back()
        edit_state(trainer, Edit(4, "wo", (7, 0), 0.4))
        assert len(listed(trainer)) == 3

    def test_a_name_chosen_by_the_user_stays(self, make_trainer: Make) -> None:
        trainer = make_trainer()
        edit_state(trainer, Edit(0, "wo", (7, 0), 0.1))
        trainer.branches.rename(2, "mine")
        edit_state(trainer, Edit(0, "wo", (7, 0), 0.2))
        assert [line[1] for line in listed(trainer)] == ["notebook, η 15, n 4", "mine"]

    def test_an_edit_of_a_state_that_is_not_current_is_refused(
        self, make_trainer: Make, is_one_sentence: Callable[[object], str]
    ) -> None:
        trainer = trained(make_trainer(), 2)
        with pytest.raises(
            EditError, match="iteration 1 cannot be edited: 2 is the current one"
        ) as error:
            edit_state(trainer, Edit(1, "wo", (7, 0), 0.1))
        is_one_sentence(error.value)
        assert len(listed(trainer)) == 1

    def test_deleting_the_branch_undoes_them(self, make_trainer: Make) -> None:
        trainer = trained(make_trainer(), 2)
        before = trainer.parameters
        edit_state(trainer, Edit(2, "wo", (7, 0), 0.1))
        trainer.switch(1)
        trainer.branches.delete(2)
        assert trainer.parameters.wo.tobytes() == before.wo.tobytes()
        assert listed(trainer) == [(1, "notebook, η 15, n 4", None, -1, 2)]


class TestDrawing:
    def test_is_seen_at_once_and_trained_on(self, make_trainer: Make, digits: Dataset) -> None:
        trainer = trained(make_trainer(learning_rate=0.01), 2)
        before = frame_of(trainer, 3)
        trainer.apply(trainer.settings.with_pixel(Pixel(3, 10, 12, 44), trainer.dataset))
        frame = frame_of(trainer, 3)
        assert frame.image.image[10, 12] == frame.dataset.images[3, 10, 12] == 44
        assert frame.predictions.output[3] != before.predictions.output[3]
        assert len(frame.branches) == 1
        images = digits.images[:4].copy()
        images[3, 10, 12] = 44
        batch = Batch.from_images(images, digits.labels[:4])
        tensors = iterate(batch, frame.parameters, frame.settings.rule, 0.01)
        np.testing.assert_allclose(frame.predictions.output, tensors["o"][0], rtol=1e-9)
        trained(trainer, 1)
        np.testing.assert_allclose(trainer.parameters.f, updated(tensors).f, rtol=1e-9)
        assert frame_of(trainer, 0).curve.marks[0].settings.pixels == (Pixel(3, 10, 12, 44),)
        trainer.go_to(1)
        assert frame_of(trainer, 3).dataset is digits

    def test_drawn_pixels_can_be_undone(self, make_trainer: Make, digits: Dataset) -> None:
        trainer = make_trainer()
        for pixel in (Pixel(3, 10, 12, 44), Pixel(3, 10, 13, 9), Pixel(1, 0, 0, 9)):
            trainer.apply(trainer.settings.with_pixel(pixel, trainer.dataset))
        trainer.apply(trainer.settings.without_drawing(3))
        assert trainer.settings.pixels == (Pixel(1, 0, 0, 9),)
        as_before = Pixel(1, 0, 0, int(digits.images[1, 0, 0]))
        trainer.apply(trainer.settings.with_pixel(as_before, digits))
        assert trainer.settings.pixels == ()
        assert frame_of(trainer, 0).dataset is digits

    def test_in_the_past_begins_a_branch(self, make_trainer: Make) -> None:
        trainer = trained(make_trainer(), 3)
        trainer.go_to(1)
        trainer.apply(trainer.settings.with_pixel(Pixel(2, 10, 12, 200), trainer.dataset))
        trained(trainer, 1)
        assert listed(trainer)[1][1:] == (
            "image 2, row 11, column 13 = 0.784 at iteration 1",
            1,
            1,
            2,
        )

    def test_drawing_on_a_missing_image_is_refused(
        self, make_trainer: Make, digits: Dataset, is_one_sentence: Callable[[object], str]
    ) -> None:
        with pytest.raises(SettingsError, match="no image 1797") as error:
            make_trainer().settings.with_pixel(Pixel(1797, 0, 0, 0), digits)
        is_one_sentence(error.value)

    def test_other_data_are_not_changed(self, make_trainer: Make, digits: Dataset) -> None:
        trainer = make_trainer()
        trainer.apply(trainer.settings.with_pixel(Pixel(2, 10, 12, 200), trainer.dataset))
        trainer.use(digits.first(9), "few.npz")
        assert trainer.settings.pixels == ()


class TestAdvancing:
    def test_states_computed_elsewhere_are_kept_exactly(
        self, make_trainer: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept_parameters, "RECENT", 1)
        trainer = trained(make_trainer(), 2)
        elsewhere = replace(trainer.parameters, f=trainer.parameters.f + 1e-16)
        trainer.advance_to(elsewhere)
        trained(trainer, 6)
        trainer.go_to(3)
        assert trainer.parameters.f.tobytes() == elsewhere.f.tobytes()
        assert len(listed(trainer)) == 1

    def test_a_step_in_the_past_replays_the_run_or_begins_a_branch(
        self, make_trainer: Make
    ) -> None:
        trainer = trained(make_trainer(), 4)
        trainer.go_to(2)
        trainer.advance_to(trainer.parameters)
        assert (trainer.iteration, trainer.last, len(listed(trainer))) == (3, 4, 1)
        trainer.change(learning_rate=1.0)
        trainer.advance_to(trainer.parameters)
        assert listed(trainer)[1] == (2, "η 15 → 1 at iteration 3", 1, 3, 4)


class TestBookmarks:
    def test_bookmarks_belong_to_a_branch_and_to_its_later_forks(self, make_trainer: Make) -> None:
        trainer = trained(make_trainer(), 8)
        for iteration in (6, 2):
            trainer.branches.bookmark(1, iteration, f"look at {iteration}")
        trainer.go_to(5)
        trainer.change(learning_rate=1.0)
        trained(trainer, 1)
        first, second = (branch.bookmarks for branch in frame_of(trainer, 0).branches)
        assert first == (Bookmark(2, "look at 2"), Bookmark(6, "look at 6"))
        assert second == (Bookmark(2, "look at 2"),)
        trainer.branches.bookmark(2, 2, None)
        first, second = (branch.bookmarks for branch in frame_of(trainer, 0).branches)
        assert (len(first), second) == (2, ())

    @pytest.mark.parametrize(("iteration", "name"), [(-1, "a"), (3, "a"), (1, " ")])
    def test_meaningless_bookmarks_are_refused(
        self,
        make_trainer: Make,
        iteration: int,
        name: str,
        is_one_sentence: Callable[[object], str],
    ) -> None:
        trainer = trained(make_trainer(), 2)
        with pytest.raises(BranchError) as error:
            trainer.branches.bookmark(1, iteration, name)
        is_one_sentence(error.value)


def test_the_branches_of_another_run_can_be_imported(make_trainer: Make) -> None:
    trainer, opened = branched(make_trainer), trained(make_trainer(seed=3), 2)
    opened.branches.name_current("  a file ")
    opened.branches.take_over(trainer.branches)
    assert listed(opened) == [
        (1, "a file", None, -1, 2),
        (2, "notebook, η 15, n 4", None, -1, 8),
        (3, "η 15 → 1 at iteration 5", 2, 5, 7),
    ]
    opened.switch(3)
    opened.go_to(6)
    trainer.go_to(6)
    assert opened.parameters.f.tobytes() == trainer.parameters.f.tobytes()


def test_a_state_that_is_edited_again_keeps_earlier_marks(
    make_trainer: Make,
) -> None:
    trainer = trained(make_trainer(), 2)
    first, second, third = (Edit(2, "wo", (unit, 0), 1.0) for unit in (7, 8, 9))
    edit_state(trainer, first)
    trained(trainer, 1)
    trainer.go_to(2)
    edit_state(trainer, second)
    branch = frame_of(trainer, 0).branch
    assert (branch.curve.edits, branch.name) == ((first, second), "wo[8] = 1 at iteration 2")
    edit_state(trainer, third)
    branch = frame_of(trainer, 0).branch
    assert branch.curve.edits == (first, second, third)
    assert branch.name == "wo[8] = 1, wo[9] = 1 at iteration 2"
    parameters = trainer.parameters.wo[7:10, 0].tolist()
    assert parameters == [1.0, 1.0, 1.0]


def test_branches_of_a_root_that_was_deleted_stay_together(make_trainer: Make) -> None:
    trainer, opened = branched(make_trainer), trained(make_trainer(seed=3), 2)
    trainer.switch(1)
    trainer.go_to(3)
    trainer.change(learning_rate=2.0)
    trained(trainer, 1)
    trainer.branches.delete(1)
    for _ in range(2):  # also those that have been imported before
        opened.branches.take_over(trainer.branches)
        mine, *others = frame_of(opened, 0).branches
        assert len({branch.root for branch in others[-2:]}) == 1
        assert mine.root not in {branch.root for branch in others}
        trainer, opened = opened, trained(make_trainer(seed=5), 1)


class TestRunFiles:
    def reopened(self, trainer: Trainer, digits: Dataset) -> Trainer:
        run = run_of(trainer)
        config = type(run.config).from_json(run.config.to_json(), run.iterations)
        assert config == run.config
        return resume_run(replace(run, config=config), digits)

    def test_run_files_keep_bookmarks_names_and_edits(
        self, make_trainer: Make, digits: Dataset
    ) -> None:
        trainer = trained(make_trainer(), 3)
        trainer.branches.bookmark(1, 1, "before")
        edit = Edit(3, "f", (1, 2, 0), 0.5)
        edit_state(trainer, edit)
        trained(trainer, 2)
        trainer.branches.bookmark(2, 5, "after")
        trainer.branches.rename(2, "what if")
        opened = self.reopened(trainer, digits)
        opened.branches.name_current("the file")
        branch = frame_of(opened, 0).branch
        assert branch.name == "what if"
        assert branch.bookmarks == (Bookmark(1, "before"), Bookmark(5, "after"))
        assert branch.curve.edits == (edit,)
        again = self.reopened(opened, digits)
        assert frame_of(again, 0).branch.bookmarks == branch.bookmarks
        assert frame_of(again, 0).branch.curve.edits == (edit,)
        assert run_of(again).config == run_of(trainer).config

    def test_run_files_keep_the_name_of_a_fork(self, make_trainer: Make, digits: Dataset) -> None:
        opened = self.reopened(branched(make_trainer), digits)
        opened.branches.name_current("the file")
        assert frame_of(opened, 0).branch.name == "η 15 → 1 at iteration 5"

    def test_without_a_name_are_named_after_the_file(
        self, make_trainer: Make, digits: Dataset
    ) -> None:
        opened = self.reopened(trained(make_trainer(), 1), digits)
        opened.branches.name_current("first")
        assert frame_of(opened, 0).branch.name == "first"
        again = self.reopened(opened, digits)  # saved under another name
        again.branches.name_current("second")
        assert frame_of(again, 0).branch.name == "second"

    def test_go_on_after_an_edit_as_the_run_would(
        self, make_trainer: Make, digits: Dataset
    ) -> None:
        trainer = trained(make_trainer(), 2)
        edit_state(trainer, Edit(2, "wo", (7, 0), -1.0))
        opened = self.reopened(trainer, digits)
        for one in (trainer, opened):
            edit_state(one, Edit(2, "wo", (8, 0), 1.0))
            trained(one, 2)
        assert opened.parameters.wo.tobytes() == trainer.parameters.wo.tobytes()
        assert frame_of(opened, 0).curve.edits == frame_of(trainer, 0).curve.edits


def test_run_files_keep_drawn_pixels(make_trainer: Make, digits: Dataset) -> None:
    trainer = trained(make_trainer(), 2)
    trainer.apply(trainer.settings.with_pixel(Pixel(3, 10, 12, 44), trainer.dataset))
    trained(trainer, 2)
    run = run_of(trainer)
    config = type(run.config).from_json(run.config.to_json(), run.iterations)
    assert config == run.config
    opened = resume_run(replace(run, config=config), digits)
    assert frame_of(opened, 3).image.image[10, 12] == 44
    assert frame_of(opened, 0).predictions.loss == frame_of(trainer, 0).predictions.loss
    opened.close()
