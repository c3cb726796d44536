"""A parser of the command line, with one-line messages for wrong options."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from cnnviz.spelling import nearest
from cnnviz.terminal import shortened, write

T = TypeVar("T")


class UsageError(Exception):
    """A wrong value on the command line; the message is one line."""


class Parser(argparse.ArgumentParser):
    """Ends with one line and status 2; argparse would also print its usage."""

    def __init__(self, prog: str, description: str, epilog: str = "") -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with a message of one line."""
        if found := re.match(r"argument (\S+): (.*)", message, re.DOTALL):
            option, message = found[1], f"{found[1]} {found[2]}"
            if found[2].startswith("expected"):
                message = f"{option} needs a value after it: {self._help_hint()}"
            elif found[2].startswith("ignored"):
                message = f"{option} takes no value: {self._help_hint()}"
        elif found := re.match(r"the following arguments are required: (.*)", message):
            message = f"{found[1]} is missing: {self._help_hint()}"
        raise UsageError(message)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse the words of a command line, or raise `UsageError`."""
        options, unknown = self.parse_known_args(words)
        if unknown:
            kind = "not an option" if unknown[0].startswith("-") else "more than is asked for"
            hint = self._help_hint()
            if near := nearest(unknown[0].partition("=")[0].lstrip("-"), self._names()):
                hint = f"perhaps you mean --{near}."
            if "--data" in self._option_string_actions and _exists(unknown[0]):
                hint = f"name images with `--data {unknown[0]}`."
            raise UsageError(f"{shortened(unknown[0])} is {kind}: {hint}")
        return options

    def _print_message(self, message: str, _file: object = None) -> None:
        write(message)

    def _names(self) -> list[str]:
        """Return the long options, without hyphens."""
        return [option[2:] for option in self._option_string_actions if option.startswith("--")]

    def _help_hint(self) -> str:
        return f"`{self.prog} --help` says what can be given."


def given(options: argparse.Namespace, name: str, default: T) -> T:
    """Return the value of an option, or a default if it was not given."""
    return getattr(options, name, default)


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # such as a name that is too long
        return False
