"""Blocks: their boundaries, and their processing by threads."""

import threading
from contextlib import closing

import pytest

from cnnviz.numerics.blocks import BLOCK, LANES, Blocks, block_size, blocks_of


@pytest.mark.parametrize("size", [BLOCK, 2 * BLOCK])
@pytest.mark.parametrize("n", [1, 2, 3, 31, 65, *range(110, 122), 130, 200, 231, 999, 60_000])
def test_blocks_contain_every_image_once(n: int, size: int) -> None:
    blocks = Blocks(n, 1, size)
    assert [k for block in blocks for k in range(block.start, block.stop)] == list(range(n))
    sizes = [block.stop - block.start for block in blocks]
    assert max(sizes) == blocks.widest <= size + LANES // 2
    assert max(sizes) - min(sizes) <= 3 * LANES // 2
    assert all(size % LANES == 0 for size in sizes[:-1])
    assert len(blocks) == 1 or len(blocks) % 2 == 0


def test_a_block_needs_the_same_memory_in_either_precision() -> None:
    assert block_size("float32") * 4 == block_size("float64") * 8


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_every_block_is_processed_once_with_separate_scratch_memory(threads: int) -> None:
    seen: list[tuple[int, slice, int]] = []
    with closing(Blocks(330, threads)) as blocks:
        blocks.for_each(lambda *call: seen.append(call))
        assert sorted(index for index, _, _ in seen) == list(range(len(blocks)))
        cuts = list(blocks)
        assert all(cuts[index] == block for index, block, _ in seen)
        assert {worker for _, _, worker in seen} <= set(range(blocks.threads))


def test_while_a_thread_is_busy_the_others_go_on() -> None:
    """Each thread waits for another's block, so no thread can have done it all."""
    with closing(Blocks(330, 2)) as blocks:
        together = threading.Barrier(2)
        workers: list[int] = []

        def run(index: int, _block: slice, worker: int) -> None:
            if index < 2:
                together.wait(timeout=60)
            workers.append(worker)

        blocks.for_each(run)
        assert set(workers) == {0, 1}


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_reported_to_the_caller(threads: int) -> None:
    on_progress: list[tuple[float, bool]] = []
    caller = threading.current_thread()
    with closing(Blocks(60_000, threads)) as blocks:
        blocks.for_each(
            lambda *_: None,
            lambda share: on_progress.append((share, threading.current_thread() is caller)),
        )
        shares = [share for share, _ in on_progress]
        assert all(mine for _, mine in on_progress)
        assert shares == sorted(shares)
        assert len(shares) == len(blocks) if threads == 1 else len(shares) <= len(blocks)
        assert all(0 <= share <= 1 for share in shares)


def test_an_error_in_another_thread_is_raised_and_later_work_succeeds() -> None:
    with closing(Blocks(330, 3)) as blocks:
        for failing in (0, len(blocks) - 1):

            def run(index: int, _block: slice, _worker: int, failing: int = failing) -> None:
                if index == failing:
                    raise MemoryError

            with pytest.raises(MemoryError):
                blocks.for_each(run)
        done: list[int] = []
        blocks.for_each(lambda index, _block, _worker: done.append(index))
        assert len(done) == len(blocks)


def started() -> set[threading.Thread]:
    """Return the threads that Python started; it also lists dummies for others, such as Qt's."""
    return {t for t in threading.enumerate() if not t.name.startswith("Dummy-")}


def test_threads_start_only_if_needed_and_end() -> None:
    before = started()
    Blocks(10, 8).for_each(lambda *_: None)
    assert started() == before
    blocks = Blocks(330, 2)
    blocks.for_each(lambda *_: None)
    assert len(started() - before) == 1
    blocks.close()
    assert started() == before


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 1000])
def test_blocks_for_one_thread_contain_every_image_once(n: int) -> None:
    blocks = list(blocks_of(n))
    assert [k for block in blocks for k in range(block.start, block.stop)] == list(range(n))
    assert max(block.stop - block.start for block in blocks) == min(n, BLOCK)
