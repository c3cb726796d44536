"""The options of each command.

Nothing heavy is imported here: a wrong command line does not wait for numpy.
"""

import argparse
from argparse import SUPPRESS
from collections.abc import Callable
from typing import Final

from cnnviz import __version__
from cnnviz import option_values as value
from cnnviz.debugger_views import VIEWS
from cnnviz.option_parser import Parser

COMMANDS: Final = ("train", "check", "compare", "lesson", "export", "sessions", "snapshot", "bench")
DEFAULT_ITERATIONS: Final = 100
OF_SETTINGS: Final = ("subset", "learning_rate", "seed", "rule", "fix", "dtype")
"""The options that a recorded run answers itself."""


def window_parser() -> Parser:
    """Return the parser of `cnnviz` itself."""
    parser = Parser(
        "cnnviz",
        "Watch, debug and teach how a small convolutional network learns.",
        f"Other commands, each with its own --help: cnnviz {', '.join(COMMANDS)}.",
    )
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    setup = "print whether this machine has what the window needs, one line for each thing"
    _flag(parser, "--check-setup", setup)
    _add_run(parser)
    _add_settings(parser)
    return parser


def train_parser() -> Parser:
    """Return the parser of `cnnviz train`."""
    parser = Parser("cnnviz train", "Train without a window and record the run.")
    _add(parser, "--out", value.path, "RUN.npz", "the run file to write", None)
    _add(parser, "--iterations", value.count, "N", f"how many, {DEFAULT_ITERATIONS} by default")
    fault = "train with this fault of the gallery in the exact rule; see cnnviz check"
    _add(parser, "--fault", value.non_empty, "NAME", fault, None)
    code = "train with the operations of this file, run with your rights, in the exact rule"
    _add(parser, "--code", value.path, "FILE.py", code, None)
    held_out = (
        "evaluate states on N images that are not trained on: test images of the data, or its last"
    )
    _add(parser, "--held-out", value.count, "N", held_out, 0)
    _add_settings(parser)
    return parser


def compare_parser() -> Parser:
    """Return the parser of `cnnviz compare`."""
    parser = Parser(
        "cnnviz compare",
        "Train all 32 rules, the notebook's and its corrections in every combination, from the "
        "same start, and say what each correction is worth.",
    )
    iterations = f"of each rule, {DEFAULT_ITERATIONS} by default"
    _add(parser, "--iterations", value.count, "N", iterations, DEFAULT_ITERATIONS)
    _flag(parser, "--json", "for programs")
    _add(
        parser,
        "--out",
        value.path,
        "RULES.csv",
        "also write loss and accuracy of each iteration; of two rules, how the gradients compare",
        None,
    )
    lockstep = (
        "only these two, side by side: the first operation at which they part, and how their "
        "gradients compare. A rule is notebook, exact, or its corrections, like scale,layout"
    )
    parser.add_argument(
        "--lockstep", nargs=2, type=value.non_empty, default=None, metavar="RULE", help=lockstep
    )
    amount = "relative difference above which a tensor counts as different, 1e-6 by default"
    _add(parser, "--amount", value.above_zero, "X", amount)
    _add_settings(parser, rule=False)
    return parser


def lesson_parser() -> Parser:
    """Return the parser of `cnnviz lesson`."""
    parser = Parser(
        "cnnviz lesson",
        "Check lesson files: everything that a step names exists, every figure can be computed, "
        "and every question has one right answer. The exit status is 0 if all are right, else 1.",
    )
    files = "a lesson, or a folder of them"
    parser.add_argument("files", nargs="+", type=value.path, metavar="FILE", help=files)
    return parser


def export_parser() -> Parser:
    """Return the parser of `cnnviz export`."""
    parser = Parser(
        "cnnviz export",
        "Write a recorded run for other programs. The ending says what is written: .csv the "
        "figures of every iteration, .html a page that replays the run in any browser, "
        ".report.html or .report.pdf a report on it, .ipynb one iteration as a Jupyter notebook "
        "that needs numpy alone, .png, .svg or .pdf the window or panels, .gif or .mp4 a "
        "moving picture, .npy or .csv a tensor.",
    )
    parser.add_argument("run", type=value.path, metavar="RUN.npz", help="a recorded run")
    _add(parser, "--out", value.path, "FILE", "the file to write", None)
    iteration = "the iteration of a report, a notebook, a picture or numbers; the last by default"
    _add(parser, "--iteration", value.count, "K", iteration)
    numbers = parser.add_argument_group("numbers of one iteration")
    tensor = "all of a tensor, such as dF or C, as .npy, or as .csv with a line for each number"
    _add(numbers, "--tensor", value.non_empty, "NAME", tensor, None)
    _flag(numbers, "--predictions", "each image's digit, target, output and error, as .csv")
    pictures = parser.add_argument_group("pictures, still or moving")
    panels = f"panels below each other instead of the window: {', '.join(value.PANELS)}"
    _add(pictures, "--panels", value.panels, "NAME,NAME,…", panels, ())
    iterations = (
        "the frames of a moving picture: from iteration A to B, each, or each that is STEP later; "
        "200 over the whole run by default"
    )
    _add(pictures, "--iterations", value.iterations, "A:B[:STEP]", iterations)
    _add(pictures, "--fps", value.above_zero, "N", "frames a second, 10 by default")
    _add_look(pictures, "1440x900 by default, 960x720 for a moving picture", SUPPRESS)
    image = "the selected image, 0 by default; of a tensor, this image's part alone"
    _add(pictures, "--image", value.count, "K", image)
    group = parser.add_argument_group("a notebook as an exercise")
    blank = "leave the code of an operation to be written; may be given several times"
    group.add_argument("--blank", action="append", default=[], metavar="OPERATION", help=blank)
    puzzle = "let the lines of an operation be put in order; may be given several times"
    group.add_argument("--puzzle", action="append", default=[], metavar="OPERATION", help=puzzle)
    _flag(group, "--solutions", "keep the answers, between nbgrader's marks, for a teacher")
    progress = "print “done/all” while a moving picture, page or report is made, for programs"
    _flag(parser, "--progress", progress)
    run_code = "run the own code that the run holds, with your rights, in a process with limits"
    _flag(parser, "--run-code", run_code)
    data = parser.add_argument_group("the images of the run")
    _add_data(data)
    return parser


def snapshot_parser() -> Parser:
    """Return the parser of `cnnviz snapshot`."""
    parser = Parser("cnnviz snapshot", "Draw the main window into a picture, without a display.")
    _add(parser, "--out", value.path, "WINDOW.png", "the picture to write", None)
    _add_run(parser)
    iterations = (
        f"how many to do first, {DEFAULT_ITERATIONS} by default; after a recorded run, none"
    )
    _add(parser, "--iterations", value.count, "N", iterations)
    panel = f"one panel instead of the window: {', '.join(value.PANELS)}"
    _add(parser, "--panel", value.one_of(*value.PANELS), "NAME", panel, None)
    workspace = f"the window's arrangement: {', '.join(value.WORKSPACES)}; check checks the rule"
    _add(parser, "--workspace", value.one_of(*value.WORKSPACES), "NAME", workspace, None)
    lesson = "begin a lesson, in the workspace teach"
    _add(parser, "--lesson", value.path, "LESSON.md", lesson, None)
    _add_look(parser, "1440x900 by default", (1440, 900))
    _add(parser, "--image", value.count, "K", "the selected image", 0)
    _flag(parser, "--presentation", "type for a classroom")
    stop = "stop the iterations as a breakpoint like “loss rises” does"
    _add(parser, "--stop-at", value.non_empty, "CONDITION", stop, None)
    debugger = parser.add_argument_group("in the debugger")
    operation = "step through the next iteration up to this one, as in filter_gradient"
    _add(debugger, "--operation", value.non_empty, "NAME", operation, None)
    cell = (
        "select this cell of its result, by its index in the notebook (a picture's column comes "
        "before its row, both from 0), instead of the one of largest size"
    )
    _add(debugger, "--cell", value.cell, "I,J,…", cell, None)
    view = f"what is shown of it: {', '.join(VIEWS)}; {VIEWS[0]} by default"
    _add(debugger, "--view", value.one_of(*VIEWS), "NAME", view, VIEWS[0])
    _add_settings(parser)
    return parser


def check_parser() -> Parser:
    """Return the parser of `cnnviz check`."""
    parser = Parser(
        "cnnviz check",
        "Is the backward pass of a rule the gradient of the loss? Operation by operation, and "
        "weight by weight. The exit status is 0 if it is, 1 if it is not. Of a notebook or script "
        "of your own, each line is judged; the status is 2 if nothing can be said of it.",
    )
    script = "a notebook or script of your own, to be run and judged line by line"
    parser.add_argument(
        "script",
        nargs="?",
        type=value.path,
        default=None,
        metavar="NOTEBOOK.ipynb|FILE.py",
        help=script,
    )
    run = "run the notebook or script, with your rights, in a process of its own with limits"
    _flag(parser, "--run", run)
    seconds = "stop the notebook or script after S seconds, 120 by default"
    _add(parser, "--seconds", value.above_zero, "S", seconds)
    python = "run it with this Python (3.11 or later, with numpy) in place of the program's own"
    _add(parser, "--python", value.path, "PATH", python, None)
    _flag(parser, "--json", "for programs")
    iterations = "train for N iterations under the same rule first; none by default"
    _add(parser, "--iterations", value.count, "N", iterations, 0)
    _flag(parser, "--curvature", "also find the strongest curvature λ of the loss, and η λ / 2")
    data = "also check the data and the first weights, which no gradient check sees"
    _flag(parser, "--check-data", data)
    fault = "put a fault of the gallery into the exact rule, and check that"
    _add(parser, "--fault", value.non_empty, "NAME", fault, None)
    listed = "list the gallery: the operation each fault is in, and which check sees it"
    _flag(parser, "--list-faults", listed)
    code = (
        "run the functions of this file that bear the names of operations, with your rights, in a "
        "process of its own, and check them in the exact rule"
    )
    _add(parser, "--code", value.path, "FILE.py", code, None)
    signatures = "list the operations as functions: name, arguments, results and shapes"
    _flag(parser, "--list-operations", signatures)
    _add_hunt(parser)
    _add_settings(parser)
    return parser


def sessions_parser() -> Parser:
    """Return the parser of `cnnviz sessions`."""
    parser = Parser(
        "cnnviz sessions",
        "List what was kept while it was done in the window, the newest first, with the space that "
        "it takes. A session is named by the beginning of its name, or last.",
    )
    export = "write a branch of this session as a run, by default the one it was left in"
    _add(parser, "--export", value.non_empty, "SESSION", export, None)
    _add(parser, "--out", value.path, "RUN.npz", "where to write the run", None)
    _add(parser, "--branch", value.count, "NUMBER", "the branch to write", None)
    delete = "delete these sessions"
    parser.add_argument(
        "--delete", nargs="+", type=value.non_empty, default=None, metavar="SESSION", help=delete
    )
    return parser


def bench_parser() -> Parser:
    """Return the parser of `cnnviz bench`."""
    parser = Parser(
        "cnnviz bench",
        "Measure one iteration beside the least it could take, and beside PyTorch (if it is "
        "installed) and the notebook's loops.",
    )
    _flag(parser, "--json", "for programs")
    live = "measure the real window instead, without a display and on X11 if there is one"
    _flag(parser, "--live", live)
    soak = "run the window at full speed for this time instead, and watch its memory"
    _add(parser, "--soak", value.above_zero, "MINUTES", soak, None)
    seconds = "seconds of each round of --live, 0.6 by default; more if iterations are long"
    _add(parser, "--seconds", value.above_zero, "S", seconds, 0.6)
    sizes = (
        "images of a batch, 2,20,200,2000,60000 by default, 200,2000,60000 for --live and 200 for "
        "--soak; the data is repeated as needed"
    )
    _add(parser, "--sizes", value.sizes, "N,N,…", sizes, None)
    rounds = "rounds, 7 by default, and 30 with --live"
    _add(parser, "--rounds", value.count, "N", rounds, None)
    group = parser.add_argument_group("what is trained")
    _add_data(group)
    kinds = ("float32", "float64")
    _add(group, "--dtype", value.one_of(*kinds), "|".join(kinds), "float32 by default", "float32")
    return parser


def _add(
    group: argparse._ActionsContainer,
    name: str,
    kind: Callable[[str], object],
    metavar: str,
    explanation: str,
    default: object = SUPPRESS,
) -> None:
    group.add_argument(name, type=kind, default=default, metavar=metavar, help=explanation)


def _flag(group: argparse._ActionsContainer, name: str, explanation: str) -> None:
    group.add_argument(name, action="store_true", help=explanation)


def _add_run(parser: Parser) -> None:
    run = "a recorded run, to be opened at its last iteration"
    parser.add_argument("run", nargs="?", type=value.path, metavar="RUN.npz", help=run)


def _add_look(group: argparse._ActionsContainer, size: str, default_size: object) -> None:
    _add(group, "--size", value.size, "WIDTHxHEIGHT", f"in pixels, {size}", default_size)
    scale = "pixels of the file per pixel of the size, along each side: 1, 2 or 3"
    _add(group, "--scale", value.one_of("1", "2", "3"), "N", scale, "1")
    themes = ("light", "dark")
    _add(group, "--theme", value.one_of(*themes), "|".join(themes), "light by default", "light")


def _add_hunt(parser: Parser) -> None:
    group = parser.add_argument_group("the hunt for a hidden fault")
    hunt = "play this case: one fault is hidden, or none; the same number is the same case"
    _add(group, "--hunt", value.count, "NUMBER", hunt, None)
    _add(
        group,
        "--out",
        value.path,
        "RESULT.json",
        "where to write the result; of a notebook, REPORT.html",
        None,
    )
    _add(group, "--person", value.non_empty, "NAME", "who plays, for the result", None)
    verify = "confirm results; of several, write a table as CSV"
    group.add_argument(
        "--verify-hunt", nargs="+", type=value.path, default=None, metavar="FILE", help=verify
    )


def _add_data(group: argparse._ArgumentGroup) -> None:
    data = "MNIST if it has been downloaded, else the bundled digits, by default"
    _add(group, "--data", value.non_empty, "bundled|mnist|FILE-OR-FOLDER", data)
    _flag(group, "--download", "fetch MNIST first if it is not on this machine yet, about 10 MB")


def _add_settings(parser: Parser, *, rule: bool = True) -> None:
    group = parser.add_argument_group("what is trained")
    _add_data(group)
    _add(group, "--subset", value.whole, "N", "the first N images, 200 by default")
    _add(group, "--learning-rate", value.number, "ETA", "15 by default")
    _add(group, "--seed", value.whole, "S", "of the first weights, 0 by default")
    if rule:
        _add_rule(group)
    kinds = ("float64", "float32")
    _add(group, "--dtype", value.one_of(*kinds), "|".join(kinds), "float64 by default")


def _add_rule(group: argparse._ArgumentGroup) -> None:
    rules = ("notebook", "exact")
    _add(group, "--rule", value.one_of(*rules), "|".join(rules), "the notebook's by default")
    fix = (
        "correct one thing in the notebook's rule: scale, standardisation, update-order, pairing "
        "or layout; may be given several times"
    )
    group.add_argument("--fix", action="append", default=SUPPRESS, metavar="NAME", help=fix)
