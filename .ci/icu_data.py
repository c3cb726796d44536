"""Makes ICU's data, 32 MB, into the 3 MB that Qt reads: orders of sorting and properties.

Qt has its own names of languages, countries, currencies, units and time zones, and asks ICU for
none of them. Chinese, Japanese and Korean are sorted as in other languages: their own orders are
1 MB. The format is that of ICU's `udata.h`: a header, how many items there are, where each
one's name and content are, the names, the contents.
"""

import re
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_FORMAT: Final = b"CmnD"
_FORMAT_AT: Final = 12
"""Bytes from the header's start to the name of the format."""
_KEPT: Final = re.compile(
    r"coll/(?!(zh|ja|ko)\b).*|(root|pool|res_index|keyTypeData)\.res|(nfc|nfkc)\.nrm"
    r"|cnvalias\.icu|u(props|case|bidi|layout|emoji)\.icu|pnames\.icu"
)
_SOURCE: Final = """
.section .rodata
.balign 16
.globl {symbol}
.type {symbol}, @object
.size {symbol}, {size}
{symbol}:
.incbin "{path}"
.section .note.GNU-stack,"",@progbits
"""


def reduced(data: bytes) -> bytes:
    """Return ICU's data with the items alone that are kept."""
    start = data.index(_FORMAT) - _FORMAT_AT
    (header,) = struct.unpack_from("<H", data, start)
    table = start + header
    (count,) = struct.unpack_from("<I", data, table)
    places = [struct.unpack_from("<II", data, table + 4 + 8 * item) for item in range(count)]
    ends = [place for _, place in places[1:]]
    items = []
    for (name_at, at), end in zip(places, ends, strict=False):  # the last one is a time zone
        name = data[table + name_at : data.index(b"\0", table + name_at)]
        if _KEPT.fullmatch(name.decode().partition("/")[2]):
            items.append((name, data[table + at : table + end]))
    names_at = 4 + 8 * len(items)
    names = b"".join(name + b"\0" for name, _ in items)
    content = bytearray(_padded(bytes(names_at) + names))
    struct.pack_into("<I", content, 0, len(items))
    for number, (name, item) in enumerate(items):
        struct.pack_into("<II", content, 4 + 8 * number, names_at, len(content))
        names_at += len(name) + 1
        content += _padded(item)
    return data[start : start + header] + bytes(content)


def reduce_library(library: Path) -> None:
    """Replace a library of ICU's data, such as libicudata.so.73, by one with a part of it."""
    version = library.suffix.removeprefix(".")
    with tempfile.TemporaryDirectory() as folder:
        data, source = Path(folder, "icu.dat"), Path(folder, "icu.s")
        data.write_bytes(reduced(library.read_bytes()))
        symbol, size = f"icudt{version}_dat", data.stat().st_size
        source.write_text(_SOURCE.format(symbol=symbol, size=size, path=data), encoding="utf-8")
        words = ["cc", "-shared", "-nostdlib", f"-Wl,-soname,{library.name}", "-o", library, source]
        subprocess.run(words, check=True)  # noqa: S603


def _padded(content: bytes) -> bytes:
    """Return bytes up to a multiple of 16."""
    return content + bytes(-len(content) % 16)
