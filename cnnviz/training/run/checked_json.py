"""Members of JSON objects from outside, which may be anything."""

from typing import Any, TypeVar

T = TypeVar("T")


def member(mapping: object, name: str, kind: type[T]) -> T:
    """Return a member of a JSON object, which must be of this kind.

    Raises ValueError if it is missing or of another kind; the phrase says which.
    """
    value: Any = mapping.get(name) if isinstance(mapping, dict) else None
    if kind is float and type(value) is int and abs(value) < 2**53:
        value = float(value)
    if type(value) is not kind:  # and not a subclass: bool is one of int
        raise ValueError(f"its config has no {name}, or not as a {kind.__name__}")
    return value
