import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cnnviz.training import limits
from cnnviz.training.errors import RunFileError
from cnnviz.training.limits import check_disk_space, check_memory, empty_series, run_size


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 1 GB of memory and 200 MB of free disk space."""
    monkeypatch.setattr(limits, "machine_memory", lambda: 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 8 * 10**8, 2 * 10**8))


@pytest.mark.parametrize(("dtype", "each"), [("float64", 8), ("float32", 4)])
def test_the_size_is_that_of_the_arrays(dtype: str, each: int) -> None:
    assert run_size(99, dtype) == 100 * (1803 * each + 16)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("iterations", [0, 100, 13_000])
def test_a_size_within_the_limit_passes(tmp_path: Path, iterations: int) -> None:
    check_disk_space(tmp_path / "run.npz", iterations, "float64")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("iterations", [40_000, 10**9, 10**30])
def test_too_much_for_the_memory_is_refused(
    iterations: int, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(RunFileError, match=r"of memory, and this machine has 1\.0 GB") as error:
        empty_series(iterations, "float64", 100)
    is_one_sentence(error.value)


@pytest.mark.usefixtures("machine")
def test_what_is_too_much_for_the_memory_may_be_on_a_disk() -> None:
    assert empty_series(40_000, "float64", 10**9).shape == (2, 40_000)


@pytest.mark.usefixtures("machine")
def test_too_much_for_the_disk_is_refused(
    tmp_path: Path, is_one_sentence: Callable[[object], str]
) -> None:
    check_memory(run_size(20_000, "float64"), "a run")
    with pytest.raises(RunFileError, match=r"its disk has 0\.2 GB left") as error:
        check_disk_space(tmp_path / "run.npz", 20_000, "float64")
    is_one_sentence(error.value)
    check_disk_space(tmp_path / "run.npz", 20_000, "float32")


@pytest.mark.usefixtures("machine")
def test_the_disk_must_hold_the_filters_twice(tmp_path: Path) -> None:
    assert run_size(13_500, "float64") < 2 * 10**8
    with pytest.raises(RunFileError, match=r"would take 0\.2 GB while it is written"):
        check_disk_space(tmp_path / "run.npz", 13_500, "float64")


@pytest.mark.usefixtures("machine")
def test_a_file_may_be_larger_than_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**12))
    check_disk_space(tmp_path / "run.npz", 100_000, "float64")


@pytest.mark.parametrize("name", ["missing/run.npz", "."])
def test_a_path_where_no_file_can_be_written_is_refused(
    tmp_path: Path, name: str, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(RunFileError, match="a folder that exists") as error:
        check_disk_space(tmp_path / name, 1, "float64")
    is_one_sentence(error.value)


def test_a_folder_that_may_not_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_one_sentence: Callable[[object], str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RunFileError, match="may not be written") as error:
        check_disk_space(tmp_path / "run.npz", 1, "float64")
    is_one_sentence(error.value)


def test_a_bare_name_is_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_disk_space(Path("run.npz"), 1, "float64")


@pytest.mark.parametrize("iterations", [10**12, 10**17, 10**30])
def test_numpy_reports_the_error_if_the_memory_is_not_known(
    monkeypatch: pytest.MonkeyPatch, iterations: int, is_one_sentence: Callable[[object], str]
) -> None:
    monkeypatch.setattr(limits, "machine_memory", lambda: None)
    with pytest.raises(RunFileError, match="does not fit in memory") as error:
        empty_series(iterations, "float64", 0)
    is_one_sentence(error.value)


def test_the_machines_memory_may_be_unknown() -> None:
    memory = limits.machine_memory()
    assert memory is None or 2**28 < memory < 2**50
    if Path("/proc/meminfo").exists():
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
        machine = min([kilobytes * 1024, *limits.limits_of_groups()])
        assert memory == pytest.approx(machine, rel=0.01)


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/", {"sys/fs/cgroup/memory.max": "2000000000"}, [2_000_000_000]),
        ("0::/", {"sys/fs/cgroup/memory.max": "max"}, []),
        ("0::/a/b", {"sys/fs/cgroup/a/b/memory.max": "5"}, [5]),
        (
            "3:cpu:/c\n4:memory:/a",
            {
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "7",
                "sys/fs/cgroup/memory.max": "1",
            },
            [7, 9223372036854771712],
        ),
        (None, {}, []),
    ],
)
def test_a_container_leaves_less_than_the_machine_has(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    groups: str | None,
    files: dict[str, str],
    expected: list[int],
) -> None:
    monkeypatch.setattr(limits, "ROOT", tmp_path)
    for name, text in {**files, **({"proc/self/cgroup": groups} if groups else {})}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert sorted(limits.limits_of_groups()) == expected
