"""GIF: XMP in an application extension.

Source: TC260-PG-20259A; GIF89a 26; XMP part 3 1.1.2: the packet stands there as it is, and a trailer of 257 bytes
counts down so that readers of sub-blocks, whatever length they take from the text, land on the terminator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.source import (
    STORE_BYTES,
    Damaged,
    Item,
    Manifest,
    Packet,
    Source,
    Trouble,
    text_of,
)

_XMP: Final = b"XMP DataXMP"
_C2PA: Final = b"C2PA_GIF"
_TRAILER: Final = b"\x01\xff\xfe\xfd\xfc"  # how it begins


def is_gif(data: bytes) -> bool:
    return data.startswith((b"GIF87a", b"GIF89a"))


def read_gif(source: Source) -> Iterator[Item]:
    """Every label, up to the trailer; some writers leave it out."""
    (flags,) = source.unpack("B", 10, "GIF head")
    at = 13 + _table(flags)
    while True:
        source.step("GIF")
        if at == source.total:  # between two blocks: seen in files that every viewer shows
            yield Trouble("odd_layout", "GIF", "no trailer")
            return
        (kind,) = source.unpack("B", at, "GIF block")
        if kind == 0x3B:
            return
        if kind == 0x2C:
            (flags,) = source.unpack("B", at + 9, "GIF picture")
            at = _skip(source, at + 11 + _table(flags))
        elif kind == 0x21:
            (label,) = source.unpack("B", at + 1, "GIF extension")
            start, at = at + 2, _skip(source, at + 2)
            if label == 0xFF:
                yield from _application(source, start, at)
            elif label == 0xFE:
                text = _joined(source.take(start, at - start, "GIF comment extension"))
                yield from commented("GIF comment extension", text_of(text))
        else:
            raise Damaged("GIF block", f"0x{kind:02X} at {at:,}")


def _table(flags: int) -> int:
    """The length of a colour table in bytes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(source: Source, at: int) -> int:
    """The place behind the sub-blocks at `at`."""
    while True:
        source.step("GIF")
        (length,) = source.unpack("B", at, "GIF sub-block")
        at += 1 + length
        if not length:
            return at


def _application(source: Source, start: int, end: int) -> Iterator[Item]:
    name = source.data[start + 1 : start + 12]
    if source.data[start] == 11 and name == _XMP:
        place = "GIF application extension XMP Data"
        data = source.take(start + 12, end - start - 12, place)
        trailer = data.rfind(_TRAILER)
        yield Packet(place, data[:trailer] if trailer >= 0 else data[: data.rfind(b">") + 1])
    elif source.data[start] == 11 and name.startswith(_C2PA):
        place = "GIF application extension C2PA_GIF"
        yield Manifest(place, _joined(source.take(start + 12, end - start - 12, place, STORE_BYTES)))


def _joined(blocks: bytes) -> bytes:
    """The content of sub-blocks."""
    parts, at = [], 0
    while at < len(blocks) and blocks[at]:
        parts.append(blocks[at + 1 : at + 1 + blocks[at]])
        at += 1 + blocks[at]
    return b"".join(parts)
