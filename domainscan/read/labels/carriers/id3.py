"""ID3v2 tags: a TXXX frame described as AIGC, in MP3 and wherever else such a tag stands.

Source: TC260-PG-202510A; ID3v2.3.0 4.2.2; ID3v2.4.0 (structure 3, frames 4.2.6); C2PA 2.2 A.3.3 (GEOB).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from domainscan.read.labels.annex import commented
from domainscan.read.labels.source import STORE_BYTES, Damaged, Item, Manifest, Packet, Source, Trouble, keyed

_CODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_MANIFEST_TYPES: Final = (b"application/x-c2pa-manifest-store", b"application/c2pa")
_TEXT: Final = (b"TXXX", b"TXX")
_COMMENT: Final = (b"COMM", b"COM")
_FOOT_BYTES: Final = 10
_OLD_TAG_BYTES: Final = 128  # ID3v1, which may stand behind a tag at the end


class _Tag(NamedTuple):
    version: int
    unsynchronised: bool
    start: int  # of the first frame
    end: int


def is_mp3(data: bytes) -> bool:
    return data.startswith(b"ID3") or _is_frame(data)


def _is_frame(data: bytes) -> bool:
    """Whether MPEG audio begins here: sync, a layer, a bit rate and a sampling rate that exist."""
    return (
        len(data) >= 4
        and data[0] == 0xFF
        and data[1] & 0xE0 == 0xE0
        and data[1] & 0x18 != 0x08
        and data[1] & 0x06 in (0x02, 0x04)  # layers III and II; with layer I it could be UTF-16
        and data[2] & 0xF0 not in (0xF0, 0x00)
        and data[2] & 0x0C != 0x0C
    )


def read_mp3(source: Source) -> Iterator[Item]:
    """Labels of the tag in front, and of one at the end (ID3v2.4 with a footer)."""
    at = 0
    while source.data[at : at + 3] == b"ID3":  # some files have more than one
        source.step("MP3")
        tag = _tag(source, at, "MP3 ID3v2")
        yield from _frames(source, tag, f"MP3 ID3v2.{tag.version}")
        at = tag.end
    if source.is_cut:
        if at == 0:
            yield Trouble("cut", "MP3", "a tag may stand at the end")
        return
    for end in (source.size, source.size - _OLD_TAG_BYTES):
        foot = source.data[max(0, end - _FOOT_BYTES) : end] if end > at else b""
        if foot[:3] == b"3DI" and len(foot) == _FOOT_BYTES:
            start = end - 2 * _FOOT_BYTES - _safe(foot[6:])
            if start < at or source.data[start : start + 3] != b"ID3":
                raise Damaged("MP3 ID3v2 footer", "it points nowhere")
            tag = _tag(source, start, "MP3 ID3v2 at the end")
            yield from _frames(source, tag, f"MP3 ID3v2.{tag.version} at the end")
            return


def read_frames(source: Source, start: int, end: int, place: str) -> Iterator[Item]:
    """Labels of a tag inside another file."""
    if source.data[start : start + 3] == b"ID3":
        tag = _tag(source, start, place)
        yield from _frames(source, tag._replace(end=min(tag.end, end)), place)


def after_tag(data: bytes) -> int:
    """Where the content behind a leading tag begins; 0 when there is no tag."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + _safe(data[6:10]) + (_FOOT_BYTES if data[5] & 0x10 else 0)


def _safe(data: bytes) -> int:
    """A number in seven bits of each byte."""
    number = 0
    for byte in data[:4]:
        number = number << 7 | byte & 0x7F
    return number


def _tag(source: Source, at: int, place: str) -> _Tag:
    version, _, flags = source.unpack("BBB", at + 3, place)
    size = _safe(source.take(at + 6, 4, place))
    if version not in (2, 3, 4):
        raise Damaged(place, f"version 2.{version}")
    start, end = at + 10, at + 10 + size
    unsynchronised = bool(flags & 0x80)
    if flags & 0x40 and version == 3:
        start += 4 + source.unpack(">I", start, place)[0]
    elif flags & 0x40 and version == 4:
        start += _safe(source.take(start, 4, place))
    elif flags & 0x40:
        raise Damaged(place, "compressed as ID3v2.2 never defined")
    if end > source.total:
        raise Damaged(place, "it ends before it says it does")
    return _Tag(version, unsynchronised, start, end + (_FOOT_BYTES if flags & 0x10 else 0))


def _frames(source: Source, tag: _Tag, place: str) -> Iterator[Item]:
    """Labels of one tag. Before ID3v2.4 the whole tag is unsynchronised, lengths of frames included."""
    if tag.unsynchronised and tag.version < 4:
        data = source.take(tag.start, tag.end - tag.start, place, STORE_BYTES).replace(b"\xff\x00", b"\xff")
        inner = Source(data)
        inner.steps, inner.taken = source.steps, source.taken
        yield from _walk(inner, tag._replace(start=0, end=len(data)), place)
        source.steps, source.taken = inner.steps, inner.taken
    else:
        yield from _walk(source, tag, place)


def _walk(source: Source, tag: _Tag, place: str) -> Iterator[Item]:
    at, head = tag.start, 6 if tag.version == 2 else 10
    while at + head <= tag.end:
        source.step(place)
        source.need(at, head, place)
        name = source.data[at : at + (3 if tag.version == 2 else 4)]
        if not name.strip(b"\x00") or name == b"3DI\x04":
            return  # padding, or the footer
        size, flags = _frame_head(source, tag, at, place)
        start, at = at + head, at + head + size
        if at > tag.end:
            raise Damaged(place, f"frame {name.decode('latin-1')} is longer than its tag")
        if name in _TEXT or name in _COMMENT or name in (b"GEOB", b"PRIV"):
            where = f"{place} {name.decode('latin-1')}"
            data = _content(source, tag, start, size, flags, where)
            yield from _frame(name, data, where)


def _frame_head(source: Source, tag: _Tag, at: int, place: str) -> tuple[int, int]:
    """(length, flags) of a frame. Some writers of ID3v2.4 count in eight bits a byte: told by a high bit."""
    if tag.version == 2:
        return int.from_bytes(source.data[at + 3 : at + 6], "big"), 0
    size, flags = source.unpack(">IH", at + 4, place)
    raw = source.data[at + 4 : at + 8]
    if tag.version == 4 and not any(byte & 0x80 for byte in raw):
        size = _safe(raw)
    return size, flags


def _content(source: Source, tag: _Tag, start: int, size: int, flags: int, place: str) -> bytes:
    """A frame's content, with what its flags say undone; some unsynchronise ID3v2.4 and tell only the tag."""
    data = source.take(start, size, place)
    if tag.version == 3:
        if flags & 0x40:
            raise Encrypted(place)
        data = data[(4 if flags & 0x80 else 0) + (1 if flags & 0x20 else 0) :]
        return source.inflate(data, place) if flags & 0x80 else data
    if tag.version == 4:
        if flags & 0x04:
            raise Encrypted(place)
        data = data[(1 if flags & 0x40 else 0) + (4 if flags & 0x01 else 0) :]
        if flags & 0x02 or tag.unsynchronised:
            data = data.replace(b"\xff\x00", b"\xff")
        return source.inflate(data, place) if flags & 0x08 else data
    return data


class Encrypted(Damaged):
    """Raised for a frame that is encrypted."""

    rule = "encrypted"


def _frame(name: bytes, data: bytes, place: str) -> Iterator[Item]:
    if name == b"GEOB":
        kind, _, rest = data[1:].partition(b"\x00")
        if kind.lower() in _MANIFEST_TYPES:
            at = rest.find(b"jumb") - 4
            yield Manifest(f"{place} {kind.decode('latin-1')}", rest[max(0, at) :])
    elif name == b"PRIV":
        owner, _, rest = data.partition(b"\x00")
        if owner == b"XMP":
            yield Packet(f"{place} XMP", rest)
    elif name in _COMMENT:
        yield from commented(place, _described(data[:1] + data[4:])[1])  # three letters name the language
    else:
        key, text = _described(data)
        for value in [one for one in text.split("\x00") if one] or [""]:  # ID3v2.4 lets a frame hold several
            label = keyed(f"{place} {key}" if len(key) < 16 else place, key, value)
            if label:
                yield label


def _described(data: bytes) -> tuple[str, str]:
    """(description, value) of a user text frame; UTF-16 may say its byte order twice or once."""
    coding = _CODINGS.get(data[0] if data else 0, "latin-1")
    if coding.startswith("utf-16"):
        at = next((i for i in range(1, len(data) - 1, 2) if data[i : i + 2] == b"\x00\x00"), len(data))
        first, second = data[1:at], data[at + 2 :]
        if coding == "utf-16" and second[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            second = first[:2] + second
        return first.decode(coding, "replace"), second.decode(coding, "replace").rstrip("\x00")
    first, _, second = data[1:].partition(b"\x00")
    text = _best(second, coding)
    return first.decode(coding, "replace"), text.rstrip("\x00")


def _best(data: bytes, coding: str) -> str:
    """Text in the coding that is named; UTF-8 under the name of Latin-1 is common."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(coding, "replace")
