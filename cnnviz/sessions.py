"""`cnnviz sessions`: lists sessions, exports their branches as runs, and deletes sessions."""

import argparse
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from cnnviz.inputs import output_file
from cnnviz.option_parser import UsageError
from cnnviz.terminal import progress_bar, shortened, write

if TYPE_CHECKING:
    from cnnviz.training.run.branch import BranchState
    from cnnviz.training.sessions.folder import SessionEntry


def sessions(options: argparse.Namespace) -> int:
    """Carry out the command and return the exit status."""
    from cnnviz.training.sessions.folder import sessions_in
    from cnnviz.training.sessions.location import sessions_folder
    from cnnviz.training.sessions.session_file import delete_session

    entries = sessions_in(sessions_folder())
    if options.export is not None:
        _export(_named(options.export, entries), options)
        return 0
    if options.out is not None or options.branch is not None:
        raise UsageError("--out and --branch apply to a session: name it with --export.")
    for name in options.delete or ():
        path = _named(name, entries).path
        delete_session(path)
        write(f"Deleted {path.stem}\n")
    if options.delete is None:
        _list(entries)
    return 0


def _list(entries: "tuple[SessionEntry, ...]") -> None:
    from cnnviz.bench.report import table
    from cnnviz.numerics.number_format import loss_text, percent
    from cnnviz.training.limits import readable_size

    rows = []
    for entry in entries:
        name, size, summary = entry.path.stem, readable_size(entry.size), entry.summary
        states = readable_size(entry.states) if entry.states else ""
        if summary is None:
            problem = "open in a window now" if entry.in_use else entry.problem
            rows.append((name, size, states, "", "", "", "", problem))
            continue
        shown = loss_text(summary.loss), percent(summary.accuracy)
        counts = f"{summary.branches:,}", f"{summary.iterations:,}"
        names_data = summary.name.endswith(f", {summary.data}")  # as a new branch's name does
        branch = summary.name if names_data else f"{summary.name}, {summary.data}"
        rows.append((name, size, states, *counts, *shown, branch))
    figures = "branches", "iterations", "loss", "accuracy"
    header = ("session", "space", "states", *figures, "branch, data")
    write(f"{table(header, rows)}\n" if rows else "No session is kept.\n")


def _export(entry: "SessionEntry", options: argparse.Namespace) -> None:
    """Write a branch of a session as a run, without running the code in it."""
    from cnnviz.training.files.run_file import write_run
    from cnnviz.training.limits import check_disk_space
    from cnnviz.training.run.run_conversion import snapshot_of
    from cnnviz.training.sessions.kept_states import log_of
    from cnnviz.training.sessions.resume import resume
    from cnnviz.training.sessions.session_file import SessionFile

    out = output_file(options.out, "RUN.npz", "run")
    with closing(SessionFile(entry.path)) as file, closing(log_of(file)) as log:
        trainer = resume(file, log=log).trainer
        branches = trainer.branches
        number = branches.current.number if options.branch is None else options.branch
        by_number = {branch.number: branch for branch in branches.all}
        if (branch := by_number.get(number)) is None:
            raise UsageError(f"there is no branch {number}: there are {_listed(branches.all)}.")
        check_disk_space(out, branch.history.last, trainer.settings.numpy_dtype)
        snapshot, total = snapshot_of(trainer, number), branch.history.last + 1
        with progress_bar(total=total, unit=" states") as show, snapshot.opened() as run:
            write_run(out, run, lambda share: show(round(share * total), total))
        trainer.close()
    others = _listed(other for other in branches.all if other is not branch)
    also = f"; --branch writes another: {others}" if others else ""
    write(f"Wrote {branch.history.last:,} iterations of “{branch.name}” to {out}{also}\n")


def _listed(branches: "Iterable[BranchState]") -> str:
    """Write the numbers and names of branches."""
    return ", ".join(f"{branch.number} “{branch.name}”" for branch in branches)


def _named(name: str, entries: "tuple[SessionEntry, ...]") -> "SessionEntry":
    """Return the session of a name, or of the beginning of one; "last" is the newest."""
    found = [entry for entry in entries if entry.path.stem.startswith(name)]
    if name == "last":
        found = [entry for entry in entries if entry.summary is not None][:1]
    if len(found) != 1:
        what = "names several sessions" if found else "names no session"
        raise UsageError(f"{shortened(name)} {what}: `cnnviz sessions` lists them.")
    return found[0]
