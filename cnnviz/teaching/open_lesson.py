"""The lesson and the step that are open, as a session keeps them."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from cnnviz.training.run.checked_json import member


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson that is open."""

    path: str
    """Its file; a name without a folder is that of a lesson that comes with cnnviz."""
    title: str
    step: int
    steps: int
    """step, steps: from 0, and how many there are."""
    image: int
    """The image that was selected when it began."""

    @property
    def description(self) -> str:
        """Its description in a list of sessions."""
        return f"lesson “{self.title}”, step {self.step + 1} of {self.steps}"

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Return the lesson and step that were kept; None if the text is something else."""
        try:
            values = json.loads(text)
            return cls(
                member(values, "path", str),
                member(values, "title", str),
                max(0, member(values, "step", int)),
                member(values, "steps", int),
                max(0, member(values, "image", int)),
            )
        except (ValueError, RecursionError):
            return None
