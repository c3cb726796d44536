"""YAML mappings whose values know their position in the file."""

from collections.abc import Callable, Collection, Iterator
from typing import Self, TypeVar

import yaml

from cnnviz.spelling import nearest, unknown
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.lesson import FilePosition

T = TypeVar("T")

_NULL = "tag:yaml.org,2002:null"
_LARGEST = 100_000
"""Characters of a block: more is not a lesson."""


class Fields:
    """A mapping of a lesson file, read one known key after the other.

    `what` names the mapping in messages: "the head", "`ask`". `line` is the line of the file before
    the mapping's first.
    """

    def __init__(self, node: yaml.MappingNode, what: str, line: int) -> None:
        self._what, self._line = what, line
        self.position = self._at(node)
        self._nodes: dict[str, yaml.Node] = {}
        self._keys: dict[str, FilePosition] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key, f"a key of {what} must be one word.")
            if key.value in self._nodes:
                raise self._error(key, f"{key.value} appears twice in {what}: leave one.")
            self._nodes[key.value], self._keys[key.value] = value, self._at(key)

    @classmethod
    def parse(cls, text: str, what: str, line: int) -> Self:
        """Read a block of YAML.

        Raises LessonError if it is no YAML, or no mapping.
        """
        if len(text) > _LARGEST:
            raise LessonError(line + 1, 1, f"{what} is too long: split it into steps.")
        try:
            _refuse_aliases(text, line)
            node = yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = f"{what} is not YAML: {error.problem or error.context}."
            if "mapping values" in message:
                message = "a text with a colon and a space in it must be in quotes."
            raise LessonError(line + at[0], at[1], message) from None
        except (yaml.YAMLError, RecursionError):
            raise LessonError(line + 1, 1, f"{what} is not YAML that can be read.") from None
        if not isinstance(node, yaml.MappingNode):
            raise LessonError(line + 1, 1, f"{what} must be lines like `key: value`.")
        return cls(node, what, line)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def position_of(self, key: str) -> FilePosition:
        """Return the position of the value of a key, or of the mapping if there is none."""
        return self._at(self._nodes[key]) if key in self._nodes else self.position

    def only(self, known: Collection[str]) -> None:
        """Raise `LessonError` for the first key that is not known."""
        for key, at in self._keys.items():
            if key not in known:
                near = nearest(key, known)
                hint = f"perhaps you mean {near}" if near else f"it may have {', '.join(known)}"
                message = f"{self._what} has no {key}: {hint}."
                raise LessonError(at.line, at.column, message)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; raise `LessonError` if it is missing without a default, or empty."""
        node = self._nodes.get(key)
        if node is None and default is not None:
            return default
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL or not node.value.strip():
            at = self.position_of(key)
            raise LessonError(at.line, at.column, f"{self._what} needs a text for {key}.")
        return str(node.value).strip()

    def one_of(
        self,
        key: str,
        choices: Collection[str],
        default: str | None = None,
        meant: Callable[[str], str] = str,
    ) -> str:
        """Return a word that is one of the choices, or that means one of them."""
        word = meant(self.text(key, default))
        if key in self._nodes and word not in choices:
            at = self.position_of(key)
            raise LessonError(at.line, at.column, unknown(word, choices, f"{key} {word}"))
        return word

    def number(self, key: str, parse: Callable[[str], T | None], default: T, wanted: str) -> T:
        """Return a number in its range; `parse` gives None for anything else."""
        if key not in self._nodes:
            return default
        text = self.text(key)
        if (number := parse(text)) is None:
            at = self.position_of(key)
            raise LessonError(at.line, at.column, f"{key} must be {wanted}, not {text}.")
        return number

    def words(self, key: str) -> tuple[tuple[str, FilePosition], ...]:
        """Return the words of a list, or one word alone, each with its position."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        words = []
        for each in nodes:
            if not isinstance(each, yaml.ScalarNode):
                raise self._error(each, f"{key} must be words.")
            words.append((str(each.value), self._at(each)))
        return tuple(words)

    def mapping(self, key: str) -> "Fields | None":
        """Return the mapping under a key, or None if there is none."""
        node = self._nodes.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"{key} must be lines like `key: value`.")
        return Fields(node, f"{key} of {self._what}", self._line)

    def mappings(self, key: str) -> Iterator["Fields"]:
        """Yield the mappings of a list."""
        node = self._nodes.get(key)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, f"{key} must be a list: begin each entry with a hyphen.")
        for each in node.value:
            if not isinstance(each, yaml.MappingNode):
                raise self._error(each, f"each entry of {key} must be lines like `key: value`.")
            yield Fields(each, f"an entry of {key}", self._line)

    def _at(self, node: yaml.Node) -> FilePosition:
        mark = node.start_mark
        return FilePosition(self._line + mark.line + 1, mark.column + 1)

    def _error(self, node: yaml.Node, message: str) -> LessonError:
        at = self._at(node)
        return LessonError(at.line, at.column, message)


def _refuse_aliases(text: str, line: int) -> None:
    """Refuse aliases: a few lines of them can expand to gigabytes."""
    if "*" not in text:  # which every alias begins with
        return
    for token in yaml.scan(text, yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            mark = token.start_mark
            message = "a lesson has no YAML aliases: write the value out."
            raise LessonError(line + mark.line + 1, mark.column + 1, message)
