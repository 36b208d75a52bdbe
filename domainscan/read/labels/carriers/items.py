"""The items of a HEIF or AVIF picture: XMP and EXIF among them.

Source: ISO/IEC 14496-12 8.11.3 (iloc), 8.11.6 (iinf); ISO/IEC 23008-12 A.2 (Exif), A.3 (XMP).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from domainscan.read.labels.carriers.box import Box
from domainscan.read.labels.carriers.exif import read_exif
from domainscan.read.labels.source import PIECE_BYTES, Damaged, Item, Packet, Source, TooMuch

_ITEMS: Final = 4_096
_WIDTHS: Final = {0: 0, 4: 4, 8: 8}
_XMP: Final = b"application/rdf+xml"


def read_items(source: Source, meta: Sequence[Box]) -> Iterator[Item]:
    """The labels in the items that a metadata box names."""
    found = {box.kind: box for box in meta}
    if b"iinf" not in found or b"iloc" not in found:
        return
    wanted = dict(_wanted(source, found[b"iinf"]))
    data = found[b"idat"].start if b"idat" in found else 0
    for number, parts in _places(source, found[b"iloc"], data):
        if number in wanted:
            content = b"".join(source.take(start, length, "HEIF item") for start, length in parts)
            if len(content) > PIECE_BYTES:
                raise TooMuch("HEIF item", f"{len(content):,} bytes")
            if wanted[number] == "XMP":
                yield Packet("HEIF item XMP", content)
            else:
                yield from read_exif(source, content[4:].removeprefix(b"Exif\x00\x00"), "HEIF item")


def _wanted(source: Source, box: Box) -> Iterator[tuple[int, str]]:
    """(number, "XMP" or "Exif") of the items that can hold labels."""
    version = source.unpack("B", box.start, "HEIF iinf")[0]
    at = box.start + (6 if version == 0 else 8)
    for _ in range(_ITEMS):
        if at + 8 > box.end:
            return
        source.step("HEIF iinf")
        size, _, version = source.unpack(">I4sB", at, "HEIF infe")
        if size < 16:
            return
        wide = version == 3
        (number,) = source.unpack(">I" if wide else ">H", at + 12, "HEIF infe")
        start = at + (18 if wide else 16)
        entry = source.take(start, min(256, max(0, at + size - start)), "HEIF infe")
        if entry[:4] == b"Exif":
            yield number, "Exif"
        elif entry[:4] == b"mime" and _XMP in entry:
            yield number, "XMP"
        at += size


def _places(source: Source, box: Box, data: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """(number, [(start, length), ...]) of each item; `data` is where the metadata box's own data begin."""
    place = "HEIF iloc"
    version, sizes, more = source.unpack(">BxxxBB", box.start, place)
    widths = [_WIDTHS.get(one, 0) for one in (sizes >> 4, sizes & 15, more >> 4, more & 15 if version else 0)]
    if not widths[0] + widths[1] + widths[3]:
        raise Damaged(place, "places that take no room")
    at = box.start + 6
    (count,) = source.unpack(">I" if version == 2 else ">H", at, place)
    at += 4 if version == 2 else 2

    def number(width: int) -> int:
        nonlocal at
        source.need(at, width, place)
        at += width
        return int.from_bytes(source.data[at - width : at], "big")

    for _ in range(min(count, _ITEMS)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)  # the file that holds it: this one
        base = number(widths[2])
        parts = []
        for _ in range(number(2)):
            source.step(place)
            number(widths[3])
            offset, length = number(widths[0]), number(widths[1])
            parts.append((base + offset + (data if method == 1 else 0), length))
        yield item, parts if method in (0, 1) else []
