import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.training.files.recorder import record
from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.pixels import Pixel
from cnnviz.training.run import deleted_branches
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.driver import TIMEOUT, Driver


class TestFrames:
    def test_frames_are_made_no_faster_than_they_are_shown(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        passed = threading.Event()
        calls: list[int] = []
        original = driver.trainer.step

        def counted() -> bool:
            calls.append(driver.mailbox.puts)
            if len(calls) == 200:
                passed.set()
            return original()

        monkeypatch.setattr(driver.trainer, "step", counted)
        driver.loop.start()
        assert passed.wait(TIMEOUT)  # and meanwhile no frame is fetched
        assert calls[199] - calls[0] <= 1

    def test_the_next_frame_contains_every_loss(self, driver: Driver) -> None:
        driver.run()
        frame = driver.until(lambda f: f.iteration >= 200)
        assert len(frame.curve.loss) == frame.last + 1
        assert np.isfinite(frame.curve.loss).all()

    def test_frames_do_not_keep_the_loop_alive(self, make_trainer: Callable[..., Trainer]) -> None:
        driver = Driver(make_trainer())
        driver.thread.start()
        frame = driver.until(lambda _: True)
        driver.end()
        loop = weakref.ref(driver.loop)
        del driver
        gc.collect()
        assert loop() is None
        assert frame.iteration == 0


class TestDataAndRuns:
    def test_loading_pauses_and_resets(
        self, driver: Driver, tmp_path: Path, digits: Dataset
    ) -> None:
        path = tmp_path / "mine.npz"
        np.savez(path, x_train=digits.images[40:50], y_train=digits.labels[40:50])
        driver.run()
        frame = driver.after(driver.loop.load(str(path)))
        assert (frame.iteration, frame.last, frame.running) == (0, 0, False)
        assert frame.dataset.name == "mine.npz"
        np.testing.assert_array_equal(frame.image.image, digits.images[40])
        assert driver.trainer.branches.current.source == str(path)

    def test_a_notice_of_data_lasts(self, driver: Driver, tmp_path: Path, digits: Dataset) -> None:
        for name, array in (("images-idx3", digits.images[:9]), ("labels-idx1", digits.labels[:9])):
            sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
            content = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
            (tmp_path / f"t10k-{name}-ubyte").write_bytes(content)
        driver.after(driver.loop.load(str(tmp_path)))
        message = driver.message()
        assert "holds only MNIST's test images" in message.text
        assert message.lasting

    def test_a_run_whose_images_have_moved_opens_once_they_are_loaded(
        self,
        driver: Driver,
        tmp_path: Path,
        digits: Dataset,
        is_one_sentence: Callable[[object], str],
    ) -> None:
        images, moved, run = (tmp_path / n for n in ("mine.npz", "moved.npz", "run.npz"))
        np.savez(images, x_train=digits.images[40:50], y_train=digits.labels[40:50])
        driver.loop.load(str(images))
        driver.loop.step()
        driver.saved(driver.loop.files.save(run))
        assert "Saved 1 iteration" in driver.message().text
        driver.loop.load("bundled")
        number = driver.frame.branches[-1].number
        driver.loop.delete_branch(number)
        images.rename(moved)
        driver.after(driver.loop.files.open(run))
        sentence = is_one_sentence(driver.message().text)
        assert "mine.npz does not exist, so load them first" in sentence
        driver.loop.load(str(moved))
        driver.loop.step()
        driver.loop.load("bundled")
        frame = driver.after(driver.loop.files.open(run))
        assert (frame.iteration, frame.dataset.name) == (1, "moved.npz")

    def test_unreadable_images_change_nothing(
        self,
        driver: Driver,
        tmp_path: Path,
        digits: Dataset,
        is_one_sentence: Callable[[object], str],
        expected: Callable[[int], bytes],
    ) -> None:
        driver.after(driver.loop.step())
        (tmp_path / "bad.npz").write_bytes(b"bad")
        np.savez(tmp_path / "one.npz", x_train=digits.images[:1], y_train=digits.labels[:1])
        for name in ("missing", "bad.npz", "one.npz"):
            frame = driver.after(driver.loop.load(str(tmp_path / name)))
            is_one_sentence(driver.message().text)
            assert frame.iteration == 1
            assert frame.dataset is digits
        frame = driver.after(driver.loop.step())
        assert frame.parameters.wo.tobytes() == expected(2)

    def test_a_subset_with_damaged_images_changes_no_settings(
        self,
        start: Callable[..., Driver],
        make_trainer: Callable[..., Trainer],
        damaged: Callable[[int], Dataset],
        is_one_sentence: Callable[[object], str],
        expected: Callable[[int], bytes],
    ) -> None:
        driver = start(make_trainer(damaged(9), subset=4))
        before = driver.after(driver.loop.step()).settings
        for subset in (10, 1797):
            frame = driver.after(driver.loop.change(subset=subset))
            assert "is damaged" in is_one_sentence(driver.message().text)
            assert (frame.iteration, frame.settings) == (1, before)
        frame = driver.after(driver.loop.step())
        assert frame.parameters.wo.tobytes() == expected(2)
        frame = driver.after(driver.loop.change(subset=9))
        assert frame.settings.subset == len(frame.predictions.output) == 9

    def test_no_image_behind_the_subset_is_needed(
        self,
        start: Callable[..., Driver],
        make_trainer: Callable[..., Trainer],
        damaged: Callable[[int], Dataset],
        tmp_path: Path,
    ) -> None:
        driver, path = start(make_trainer(damaged(4), "gone.gz", subset=4)), tmp_path / "run.npz"
        dataset = driver.trainer.dataset
        driver.loop.step()
        driver.loop.draw(Pixel(1, 2, 3, 200))
        driver.loop.select(1700)
        driver.loop.step()
        driver.loop.back()
        driver.saved(driver.loop.files.save(path))
        assert driver.message().text.startswith("Saved 2 iterations")
        driver.loop.reset()
        frame = driver.after(driver.loop.files.open(path))
        assert (frame.iteration, frame.image.index) == (2, 3)
        assert frame.dataset.image(1)[2, 3] == 200
        assert len(frame.dataset) == 1797
        assert driver.after(driver.loop.erase(1)).dataset is dataset
        assert driver.after(driver.loop.step()).iteration == 3
        assert driver.mailbox.take_message() is None

    @pytest.mark.parametrize(
        ("steps", "count"), [(0, "0 iterations"), (1, "1 iteration"), (5, "5 iterations")]
    )
    def test_saving_reports_the_file(
        self, driver: Driver, tmp_path: Path, steps: int, count: str
    ) -> None:
        for _ in range(steps):
            driver.loop.step()
        driver.loop.files.save(tmp_path / "run.npz")
        assert driver.message() == Message(f"Saved {count} to run.npz.")
        assert read_run(tmp_path / "run.npz").iterations == steps

    def test_saving_does_not_pause(self, driver: Driver, tmp_path: Path) -> None:
        driver.run()
        driver.until(lambda f: f.iteration > 5)
        frame = driver.saved(driver.loop.files.save(tmp_path / "run.npz"))
        assert frame.running
        assert 5 < read_run(tmp_path / "run.npz").iterations <= frame.last

    def test_a_file_that_cannot_be_saved_is_reported(
        self, driver: Driver, tmp_path: Path, is_one_sentence: Callable[[object], str]
    ) -> None:
        driver.loop.files.save(tmp_path / "missing" / "run.npz")
        assert "a folder that exists" in is_one_sentence(driver.message().text)
        assert driver.after(driver.loop.step()).iteration == 1

    def test_open_shows_the_last_iteration_and_continues(
        self,
        driver: Driver,
        tmp_path: Path,
        digits: Dataset,
        make_trainer: Callable[..., Trainer],
    ) -> None:
        write_run(tmp_path / "run.npz", record(digits, Settings(subset=9, seed=7), 12).run)
        driver.run()
        frame = driver.after(driver.loop.files.open(tmp_path / "run.npz"))
        assert (frame.iteration, frame.last, frame.running) == (12, 12, False)
        assert (frame.settings.subset, frame.settings.seed) == (9, 7)
        assert not frame.settings.pause_on_warning  # as the person had it
        assert frame.dataset is digits
        plain = make_trainer(subset=9, seed=7)
        for _ in range(13):
            plain.step()
        frame = driver.after(driver.loop.step())
        np.testing.assert_allclose(frame.parameters.wo, plain.parameters.wo, rtol=1e-9)
        assert driver.after(driver.loop.go_to(3)).iteration == 3

    def test_an_invalid_run_file_changes_nothing(
        self,
        driver: Driver,
        tmp_path: Path,
        is_one_sentence: Callable[[object], str],
        expected: Callable[[int], bytes],
    ) -> None:
        driver.after(driver.loop.step())
        (tmp_path / "bad.npz").write_bytes(b"bad")
        for name in ("missing.npz", "bad.npz"):
            frame = driver.after(driver.loop.files.open(tmp_path / name))
            is_one_sentence(driver.message().text)
            assert frame.iteration == 1
        frame = driver.after(driver.loop.step())
        assert frame.parameters.wo.tobytes() == expected(2)

    def test_a_saved_run_opens_unchanged(self, driver: Driver, tmp_path: Path) -> None:
        for _ in range(6):
            driver.loop.step()
        before = driver.saved(driver.loop.files.save(tmp_path / "run.npz"))
        driver.loop.reset()
        after = driver.after(driver.loop.files.open(tmp_path / "run.npz"))
        assert (after.iteration, after.last) == (6, 6)
        assert after.parameters.wo.tobytes() == before.parameters.wo.tobytes()
        np.testing.assert_array_equal(after.curve.loss, before.curve.loss)

    def test_opening_a_run_keeps_the_existing_branches(
        self, driver: Driver, tmp_path: Path
    ) -> None:
        for _ in range(3):
            driver.loop.step()
        driver.saved(driver.loop.files.save(tmp_path / "three.npz"))
        driver.loop.step()
        frame = driver.after(driver.loop.files.open(tmp_path / "three.npz"))
        listed = [(branch.name, branch.last) for branch in frame.branches]
        assert listed == [("three", 3), ("notebook, η 15, n 4", 4)]

    def test_branches_left_out_of_a_file_are_reported(
        self, driver: Driver, tmp_path: Path, is_one_sentence: Callable[[object], str]
    ) -> None:
        driver.loop.step()
        driver.loop.edit(Edit(1, "wo", (3, 0), 0.5))
        driver.loop.files.save(tmp_path / "run.npz")
        text = is_one_sentence(driver.message().text)
        assert text == (
            "Saved 1 iteration of “wo[3] = 0.5 at iteration 1” to run.npz, and no other branch: "
            "switch to one to save it."
        )
        with np.load(tmp_path / "run.npz") as run:
            assert run["wo"][1, 3, 0] == 0.5


class TestBranching:
    def test_a_detour_leaves_the_run_as_it_was(self, driver: Driver) -> None:
        driver.loop.step()
        before = driver.after(driver.loop.step())
        driver.after(driver.loop.back())
        driver.loop.begin_detour()
        for name in ("a", "b", "a", "b", "b"):  # shown again, each takes the place of the first
            driver.loop.begin(
                name, "bundled", Settings(subset=4, learning_rate=3), 2, lasting=False
            )
        driver.loop.begin_detour()  # of another lesson, from within the first
        driver.loop.edit(Edit(2, "wo", (3, 0), 0.5))
        away = driver.after(driver.loop.step())
        assert (away.iteration, len(away.branches)) == (3, 4)
        assert [branch.unsaved for branch in away.branches] == [True, False, False, False]
        driver.loop.delete_branch(1)
        assert "leave the lesson first" in driver.message().text
        frame = driver.after(driver.loop.end_detour())
        assert [branch.number for branch in frame.branches] == [1]
        assert (frame.iteration, frame.last, frame.deleted_branch) == (1, 2, "")
        assert frame.settings == before.settings
        newest = driver.after(driver.loop.go_to(2))
        assert newest.parameters.wo.tobytes() == before.parameters.wo.tobytes()
        again = driver.after(driver.loop.end_detour())  # nothing to go back from
        assert (again.iteration, len(again.branches)) == (2, 1)

    def test_edits_pause_and_begin_a_branch(self, driver: Driver) -> None:
        driver.run()
        frame = driver.until(lambda f: f.iteration > 3)
        frame = driver.after(driver.loop.pause())
        edit = Edit(frame.iteration, "f", (1, 2, 0), 0.25)
        driver.loop.start()
        driver.loop.pause()
        driver.loop.go_to(frame.iteration)
        after = driver.after(driver.loop.edit(edit))
        assert not after.running
        assert after.parameters.f[1, 2, 0] == 0.25
        assert [b.number for b in after.branches] == [1, 2]
        back = driver.after(driver.loop.switch(1))
        assert (back.branch.number, back.iteration) == (1, frame.iteration)
        driver.loop.rename_branch(2, "mine")
        driver.loop.bookmark(1, 2, "here")
        frame = driver.after(driver.loop.select(0))
        assert [b.name for b in frame.branches] == ["notebook, η 15, n 4", "mine"]
        assert [b.name for b in frame.branch.bookmarks] == ["here"]
        frame = driver.after(driver.loop.delete_branch(2))
        assert [b.number for b in frame.branches] == [1]

    def test_impossible_commands_are_reported(
        self, driver: Driver, is_one_sentence: Callable[[object], str]
    ) -> None:
        loop = driver.loop
        for act in (
            lambda: loop.switch(7),
            lambda: loop.delete_branch(1),
            lambda: loop.rename_branch(1, ""),
            lambda: loop.bookmark(1, 9, "far"),
            lambda: loop.edit(Edit(5, "wo", (0, 0), 1.0)),
            lambda: loop.draw(Pixel(10**6, 0, 0, 0)),
        ):
            frame = driver.after(act())
            is_one_sentence(driver.message().text)
            assert (frame.iteration, len(frame.branches)) == (0, 1)

    def test_it_is_said_which_deleted_branch_can_no_longer_be_restored(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch, is_one_sentence: Callable[..., str]
    ) -> None:
        monkeypatch.setattr(deleted_branches, "MOST_RESTORABLE", 1)
        loop = driver.loop
        for _ in range(2):
            loop.step()
            loop.reset()
        for number in (1, 2):
            loop.delete_branch(number)
        sentence = is_one_sentence(driver.message().text)
        assert sentence.startswith("“notebook, η 15, n 4” can no longer be restored: ")
        frame = driver.after(loop.undo())
        assert [b.number for b in frame.branches] == [2, 3]
        assert "deletion" not in frame.undo

    def test_drawing_does_not_pause(self, driver: Driver) -> None:
        driver.run()
        grey = 255 - int(driver.frame.dataset.images[2, 3, 4])
        frame = driver.after(driver.loop.draw(Pixel(2, 3, 4, grey)))
        assert frame.running
        assert frame.dataset.images[2, 3, 4] == grey
        frame = driver.after(driver.loop.erase(2))
        assert frame.settings.pixels == ()
