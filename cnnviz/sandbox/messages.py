"""Messages between two processes: a JSON object and arrays of numbers. Nothing is pickled.

A message is the length of its JSON, 8 bytes, little-endian; the JSON, whose ``arrays`` lists name,
dtype and shape of each array; and the arrays' numbers, in C order.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.sandbox.errors import MalformedMessageError

Array = NDArray[Any]

_LENGTH: Final = struct.Struct("<Q")
_LONGEST_JSON: Final = 4 << 20
_MOST_ARRAYS: Final = 4096
_KINDS: Final = "biuf"
"""Booleans, whole numbers, floating-point numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class SandboxMessage:
    """The content of a message, and its arrays."""

    content: dict[str, Any]
    arrays: dict[str, Array]


def is_sendable(array: Array) -> bool:
    """Whether a message can hold an array: one of numbers of at most 8 bytes."""
    return array.dtype.kind in _KINDS and array.dtype.itemsize <= 8


def write_message(
    stream: BinaryIO, content: Mapping[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write a message and flush; all arrays are sendable."""
    listed = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    text = json.dumps({"content": content, "arrays": listed}).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.writelines(
        np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays.values()
    )
    stream.flush()


def read_message(stream: BinaryIO, largest: int) -> SandboxMessage | None:
    """Read a message whose arrays take at most `largest` bytes; None if the stream has ended.

    Raises MalformedMessageError if it is not one, or is larger.
    """
    prefix = stream.read(_LENGTH.size)
    if not prefix:
        return None
    try:
        (length,) = _LENGTH.unpack(prefix)
        if length > _LONGEST_JSON:
            raise ValueError
        whole = json.loads(_exactly(stream, length))
        content, claims = whole["content"], whole["arrays"]
        if not isinstance(content, dict) or len(claims) > _MOST_ARRAYS:
            raise ValueError
        arrays = {}
        for name, code, shape in claims:
            dtype = np.dtype(code)
            size = math.prod(shape) * dtype.itemsize
            if (
                not isinstance(name, str)
                or dtype.kind not in _KINDS
                or not all(type(length) is int and length >= 0 for length in shape)
                or size > largest
            ):
                raise ValueError
            largest -= size
            arrays[name] = np.frombuffer(_exactly(stream, size), dtype).reshape(shape)
    except (ValueError, TypeError, KeyError, RecursionError, struct.error) as error:
        raise MalformedMessageError(
            "its answer is not a message of arrays of numbers, or is too large."
        ) from error
    return SandboxMessage(content, arrays)


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise ValueError
    return data
