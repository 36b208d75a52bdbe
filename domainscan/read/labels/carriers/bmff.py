"""ISO base media files: MP4, MOV, M4A by their user data and XMP; HEIF and AVIF by their items.

Source: TC260-PG-20257A (moov.udta.meta: `keys` entry AIGC, its value in `ilst`); ISO/IEC 14496-12 8.11; QuickTime
File Format (metadata); XMP part 3 (uuid box); C2PA 2.2 A.3.2; ISO/IEC 23008-12 (HEIF).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.carriers.box import Box, boxes, name_of
from domainscan.read.labels.carriers.items import read_items
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

_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_FIRST: Final = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"uuid", b"pnot"))
_PICTURES: Final = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"heim", b"heis", b"hevc")
_FREE: Final = {
    b"\xa9cmt": "comment",
    b"desc": "description",
}  # texts of any kind, by iTunes' names and by others'
_KEYS: Final = 1_024
_UTF_16: Final = 2  # the type of a value


def is_bmff(data: bytes) -> bool:
    return data[4:8] in _FIRST and not is_heif(data)


def is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _PICTURES


def read_bmff(source: Source) -> Iterator[Item]:
    """Every label: in the film's user data, and in boxes of their own."""
    head = False
    for box in boxes(source, 0, source.total, "MP4"):
        if box.kind == b"moov":
            head = True
            source.need(box.start, box.end - box.start, "MP4 moov")
            yield from _moov(source, box)
        elif box.kind == b"meta":
            yield from _meta(source, box, "MP4 meta", "the guide names moov.udta.meta")
        elif box.kind == b"uuid":
            yield from _uuid(source, box, "MP4")
    if not head:  # a download that broke off, or one fragment of a film: the labels stand in what is not here
        yield Trouble("damaged", "MP4", "no moov")


def read_heif(source: Source) -> Iterator[Item]:
    """Labels of a picture's items."""
    for box in boxes(source, 0, source.total, "HEIF"):
        if box.kind == b"meta":
            source.need(box.start, box.end - box.start, "HEIF meta")
            yield from read_items(source, list(boxes(source, box.start + 4, box.end, "HEIF meta")))
        elif box.kind == b"uuid":
            yield from _uuid(source, box, "HEIF")


def _uuid(source: Source, box: Box, kind: str) -> Iterator[Item]:
    source.need(box.start, min(16, box.end - box.start), f"{kind} uuid")
    name = source.data[box.start : box.start + 16]
    if name == _XMP:
        place = f"{kind} uuid XMP"
        yield Packet(place, source.take(box.start + 16, box.end - box.start - 16, place))
    elif name == _C2PA:
        place = f"{kind} uuid C2PA"
        content = source.take(box.start + 16, box.end - box.start - 16, place, STORE_BYTES)
        purpose, _, _ = content[4:].partition(b"\x00")
        if purpose == b"manifest":  # others hold hashes of parts
            yield Manifest(place, content[4 + len(purpose) + 1 + 8 :])


def _moov(source: Source, moov: Box) -> Iterator[Item]:
    for box in boxes(source, moov.start, moov.end, "MP4 moov"):
        if box.kind == b"udta":
            yield from _user_data(source, box)
        elif box.kind == b"meta":
            yield from _meta(source, box, "MP4 moov.meta", "the guide names moov.udta.meta")
        elif box.kind == b"uuid":
            yield from _uuid(source, box, "MP4 moov")


def _user_data(source: Source, udta: Box) -> Iterator[Item]:
    for box in boxes(source, udta.start, udta.end, "MP4 moov.udta"):
        place = f"MP4 moov.udta.{name_of(box.kind)}"
        if box.kind == b"meta":
            yield from _meta(source, box, place, "")
        elif box.kind == b"XMP_":
            yield Packet(place, source.take(box.start, box.end - box.start, place))
        elif box.kind in _FREE:  # QuickTime's own form: length and language come before the text
            where = f"MP4 moov.udta {_FREE[box.kind]}"
            yield from commented(where, text_of(source.take(box.start, box.end - box.start, where)[4:]))
        elif box.kind.upper() == b"AIGC":
            label = keyed(
                "MP4 moov.udta AIGC", "AIGC", text_of(source.take(box.start, box.end - box.start, place))
            )
            if label:
                yield label
            yield Trouble("carrier", place, "the guide names moov.udta.meta")


def _meta(source: Source, meta: Box, place: str, remark: str) -> Iterator[Item]:
    """Labels of a metadata box: values in `ilst` under names in `keys`, or free names as iTunes writes them."""
    source.need(meta.start, meta.end - meta.start, place)
    full = source.data[meta.start + 4 : meta.start + 8] != b"hdlr"  # QuickTime leaves out version and flags
    keys: list[str] = []
    for box in boxes(source, meta.start + (4 if full else 0), meta.end, place):
        if box.kind == b"keys":
            keys = _keys(source, box, f"{place}.keys")
        elif box.kind == b"ilst":
            yield from _values(source, box, keys, f"{place}.ilst", remark)
        elif box.kind == b"uuid":
            yield from _uuid(source, box, place)


def _keys(source: Source, box: Box, place: str) -> list[str]:
    (count,) = source.unpack(">I", box.start + 4, place)
    found, at = [], box.start + 8
    for _ in range(min(count, _KEYS)):
        source.step(place)
        size, _ = source.unpack(">I4s", at, place)
        if size < 8 or at + size > box.end:
            raise Damaged(place, "a key is longer than what holds it")
        found.append(source.take(at + 8, size - 8, place).decode("utf-8", "replace"))
        at += size
    return found


def _values(source: Source, ilst: Box, keys: list[str], place: str, remark: str) -> Iterator[Item]:
    for box in boxes(source, ilst.start, ilst.end, place):
        number = int.from_bytes(box.kind, "big")
        key, wrong = (keys[number - 1], remark) if 0 < number <= len(keys) else ("", "the guide names `keys`")
        if box.kind == b"----":
            key = _freename_of(source, box, place)
        key = _FREE.get(box.kind, key)
        if key.strip().upper() != "AIGC" and key not in _FREE.values():
            continue
        for value in boxes(source, box.start, box.end, place):
            if value.kind == b"data":
                yield from _value(source, value, key, f"{place} {key}", wrong)


def _freename_of(source: Source, box: Box, place: str) -> str:
    names = [one for one in boxes(source, box.start, box.end, place) if one.kind == b"name"]
    if not names:
        return ""
    return source.take(names[0].start, names[0].end - names[0].start, place)[4:].decode("utf-8", "replace")


def _value(source: Source, box: Box, key: str, place: str, wrong: str) -> Iterator[Item]:
    data = source.take(box.start, box.end - box.start, place)
    if len(data) < 8:
        raise Damaged(place, "a value without a head")
    utf_16 = int.from_bytes(data[:4], "big") == _UTF_16
    text = data[8:].decode("utf-16-be", "replace") if utf_16 else text_of(data[8:])
    if key in _FREE.values():
        yield from commented(place, text)
        return
    label = keyed(place, key, text)
    if label:
        yield label
    if wrong:
        yield Trouble("carrier", place, wrong)
