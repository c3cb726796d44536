"""Late images: each is made once, up to the last requested one."""

import sys
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.errors import MalformedFileError
from cnnviz.data.late_images import LateImages

COUNT = 2500
ALL = np.random.default_rng(2).integers(0, 256, (COUNT, 2, 3), np.uint8)
TIMEOUT = 20.0


class Maker:
    """Makes images, and records the requests."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []

    def make(self, start: int, stop: int) -> np.ndarray:
        self.ranges.append((start, stop))
        return ALL[start:stop]


def late(make: Callable[[int, int], np.ndarray]) -> LateImages:
    return LateImages(ALL.shape, make)


@given(counts=st.lists(st.integers(-9, COUNT + 9), max_size=8))
def test_each_requested_image_is_made_exactly_once(counts: list[int]) -> None:
    maker = Maker()
    images = late(maker.make)
    for count in counts:
        np.testing.assert_array_equal(images.first(count), ALL[: max(0, count)])
    made = [index for start, stop in maker.ranges for index in range(start, stop)]
    assert made == list(range(min(COUNT, max(counts, default=0))))


def test_returned_images_are_read_only_and_never_change() -> None:
    images = late(Maker().make)
    before = images.first(3)
    with pytest.raises(ValueError, match="read-only"):
        before[0] = 1
    assert np.shares_memory(before, images.first(COUNT))
    np.testing.assert_array_equal(before, ALL[:3])
    with pytest.raises(ValueError, match="read-only"):
        images.first(COUNT)[0] = 1


def test_the_source_is_released_with_the_last_image() -> None:
    maker = Maker()
    source = weakref.ref(maker)
    images = late(maker.make)
    del maker
    images.first(COUNT - 1)
    assert source() is not None
    images.first(COUNT)
    assert source() is None
    np.testing.assert_array_equal(images.first(COUNT), ALL)


@given(bad=st.integers(0, COUNT - 1), counts=st.lists(st.integers(0, COUNT), max_size=8))
def test_images_before_a_damaged_one_are_available(bad: int, counts: list[int]) -> None:
    def make(start: int, stop: int) -> np.ndarray:
        if stop > bad:
            raise MalformedFileError(str(bad))
        return ALL[start:stop]

    images = late(make)
    for count in [*counts, COUNT, bad]:
        if count > bad:
            with pytest.raises(MalformedFileError, match=f"^{bad}$"):
                images.first(count)
        else:
            np.testing.assert_array_equal(images.first(count), ALL[:count])


def test_a_temporary_failure_is_retried_the_next_time() -> None:
    maker, failures = Maker(), [MemoryError()]

    def make(start: int, stop: int) -> np.ndarray:
        if start == 1000 and failures:
            raise failures.pop()
        return maker.make(start, stop)

    images = late(make)
    with pytest.raises(MemoryError):
        images.first(COUNT)
    np.testing.assert_array_equal(images.first(COUNT), ALL)
    assert maker.ranges == [(0, 1000), (1000, 2000), (2000, COUNT)]


def test_existing_images_are_returned_without_waiting() -> None:
    reached, opened = threading.Event(), threading.Event()

    def make(start: int, stop: int) -> np.ndarray:
        if start >= 200:
            reached.set()
            assert opened.wait(TIMEOUT)
        return ALL[start:stop]

    images = late(make)
    images.first(200)
    asking = threading.Thread(target=images.first, args=(COUNT,))
    asking.start()
    try:
        assert reached.wait(TIMEOUT)
        np.testing.assert_array_equal(images.first(200), ALL[:200])
        assert not opened.is_set()
    finally:
        opened.set()
        asking.join()


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Threads switch as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(round(before, 6))  # Python rounds microseconds down


@pytest.mark.usefixtures("frequent_switches")
def test_concurrent_requests_make_each_image_once() -> None:
    threads, rounds = 4, 5
    for _ in range(rounds):
        maker, wrong = Maker(), []
        gate = threading.Barrier(threads)

        def make(start: int, stop: int, maker: Maker = maker) -> np.ndarray:
            zlib.compress(ALL.data)  # lets the others run meanwhile
            return maker.make(start, stop)

        def ask(
            step: int, images: LateImages, gate: threading.Barrier = gate, wrong: list[int] = wrong
        ) -> None:
            gate.wait(TIMEOUT)
            counts = range(step, COUNT + step, step)
            wrong.extend(n for n in counts if not np.array_equal(images.first(n), ALL[:n]))

        images = late(make)
        asking = [threading.Thread(target=ask, args=(300 + i, images)) for i in range(threads)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert not wrong
        made = [index for start, stop in maker.ranges for index in range(start, stop)]
        assert made == list(range(COUNT))
