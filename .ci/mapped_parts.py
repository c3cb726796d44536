"""Keeps of a library what the loader maps into memory, close together: 5 MB less.

Wheels bring libraries that patchelf has changed. A list of names that has grown stands at the end,
at an address so round that the file may have a hole of megabytes before it; the old list stays
where it was. `strip` breaks such a file, for it expects the parts in another order. Here each part
of the file that is mapped is written behind the one before it, up to the end of its last section,
and no part without a section is written: it is an old list. What debuggers alone read is in no
part. The format is that of `elf.h` for 64 bits.
"""

import struct
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

_FORMAT: Final = b"\x7fELF\x02\x01"
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_PARTS_AT, _SECTIONS_AT, _PARTS, _SECTIONS, _NAMES = 5, 6, 10, 12, 13
_PART: Final = struct.Struct("<IIQQQQQQ")
_UNUSED, _MAPPED, _UNWINDING = 0, 1, 0x6474E550
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_WITHOUT_CONTENT, _IN_MEMORY = 8, 2
_LARGEST_PAGE: Final = 0x10000
"""Bytes; ARM's processors may use pages of 64 KB."""


@dataclass
class _Part:
    """What the loader reads of a part: `Elf64_Phdr`."""

    kind: int
    flags: int
    offset: int
    address: int
    physical_address: int
    size: int
    size_in_memory: int
    alignment: int


def keep_mapped_parts(library: Path, *, unwinding: bool = True) -> None:
    """Write a library anew; a file of another format stays as it is."""
    data = library.read_bytes()
    if data.startswith(_FORMAT):
        library.write_bytes(mapped_parts(data, unwinding=unwinding))


def mapped_parts(data: bytes, *, unwinding: bool = True) -> bytes:
    """Return a library without what is not mapped; one without sections stays as it is.

    Parameters
    ----------
    data
        The file's content.
    unwinding
        Whether to keep the tables by which exceptions leave functions, if they end a part.
    """
    header = list(_HEADER.unpack_from(data))
    at, count = header[_PARTS_AT], header[_PARTS]
    parts = [_Part(*_PART.unpack_from(data, at + _PART.size * i)) for i in range(count)]
    sections = _sections(data, header)
    if not sections:
        return data
    for part in parts:
        if part.kind == _UNWINDING and not unwinding:
            (distance,) = struct.unpack_from("<i", data, part.offset + 4)
            tables = part.address, part.address + 4 + distance
            sections = [section for section in sections if section.start not in tables]
            part.kind = _UNUSED
    written = bytearray()
    moves = []
    for part in sorted((p for p in parts if p.kind == _MAPPED), key=lambda p: p.offset):
        old = range(part.offset, part.offset + part.size)
        ends = [s.stop - part.address for s in sections if 0 <= s.start - part.address < part.size]
        if at in old:
            ends.append(at + _PART.size * count - part.offset)
        if not ends:
            part.kind = _UNUSED
            continue
        if part.size == part.size_in_memory:
            part.size = part.size_in_memory = max(ends)
        part.alignment = min(part.alignment, _LARGEST_PAGE)
        written += bytes((part.address - len(written)) % part.alignment)
        moves.append((old, len(written) - part.offset))
        written += data[part.offset : part.offset + part.size]
    for part in parts:
        part.offset += _distance(moves, part.offset)
    header[_PARTS_AT] += _distance(moves, at)
    header[_SECTIONS_AT] = header[_SECTIONS] = header[_NAMES] = 0
    _HEADER.pack_into(written, 0, *header)
    for i, part in enumerate(parts):
        _PART.pack_into(written, header[_PARTS_AT] + _PART.size * i, *astuple(part))
    return bytes(written)


def _sections(data: bytes, header: list[int]) -> list[range]:
    """Return the addresses of each section that the file has the content of."""
    sections = (
        _SECTION.unpack_from(data, header[_SECTIONS_AT] + _SECTION.size * i)
        for i in range(header[_SECTIONS])
    )
    return [
        range(address, address + size)
        for _, kind, flags, address, _, size, *_ in sections
        if flags & _IN_MEMORY and kind != _WITHOUT_CONTENT
    ]


def _distance(moves: list[tuple[range, int]], offset: int) -> int:
    """Return by how much what was at an offset has moved."""
    return next((distance for old, distance in moves if offset in old), 0)
