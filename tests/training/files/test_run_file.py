import errno
import io
import json
import os
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training import limits
from cnnviz.training.errors import RunFileError
from cnnviz.training.files import run_file
from cnnviz.training.files.recorder import record
from cnnviz.training.files.run_file import read_run, write_run
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import resume_run
from cnnviz.training.run.states import States
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.training.recorded import arrays_of, f_of, run_of, wo_of

Sentence = Callable[[object], str]
NAMES = {"f", "wo", "loss", "accuracy", "output", "config"}


@pytest.fixture(scope="module")
def run(digits: Dataset) -> Run:
    """Three iterations on five images."""
    return record(digits, Settings(subset=5), 3).run


@pytest.fixture
def path(tmp_path: Path, run: Run) -> Path:
    """A good run file."""
    path = tmp_path / "run.npz"
    write_run(path, run)
    return path


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def contents(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def assert_same(a: Run, b: Run) -> None:
    assert a.config == b.config
    arrays, others = arrays_of(a), arrays_of(b)
    for name in NAMES - {"config"}:
        x, y = arrays[name], others[name]
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        np.testing.assert_array_equal(x, y, err_msg=name)


class TestWriting:
    def test_plain_numpy_reads_the_notebooks_numbers(
        self,
        tmp_path: Path,
        golden: Callable[[str], tuple[Dataset, Settings, dict[str, np.ndarray]]],
    ) -> None:
        dataset, settings, arrays = golden("ten_steps")
        write_run(tmp_path / "run.npz", record(dataset, settings, 10).run)
        read = np.load(tmp_path / "run.npz", allow_pickle=False)
        assert set(read) == NAMES
        assert read["f"].shape == (11, 5, 5, 3)
        assert read["wo"].shape == (11, 1728, 1)
        for t in range(11):
            np.testing.assert_allclose(read["f"][t], arrays["f"][t], rtol=1e-9)
            np.testing.assert_allclose(read["wo"][t], arrays["wo"][t], rtol=1e-9)
        np.testing.assert_allclose(read["loss"], arrays["error"].mean(axis=(1, 2)), rtol=1e-9)
        np.testing.assert_allclose(read["output"], arrays["output"][-1, 0], rtol=1e-9)
        assert read["accuracy"].shape == (10,)
        config = json.loads(str(read["config"]))
        assert config["settings"]["learning_rate"] == 0.15
        read.close()

    def test_a_written_run_is_read_back(self, path: Path, run: Run) -> None:
        assert_same(read_run(path), run)

    def test_a_trainers_run_too(self, tmp_path: Path, make_trainer: Callable[..., Trainer]) -> None:
        trainer = make_trainer(subset=4, dtype="float32")
        trainer.step()
        trainer.change(subset=6)
        trainer.step()
        write_run(tmp_path / "run.npz", run_of(trainer))
        read = read_run(tmp_path / "run.npz")
        assert_same(read, run_of(trainer))
        assert contents(tmp_path / "run.npz")["f"].dtype == np.float32

    def test_a_run_without_iterations_is_read_back(
        self, tmp_path: Path, make_trainer: Callable[..., Trainer], identical_images: Dataset
    ) -> None:
        for dataset_trainer in (make_trainer(), make_trainer(identical_images)):
            run = run_of(dataset_trainer)
            write_run(tmp_path / "run.npz", run)
            assert_same(read_run(tmp_path / "run.npz"), run)

    def test_an_older_file_is_replaced(self, path: Path, digits: Dataset) -> None:
        other = record(digits, Settings(subset=5, seed=1), 1).run
        write_run(path, other)
        assert_same(read_run(path), other)
        assert names_in(path.parent) == ["run.npz"]

    def test_the_target_of_a_link_is_replaced(self, path: Path, run: Run) -> None:
        link = path.with_name("link.npz")
        link.symlink_to(path)
        path.write_bytes(b"old")
        write_run(link, run)
        assert link.is_symlink()
        assert_same(read_run(path), run)

    def test_the_filters_wait_in_the_folder_of_a_links_target(
        self, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, link, folders = tmp_path.resolve() / "target", tmp_path / "link.npz", []
        folder.mkdir()
        link.symlink_to(folder / "run.npz")

        def spooled(size: int, dir: str) -> IO[bytes]:  # noqa: A002
            folders.append(Path(dir))
            return SpooledTemporaryFile(size, dir=dir)

        monkeypatch.setattr(run_file, "SpooledTemporaryFile", spooled)
        write_run(link, run)
        assert folders == [folder]

    @pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX systems")
    def test_a_new_file_has_the_usual_permissions(self, path: Path) -> None:
        plain = path.with_name("plain")
        plain.touch()
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)

    def test_the_longest_names_work(self, tmp_path: Path, run: Run) -> None:
        path = tmp_path / ("x" * 251 + ".npz")
        write_run(path, run)
        assert_same(read_run(path), run)


class TestFailedWrites:
    """After any failure: one sentence, the old file intact, and no file left beside it."""

    @contextmanager
    def refused(self, path: Path, words: str, says: Sentence) -> Iterator[None]:
        before = path.read_bytes()
        with pytest.raises(RunFileError, match=words) as error:
            yield
        assert str(path) in says(error.value)
        assert path.read_bytes() == before
        assert names_in(path.parent) == [path.name]

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (errno.ENOSPC, "its disk is full"),
            (errno.EDQUOT, "its disk is full"),
            (errno.EIO, "cannot be written"),
        ],
    )
    def test_disk_failure_at_the_end(
        self,
        path: Path,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        is_one_sentence: Sentence,
        number: int,
        words: str,
    ) -> None:
        def fail(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fail)
        with self.refused(path, words, is_one_sentence):
            write_run(path, run)

    @pytest.mark.skipif(os.name != "posix", reason="limits of files are those of POSIX systems")
    @pytest.mark.parametrize("limit", [0, 100, 5_000, 30_000, 57_000])
    def test_disk_full_in_the_middle(
        self, path: Path, run: Run, is_one_sentence: Sentence, limit: int
    ) -> None:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        with self.refused(path, "its disk is full", is_one_sentence):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            try:
                write_run(path, run)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def test_renaming_failure(
        self,
        path: Path,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        is_one_sentence: Sentence,
    ) -> None:
        def fail(*_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "replace", fail)
        with self.refused(path, "Permission denied", is_one_sentence):
            write_run(path, run)

    def test_interruption(self, path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        before = path.read_bytes()

        def interrupt(_: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_run(path, run)
        assert path.read_bytes() == before
        assert names_in(path.parent) == [path.name]

    def test_a_run_too_large_to_be_read_back(
        self, path: Path, run: Run, is_one_sentence: Sentence, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_file, "_LONGEST_CONFIG", 200)
        with self.refused(path, "its changes of settings take", is_one_sentence):
            write_run(path, run)

    def test_missing_folder(self, tmp_path: Path, run: Run, is_one_sentence: Sentence) -> None:
        with pytest.raises(RunFileError, match="a folder that exists") as error:
            write_run(tmp_path / "missing" / "run.npz", run)
        is_one_sentence(error.value)

    @pytest.mark.parametrize(
        ("make", "words"),
        [(Path.mkdir, "name a file in a folder that exists"), (os.mkfifo, "is not a file")],
    )
    def test_a_path_that_is_not_a_file(
        self,
        tmp_path: Path,
        run: Run,
        is_one_sentence: Sentence,
        make: Callable[[Path], None],
        words: str,
    ) -> None:
        make(tmp_path / "run.npz")
        with pytest.raises(RunFileError, match=words) as error:
            write_run(tmp_path / "run.npz", run)
        is_one_sentence(error.value)
        assert names_in(tmp_path) == ["run.npz"]


def saved(path: Path, arrays: dict[str, object], *, compressed: bool = False) -> Path:
    (np.savez_compressed if compressed else np.savez)(path, **arrays)  # type: ignore[arg-type]
    return path


class TestReading:
    @pytest.mark.parametrize("compressed", [False, True])
    def test_another_programs_file(self, path: Path, run: Run, *, compressed: bool) -> None:
        """Other byte orders and layouts, compressed or not, with unknown arrays."""
        arrays = contents(path)
        other = {
            "f": np.asfortranarray(arrays["f"].astype(">f8")),
            "wo": arrays["wo"].astype(">f8"),
            "loss": arrays["loss"],
            "accuracy": arrays["accuracy"].astype(">f8"),
            "output": arrays["output"],
            "config": arrays["config"].astype(arrays["config"].dtype.newbyteorder(">")),
            "mine": np.arange(3),
        }
        saved(path, other, compressed=compressed)
        read = read_run(path)
        assert_same(read, run)
        assert f_of(read).flags.c_contiguous

    @pytest.mark.parametrize("name", sorted(NAMES))
    def test_a_file_without_an_array_is_refused(
        self, path: Path, is_one_sentence: Sentence, name: str
    ) -> None:
        arrays = contents(path)
        del arrays[name]
        with pytest.raises(RunFileError, match=f"has no array {name}") as error:
            read_run(saved(path, arrays))
        is_one_sentence(error.value)

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("f", np.zeros((3, 5, 5, 3)), "must be"),
            ("f", np.zeros((5, 5, 5, 3)), "must be"),
            ("f", np.zeros((4, 3, 5, 5)), "must be"),
            ("f", np.zeros((4, 5, 5, 3), np.int64), "float64 or float32"),
            ("f", np.zeros((4, 5, 5, 3), complex), "float64 or float32"),
            ("f", np.zeros((4, 5, 5, 3), np.float16), "float64 or float32"),
            ("f", np.zeros((4, 5, 5, 3), np.float32), "different precisions"),
            ("f", np.array({"a": 1}), "Python objects"),
            ("f", np.zeros(4, [("a", object)]), "Python objects"),
            ("f", np.zeros(4, [("a", float)]), "float64 or float32"),
            ("wo", np.zeros((4, 1728)), "must be"),
            ("wo", np.zeros((4, 1727, 1)), "must be"),
            ("loss", np.zeros((3, 1)), "must be"),
            ("loss", np.zeros(()), "must be"),
            ("loss", np.zeros(4), "must be"),
            ("accuracy", np.zeros(2), "must be"),
            ("output", np.zeros(4), r"with the last iteration's 5 images, it must be \(5,\)"),
            ("output", np.zeros((1, 5)), "must be"),
            ("config", np.array(b"{}"), "is not a text"),
            ("config", np.array(["{}"]), "is not a text"),
            ("config", np.array(5), "is not a text"),
            ("config", np.array("{}"), "no version"),
            ("config", np.array(""), "not JSON"),
            ("config", np.array("[" * 100_000), "nested too deeply"),
        ],
    )
    def test_an_invalid_array_is_refused(
        self, path: Path, is_one_sentence: Sentence, name: str, value: np.ndarray, words: str
    ) -> None:
        saved(path, {**contents(path), name: value})
        with pytest.raises(RunFileError, match=words) as error:
            read_run(path)
        assert str(path) in is_one_sentence(error.value)

    @pytest.mark.parametrize("count", [0, 1, 4, 21, 22, 100, 5_000, 40_000])
    def test_a_truncated_file_is_refused(
        self, path: Path, is_one_sentence: Sentence, count: int
    ) -> None:
        path.write_bytes(path.read_bytes()[:count])
        with pytest.raises(RunFileError, match="is not a whole npz file") as error:
            read_run(path)
        is_one_sentence(error.value)

    @pytest.mark.parametrize("compressed", [False, True])
    def test_a_wrong_checksum_is_noticed(
        self, path: Path, is_one_sentence: Sentence, *, compressed: bool
    ) -> None:
        saved(path, contents(path), compressed=compressed)
        with zipfile.ZipFile(path) as archive:
            checksum = struct.pack("<L", archive.getinfo("wo.npy").CRC)
        content = path.read_bytes()
        assert checksum in content
        path.write_bytes(content.replace(checksum, struct.pack("<L", 12345)))
        with pytest.raises(RunFileError, match="is not a whole npz file") as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_damage_in_the_middle_is_noticed(self, path: Path, is_one_sentence: Sentence) -> None:
        content = bytearray(path.read_bytes())
        content[20_000] ^= 1
        path.write_bytes(content)
        with pytest.raises(RunFileError, match="is not a whole npz file") as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_a_path_that_is_no_file_is_refused(
        self, tmp_path: Path, is_one_sentence: Sentence
    ) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "missing.npz", tmp_path, tmp_path / "pipe"):
            with pytest.raises(RunFileError, match="is not a file") as error:
                read_run(path)
            is_one_sentence(error.value)

    def test_an_unreadable_file_is_refused(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, is_one_sentence: Sentence
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(RunFileError, match="Permission denied") as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_nothing_is_unpickled(self, path: Path) -> None:
        class Evil:
            def __reduce__(self) -> tuple[object, ...]:
                return (pytest.fail, ("unpickled",))

        good = contents(path)
        for name in NAMES:
            saved(path, {**good, name: np.array(Evil(), object)})
            with pytest.raises(RunFileError, match=f"Python objects in {name}"):
                read_run(path)


def header(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    """An npy file's header, whatever it claims."""
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def with_member(path: Path, name: str, content: bytes, method: int = zipfile.ZIP_STORED) -> None:
    """Replace an array in a run file by any bytes."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[f"{name}.npy"] = content
    with zipfile.ZipFile(path, "w") as archive:
        for member, value in members.items():
            archive.writestr(member, value, method if member == f"{name}.npy" else None)


@contextmanager
def little_memory(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most


class TestMemory:
    """A size that a file merely declares never allocates memory."""

    @pytest.mark.parametrize("name", sorted(NAMES))
    @pytest.mark.parametrize(
        "claimed",
        [
            header((10**9, 5, 5, 3)),
            header((2**62, 2**62)),
            header((-1, -7)),
            header((-4, 5, 5, 3)),
            header((4, 5, 5, 3), "<U1000000000"),
            header((), "<U1000000000"),
            header((), "|V2000000000"),
            b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 5_000,
            b"\x93NUMPY\x03\x00",
            b"\x93NUMPY",
            b"nothing",
            b"",
        ],
    )
    def test_a_header_that_declares_too_much_is_refused(
        self, path: Path, is_one_sentence: Sentence, name: str, claimed: bytes
    ) -> None:
        with_member(path, name, claimed)
        with little_memory(2_000_000), pytest.raises(RunFileError) as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_an_archive_that_agrees_with_such_headers(
        self, path: Path, is_one_sentence: Sentence
    ) -> None:
        count = 100_000
        shapes = {
            "f": (count + 1, 5, 5, 3),
            "wo": (count + 1, 1728, 1),
            "loss": (count,),
            "accuracy": (count,),
        }
        heads = {name: header(shape) for name, shape in shapes.items()}
        for name, head in heads.items():
            with_member(path, name, head)
        content = path.read_bytes()
        for name, head in heads.items():
            size = len(head) + int(np.prod(shapes[name])) * 8
            for what, size_at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
                at = next(
                    i
                    for i in range(len(content))
                    if content[i : i + 4] == what
                    and f"{name}.npy".encode() in content[i : i + size_at + 40]
                )
                at += size_at
                content = content[:at] + struct.pack("<L", size) + content[at + 4 :]
        path.write_bytes(content)
        with (
            little_memory(2_000_000),
            pytest.raises(RunFileError, match="as many bytes of f as its header") as error,
        ):
            read_run(path)
        is_one_sentence(error.value)

    def test_minus_one_iterations(self, path: Path, is_one_sentence: Sentence) -> None:
        for name, shape in (
            ("f", (0, 5, 5, 3)),
            ("wo", (0, 1728, 1)),
            ("loss", (-1,)),
            ("accuracy", (-1,)),
        ):
            with_member(path, name, header(shape))
        with pytest.raises(RunFileError, match="as many bytes of loss") as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_a_zip_bomb_is_refused_before_it_is_decompressed(
        self, path: Path, is_one_sentence: Sentence, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        count = 1_000
        saved(
            path,
            {
                **contents(path),
                "f": np.zeros((count + 1, 5, 5, 3)),
                "wo": np.zeros((count + 1, 1728, 1)),
                "loss": np.zeros(count),
                "accuracy": np.zeros(count),
            },
            compressed=True,
        )
        assert path.stat().st_size < 100_000
        assert read_run(path).iterations == count
        monkeypatch.setattr(limits, "machine_memory", lambda: 20_000_000)
        with (
            little_memory(2_000_000),
            pytest.raises(RunFileError, match=r"14\.5 MB of memory") as error,
        ):
            read_run(path)
        is_one_sentence(error.value)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_small_file_that_would_become_gigabytes_is_none(
        self,
        path: Path,
        is_one_sentence: Sentence,
        monkeypatch: pytest.MonkeyPatch,
        dtype: str,
    ) -> None:
        """A file of 2.8 MB took 2.8 GB."""
        monkeypatch.setattr(limits, "UNPACKED", 4 << 20)
        count = 1_000
        arrays: dict[str, object] = {
            "f": np.zeros((count + 1, 5, 5, 3), dtype),
            "wo": np.zeros((count + 1, 1728, 1), dtype),
            "loss": np.zeros(count),
            "accuracy": np.zeros(count),
        }
        saved(path, {**contents(path), **arrays}, compressed=True)
        with (
            little_memory(2_000_000),
            pytest.raises(RunFileError, match="save it again without compression") as error,
        ):
            read_run(path)
        is_one_sentence(str(error.value).replace("0.0 MB", ""))
        saved(path, {**contents(path), **arrays})
        assert read_run(path).iterations == count

    def test_a_compressed_run_opens_whatever_its_size(
        self, path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "UNPACKED", 0)
        run = record(digits, Settings(subset=5), 50).run
        write_run(path, run)
        saved(path, contents(path), compressed=True)
        assert_same(read_run(path), run)

    def test_the_memory_limit_covers_reading(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another byte order or layout needs an additional copy of an array."""
        arrays = contents(path)
        size = sum(arrays[name].nbytes for name in NAMES - {"config"})
        monkeypatch.setattr(limits, "machine_memory", lambda: 2 * size + 10_000)
        assert read_run(path).iterations == 3
        swapped = {name: arrays[name].astype(">f8") for name in ("f", "wo")}
        for other in (swapped, {"wo": np.asfortranarray(arrays["wo"])}):
            saved(path, {**arrays, **other})
            with pytest.raises(RunFileError, match="of memory"):
                read_run(path)

    def test_an_enormous_config_is_refused(self, path: Path, is_one_sentence: Sentence) -> None:
        saved(path, {**contents(path), "config": np.array(" " * 2**23 + "{}")}, compressed=True)
        with little_memory(2_000_000), pytest.raises(RunFileError, match="not a text") as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_a_table_of_contents_that_never_ends_is_refused(
        self, path: Path, is_one_sentence: Sentence
    ) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            for i in range(5_000):
                archive.writestr(f"{i:050}.npy", b"")
        with little_memory(4_000_000), pytest.raises(RunFileError) as error:
            read_run(path)
        is_one_sentence(error.value)

    def test_a_long_run_is_written_and_read_in_little_memory(
        self, tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        short = record(digits, Settings(subset=2, learning_rate=0.1), 20).run
        times = 60
        series = (np.tile(values, times) for values in (short.loss, short.accuracy))
        states = Repeated(short.states, 20 * times + 1)
        run = Run(states, *series, short.output, short.config)
        path = tmp_path / "run.npz"
        monkeypatch.setattr(run_file, "_SPOOLED", 1 << 12)
        with little_memory(8_000_000):
            write_run(path, run)
            read = read_run(path)
        assert path.stat().st_size > 17_000_000
        arrays = contents(path)
        for i in (0, 19, 21, 128, 1_200):
            for found in (read.states.parameters(i), Parameters(arrays["f"][i], arrays["wo"][i])):
                expected = short.states.parameters(i % 21)
                np.testing.assert_array_equal(found.f, expected.f)
                np.testing.assert_array_equal(found.wo, expected.wo)


class Repeated:
    """States that repeat themselves, and take little memory."""

    def __init__(self, states: States, count: int) -> None:
        self.dtype, self._states, self._count = states.dtype, states, count

    def __len__(self) -> int:
        return self._count

    def parameters(self, iteration: int) -> Parameters:
        return self._states.parameters(iteration % len(self._states))

    def block(self, iteration: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        at = iteration % len(self._states)
        return self._states.block(at, min(most, len(self._states) - at))


@pytest.mark.skipif(os.name != "posix", reason="only there a run stays in its file")
class TestOpenFile:
    """The states of a run that is open are read from its file."""

    def test_another_run_may_take_its_place(self, path: Path, run: Run, digits: Dataset) -> None:
        read = read_run(path)
        write_run(path, record(digits, Settings(subset=5, seed=1), 1).run)
        assert_same(read, run)
        path.unlink()
        assert_same(read, run)

    @pytest.mark.parametrize("size", [0, 20_000, None])
    def test_a_file_that_is_changed_in_place_is_not_believed(
        self, path: Path, is_one_sentence: Sentence, size: int | None
    ) -> None:
        read = read_run(path)
        with path.open("r+b") as file:
            file.truncate(size)
        os.utime(path, (1, 1))
        with pytest.raises(RunFileError, match="has been changed since it was opened") as error:
            read.states.parameters(3)
        is_one_sentence(error.value)

    def test_training_goes_on_from_a_file_that_is_changed(
        self, path: Path, digits: Dataset
    ) -> None:
        """The newest state is in memory; only those before it are refused."""
        write_run(path, record(digits, Settings(subset=5), 40).run)
        trainer = resume_run(read_run(path), digits)
        os.utime(path, (1, 1))
        expected = record(digits, Settings(subset=5), 42).run
        for _ in range(2):
            trainer.step()
        assert (trainer.iteration, trainer.last) == (42, 42)
        np.testing.assert_array_equal(trainer.parameters.f, expected.states.parameters(42).f)
        with pytest.raises(RunFileError):
            trainer.go_to(3)
        trainer.go_to(41)
        np.testing.assert_array_equal(trainer.parameters.f, expected.states.parameters(41).f)


@pytest.fixture(scope="module")
def short_file(run: Run) -> bytes:
    """A run file whose curves end too early."""
    buffer = io.BytesIO()
    arrays = {name: getattr(run, name)[..., :1] for name in ("loss", "accuracy", "output")}
    np.savez(buffer, config=np.array(run.config.to_json()), f=f_of(run), wo=wo_of(run), **arrays)
    return buffer.getvalue()


@hypothesis_settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damaged_files_give_a_run_or_one_sentence(
    data: st.DataObject, path: Path, short_file: bytes, is_one_sentence: Sentence
) -> None:
    content = bytearray(short_file)
    # Where it matters: the first header and config, and the table of contents.
    offsets = st.one_of(st.integers(0, 1_600), st.integers(len(content) - 500, len(content) - 1))
    for offset in data.draw(st.lists(offsets, min_size=1, max_size=4)):
        content[offset] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(offsets) :]
    damaged = path.with_name("damaged.npz")
    damaged.write_bytes(content)
    try:
        with little_memory(4_000_000):
            assert read_run(damaged).iterations >= 0
    except RunFileError as error:
        is_one_sentence(error)
