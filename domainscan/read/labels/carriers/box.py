"""The boxes that ISO base media files are made of: a length, a type, a content.

Source: ISO/IEC 14496-12 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domainscan.read.labels.source import Damaged, Source


class Box(NamedTuple):
    """A box: its type and where its content stands."""

    kind: bytes
    start: int
    end: int


def boxes(source: Source, at: int, end: int, place: str) -> Iterator[Box]:
    """The boxes between two places. Raises a Wall for one that reaches beyond them, after having yielded it."""
    while at + 8 <= end:
        source.step(place)
        size, kind = source.unpack(">I4s", at, place)
        head = 8
        if size == 1:
            (size,) = source.unpack(">Q", at + 8, place)
            head = 16
        elif size == 0:
            size = end - at
        if size < head:
            raise Damaged(f"{place} {name_of(kind)}", f"length {size}")
        if at + size > end:
            raise Damaged(f"{place} {name_of(kind)}", "it is longer than what holds it")
        yield Box(kind, at + head, at + size)
        at += size


def name_of(kind: bytes) -> str:
    """A box's type, in printable characters."""
    return ascii(kind.decode("latin-1"))[1:-1]
