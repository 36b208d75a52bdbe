"""RIFF files: WebP, WAV (RF64 too) and AVI.

Source: TC260-PG-20259A (WebP `XMP `), 202510A (WAV chunk AIGC), 20257A (AVI, LIST INFO child AIGC); RIFF (1991);
EBU Tech 3306 (RF64); C2PA 2.2 A.3.5; XMP part 3 (`_PMX`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.carriers.exif import read_exif
from domainscan.read.labels.carriers.id3 import read_frames
from domainscan.read.labels.source import (
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

_FORMS: Final = (b"RIFF", b"RF64", b"BW64")
_UNKNOWN: Final = (0, 0xFFFFFFFF)  # a length that its writer did not know: a live stream, or RF64
_KINDS: Final[dict[bytes, str]] = {b"WEBP": "WebP", b"WAVE": "WAV", b"AVI ": "AVI"}
_GUIDE: Final = {"WAV": "the guide names a chunk of its own", "AVI": "the guide names a child of LIST INFO"}


def riff_kind(data: bytes) -> str:
    """WebP, WAV, AVI, or "" for anything else."""
    return _KINDS.get(data[8:12], "") if data[:4] in _FORMS else ""


def is_webp(data: bytes) -> bool:
    return riff_kind(data) == "WebP"


def is_wav(data: bytes) -> bool:
    return riff_kind(data) == "WAV"


def is_avi(data: bytes) -> bool:
    return riff_kind(data) == "AVI"


def read_riff(source: Source) -> Iterator[Item]:
    """The labels of every top-level form: a long AVI goes on in forms of its own (`AVIX`)."""
    kind = riff_kind(source.data)
    at = 0
    while at + 12 <= source.total:
        form, length = source.unpack("<4sI", at, kind)
        if form not in _FORMS:
            yield Trouble("odd_layout", kind, "bytes behind the last form")
            return
        end = source.total if length in _UNKNOWN else at + 8 + length
        if end > source.total:
            yield Trouble("cut" if source.is_cut else "damaged", kind, "shorter than its head says")
            end = source.total
        yield from _form(source, kind, at + 12, end)
        at = end + (end & 1)


def _form(source: Source, kind: str, at: int, end: int) -> Iterator[Item]:
    wide = 0  # the data chunk's length in an RF64 file
    for name, start, length in _chunks(source, kind, at, end):
        if name == b"ds64":
            (wide,) = source.unpack("<Q", start + 8, f"{kind} ds64")
        elif name == b"data" and length == 0xFFFFFFFF:
            if wide:
                yield from _form(source, kind, start + wide + (wide & 1), end)
            return  # else: a stream whose data goes on to the end
        elif name == b"LIST":
            yield from _list(source, kind, start, length)
        else:
            yield from _chunk(source, kind, name, start, length)


def _chunks(source: Source, place: str, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, length) of the chunks between two places."""
    while at + 8 <= end:
        source.step(place)
        name, length = source.unpack("<4sI", at, place)
        if not (name == b"data" and length == 0xFFFFFFFF):
            where = f"{place} chunk {name.decode('latin-1')}"
            source.need(at + 8, length, where)
            if at + 8 + length > end:
                raise Damaged(where, "it is longer than what holds it")
        yield name, at + 8, length
        at += 8 + length + (length & 1)


def _list(source: Source, kind: str, start: int, length: int) -> Iterator[Item]:
    if length < 4 or source.data[start : start + 4] != b"INFO":
        return
    place = f"{kind} LIST INFO"
    for name, at, size in _chunks(source, place, start + 4, start + length):
        yield from _own(source, kind, f"{place} {name.decode('latin-1')}", name, at, size, wanted="AVI")


def _chunk(source: Source, kind: str, name: bytes, start: int, length: int) -> Iterator[Item]:
    place = f"{kind} chunk {name.decode('latin-1')}"
    if name == b"C2PA":
        yield Manifest(place, source.take(start, length, place, STORE_BYTES))
    elif name in (b"XMP ", b"_PMX"):
        yield Packet(place, source.take(start, length, place))
    elif name == b"EXIF":
        yield from read_exif(source, source.take(start, length, place), place)
    elif name in (b"id3 ", b"ID3 "):
        yield from read_frames(source, start, start + length, place)
    else:
        yield from _own(source, kind, place, name, start, length, wanted="WAV")


def _own(
    source: Source, kind: str, place: str, name: bytes, start: int, length: int, *, wanted: str
) -> Iterator[Item]:
    """A label under its own name; with a remark where the guide wants it elsewhere in this kind of file."""
    if name == b"ICMT":
        yield from commented(place, text_of(source.take(start, length, place).rstrip(b"\x00")))
    if name.upper() != b"AIGC":
        return
    label = keyed(place, name.decode("latin-1"), text_of(source.take(start, length, place)))
    if label:
        yield label
    if kind != wanted:
        yield Trouble("carrier", place, _GUIDE.get(kind, "the guide names XMP"))
