"""TIFF structures: EXIF blocks of other files, and TIFF files themselves (BigTIFF too).

Source: TC260-PG-20259A annex B (UserComment); TIFF 6.0; EXIF 2.32 (CIPA DC-008) 4.6.5; XMP part 3 (tag 700);
C2PA 2.2 A.3.6 (tag 52545).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from domainscan.read.labels.annex import commented, is_label
from domainscan.read.labels.source import (
    STORE_BYTES,
    Damaged,
    Item,
    Manifest,
    Packet,
    Source,
    Text,
    Trouble,
    text_of,
)

_XMP: Final = 0x02BC
_EXIF: Final = 0x8769
_COMMENT: Final = 0x9286
_C2PA: Final = 0xCD41
_SUB: Final = 0x014A
_ELSEWHERE: Final[dict[int, str]] = {
    0x010E: "ImageDescription",
    0x9C9C: "XPComment",
}  # where some tools put it
_BYTES: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_DIRECTORIES: Final = 64  # pages and sub-directories of one file
_ENTRIES: Final = 4_096  # of one directory
_COMMENT_BYTES: Final = 65_536


class _Form(NamedTuple):
    """How numbers are written: classic TIFF has 32-bit places, BigTIFF 64-bit ones."""

    order: str
    places: str  # struct letter of a place in the file
    counts: str  # struct letter of a directory's entry count

    @property
    def inline(self) -> int:
        return 8 if self.places == "Q" else 4


class _Entry(NamedTuple):
    tag: int
    place: int  # where the value stands
    length: int  # in bytes
    size: int  # of one number


def is_tiff(data: bytes) -> bool:
    return data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_tiff(source: Source) -> Iterator[Item]:
    """Labels of every page and sub-directory."""
    yield from _read(source, "TIFF", pages=True)


def read_exif(outer: Source, data: bytes, place: str) -> Iterator[Item]:
    """The labels in an EXIF block. Its work counts in the account of the file around it."""
    block = data[6:] if data.startswith(b"Exif\x00") else data
    inner = Source(block)
    inner.steps, inner.taken = outer.steps, outer.taken
    try:
        yield from _read(inner, f"{place} EXIF", pages=False)
    except Damaged as wall:  # broken EXIF is common, and the file goes on behind it
        yield Trouble(wall.rule, wall.place, wall.detail)
    outer.steps, outer.taken = inner.steps, inner.taken


def _read(source: Source, place: str, *, pages: bool) -> Iterator[Item]:
    """Labels of the directories; with `pages`, of those behind the first one too (EXIF has a thumbnail's there)."""
    form, at = _header(source, place)
    waiting, seen = [at], set[int]()
    while waiting:
        at = waiting.pop(0)
        if at in seen or at == 0:
            continue
        seen.add(at)
        if len(seen) > _DIRECTORIES:
            yield Trouble("limit", place, f"more than {_DIRECTORIES} directories")
            return
        entries, after = _directory(source, form, at, place)
        for entry in entries:
            if entry.tag in (_EXIF, _SUB):
                waiting += _places(source, form, entry, place)
            else:
                yield from _value(source, form, entry, place)
        if pages:
            waiting.append(after)


def _header(source: Source, place: str) -> tuple[_Form, int]:
    mark = source.data[:4]
    if not is_tiff(mark):
        raise Damaged(place, "no TIFF header")
    order = "<" if mark[:2] == b"II" else ">"
    if b"+" in mark:
        return _Form(order, "Q", "Q"), source.unpack(f"{order}Q", 8, place)[0]
    return _Form(order, "I", "H"), source.unpack(f"{order}I", 4, place)[0]


def _directory(source: Source, form: _Form, at: int, place: str) -> tuple[list[_Entry], int]:
    """The entries of the directory at `at`, and where the next one is; 0: nowhere."""
    (count,) = source.unpack(form.order + form.counts, at, place)
    if count > _ENTRIES:
        raise Damaged(place, f"{count:,} entries in a directory")
    width = 12 if form.inline == 4 else 20
    at += 8 if form.inline == 8 else 2
    entries = []
    for number in range(count):
        source.step(place)
        start = at + number * width
        tag, kind, length = source.unpack(f"{form.order}HH{form.places}", start, place)
        size = _BYTES.get(kind, 0)
        value = start + width - form.inline
        if size * length > form.inline:
            (value,) = source.unpack(form.order + form.places, value, place)
        if size:
            entries.append(_Entry(tag, value, size * length, size))
    end = at + count * width
    if end + form.inline > source.total:  # some writers leave out the last "nowhere"
        return entries, 0
    return entries, source.unpack(form.order + form.places, end, place)[0]


def _places(source: Source, form: _Form, entry: _Entry, place: str) -> list[int]:
    """The directories that an entry points to."""
    letter = {4: "I", 8: "Q"}.get(entry.size)
    if letter is None:
        return []
    found = []
    for number in range(min(entry.length // entry.size, _DIRECTORIES)):
        source.step(place)
        found.append(source.unpack(form.order + letter, entry.place + number * entry.size, place)[0])
    return found


def _value(source: Source, form: _Form, entry: _Entry, place: str) -> Iterator[Item]:
    if entry.tag == _XMP:
        yield Packet(f"{place} tag 0x2BC", source.take(entry.place, entry.length, f"{place} tag 0x2BC"))
    elif entry.tag == _C2PA:
        where = f"{place} tag 0xCD41"
        yield Manifest(where, source.take(entry.place, entry.length, where, STORE_BYTES))
    elif entry.tag == _COMMENT:
        where = f"{place} UserComment 0x9286"
        data = source.take(entry.place, min(entry.length, _COMMENT_BYTES), where)
        text = _comment(data, form)
        if is_label(text):
            yield Text(where, text)
    elif entry.tag in _ELSEWHERE:
        where = f"{place} {_ELSEWHERE[entry.tag]}"
        text = text_of(source.take(entry.place, min(entry.length, _COMMENT_BYTES), where))
        yield from commented(where, text)


def _comment(data: bytes, form: _Form) -> str:
    """A UserComment's text: eight bytes name its code. UNICODE is UTF-16, in an order that writers dispute."""
    code, body = data[:8], data[8:]
    if code == b"UNICODE\x00":
        if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return body.decode("utf-16", "replace")
        big = body[:1] == b"\x00" or (form.order == ">" and body[1:2] != b"\x00")
        return body.decode("utf-16-be" if big else "utf-16-le", "replace")
    if code in (b"ASCII\x00\x00\x00", b"JIS\x00\x00\x00\x00\x00", b"\x00" * 8):
        return text_of(body)
    return text_of(data)  # some writers leave the code out
