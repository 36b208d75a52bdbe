"""PNG: text chunks with the keyword AIGC, XMP in iTXt, EXIF in eXIf, C2PA in caBX.

Source: TC260-PG-20259A; PNG (W3C, third edition) 11.3.3; C2PA 2.2 A.3.4.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.carriers.exif import read_exif
from domainscan.read.labels.source import (
    PIECE_BYTES,
    STORE_BYTES,
    Damaged,
    Item,
    Manifest,
    Packet,
    Source,
    Trouble,
    keyed,
    text_of,
)

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
XMP: Final = "XML:com.adobe.xmp"
_RAW_XMP: Final = "Raw profile type xmp"  # how ImageMagick keeps it: hexadecimal, after a name and a length
_FREE: Final = ("Comment", "Description")  # texts of any kind
_READ: Final = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"caBX")


def is_png(data: bytes) -> bool:
    return data.startswith(SIGNATURE)


def read_png(source: Source) -> Iterator[Item]:
    """Every label, up to IEND: what follows it is not part of the picture."""
    at = len(SIGNATURE)
    while True:
        source.step("PNG")
        length, kind = source.unpack(">I4s", at, "PNG chunk")
        place = f"PNG {kind.decode('latin-1')}" if kind in _READ else "PNG chunk"
        source.need(at + 8, length + 4, place)
        if kind in _READ:
            data = source.take(at + 8, length, place, STORE_BYTES if kind == b"caBX" else PIECE_BYTES)
            found = list(_chunk(source, kind, data, place))
            yield from found
            if found and zlib.crc32(kind + data) != source.unpack(">I", at + 8 + length, place)[0]:
                yield Trouble("checksum", place)
        if kind == b"IEND":
            return
        at += length + 12


def _chunk(source: Source, kind: bytes, data: bytes, place: str) -> Iterator[Item]:
    if kind == b"caBX":
        yield Manifest(place, data)
    elif kind == b"eXIf":
        yield from read_exif(source, data, place)
    else:
        yield from _text_chunk(source, kind, data, place)


def _text_chunk(source: Source, kind: bytes, data: bytes, place: str) -> Iterator[Item]:
    key, _, rest = data.partition(b"\x00")
    keyword = key.decode("latin-1")
    if keyword.strip().upper() != "AIGC" and keyword not in (XMP, _RAW_XMP, *_FREE):
        return
    place = f"{place} {keyword}"
    if kind == b"zTXt":
        rest = source.inflate(rest[1:], place)
    elif kind == b"iTXt":
        rest = _international(source, rest, place)
    if keyword == XMP:
        yield Packet(place, rest)
    elif keyword == _RAW_XMP:
        yield Packet(place, _unhexed(rest, place))
    elif keyword in _FREE:
        yield from commented(place, text_of(rest))
    elif label := keyed(place, keyword, text_of(rest)):
        yield label
        if kind == b"iTXt":
            yield Trouble("carrier", place, "the guide names tEXt and zTXt")


def _international(source: Source, rest: bytes, place: str) -> bytes:
    """The text of an iTXt chunk: flag, method, language and translated keyword come before it."""
    flag, tail = rest[:1], rest[2:].split(b"\x00", 2)
    if len(tail) != 3:
        raise Damaged(place, "no text")
    return source.inflate(tail[2], place) if flag == b"\x01" else tail[2]


def _unhexed(data: bytes, place: str) -> bytes:
    lines = data.strip().split(b"\n", 2)
    try:
        return binascii.unhexlify(b"".join(lines[2].split()) if len(lines) == 3 else b"")
    except binascii.Error:
        raise Damaged(place, "no hexadecimal profile") from None
