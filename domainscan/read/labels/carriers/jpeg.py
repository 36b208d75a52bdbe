"""JPEG: XMP in APP1 (and its extension), EXIF in APP1, C2PA in APP11. Read up to the first scan.

Source: TC260-PG-20259A; XMP part 3 1.1.3 (extended XMP); C2PA 2.2 A.3.1 (JUMBF in APP11, ISO/IEC 18477-3 annex B).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.carriers.exif import read_exif
from domainscan.read.labels.source import (
    PIECE_BYTES,
    Damaged,
    Item,
    Manifest,
    Packet,
    Source,
    Trouble,
    text_of,
)

_XMP: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_MORE: Final = b"http://ns.adobe.com/xmp/extension/\x00"
_APP1: Final = 0xE1
_APP11: Final = 0xEB
_COMMENT: Final = 0xFE
_SCAN: Final = 0xDA
_END: Final = 0xD9
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length
_MORE_PLACE: Final = "JPEG APP1 extended XMP"
_JUMBF_PLACE: Final = "JPEG APP11 JUMBF"

Pieces = dict[bytes, dict[int, bytes]]  # by GUID or box number, then by place


def is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff")


def read_jpeg(source: Source) -> Iterator[Item]:
    """Every label before the first scan: the standards put all of them there."""
    extended: Pieces = {}
    lengths: dict[bytes, int] = {}
    boxes: Pieces = {}
    for marker, start, length in _segments(source):
        if marker == _APP1:
            yield from _app1(source, start, length, extended, lengths)
        elif marker == _COMMENT:
            yield from commented("JPEG COM", text_of(source.take(start, length, "JPEG COM")))
        elif marker == _APP11 and source.data[start : start + 2] == b"JP" and length > 16:
            data = source.take(start, length, _JUMBF_PLACE)
            (number,) = struct.unpack_from(">I", data, 4)
            boxes.setdefault(data[2:4], {})[number] = data[8:]
    for guid, pieces in extended.items():
        yield from _extended(pieces, lengths[guid])
    for parts in boxes.values():
        yield Manifest(_JUMBF_PLACE, _box(parts))


def _segments(source: Source) -> Iterator[tuple[int, int, int]]:
    """(marker, start, length) of each segment's content, up to the first scan or the end of the picture."""
    at = 2
    while True:
        source.step("JPEG")
        lead, marker = source.unpack("BB", at, "JPEG marker")
        if lead != 0xFF:
            raise Damaged("JPEG marker", f"0x{lead:02X} at {at:,}")
        if marker == 0xFF:  # fill bytes
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in (_SCAN, _END):
            return
        else:
            (length,) = source.unpack(">H", at + 2, "JPEG segment")
            if length < 2:
                raise Damaged("JPEG segment", f"length {length}")
            source.need(at + 4, length - 2, "JPEG segment")
            yield marker, at + 4, length - 2
            at += 2 + length


def _app1(
    source: Source, start: int, length: int, extended: Pieces, lengths: dict[bytes, int]
) -> Iterator[Item]:
    head = source.data[start : start + min(length, len(_MORE))]
    if head.startswith(_XMP):
        data = source.take(start, length, "JPEG APP1 XMP")
        yield Packet("JPEG APP1 XMP", data[len(_XMP) :])
    elif head.startswith(b"Exif\x00"):
        yield from read_exif(source, source.take(start, length, "JPEG APP1"), "JPEG APP1")
    elif head == _MORE:
        data = source.take(start, length, _MORE_PLACE)[len(_MORE) :]
        if len(data) < 40:
            raise Damaged(_MORE_PLACE, "its head ends early")
        whole, offset = struct.unpack_from(">II", data, 32)
        extended.setdefault(data[:32], {})[offset] = data[40:]
        lengths[data[:32]] = whole


def _extended(pieces: dict[int, bytes], whole: int) -> Iterator[Item]:
    """The packet that the pieces make; they may come in any order."""
    packet = b"".join(data for _, data in sorted(pieces.items()))
    gaps = any(offset + len(data) not in (*pieces, whole) for offset, data in pieces.items())
    if whole > PIECE_BYTES:
        yield Trouble("limit", _MORE_PLACE, f"{whole:,} bytes")
    elif len(packet) != whole or gaps:
        yield Trouble("damaged", _MORE_PLACE, f"{len(packet):,} bytes of {whole:,}")
    else:
        yield Packet(_MORE_PLACE, packet)


def _box(parts: dict[int, bytes]) -> bytes:
    """A JUMBF box from its pieces, each of which repeats the box's head of 8 (or 16) bytes."""
    first, *others = (data for _, data in sorted(parts.items()))
    head = 16 if first[:4] == b"\x00\x00\x00\x01" else 8
    return first + b"".join(data[head:] for data in others)
