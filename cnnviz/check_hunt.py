"""`cnnviz check --hunt NUMBER` and `--verify-hunt FILE…`: the hunt for a hidden fault."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from cnnviz.atomic_file import check_writable
from cnnviz.numerics.number_parsing import parse_whole_number
from cnnviz.option_parser import UsageError
from cnnviz.options import OF_SETTINGS
from cnnviz.terminal import FAILED, shortened, write
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.hunt.cases import hunt_case
from cnnviz.training.hunt.errors import HuntError
from cnnviz.training.hunt.hunt import HINT_COST, PLACES, Hunt, Look, choices, hints, reveal
from cnnviz.training.hunt.instruments import INSTRUMENTS, NOTE, instrument
from cnnviz.training.hunt.passed_over import passed_over
from cnnviz.training.hunt.result_file import as_csv, confirm, write_result

_MOVES: Final = """\
  {looks}
  hint               the next hint, cost {hint}
  answer PLACE       name the operation, or data, start, or nothing
  places             what can be named
  quit               end without an answer
"""


def verify_hunts(options: argparse.Namespace, paths: list[Path]) -> int:
    """Confirm results: one as a sentence, several as a CSV; return the exit status."""
    confirmations = [confirm(path) for path in paths]
    if options.json:
        write(json.dumps([one.row for one in confirmations]) + "\n")
    elif len(paths) > 1:
        write(as_csv(confirmations))
    else:
        (one,) = confirmations
        name = shortened(str(one.path))
        if one.problem:
            write(f"{name} is not confirmed: {one.problem}\n")
        else:
            row = one.row
            right = "right" if row["answer_right"] else "wrong"
            who = f"{one.person}, " if one.person else ""
            write(
                f"{name} is confirmed: {who}case {row['number']}, {right}, {row['sure']} % sure, "
                f"cost {row['cost']}; hidden was {row['hidden']}.\n"
            )
    return FAILED if any(one.problem for one in confirmations) else 0


def play_hunt(options: argparse.Namespace, number: int) -> int:
    """Play one case on the terminal; return 0 if it was solved, 1 if not."""
    hints(number)  # refuses a wrong number
    for name in ("data", *OF_SETTINGS):
        if name in options:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"a case has its own images and settings: leave {option} out.")
    if options.out is not None:
        check_writable(options.out)
    write(_introduction(number))
    hunt = Hunt(number)
    while hunt.phase != "revealed":
        write(_PROMPTS[hunt.phase])
        line = sys.stdin.readline()
        words = line.split()
        if not line or words == ["quit"]:
            write("\nThe case is left open.\n")
            return FAILED
        try:
            with blas_on_one_thread():
                hunt = _moved(hunt, words)
        except HuntError as error:
            write(f"{error}\n")
    write(_reveal(hunt))
    if options.out is not None:
        write_result(options.out, hunt, options.person or "")
        write(f"The result is in {' '.join(str(options.out).splitlines())}.\n")
    return 0 if reveal(hunt).is_right else FAILED


_PROMPTS: Final = {
    "looking": "> ",
    "named": "which (a number, or back)> ",
    "explained": "how sure, 0 to 100 % (or back)> ",
}


def _introduction(number: int) -> str:
    looks = [
        f"{one.name + (' NAME' if one.of_operation else ''):<19}{one.title}, cost {one.cost}"
        for one in INSTRUMENTS
    ]
    return (
        f"Case {number}: one thing may be wrong with this training, or nothing. What is it?\n"
        + _MOVES.format(looks="\n  ".join(looks), hint=HINT_COST)
        + f"{NOTE}\n"
    )


def _moved(hunt: Hunt, words: list[str]) -> Hunt:
    """Make the move that a line names, show what comes of it, and return the next state."""
    if words == ["back"]:
        return hunt.reconsider()
    if hunt.phase == "named":
        return _explained(hunt, words)
    if hunt.phase == "explained":
        return hunt.be_sure(_number(words))
    return _looked(hunt, words)


def _looked(hunt: Hunt, words: list[str]) -> Hunt:
    if words == ["hint"]:
        after = hunt.hint()
        write(f"{hints(hunt.number)[hunt.hints]} Cost so far: {after.cost}.\n")
        return after
    if words == ["places"]:
        write(f"{', '.join(PLACES)}\n")
        return hunt
    if words[:1] == ["answer"]:
        after = hunt.name_place(" ".join(words[1:]))
        if after.phase == "named":
            write("What is wrong there?\n")
            for index, title in enumerate(choices(after.place), 1):
                write(f"  {index}  {title}\n")
        return after
    name, *operation = words or [""]
    after = hunt.look(Look(name, " ".join(operation)))
    evidence = instrument(name).observe(hunt_case(hunt.number), after.looks[-1].operation)
    write(f"{evidence.text}Cost so far: {after.cost}.\n")
    return after


def _explained(hunt: Hunt, words: list[str]) -> Hunt:
    titles = choices(hunt.place)
    index = _number(words)
    if not 1 <= index <= len(titles):
        raise HuntError(f"{index} is not between 1 and {len(titles)}.")
    return hunt.explain(titles[index - 1])


def _number(words: list[str]) -> int:
    number = parse_whole_number(" ".join(words).removesuffix("%").strip())
    if number is None:
        raise HuntError("type a whole number, or back.")
    return number


def _reveal(hunt: Hunt) -> str:
    revealed = reveal(hunt)
    hidden = "Nothing was wrong."
    if revealed.fault:
        hidden = f"The hidden fault was {revealed.fault.name}, in {revealed.fault.operation}: "
        hidden += f"{revealed.fault.title}."
    verdict = "Right" if revealed.is_right else "Wrong"
    if revealed.place_right and not revealed.title_right:
        verdict = "The place is right, what is wrong there is not"
    lines = [
        f"{verdict}, and you were {hunt.sure} % sure. {hidden}",
        f"Cost: {hunt.cost}.",
        *passed_over(hunt),
    ]
    return "\n".join(lines) + "\n"
