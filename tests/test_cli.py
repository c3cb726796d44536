"""The command line, mostly as a person meets it: a real process, its output and exit status."""

import csv
import fcntl
import gzip
import json
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import zipfile
from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz import __version__, cli
from cnnviz.bench import headless
from cnnviz.bench.samples import take_turns
from cnnviz.data import mnist
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.case import GALLERY
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.landscape.curvature import curvature
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.training.files import recorder, run_file
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

CHECKOUT = Path(__file__).parents[1]
TIME_LIMIT = 60.0

Golden = Callable[[str], dict[str, NDArray[Any]]]


@pytest.fixture(autouse=True)
def empty_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without downloads and settings, in an empty folder."""
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


def process(
    *words: str | bytes,
    env: dict[str, str] | None = None,
    preexec_fn: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *words],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=TIME_LIMIT,
        check=False,
        preexec_fn=preexec_fn,
    )


def set_output(monkeypatch: pytest.MonkeyPatch, encoding: str) -> BytesIO:
    """Let this process print in an encoding, and return the bytes that it prints."""
    printed = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(printed, encoding=encoding))
    return printed


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the benchmark measure for 10 ms, where a person's figures need 200."""
    monkeypatch.setattr(
        headless,
        "take_turns",
        lambda contenders, rounds, _=0.0: take_turns(contenders, rounds, 0.01),
    )


def without_display() -> dict[str, str]:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {name: value for name, value in os.environ.items() if name not in names}


def idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array in MNIST's file format."""
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def write_idx(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train-images-idx3-ubyte").write_bytes(idx(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    return folder


def one_line(text: str) -> str:
    """Return the message, which must be one sentence of the program."""
    assert text.startswith("cnnviz: "), text
    assert text.endswith(".\n"), text
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.removeprefix("cnnviz: ").rstrip("\n")


def assert_golden(run: Path, golden: dict[str, NDArray[Any]]) -> None:
    """Compare a run file with the notebook's results."""
    with np.load(run, allow_pickle=False) as found:
        assert set(found) == {"f", "wo", "loss", "accuracy", "output", "config"}
        for name in ("f", "wo"):
            assert found[name].shape == golden[name].shape
            np.testing.assert_allclose(found[name], golden[name], rtol=1e-9, atol=0)
        np.testing.assert_allclose(found["output"], golden["output"][-1].ravel(), rtol=1e-9)
        loss = golden["error"].mean(axis=(1, 2))
        np.testing.assert_allclose(found["loss"], loss, rtol=1e-9)
        target = golden["labels"] > 4
        right = (golden["output"][:, 0] > 0.5) == target
        np.testing.assert_allclose(found["accuracy"], right.mean(axis=1))


def golden_words(folder: Path, golden: dict[str, NDArray[Any]]) -> list[str]:
    write_idx(folder, golden["images"], golden["labels"])
    return [
        *("--data", str(folder)),
        *("--subset", str(len(golden["labels"]))),
        *("--seed", str(golden["seed"])),
        *("--learning-rate", repr(float(golden["learning_rate"]))),
        *("--iterations", str(len(golden["f"]) - 1)),
    ]


# train


def test_train_in_a_process_records_the_notebooks_numbers(golden: Golden) -> None:
    data = golden("ten_steps")
    done = process("train", "--out", "run.npz", *golden_words(Path("digits"), data))
    assert done.stderr == ""
    assert done.returncode == 0
    assert re.fullmatch(
        r"10 iterations, loss 0\.\d{4}, accuracy 80\.0 % at iteration 9, recorded in run\.npz\n",
        done.stdout,
    )
    assert_golden(Path("run.npz"), data)
    assert sorted(path.name for path in Path().iterdir()) == ["digits", "run.npz"]


@pytest.mark.parametrize("name", ["first_step", "lr15_steps", "tiny_lr", "small"])
def test_train_records_every_golden_run(golden: Golden, name: str) -> None:
    data = golden(name)
    assert cli.main(["train", "--out", "run.npz", *golden_words(Path("digits"), data)]) == 0
    assert_golden(Path("run.npz"), data)


def test_train_evaluates_images_that_it_does_not_train_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["train", "--out", "run.npz", "--data", "bundled", "--subset", "20"]
    assert cli.main([*words, "--iterations", "3", "--held-out", "10"]) == 0
    assert re.search(
        r", 10 held-out images after 3: loss 0\.\d{4}, accuracy \d\d\.0 % \(2 states\), recorded",
        capsys.readouterr().out,
    )
    with np.load("run.npz", allow_pickle=False) as run:
        assert run["held_out_iteration"].tolist() == [0, 3]
        assert run["held_out_images"].tolist() == [10, 10]
    assert cli.main([*words, "--held-out", "1800"]) == 2
    assert "has 1,777 images beside the subset" in one_line(capsys.readouterr().err)


def test_every_option_is_applied_to_the_run() -> None:
    words = "--data bundled --subset 12 --learning-rate 5e-1 --seed 3 --fix scale --fix layout"
    words += " --dtype float32 --iterations 4"
    assert cli.main(["train", "--out", "run.npz", *words.split()]) == 0
    trainer = Trainer(
        bundled_digits(), Settings(12, 0.5, Rule.correcting(["scale", "layout"]), 3, "float32")
    )
    with np.load("run.npz", allow_pickle=False) as run:
        for t in range(5):
            np.testing.assert_array_equal(run["f"][t], trainer.parameters.f)
            np.testing.assert_array_equal(run["wo"][t], trainer.parameters.wo)
            trainer.step()
        assert run["f"].dtype == np.float32
        assert len(run["output"]) == 12
        config = json.loads(str(run["config"]))
    trainer.close()
    assert config["data"] == "bundled"
    assert config["settings"] == {
        "subset": 12,
        "learning_rate": 0.5,
        "seed": 3,
        "rule": ["scale", "layout"],
        "dtype": "float32",
    }


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("", NOTEBOOK),
        ("--rule notebook", NOTEBOOK),
        ("--rule exact", EXACT),
        ("--rule notebook --fix pairing", Rule.correcting(["pairing"])),
        (
            "--fix update-order --fix standardisation",
            Rule.correcting(["update-order", "standardisation"]),
        ),
        ("--fix scale --fix scale", Rule.correcting(["scale"])),
    ],
)
def test_rules(words: str, rule: Rule) -> None:
    out = ["--out", "run.npz", "--iterations", "0", "--subset", "2"]
    assert cli.main(["train", *out, *words.split()]) == 0
    with np.load("run.npz", allow_pickle=False) as run:
        recorded = json.loads(str(run["config"]))["settings"]["rule"]
    assert Rule.correcting(recorded) == rule


def test_the_defaults_are_the_notebooks(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "--out", "run.npz"]) == 0
    assert capsys.readouterr().out.startswith("100 iterations, ")
    with np.load("run.npz", allow_pickle=False) as run:
        assert run["f"].shape == (101, 5, 5, 3)
        assert run["f"].dtype == np.float64
        settings = json.loads(str(run["config"]))["settings"]
    assert (settings["subset"], settings["learning_rate"], settings["seed"]) == (200, 15.0, 0)


def test_a_smaller_set_is_used_whole_without_a_subset_option() -> None:
    digits = bundled_digits()
    folder = write_idx(Path("digits"), digits.images[:7], digits.labels[:7])
    assert cli.main(["train", "--out", "run.npz", "--iterations", "1", "--data", str(folder)]) == 0
    with np.load("run.npz", allow_pickle=False) as run:
        assert len(run["output"]) == 7


def test_test_images_alone_are_used_with_a_notice(capsys: pytest.CaptureFixture[str]) -> None:
    digits = bundled_digits()
    folder = write_idx(Path("digits"), digits.images[:7], digits.labels[:7])
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("train", "t10k"))
    assert cli.main(["check", "--data", "digits", "--json"]) == cli.FAILED
    assert "digits holds only MNIST's test images: " in one_line(capsys.readouterr().err)


@pytest.mark.parametrize("text", ["0.5", "0,5", ".5", "5E-1"])
def test_a_number_may_be_written_as_in_the_window(text: str) -> None:
    words = ["train", "--out", "run.npz", "--iterations", "0", "--subset", "1,000"]
    assert cli.main([*words, "--learning-rate", text]) == 0
    with np.load("run.npz", allow_pickle=False) as run:
        settings = json.loads(str(run["config"]))["settings"]
    assert (settings["subset"], settings["learning_rate"]) == (1000, 0.5)


@pytest.mark.parametrize(
    ("iterations", "expected"), [("0", "0 iterations, rec"), ("1", "1 iteration, loss 0.")]
)
def test_few_iterations(capsys: pytest.CaptureFixture[str], iterations: str, expected: str) -> None:
    assert cli.main(["train", "--out", "run.npz", "--iterations", iterations]) == 0
    assert capsys.readouterr().out.startswith(expected)


def test_mnist_is_the_default_if_it_has_been_downloaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = bundled_digits()
    cache = write_idx(tmp_path / "XDG_CACHE_HOME/cnnviz/mnist", digits.images, digits.labels)
    for path in cache.iterdir():
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    words = ["train", "--out", "run.npz", "--iterations", "0"]
    assert cli.main(words) == 0
    with np.load("run.npz", allow_pickle=False) as run:
        assert json.loads(str(run["config"]))["data"] == "mnist"
    # Damaged since: reported, but the program starts.
    (cache / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bnothing")
    capsys.readouterr()
    assert cli.main(words) == 0
    message = one_line(capsys.readouterr().err)
    assert message.endswith("The bundled digits are used instead.")
    assert cli.main([*words, "--data", "mnist"]) == cli.WRONG_USAGE


def test_a_partly_damaged_cache_is_used_up_to_the_damage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = bundled_digits()
    cache = write_idx(tmp_path / "XDG_CACHE_HOME/cnnviz/mnist", digits.images, digits.labels)
    for path in cache.iterdir():
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    packed = cache / "train-images-idx3-ubyte.gz"
    content = packed.read_bytes()
    packed.write_bytes(content[:-8] + b"\1\2\3\4" + content[-4:])  # another checksum
    words = ["train", "--out", "run.npz", "--iterations", "1"]

    def source() -> str:
        with np.load("run.npz", allow_pickle=False) as run:
            return str(json.loads(str(run["config"]))["data"])

    assert cli.main(words) == 0
    assert (source(), capsys.readouterr().err) == ("mnist", "")
    assert cli.main([*words, "--subset", "1797"]) == 0
    message = one_line(capsys.readouterr().err)
    assert message.endswith("copy it again. The bundled digits are used instead.")
    assert source() == "bundled"
    assert cli.main([*words, "--subset", "1797", "--data", "mnist"]) == cli.WRONG_USAGE
    assert one_line(capsys.readouterr().err).endswith("copy it again.")


def test_mnist_is_downloaded_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digits, reported = bundled_digits(), []

    def download(progress: Callable[[int, int], None]) -> None:
        progress(10, 10)
        reported.append(10)
        cache = write_idx(tmp_path / "XDG_CACHE_HOME/cnnviz/mnist", digits.images, digits.labels)
        for path in cache.iterdir():
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))

    monkeypatch.setattr(mnist, "download_mnist", download)
    words = ["train", "--out", "run.npz", "--iterations", "0", "--data", "mnist"]
    assert cli.main(words) == cli.WRONG_USAGE
    assert not reported
    assert cli.main([*words, "--download"]) == 0
    assert reported
    with np.load("run.npz", allow_pickle=False) as run:
        assert json.loads(str(run["config"]))["data"] == "mnist"
    capsys.readouterr()
    assert cli.main(["snapshot", "--out", "w.png", "run.npz", "--download"]) == cli.WRONG_USAGE
    assert "a call of its own" in one_line(capsys.readouterr().err)


def test_an_early_end_of_training_is_reported_and_the_run_so_far_is_saved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digits = bundled_digits()
    folder = write_idx(Path("same"), digits.images[[0] * 5], digits.labels[[0] * 5])
    assert cli.main(["train", "--out", "run.npz", "--data", str(folder)]) == cli.FAILED
    output = capsys.readouterr()
    assert output.out == "0 of 100 iterations, recorded in run.npz\n"
    assert one_line(output.err).startswith("Zero deviation at iteration 0, standardise: all 5 ")
    with np.load("run.npz", allow_pickle=False) as run:
        assert run["f"].shape == (1, 5, 5, 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_shows_a_bar_and_a_signal_saves_the_run_so_far(number: signal.Signals) -> None:
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    words = ["train", "--out", "run.npz", "--iterations", "20000", "--subset", "20"]
    with subprocess.Popen(
        [sys.executable, "-m", "cnnviz", *words],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as program:
        os.close(terminal)
        seen = read_until(controller, rb" [1-9]\d*/20000 ")
        program.send_signal(number)
        out, _ = program.communicate(timeout=TIME_LIMIT)
    seen += read_until(controller, None)
    os.close(controller)
    assert program.returncode == 128 + number
    assert b"Traceback" not in seen
    summary = re.fullmatch(r"([\d,]+) of 20,000 iterations, loss .*, recorded in run\.npz\n", out)
    assert summary is not None
    reached = int(summary[1].replace(",", ""))
    assert 0 < reached < 20_000
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    with np.load("run.npz", allow_pickle=False) as run:
        assert run["loss"].shape == run["accuracy"].shape == (reached,)
        assert run["f"].shape == (reached + 1, 5, 5, 3)
        for t in range(min(10, reached)):
            np.testing.assert_allclose(run["f"][t], trainer.parameters.f, rtol=1e-9)
            trainer.step()
        assert np.isfinite(run["wo"]).all()
    trainer.close()
    assert [path.name for path in Path().iterdir()] == ["run.npz"]


def read_until(terminal: int, pattern: bytes | None) -> bytes:
    """Read until a pattern is seen, or to the end."""
    seen = b""
    until = time.monotonic() + TIME_LIMIT
    while pattern is None or not re.search(pattern, seen):
        ready, _, _ = select.select([terminal], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"the program printed only {seen!r}"
        try:
            part = os.read(terminal, 4096)
        except OSError:  # its other end is closed
            part = b""
        if not part:
            assert pattern is None, f"the program ended with {seen!r}"
            break
        seen += part
    return seen


def test_a_closed_terminal_does_not_lose_the_run_so_far() -> None:
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    words = ["train", "--out", "run.npz", "--iterations", "20000", "--subset", "20"]
    with subprocess.Popen(
        [sys.executable, "-m", "cnnviz", *words],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # type: ignore[arg-type]  # noqa: PLW1509
    ) as program:
        os.close(terminal)
        read_until(controller, rb" [1-9]\d*/20000 ")
        os.close(controller)
        status = program.wait(TIME_LIMIT)
    assert status in (1, 128 + signal.SIGHUP)  # its output could not be read
    with np.load("run.npz", allow_pickle=False) as run:
        assert 0 < len(run["loss"]) < 20_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_file_is_written_does_not_lose_it(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    write = run_file.write_run

    def impatient(path: Path, run: Run) -> None:
        os.kill(os.getpid(), number)
        write(path, run)

    monkeypatch.setattr(run_file, "write_run", impatient)
    before = signal.getsignal(number)
    assert cli.main(["train", "--out", "run.npz", "--iterations", "2"]) == 0
    assert signal.getsignal(number) is before
    with np.load("run.npz", allow_pickle=False) as run:
        assert len(run["loss"]) == 2


def test_ctrl_c_before_the_first_iteration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recorder, "record", interrupted)
    assert cli.main(["train", "--out", "run.npz"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == ""
    assert not Path("run.npz").exists()


def test_a_full_disk_leaves_the_older_run_intact() -> None:
    Path("run.npz").write_bytes(b"an older run")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = process("train", "--out", "run.npz", "--iterations", "2", preexec_fn=small_files)
    assert done.returncode == cli.WRONG_USAGE
    assert "was not written, for its disk is full" in one_line(done.stderr)
    assert Path("run.npz").read_bytes() == b"an older run"
    assert [path.name for path in Path().iterdir()] == ["run.npz"]


def test_a_files_name_may_have_any_bytes() -> None:
    done = process(
        *("train", "--iterations", "1", "--out", b"p\nq\xff.npz"),
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert Path("p\nq\udcff.npz").is_file()


@pytest.mark.parametrize("name", ["pü.npz", "p q.npz", "p\nq.npz", "p\udcffq.npz"])
def test_a_files_name_may_have_any_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    printed = set_output(monkeypatch, "ascii" if "ü" in name else "utf-8")
    assert cli.main(["train", "--iterations", "1", "--out", name]) == 0
    assert capsys.readouterr().err == ""
    assert printed.getvalue().count(b"\n") == 1
    assert Path(name).is_file()


# compare


def test_compare_prints_the_curves_that_train_records_and_their_shares(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = ["--data", "bundled", "--subset", "20", "--learning-rate", "7", "--seed", "4"]
    settings += ["--dtype", "float32", "--iterations", "5"]
    assert cli.main(["compare", "--json", *settings]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    found = json.loads(seen.out)
    assert {tuple(rule) for rule in found["rules"]} == {("fixes", "loss", "accuracy")}
    assert list(found) == ["rules", "shapley"]
    rules = {frozenset(rule["fixes"]): rule for rule in found["rules"]}
    assert len(found["rules"]) == len(rules) == 32
    for fixes in ([], ["standardisation", "layout"], list(SWITCHES)):
        words = [word for fix in fixes for word in ("--fix", fix)]
        assert cli.main(["train", "--out", "run.npz", *settings, *words]) == 0
        with np.load("run.npz", allow_pickle=False) as run:
            rule = rules[frozenset(fixes)]
            assert rule["fixes"] == fixes
            assert rule["loss"] == run["loss"].tolist()
            assert rule["accuracy"] == run["accuracy"].tolist()
    notebook, exact = rules[frozenset()], rules[frozenset(SWITCHES)]
    assert list(found["shapley"]) == ["loss", "accuracy"]
    for kind, shares in found["shapley"].items():
        assert list(shares) == list(SWITCHES)
        change = exact[kind][-1] - notebook[kind][-1]
        assert sum(shares.values()) == pytest.approx(change, abs=1e-15)


def test_compare_prints_a_table_and_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "--data", "bundled", "--subset", "20", "--iterations", "3"]
    assert cli.main([*words, "--out", "rules.csv"]) == 0
    lines = list(csv.reader(Path("rules.csv").read_text().splitlines()))
    assert lines[0] == ["rule", "iteration", "loss", "accuracy"]
    assert [line[1] for line in lines[1:]] == ["0", "1", "2"] * len(RULES)
    seen = capsys.readouterr()
    assert seen.err == ""
    header, _, *rules = [line for line in seen.out.splitlines() if line.startswith("|")]
    assert header.split(" | ")[:3] == ["| rule" + " " * 53, "loss  ", "accuracy"]
    assert [line.split(" | ")[0].strip("| ") for line in rules] == [rule.title for rule in RULES]
    assert len({len(line) for line in [header, *rules]}) == 1
    assert "\n\nIn iteration 2, the last of 3, the notebook's rule has the loss 0." in seen.out
    worth = re.findall(
        r"^- (\S+) (?:raises|lowers|hardly changes) the loss", seen.out, re.MULTILINE
    )
    assert sorted(worth) == sorted(SWITCHES)


def test_lockstep_names_the_operation_at_which_two_rules_part(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = "compare --data bundled --subset 20 --iterations 3 --lockstep scale scale,layout"
    assert cli.main([*words.split(), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["lockstep"]
    assert found["rules"] == [{"fixes": ["scale"]}, {"fixes": ["scale", "layout"]}]
    assert found["parted"]["iteration"] == 0
    assert (found["parted"]["operation"], found["parted"]["tensor"]) == ("reshape", "M")
    assert found["gradients"]["dense"]["cosine"][0] == pytest.approx(1)
    assert len(found["gradients"]["filters"]["norm_ratio"]) == 3
    assert cli.main(words.split()) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    assert re.search(r"^\| reshape +\| M +\| +\S+ +\| here they part \|$", seen.out, re.MULTILINE)
    assert "part in iteration 0, at reshape: M differs by " in seen.out
    assert cli.main([*words.split(), "--out", str(tmp_path / "two.csv")]) == 0
    assert capsys.readouterr() == seen
    with (tmp_path / "two.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["iteration"]) for line in lines] == [0, 1, 2]
    for column, parameter, name in (
        ("filters_cosine", "filters", "cosine"),
        ("dense_norm_ratio", "dense", "norm_ratio"),
    ):
        assert [float(line[column]) for line in lines] == found["gradients"][parameter][name]
    assert [line["parting_operation"] for line in lines] == ["reshape", "", ""]
    assert float(lines[0]["difference"]) == found["parted"]["difference"]


def test_compare_shows_a_bar_on_a_terminal_and_ctrl_c_ends_it() -> None:
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    with subprocess.Popen(
        [sys.executable, "-m", "cnnviz", "compare", "--iterations", "100000", "--subset", "20"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as program:
        os.close(terminal)
        seen = read_until(controller, rb" [1-9]\d*/3200000 ")
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=TIME_LIMIT)
    seen += read_until(controller, None)
    os.close(controller)
    assert program.returncode == cli.INTERRUPTED
    assert b"Traceback" not in seen
    assert out == ""


def test_train_with_a_fault_and_with_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.py").write_text(
        "def dense_gradient(a, delta):\n    return 2 * a @ delta.T / delta.size\n",
        encoding="utf-8",
    )
    words = "train --data bundled --subset 8 --iterations 3 --learning-rate 5"
    for name, extra in (("fault.npz", "--fault factor-2"), ("own.npz", "--code own.py")):
        assert cli.main([*words.split(), "--out", name, *extra.split()]) == 0
    assert capsys.readouterr().out.count("3 iterations, loss 0.") == 2
    fault, own = (dict(np.load(name)) for name in ("fault.npz", "own.npz"))
    np.testing.assert_allclose(fault["wo"], own["wo"], rtol=1e-12)
    config = json.loads(str(own["config"]))
    assert config["settings"]["own_code"][0]["operation"] == "dense_gradient"
    assert json.loads(str(fault["config"]))["settings"]["faults"] == ["factor-2"]
    Path("own.py").write_text(
        "def dense_gradient(a):\n    print(7)\n    return a[-1]\n", encoding="utf-8"
    )
    assert cli.main([*words.split(), "--out", "own.npz", "--code", "own.py"]) == 1
    seen = capsys.readouterr()
    assert seen.out.startswith("0 of 3 iterations, recorded")
    assert "Own code at iteration 0, dense gradient: line 1: dW has the shape" in seen.err
    assert seen.err.startswith("7\n")


# The check


def checked(capsys: pytest.CaptureFixture[str], words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the JSON of a check."""
    status = cli.main(["check", "--json", "--data", "bundled", *words.split()])
    seen = capsys.readouterr()
    assert seen.err == ""
    return status, json.loads(seen.out)


def test_check_finds_the_notebooks_five_departures(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checked(capsys, "")
    assert status == 1
    assert set(found) == {"operations", "gradient", "symmetries"}
    assert [one["name"] for one in found["operations"]] == [one.name for one in OPERATIONS]
    kinds = {one["name"]: one["kind"] for one in found["operations"] if one["verdict"] == "wrong"}
    assert kinds == {
        "delta": "missing factor",
        "dense_gradient": "sum for mean",
        "map_gradient": "updated weights",
        "average_over_images": "mean over images",
        "reshape": "permutation",
    }
    for one in found["operations"]:
        assert set(one) == {"name", "verdict", "error", "tolerance", "kind", "cell"}
        assert one["verdict"] in {"right", "wrong", "not judged"}
        assert (one["error"] > one["tolerance"]) == (one["verdict"] == "wrong")
        assert all(isinstance(index, int) for index in one["cell"])
    assert set(found["gradient"]) == {"filters", "dense"}
    for one in found["gradient"].values():
        assert one["verdict"] == "wrong"
        assert 0.9 < one["worst_relative_error"] <= 2
    assert set(found["symmetries"]) == {"sum_delta", "sum_zs_delta", "wo_dot_gradient"}
    assert min(map(abs, found["symmetries"].values())) > 1


@pytest.mark.parametrize(
    "words",
    ["", "--dtype float32 --subset 60", "--subset 2", "--subset 60 --iterations 6 --seed 4"],
)
def test_check_finds_the_exact_gradient_right(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    status, found = checked(capsys, f"--rule exact --learning-rate 100 {words}")
    assert status == 0
    assert {one["verdict"] for one in found["operations"]} == {"right"}
    assert {one["kind"] for one in found["operations"]} == {None}
    for one in found["gradient"].values():
        assert one["verdict"] == "right"
        assert one["worst_relative_error"] < 1e-6
    assert max(map(abs, found["symmetries"].values())) < 1e-3


def test_check_finds_the_curvature_after_training(capsys: pytest.CaptureFixture[str]) -> None:
    words = "--rule exact --learning-rate 100 --subset 20 --iterations 3"
    status, found = checked(capsys, f"{words} --curvature")
    trainer = Trainer(bundled_digits(), Settings(subset=20, learning_rate=100.0, rule=EXACT))
    for _ in range(3):
        trainer.step()
    largest = curvature(trainer.batch, trainer.parameters).largest
    assert status == 0
    assert found["curvature"] == pytest.approx(
        {"largest": largest, "eta_largest_half": 50 * largest}
    )
    assert cli.main(["check", "--data", "bundled", "--curvature", *words.split()]) == 0
    assert re.search(
        r"\nCurvature.*\n  λ  .*\n  η λ / 2 +\S+  not above 0: ", capsys.readouterr().out
    )


def test_check_needs_the_settings_that_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """All corrected but one; the first iterations are done by the same rule."""
    fixes = "--fix scale --fix update-order --fix pairing --fix layout"
    status, found = checked(capsys, f"{fixes} --subset 30 --learning-rate 2 --seed 3")
    assert status == 1
    assert [o["name"] for o in found["operations"] if o["verdict"] != "right"] == ["delta"]
    _, later = checked(capsys, f"{fixes} --subset 30 --learning-rate 2 --seed 3 --iterations 5")
    settings = Settings(
        subset=30,
        learning_rate=2.0,
        seed=3,
        rule=Rule.correcting(["scale", "update-order", "pairing", "layout"]),
    )
    trainer = Trainer(bundled_digits(), settings)
    for iterations, one in ((0, found), (5, later)):
        while trainer.iteration < iterations:
            assert trainer.step()
        tensors = iterate(trainer.batch, trainer.parameters, settings.rule, 2.0)
        sums = one["symmetries"]
        assert sums["sum_delta"] == pytest.approx(tensors["delta"].sum())
        assert sums["wo_dot_gradient"] == pytest.approx((tensors["wo"] * tensors["dW"]).sum())


@pytest.mark.parametrize("words", ["", "--iterations 3", "--rule exact --dtype float32"])
def test_check_names_the_operation_that_holds_a_fault(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    status, found = checked(capsys, f"--subset 20 --fault filter-rotated {words}")
    assert status == 1
    wrong = {one["name"]: one["kind"] for one in found["operations"] if one["verdict"] != "right"}
    assert wrong == {"filter_gradient": "permutation"}
    assert found["gradient"]["filters"]["verdict"] == "wrong"
    assert found["gradient"]["dense"]["verdict"] == "right"


def test_check_trains_under_the_rule_with_the_fault(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = checked(capsys, "--subset 20 --fault no-standardisation --iterations 4")
    fault = FAULT_NAMED["no-standardisation"]
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    parameters = trainer.parameters
    for _ in range(4):
        parameters = updated(iterate(trainer.batch, parameters, fault.rule, 15.0))
    delta = iterate(trainer.batch, parameters, fault.rule, 15.0)["delta"]
    assert found["symmetries"]["sum_delta"] == pytest.approx(delta.sum())


def test_check_finds_what_no_gradient_check_sees(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checked(capsys, "--subset 150 --fault labels-shuffled --iterations 2")
    assert status == 1
    assert {one["verdict"] for one in found["operations"]} == {"right"}
    assert {one["verdict"] for one in found["gradient"].values()} == {"right"}
    assert [one["name"] for one in found["data"] if one["verdict"] == "wrong"] == ["labels"]
    status, found = checked(capsys, "--subset 150 --rule exact --check-data")
    assert status == 0
    assert {one["verdict"] for one in found["data"]} == {"right"}
    done = ["check", "--data", "bundled", "--subset", "60", "--fault", "filters-equal"]
    assert cli.main(done) == 1
    text = capsys.readouterr().out
    assert re.search(r"  wrong +filters +Filters 1 and 2 differ by 0 at most: equal", text)
    assert text.endswith("Wrong: filters.\n")


def test_check_keeps_what_a_fault_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    words = "--subset 20 --fault gradient-kept --learning-rate 1"
    _, found = checked(capsys, words)
    assert {one["verdict"] for one in found["gradient"].values()} == {"right"}
    status, found = checked(capsys, f"{words} --iterations 1")
    assert status == 1
    assert {one["name"] for one in found["operations"] if one["verdict"] == "wrong"} == {
        "dense_gradient"
    }
    assert found["gradient"]["dense"]["verdict"] == "wrong"


def test_check_finds_a_decoy_right(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checked(capsys, "--subset 20 --fault decoy-two-signs")
    assert status == 0
    assert {one["verdict"] for one in found["operations"]} == {"right"}


def test_the_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--list-faults", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == [fault.name for fault in GALLERY]
    assert listed[0] == {
        "name": "sign-of-error",
        "title": "the error has the other sign",
        "operation": "delta",
        "seen_by": ["operation check", "gradient check"],
    }
    assert listed[-1]["seen_by"] == []
    assert cli.main(["check", "--list-faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(GALLERY)
    assert re.fullmatch(
        r"dense-climbs +dense_update +operation check +\+ for −: the dense weights climb",
        next(line for line in lines if line.startswith("dense-climbs")),
    )


def test_check_in_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--data", "bundled", "--fix", "scale", "--fix", "pairing"]) == 1
    seen = capsys.readouterr()
    assert seen.err == ""
    lines = seen.out.splitlines()
    assert re.fullmatch(
        r"  wrong +δ +δ is not carried back through the standardisation; it is off most at "
        r"image \d+ · δ\[0, \d+\], by 0\.\d+\.",
        lines[9],
    )
    assert re.fullmatch(r"  right +dense gradient +It computes what it should, .*", lines[10])
    assert re.match(
        r"  wrong +filters +Worst relative error 1(\.\d)?, of 75 weights; at \[", lines[19]
    )
    assert re.match(r"  wrong +dense +Worst relative error .* of 1,728 weights; at \[", lines[20])
    assert lines[-1] == "Wrong: δ, map gradient, reshape."
    done = process("check", "--data", "bundled", "--rule", "exact", "--subset", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nEverything is right: this backward pass is the gradient.\n")


def test_check_of_what_has_no_gradient_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    write_idx(Path("digits"), np.zeros((4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8))
    for words in (
        ["check", "--data", "digits"],
        ["check", "--data", "digits", "--iterations", "3"],
    ):
        assert cli.main(words) == 1
        seen = capsys.readouterr()
        assert "all 4 values z are equal" in one_line(seen.err)
        assert seen.out == ""


def test_check_of_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    own = """
def dense_gradient(a, delta):
    print("hello")
    return 2 * a @ delta.T / delta.size

def filter_update(f, dF, learning_rate):
    return f - learning_rate * dF.transpose(1, 2, 0)
"""
    Path("own.py").write_text(own, encoding="utf-8")
    status, found = checked(capsys, "--subset 20 --code own.py --iterations 2")
    assert status == 1
    assert list(found) == ["operations", "gradient", "symmetries", "code"]
    wrong = {one["name"]: one["kind"] for one in found["operations"] if one["verdict"] != "right"}
    assert wrong == {"dense_gradient": "factor"}
    assert found["gradient"]["filters"]["verdict"] == "right"
    assert found["gradient"]["dense"]["verdict"] == "wrong"
    trainer = Trainer(bundled_digits(), Settings(subset=20))
    parameters = trainer.parameters
    for _ in range(2):  # under the rule that is checked
        doubled = FAULT_NAMED["factor-2"].rule
        parameters = updated(iterate(trainer.batch, parameters, doubled, 15.0))
    first, second = found["code"]["results"]
    right = iterate(trainer.batch, parameters, EXACT, 15.0)["dW"][tuple(first["cell"])]
    assert first["right"] == pytest.approx(right)
    assert first["value"] == pytest.approx(2 * first["right"])
    assert second["value"] == pytest.approx(second["right"])
    assert found["code"]["output"].startswith("hello\n")
    Path("own.py").write_text(own.replace("2 *", "1 *"), encoding="utf-8")
    assert cli.main(["check", "--data", "bundled", "--subset", "20", "--code", "own.py"]) == 0
    assert "with this code, the backward pass is the gradient" in capsys.readouterr().out
    Path("own.py").write_text("print(1)\nimport none\ndef error(y, o): ...", encoding="utf-8")
    assert cli.main(["check", "--data", "bundled", "--subset", "20", "--code", "own.py"]) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith("1\n")
    assert "own.py, line 2: ModuleNotFoundError: No module named 'none'." in seen.err


def test_a_hunt_on_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = """loss
operation
operation filter_gradient
loss
hint
answer pooling
answer filter_gradient
77
back
places
answer filter_gradient
5
ninety
90 %
"""
    monkeypatch.setattr(sys, "stdin", StringIO(moves))
    words = ["check", "--hunt", "60", "--out", "ann.json", "--person", "Ann"]
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    for expected in (
        "Case 60: one thing may be wrong",
        "   0   0.",
        "Cost so far: 1.",
        "operation looks at one operation: name it, one of patches, ",
        "  wrong       filter gradient     at filter ",
        "Cost so far: 3.",
        "It is in one of the operations. Cost so far: 5.",
        "'pooling' is none of patches, ",
        "  5  the correlation's arguments are exchanged, so the filter comes out rotated",
        "77 is not between 1 and ",
        "type a whole number, or back.",
        "Right, and you were 90 % sure. The hidden fault was filter-rotated, in filter_gradient: ",
        "Cost: 5.\nThe result is in ann.json.",
    ):
        assert expected in out, expected
    before = out[: out.index("Right, and you")]
    assert "filter-rotated" not in before
    assert cli.main(["check", "--verify-hunt", "ann.json"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ann.json is confirmed: Ann, case 60, right, 90 % sure, cost 5;")
    Path("ben.json").write_text(
        Path("ann.json").read_text(encoding="utf-8").replace("Ann", "Ben"), encoding="utf-8"
    )
    assert cli.main(["check", "--verify-hunt", "ann.json", "ben.json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("file,confirmed,person,number,hidden,")
    assert lines[1].startswith("ann.json,yes,Ann,60,filter-rotated,yes,yes,90,0.01,5,2,1,")
    assert lines[2].startswith("ben.json,no,Ben,60,")
    assert cli.main(["check", "--json", "--verify-hunt", "ben.json"]) == 1
    assert "its sum is not what" in json.loads(capsys.readouterr().out)[0]["problem"]


def test_a_hunt_that_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("hint\n"))
    assert cli.main(["check", "--hunt", "5", "--out", "r.json"]) == 1
    assert capsys.readouterr().out.endswith("The case is left open.\n")
    assert not Path("r.json").exists()


def test_the_operations_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--list-operations", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == [operation.name for operation in OPERATIONS]
    assert listed[9]["arguments"] == [
        {"name": "a", "shape": "(1728, n)"},
        {"name": "delta", "shape": "(1, n)"},
    ]
    assert cli.main(["check", "--list-operations"]) == 0
    assert "def dense_gradient(a, delta): " in capsys.readouterr().out


# Wrong values


WRONG: list[tuple[str, str]] = [
    ("train", r"the file to write is missing: name it with --out RUN\.npz"),
    ("train --out", r"--out needs a value after it: `cnnviz train --help` says"),
    ("lesson", r"FILE is missing: `cnnviz lesson --help` says"),
    ("export", r"RUN\.npz is missing: `cnnviz export --help` says"),
    ("train --out=", r"--out is empty: put a value after it"),
    ("train --out none/run.npz", r"none/run\.npz cannot be written: name a file in a folder that"),
    ("train --out run", r"run does not name a run: end its name in \.npz"),
    ("train --out run.png", r"run\.png does not name a run: end its name in \.npz"),
    ("train --out .", r"\. cannot be written: name a file in a folder that exists"),
    ("train --out /dev/null", r"/dev/null is not a file: name one that can be written to"),
    ("train --out r.npz --iterations -1", r"--iterations -1 is less than 0: it must be 0 or more"),
    ("train --out r.npz --iterations ten", r"--iterations ten is not a whole number"),
    ("train --out r.npz --iterations 1.5", r"--iterations 1\.5 is not a whole number"),
    ("train --out r.npz --iterations 99999999999999", r"takes? .* GB .*: record fewer iterations"),
    ("train --out r.npz --it 5", r"--it is not an option: `cnnviz train --help` says"),
    ("train --out r.npz --subset", r"--subset needs a value after it"),
    ("train --out r.npz --subset 1", r"subset 1 is too small: .* at least 2 images"),
    ("train --out r.npz --subset -7", r"subset -7 is too small"),
    (
        "train --out r.npz --subset 9999",
        r"subset 9999 is more than the 1797 images of bundled digits",
    ),
    ("train --out r.npz --subset all", r"--subset all is not a whole number"),
    (
        "train --out r.npz --learning-rate fast",
        r"--learning-rate fast is not a number: write it like",
    ),
    (
        "train --out r.npz --learning-rate nan",
        r"--learning-rate nan is not a number: write it like",
    ),
    ("train --out r.npz --learning-rate 0", r"learning rate 0 is not between 0\.0001 and 100000"),
    ("train --out r.npz --learning-rate 1e9", r"learning rate 1000000000 is not between"),
    ("train --out r.npz --seed -1", r"seed −1 is not between 0 and 4294967295"),
    ("train --out r.npz --seed 4294967296", r"seed 4294967296 is not between 0 and 4294967295"),
    ("train --out r.npz --seed 0.5", r"--seed 0\.5 is not a whole number"),
    ("train --out r.npz --rule best", r"--rule best is none of notebook, exact"),
    (
        "train --out r.npz --fix all",
        r"--fix all is none of scale, standardisation, update-order, pa",
    ),
    (
        "train --out r.npz --rule exact --fix scale",
        r"--rule exact corrects everything: leave --fix",
    ),
    ("train --out r.npz --dtype float16", r"--dtype float16 is none of float64, float32"),
    ("train --out r.npz --data none", r"none does not exist: check the name"),
    ("train --out r.npz --data=", r"--data is empty"),
    ("train --out r.npz --data .", r"\. holds no digits: it must hold train-images"),
    ("train --out r.npz --data mnist", r"MNIST has not been downloaded to .* yet: download it, or"),
    ("train --out r.npz --data bundled --download", r"--download fetches MNIST, not bundled: use"),
    ("train --out r.npz --theme dark", r"--theme is not an option: `cnnviz train --help` says"),
    ("train --out r.npz --speed=3", r"--speed=3 is not an option"),
    ("train --out r.npz digits", r"digits is more than .*: name images with `--data digits`"),
    ("train --out r.npz " + "x" * 300, r"x… is more than is asked for: `cnnviz train --help` says"),
    ("train --out r.npz more", r"more is more than is asked for: `cnnviz train --help` says"),
    (
        "compare --lockstep notebook exact --out a.txt",
        r"a\.txt does not name a table",
    ),
    ("compare --rule exact", r"--rule is not an option: `cnnviz compare --help` says"),
    ("compare --fix scale", r"--fix is not an option: `cnnviz compare --help` says"),
    ("compare --iterations 0", r"iterations 0 is less than 1: ask for 1 or more"),
    ("compare --iterations -1", r"--iterations -1 is less than 0"),
    ("compare --iterations ten", r"--iterations ten is not a whole number"),
    ("compare --iterations 99999999999999", r"takes .* GB of memory, .*: ask for fewer"),
    ("compare --json=all", r"--json takes no value: `cnnviz compare --help` says"),
    ("compare --out r", r"r does not name a table: end its name in \.csv"),
    ("compare more", r"more is more than is asked for: `cnnviz compare --help` says"),
    ("compare --subset 1", r"subset 1 is too small"),
    ("compare --subset 9999", r"subset 9999 is more than the 1797 images of bundled digits"),
    ("compare --learning-rate 0", r"learning rate 0 is not between 0\.0001 and 100000"),
    (
        "compare --data same",
        r"nothing can be compared\. Zero deviation at iteration 0, standardise",
    ),
    ("--data bundled compare", r"compare is not a file: write `cnnviz compare` first and the"),
    (
        "compare --lockstep notebook best",
        r"best is not a rule: name notebook, exact, or some of sca",
    ),
    ("compare --lockstep exact", r"--lockstep needs a value after it"),
    ("compare --amount 0.1", r"--amount applies to two rules: name them with --lockstep"),
    ("check --iterations -1", r"--iterations -1 is less than 0: it must be 0 or more"),
    ("check --subset 1", r"subset 1 is too small: .* at least 2 images"),
    ("check --rule best", r"--rule best is none of notebook, exact"),
    ("check --rule exact --fix scale", r"--rule exact corrects everything: leave --fix out"),
    ("check --fix all", r"--fix all is none of scale, standardisation, update-order, pairing"),
    ("check --data none", r"none does not exist: check the name"),
    ("check --json=1", r"--json takes no value"),
    ("check --out x", r"--out is for the result of a hunt: name a case with --hunt"),
    ("check --code none.py", r"none\.py does not exist: check the name"),
    ("check --code . --subset 20", r"\.: it is not a file: name a file of Python"),
    ("check --code x --fault factor-2", r"--code goes into the rule by itself: leave --fault out"),
    ("check --code x --rule notebook", r"--code goes into the exact rule: leave --rule and --fix"),
    ("check --code x --curvature", r"--code is checked by itself: leave --curvature"),
    ("train --out r.npz --fault labels-shuffled", r"labels-shuffled is in the data, not in a rule"),
    ("train --out r.npz --fault x --rule notebook", r"--fault puts one fault into the exact ru"),
    ("train --out r.npz --code none.py", r"none\.py does not exist: check the name"),
    ("check --hunt 1000000", r"number 1000000 is not between 0 and 999999"),
    ("check --hunt 3 --learning-rate 2", r"a case has its own images and settings: leave --lea"),
    ("check --hunt x", r"--hunt x is not a whole number"),
    ("check --hunt 3 --out none/r.json", r"none/r\.json cannot be written: name a file in a f"),
    ("check --verify-hunt", r"--verify-hunt needs a value after it"),
    ("check --verify-hunt none.json", r"none\.json does not exist: check the name"),
    ("check --fault pool", r"--fault pool is not in the gallery: `cnnviz check --list-faults` li"),
    (
        "check --fault factor-2 --rule notebook",
        r"--fault puts one fault into the exact rule: leave",
    ),
    ("check --fault factor-2 --fix scale", r"--fault puts one fault into the exact rule: leave"),
    ("check --curvatur", r"--curvatur is not an option: perhaps you mean --curvature."),
    ("check --curve", r"--curve is not an option: `cnnviz check --help` says"),
    ("check run.npz", r"run\.npz is not a notebook: name a file that ends in \.ipynb or \.py"),
    ("--data bundled check", r"check is not a file: write `cnnviz check` first and the options"),
    ("snapshot", r"the file to write is missing: name it with --out WINDOW\.png"),
    ("snapshot --out w.png --size big", r"--size big is not a size .*: write it like 1600x1000"),
    ("snapshot --out w.png --size 1x2x3", r"--size 1x2x3 is not a size"),
    ("snapshot --out w.png --size 9000x100", r"--size 9000x100 is not a size up to 8192x8192"),
    ("snapshot --out w.png --size 0x100", r"--size 0x100 is not a size"),
    ("snapshot --out w.png --panel all", r"--panel all is none of network, loss, predictions, con"),
    ("snapshot --out w.png --theme blue", r"--theme blue is none of light, dark"),
    ("snapshot --out w.png --image 200", r"--image 200 is not in the subset: name one of 0 to 199"),
    ("snapshot --out w.png --image -1", r"--image -1 is less than 0"),
    ("snapshot --out w.png --operation pool", r"operation pool is none of patches, correlate"),
    (
        "snapshot --out w.png --cell 1,2",
        r"--cell and --view apply to an operation: name it with",
    ),
    (
        "snapshot --out w.png --view why",
        r"--cell and --view apply to an operation: name it with",
    ),
    ("snapshot --out w.png --view all", r"--view all is none of batch, image, cell, why, numbers"),
    ("snapshot --out w.png --cell 1,-2", r"--cell 1,-2 is not a cell: write its index like 2,4,2"),
    (
        "snapshot --out w.png --stop-at loss",
        r"the condition “loss” does not parse: column 5: ",
    ),
    ("snapshot --out w.png --presentation=1", r"--presentation takes no value"),
    ("snapshot --out w.png none.npz", r"none\.npz is not a file: name a run that `cnnviz train"),
    ("none.npz", r"none\.npz is not a file: name a run that `cnnviz train --out` wrote"),
    (".", r"\. is not a file: name a run .* wrote, or write `--data \.` to train on images that"),
    (
        "digits/mnist.npz",
        r"mnist\.npz is not a run of cnnviz: it holds images, so load it .*with --data",
    ),
    ("digits/train-images-idx3-ubyte", r"looks like images, so load it .* or with --data"),
    ("digits.csv", r"digits\.csv is not a run of cnnviz: it looks like images, so load it"),
    ("digits", r"digits is not a file: .*, or write `--data digits` to train on images"),
    ("x" * 300, r"x{200}… is neither a command nor a file: commands are train, check, comp"),
    ("x" * 300 + ".npz", r"x\.npz cannot be read \(File name too long\): choose another file"),
    (
        "trian --out x.npz",
        r"trian is neither a command nor a file: perhaps you mean `cnnviz train`",
    ),
    ("Check --json", r"Check is neither a command nor a file: perhaps you mean `cnnviz check`"),
    ("run --seed 3", r"run is neither a command nor a file: commands are train, check, compare, "),
    ("run.npz --out x.npz", r"--out is not an option: `cnnviz --help` says what can be given"),
    (f"train --out {'x' * 300}", r"xx is too long a name for a file: choose a shorter one"),
    (f"snapshot --out {'x' * 300}.png", r"x\.png is too long a name for a file: choose a short"),
    ("junk.npz", r"junk\.npz is not a whole npz file: record the run again, or choose another"),
    ("junk.npz --seed 3", r"--seed does not go with junk\.npz: a recorded run has its own setti"),
    ("junk.npz other.npz", r"other\.npz is more than is asked for"),
    ("--data bundled train", r"train is not a file: write `cnnviz train` first and the options"),
    ("--iterations 5", r"--iterations is not an option: `cnnviz --help` says"),
    ("--subset 1", r"subset 1 is too small"),
    ("--rule exact --fix scale", r"--rule exact corrects everything"),
]


@pytest.fixture(scope="module")
def wrong_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that are no runs; no wrong call changes any of it."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "junk.npz").write_bytes(b"junk")
    (folder / "digits.csv").write_text("label,pixel0\n", encoding="utf-8")
    digits = bundled_digits()
    write_idx(folder / "digits", digits.images[:3], digits.labels[:3])
    np.savez(folder / "digits/mnist.npz", x_train=digits.images[:3], y_train=digits.labels[:3])
    write_idx(folder / "same", digits.images[[0] * 5], digits.labels[[0] * 5])
    return folder


@pytest.mark.parametrize(
    ("words", "pattern"), WRONG, ids=[words or "nothing" for words, _ in WRONG]
)
def test_a_wrong_value_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    wrong_files: Path,
    words: str,
    pattern: str,
) -> None:
    monkeypatch.chdir(wrong_files)
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert cli.main(words.split()) == cli.WRONG_USAGE
    seen = capsys.readouterr()
    assert re.search(pattern, one_line(seen.err)), seen.err
    assert seen.out == ""
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


@pytest.mark.parametrize(
    ("option", "pattern"),
    [
        ("--learning-rate=9", r"--learning-rate 9{200}… is not a number: write it like"),
        ("--subset=9", r"--subset 9{200}… is not a whole number"),
        ("--fix=x", r"--fix x{200}… is none of scale, standardisation"),
        ("--rule=x", r"--rule x{200}… is none of notebook, exact"),
        ("--x", r"--x{198}… is not an option"),
    ],
)
def test_a_long_wrong_value_is_not_echoed_in_full(
    capsys: pytest.CaptureFixture[str], option: str, pattern: str
) -> None:
    assert cli.main(["train", "--out", "r.npz", option + 10**6 * option[-1]]) == cli.WRONG_USAGE
    assert re.match(pattern, one_line(capsys.readouterr().err))


def test_a_wrong_value_in_a_process() -> None:
    done = process("train", "--out", "run.npz", "--fix", "every\nthing")
    assert done.returncode == 2
    assert done.stdout == ""
    assert one_line(done.stderr).startswith("--fix every thing is none of scale, ")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no files")
def test_a_folder_that_cannot_hold_files_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "--out", "/proc/run.npz"]) == cli.WRONG_USAGE
    message = one_line(capsys.readouterr().err)
    assert re.match(r"/proc/run\.npz (cannot be written|would take .* 0\.0 MB left): ", message)


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_that_may_not_be_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    Path("closed").mkdir(mode=0o500)
    assert cli.main(["train", "--out", "closed/run.npz"]) == cli.WRONG_USAGE
    assert "may not be written to" in one_line(capsys.readouterr().err)


def test_a_machine_without_enough_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(recorder, "record", full)
    assert cli.main(["train", "--out", "run.npz"]) == 1
    assert "use a smaller --subset" in one_line(capsys.readouterr().err)


# Help and output

TRAINING = ["train", "--out", "out.npz", "--iterations", "2"]
DRAWING = ["snapshot", "--out", "out.png", "--iterations", "2"]
OUTPUTS = [
    ["--help"],
    ["snapshot", "--help"],
    ["train", "--out", "run.npz", "--iterations", "1", "--data", "bundled"],
    ["compare", "--iterations", "1", "--subset", "2", "--data", "bundled"],
    ["compare", "--iterations", "1", "--subset", "2", "--data", "bundled", "--json"],
    ["bench", "--sizes", "2", "--rounds", "1", "--data", "bundled"],
]


def test_help_and_version_are_quick_and_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"cnnviz {__version__}\n"
    for words in (["--help"], ["train", "-h"], ["check", "-h"], ["snapshot", "--help"]):
        assert cli.main(words) == 0
        seen = capsys.readouterr()
        assert seen.err == ""
        assert seen.out.startswith("usage: cnnviz")
        for option in ("--data", "--subset", "--learning-rate", "--seed", "--fix", "--dtype"):
            assert option in seen.out
        assert max(len(line) for line in seen.out.splitlines()) <= 100


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["train", "--help"],
        ["check", "--help"],
        ["compare", "--rule", "exact"],
        ["snapshot", "--sise", "3"],
    ],
)
def test_help_and_wrong_options_import_no_library(words: list[str]) -> None:
    code = (
        "import sys; from cnnviz.cli import main; main(sys.argv[1:]);"
        "print({'numpy', 'PySide6', 'pyqtgraph', 'tqdm', 'requests'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", [True, False])
@pytest.mark.parametrize("words", [OUTPUTS[0], OUTPUTS[2]])
def test_output_of_a_process_to_a_full_disk(words: list[str], unbuffered: bool) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, *(["-u"] if unbuffered else []), "-m", "cnnviz", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    assert done.returncode == 1
    assert one_line(done.stderr).startswith("the output could not be written (No space left")
    assert Path("run.npz").exists() == (words[0] == "train")  # the result is kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize("unbuffered", [True, False])
@pytest.mark.parametrize("words", OUTPUTS)
def test_output_to_a_full_disk(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    unbuffered: bool,
) -> None:
    with (
        Path("/dev/full").open("wb", buffering=0 if unbuffered else -1) as full,
        TextIOWrapper(full, encoding="utf-8", write_through=unbuffered) as stdout,
    ):
        monkeypatch.setattr(sys, "stdout", stdout)
        assert cli.main(words) == 1
    assert one_line(capsys.readouterr().err).startswith(
        "the output could not be written (No space left"
    )
    assert Path("run.npz").exists() == (words[0] == "train")  # the result is kept


def test_output_of_a_process_that_is_not_utf_8() -> None:
    done = process(*OUTPUTS[2], env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize("words", OUTPUTS)
def test_output_that_is_not_utf_8(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    printed = set_output(monkeypatch, "ascii")
    assert cli.main(words) == 0
    assert capsys.readouterr().err == ""
    text = printed.getvalue().decode("ascii")
    if words[0] == "bench":
        assert "|   2 | exact gradient  " in re.sub(r" +2 ", "   2 ", text)
        assert "\\xb5s/image" in text


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        *((closed, TRAINING) for closed in ("2>&-", ">&-", "<&-", ">&- 2>&- <&-")),
        *((closed, DRAWING) for closed in ("2>&-", ">&- 2>&- <&-")),  # slower to start
    ],
)
def test_standard_streams_that_are_closed(words: list[str], closed: str) -> None:
    script = f'exec "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-m", "cnnviz", *words],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in Path().iterdir()] == [words[2]]
    assert Path(words[2]).stat().st_size > 10_000


@pytest.mark.parametrize("module", ["cnnviz", "cnnviz.cli"])
def test_each_module_that_is_run_is_the_program(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"cnnviz {__version__}\n")


@pytest.mark.parametrize("module", ["cnnviz.cli", "cnnviz.options", "numpy._core"])
def test_ctrl_c_in_the_middle_of_an_import(module: str) -> None:
    code = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from cnnviz.__main__ import main
sys.exit(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "check"],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (cli.INTERRUPTED, "", "")


@pytest.mark.parametrize("words", [["--help"], ["train", "--out", "run.npz", "--iterations", "1"]])
def test_a_closed_output_pipe_is_no_error(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "cnnviz", *words],
        env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=TIME_LIMIT,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""
    assert Path("run.npz").exists() == (words[0] == "train")  # the result is kept


# The window


def record(*words: str) -> Path:
    assert cli.main(["train", "--out", "run.npz", *words]) == 0
    return Path("run.npz")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others always have a display")
def test_without_a_display_one_sentence_suggests_other_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnnviz"],
        env=without_display(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    message = one_line(done.stderr)
    assert "no display" in message
    assert "`cnnviz snapshot --out WINDOW.png`" in message
    assert "`cnnviz train --out RUN.npz`" in message


WATCHED = """
import sys
from cnnviz import cli
from cnnviz.app import application

class Watched(application.MainWindow):
    def show_frame(self, frame):
        super().show_frame(frame)
        settings = frame.settings
        print(self.isVisible(), self.windowTitle(), settings.subset, settings.rule.title,
              float(frame.parameters.f.sum()).hex(), flush=True)

application.MainWindow = Watched
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_recorded_run_is_opened_at_its_last_iteration_and_ctrl_c_closes() -> None:
    """How other signals close the window is tested in tests/app/window/test_sudden_end.py."""
    path = record("--iterations", "7", "--subset", "11", "--fix", "layout")
    with np.load(path, allow_pickle=False) as run:
        weights = float(run["f"][7].sum()).hex()
    with subprocess.Popen(
        [sys.executable, "-c", WATCHED, str(path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as program:
        assert program.stdout is not None
        ready, _, _ = select.select([program.stdout], [], [], TIME_LIMIT)
        assert ready
        seen = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=TIME_LIMIT)
    title = "cnnviz – iteration 7 – bundled digits"
    assert seen == f"True {title} 11 notebook + layout {weights}\n"
    assert program.returncode == 0
    assert [line for line in errors.splitlines() if "This plugin does not" not in line] == []


def test_a_run_with_missing_images_is_refused_before_a_window_opens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digits = bundled_digits()
    folder = write_idx(Path("digits"), digits.images[:30], digits.labels[:30])
    path = record("--data", str(folder), "--iterations", "2")
    folder.rename("moved")
    capsys.readouterr()
    assert cli.main([str(path)]) == cli.WRONG_USAGE
    assert "that run.npz was recorded on are missing" in one_line(capsys.readouterr().err)
    assert cli.main([str(path), "--data", "bundled", "--subset", "3"]) == cli.WRONG_USAGE
    assert "--subset does not go with run.npz" in one_line(capsys.readouterr().err)
    other = write_idx(Path("other"), digits.images[30:60], digits.labels[30:60])
    assert cli.main([str(path), "--data", str(other)]) == cli.WRONG_USAGE
    one_line(capsys.readouterr().err)
    folder = write_idx(folder, digits.images[:30], digits.labels[:30])
    assert cli.main([str(path), "--data", str(other)]) == cli.WRONG_USAGE
    message = one_line(capsys.readouterr().err)
    assert message == "--data other does not hold the images of run.npz: leave it out."


# snapshot: what does not depend on the process is in tests/app/test_snapshot_command.py


def png_size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_snapshot_needs_no_display_and_heeds_no_scaling() -> None:
    words = "snapshot --out w.png --size 1120x710 --scale 3 --theme dark --iterations 3 --subset 9"
    done = subprocess.run(
        [sys.executable, "-m", "cnnviz", *words.split()],
        env={**without_display(), "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert png_size(Path("w.png")) == (3360, 2130)
    assert [path.name for path in Path().iterdir()] == ["w.png"]


def test_snapshot_does_so_many_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def draw(trainer: Trainer, picture: object) -> None:
        asked.append((trainer.iteration, picture.image))  # type: ignore[attr-defined]
        trainer.close()

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    from cnnviz.app import snapshot

    monkeypatch.setattr(snapshot, "snapshot", draw)
    run = record("--iterations", "4", "--subset", "9")
    for words in (
        "--subset 9",
        "--subset 9 --iterations 6 --image 8",
        f"{run}",
        f"{run} --iterations 3",
    ):
        assert cli.main(["snapshot", "--out", "w.png", *words.split()]) == 0
    assert asked == [(100, 0), (6, 8), (4, 0), (7, 0)]


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files, and none of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        str(folder),
        str(CHECKOUT),
    ]
    built = subprocess.run(
        [sys.executable, "-m", "pip", *words, "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        timeout=4 * TIME_LIMIT,
        check=False,
    )
    if re.search(r"No module named pip|BackendUnavailable", built.stderr):
        pytest.skip(f"a wheel cannot be built here: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    (archive,) = folder.glob("cnnviz-*.whl")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def test_a_wheel_has_all_resources_that_the_program_reads(wheel: Path) -> None:
    sources = (path.read_text("utf-8") for path in CHECKOUT.glob("cnnviz/**/*.py"))
    read = {name for text in sources for name in re.findall(r'resource_path\(\s*"(\w+)"', text)}
    assert {"digits", "icons", "lessons", "symbols"} <= read
    for name in (*read, "licences"):
        packed, here = wheel / "cnnviz" / "resources" / name, CHECKOUT / "resources" / name
        left_out = _files_in(here) - _files_in(packed)
        assert not left_out
        assert _files_in(here)


def _files_in(folder: Path) -> set[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder) for path in files if "__pycache__" not in path.parts}


def test_the_program_runs_from_a_wheel_in_an_empty_folder(wheel: Path) -> None:
    code = (
        "import sys, cnnviz, cnnviz.cli; print(cnnviz.__file__);"
        "sys.exit(cnnviz.cli.main(sys.argv[1:]))"
    )
    for words, made in (
        ("train --out run.npz --data bundled --iterations 2", "run.npz"),
        ("snapshot --out w.png --data bundled --iterations 2 --size 1200x800", "w.png"),
    ):
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *words.split()],
            env={**without_display(), "PYTHONPATH": str(wheel)},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert Path(done.stdout.splitlines()[0]) == wheel / "cnnviz" / "__init__.py"
        assert Path(made).stat().st_size > 1000
    assert png_size(Path("w.png")) == (1200, 800)
    (entry,) = wheel.glob("cnnviz-*.dist-info/entry_points.txt")
    assert "cnnviz = cnnviz.__main__:main" in entry.read_text()
