"""Bounded reading of hostile bytes: what a carrier may take, and what it hands up.

A carrier is a generator of Items. It reads through a Source, which counts structure steps, metadata bytes and
inflated bytes: the work is bounded by what was processed, never by a clock, so the same bytes always give the same
answer. Running into a wall raises a Wall, which ends that carrier; what it had found before stays found.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, Final

from domainscan.model import Record

# Chunks, boxes, frames, sub-blocks of one file; an ordinary 16 MiB GIF has 66,000. A million took 1.2 s of CPU.
STEPS: Final = 200_000
METADATA_BYTES: Final = 8 * 1024 * 1024  # copied out of one file in all, inflated bytes included
SCANNED_BYTES: Final = 256 * 1024 * 1024  # searched for a pattern, all searches together: 0.5 s
PIECE_BYTES: Final = 1024 * 1024  # of one packet, chunk or stream
STORE_BYTES: Final = 4 * 1024 * 1024  # of what holds pictures as well: a C2PA store, comments with a cover
ITEMS: Final = 64  # labels, packets and manifests of one file


class Wall(Exception):
    """Raised when a carrier cannot go on. `rule` is the key of rules.RULES that says why."""

    rule = "damaged"

    def __init__(self, place: str, detail: str = "") -> None:
        super().__init__(f"{place}: {detail}")
        self.place, self.detail = place, detail


class Damaged(Wall):
    """Raised for a structure that breaks its format's rules, or ends too early."""


class Cut(Wall):
    """Raised for a read beyond the part of the file that was given."""

    rule = "cut"


class TooMuch(Wall):
    """Raised when one of the limits above is reached."""

    rule = "limit"


class Text(Record, frozen=True):
    """The text of a national label. `trouble` are rules that its place or spelling breaks."""

    place: str
    text: str
    trouble: tuple[str, ...] = ()


class Fields(Record, frozen=True):
    """A national label whose fields stand apart already, as in YAML or an RDF structure."""

    place: str
    fields: tuple[tuple[str, str], ...]
    raw: str = ""
    trouble: tuple[str, ...] = ()


class Packet(Record, frozen=True):
    """An XMP packet."""

    place: str
    data: bytes


class Manifest(Record, frozen=True):
    """A C2PA manifest store (JUMBF), or a piece of one."""

    place: str
    data: bytes


class Prompt(Record, frozen=True):
    """Prompt words with both elements in a text."""

    place: str
    text: str


class Trouble(Record, frozen=True):
    """Something seen that decides or is worth a remark: `rule` is a key of rules.RULES."""

    rule: str
    place: str
    detail: str = ""


Item = Text | Fields | Packet | Manifest | Prompt | Trouble


class Source:
    """The bytes of one file, and the account of what was done with them. `total`: its whole length, if longer."""

    def __init__(self, data: bytes, total: int = 0) -> None:
        self.data = data
        self.size = len(data)
        self.total = max(total, self.size)
        self.steps = 0
        self.taken = 0
        self.scanned = 0

    @property
    def is_cut(self) -> bool:
        return self.total > self.size

    def step(self, place: str, weight: int = 1) -> None:
        """Counts a step through a structure, or one that costs as much as several. Raises TooMuch beyond STEPS."""
        self.steps += weight
        if self.steps > STEPS:
            raise TooMuch(place, f"more than {STEPS:,} parts")

    def _count(self, length: int, place: str) -> None:
        self.taken += length
        if self.taken > METADATA_BYTES:
            raise TooMuch(place, f"more than {METADATA_BYTES:,} bytes of metadata")

    def need(self, start: int, length: int, place: str) -> None:
        """Raises Cut or Damaged when the file does not hold these bytes."""
        if start < 0 or length < 0 or start + length > self.total:
            raise Damaged(place, "it ends before it says it does")
        if start + length > self.size:
            raise Cut(place)

    def scan(self, length: int, place: str) -> None:
        """Counts a search through so many bytes. Raises TooMuch beyond SCANNED_BYTES."""
        self.scanned += length
        if self.scanned > SCANNED_BYTES:
            raise TooMuch(place, f"more than {SCANNED_BYTES:,} bytes searched")

    def take(self, start: int, length: int, place: str, limit: int = PIECE_BYTES) -> bytes:
        """A copy of so many bytes. Raises a Wall when they are not there or too many."""
        self.need(start, length, place)
        if length > limit:
            raise TooMuch(place, f"{length:,} bytes in one piece")
        self._count(length, place)
        return self.data[start : start + length]

    def unpack(self, form: str, start: int, place: str) -> tuple[Any, ...]:
        """Numbers at `start`, as struct reads them."""
        self.need(start, struct.calcsize(form), place)
        return struct.unpack_from(form, self.data, start)

    def inflate_start(self, data: bytes, length: int, place: str) -> bytes:
        """The first `length` bytes of what zlib data say; fewer when they say less."""
        try:
            plain = zlib.decompressobj().decompress(data, max(1, min(length, PIECE_BYTES)))
        except zlib.error:
            raise Damaged(place, "its compression is broken") from None
        self._count(len(plain), place)
        return plain

    def inflate(self, data: bytes, place: str, *, raw: bool = False) -> bytes:
        """What zlib (or raw deflate) data says, at most PIECE_BYTES. Raises Damaged when it is broken or ends early."""
        machine = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
        try:
            plain = machine.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise Damaged(place, "its compression is broken") from None
        self._count(len(plain), place)
        if not machine.eof:
            if len(plain) >= PIECE_BYTES or machine.unconsumed_tail:
                raise TooMuch(place, f"more than {PIECE_BYTES:,} bytes when inflated")
            raise Damaged(place, "its compressed data ends early")
        return plain


def text_of(data: bytes) -> str:
    """Text as its writer meant it, as far as that can be told: UTF-16 by its mark or its zeros, UTF-8, else Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    elif len(data) >= 4 and len(data) % 2 == 0 and data[1] == 0 and data[3] == 0 and data[0]:
        return data.decode("utf-16-le", "replace")
    elif len(data) >= 4 and len(data) % 2 == 0 and data[0] == 0 and data[2] == 0 and data[1]:
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def keyed(place: str, key: str, text: str) -> Text | None:
    """The label that stands under `key`, or None when the key is another one. Only AIGC in capitals is right."""
    if key == "AIGC":
        return Text(place, text)
    if key.strip().upper() == "AIGC":
        return Text(place, text, ("key_spelling",))
    return None
