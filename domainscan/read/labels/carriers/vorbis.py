"""FLAC, and Ogg with Vorbis, Opus, FLAC, Speex or Theora in it: a comment named AIGC.

Names of comments are written in any case. Source: TC260-PG-202510A; Vorbis I 5; RFC 7845 5.2 (Opus);
RFC 9639 8.6 (FLAC); RFC 3533 6 (Ogg pages).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import commented
from domainscan.read.labels.carriers.id3 import after_tag, read_frames
from domainscan.read.labels.source import STORE_BYTES, Damaged, Item, Source, Text, TooMuch, text_of

_COMMENTS: Final = 4_096
_FREE: Final = (b"COMMENT", b"DESCRIPTION")  # texts of any kind
_VORBIS_COMMENT: Final = 4  # the type of a FLAC metadata block
_HEADS: Final[dict[bytes, str]] = {
    # how a comment packet begins -> what it is of
    b"\x03vorbis": "Vorbis",
    b"OpusTags": "Opus",
    b"\x81theora": "Theora",
}
_CONTINUED: Final = 0x01
_BEGIN: Final = 0x02


def is_flac(data: bytes) -> bool:
    at = after_tag(data)
    return data[at : at + 4] == b"fLaC"


def is_ogg(data: bytes) -> bool:
    return data.startswith(b"OggS")


def read_flac(source: Source) -> Iterator[Item]:
    """Labels of the metadata blocks, and of an ID3 tag before them. The sound is not read."""
    at = after_tag(source.data)
    if at:
        yield from read_frames(source, 0, at, "FLAC ID3v2")
    at += 4
    while True:
        source.step("FLAC")
        (head,) = source.unpack(">I", at, "FLAC metadata block")
        kind, length = head >> 24 & 0x7F, head & 0xFFFFFF
        source.need(at + 4, length, "FLAC metadata block")
        if kind == _VORBIS_COMMENT:
            place = "FLAC Vorbis comment"
            yield from _comments(source, source.take(at + 4, length, place, STORE_BYTES), place)
        if head >> 31:
            return
        at += 4 + length


def _comments(source: Source, data: bytes, place: str) -> Iterator[Item]:
    """The labels among the comments of one block: vendor, count, and each with its length."""
    at = 4 + _number(data, 0, place)
    count = _number(data, at, place)
    if count > _COMMENTS:
        raise TooMuch(place, f"{count:,} comments")
    at += 4
    for _ in range(count):
        source.step(place)
        length = _number(data, at, place)
        comment = data[at + 4 : at + 4 + length]
        if len(comment) < length:
            raise Damaged(place, "a comment is longer than its block")
        key, _, value = comment.partition(b"=")
        if key.upper() == b"AIGC":
            yield Text(f"{place} {key.decode('ascii')}", text_of(value))
        elif key.upper() in _FREE:
            yield from commented(f"{place} {key.decode('ascii')}", text_of(value))
        at += 4 + length


def _number(data: bytes, at: int, place: str) -> int:
    if at + 4 > len(data):
        raise Damaged(place, "it ends early")
    return int(struct.unpack_from("<I", data, at)[0])


# ---------------------------------------------------------------- Ogg


class _Stream:
    """What is gathered of one logical stream: its first packets, until its comments were read."""

    def __init__(self) -> None:
        self.packets = 0
        self.parts: list[bytes] = []
        self.length = 0
        self.flac = False
        self.done = False


def read_ogg(source: Source) -> Iterator[Item]:
    """Labels of every logical stream, chained ones too."""
    streams: dict[int, _Stream] = {}
    at = 0
    while at < source.total:
        source.step("Ogg")
        capture, version, flags, serial, count = source.unpack("<4sBB8xI8xB", at, "Ogg page")
        if capture != b"OggS" or version != 0:
            raise Damaged("Ogg page", f"no page at {at:,}")
        source.need(at + 27, count, "Ogg page")
        lacing = source.data[at + 27 : at + 27 + count]
        start = at + 27 + count
        source.need(start, sum(lacing), "Ogg page")
        if flags & _BEGIN or serial not in streams:
            streams[serial] = _Stream()
        stream = streams[serial]
        if not stream.done:
            yield from _page(source, stream, start, lacing, continued=bool(flags & _CONTINUED))
        at = start + sum(lacing)


def _page(source: Source, stream: _Stream, start: int, lacing: bytes, *, continued: bool) -> Iterator[Item]:
    if stream.parts and not continued:
        raise Damaged("Ogg page", "a packet that is not continued")
    for size in lacing:
        source.step("Ogg packet")
        stream.length += size
        if stream.length > STORE_BYTES:
            raise TooMuch("Ogg packet", f"more than {STORE_BYTES:,} bytes")
        stream.parts.append(source.take(start, size, "Ogg packet"))
        start += size
        if size < 255:
            packet = b"".join(stream.parts)
            stream.parts, stream.length = [], 0
            stream.packets += 1
            yield from _packet(source, stream, packet)
            if stream.done:
                return


def _packet(source: Source, stream: _Stream, packet: bytes) -> Iterator[Item]:
    """The labels in one of the packets that open a stream; the second one holds the comments."""
    if stream.packets == 1:
        stream.flac = packet.startswith(b"\x7fFLAC")
        return
    stream.done = True
    if stream.flac:  # metadata blocks, one a packet; the first of them is the comments
        if packet and packet[0] & 0x7F == _VORBIS_COMMENT:
            yield from _comments(source, packet[4:], "Ogg FLAC comment")
        return
    head = next((one for one in _HEADS if packet.startswith(one)), b"")
    if head:
        yield from _comments(source, packet[len(head) :], f"Ogg {_HEADS[head]} comment")
    elif b"aigc=" in packet.lower():  # Speex: comments without a head
        yield from _comments(source, packet, "Ogg comment")
