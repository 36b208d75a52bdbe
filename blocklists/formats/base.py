"""What every list format is: a writer, a reader, and an honest word on what it cannot express."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from blocklists.formats.fitting import Fit, Losses, fit
from blocklists.lists import BlockList, Entry, Reach, block_list
from blocklists.names import BadName, Name, parse_name

PIECE: Final = 10_000  # entries written at once
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+")


class BadSettings(ValueError):
    """Raised for a setting that would not stay inside its line of a file; the message names it and its
    value.
    """

    def __init__(self, key: str, value: object, wanted: str) -> None:
        super().__init__(f"{key} = {value!r}: {wanted}")
        self.key, self.value, self.wanted = key, value, wanted


class BadList(ValueError):
    """Raised by a reader for a line that no writer of ours writes; the message has its number and text."""

    def __init__(self, format_name: str, line: int, text: str, reason: str) -> None:
        super().__init__(f"{format_name}, line {line}: {text[:80]!r}: {reason}")
        self.format_name, self.line, self.text, self.reason = format_name, line, text, reason


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file says of itself: serial and dates, and for zones their primary server and TTL."""

    serial: int
    issued: str
    expires: str = ""
    primary: str = "localhost."
    ttl_seconds: int = 300

    def __post_init__(self) -> None:
        if not 0 < self.serial < 2**32:
            raise BadSettings("serial", self.serial, "a serial is between 1 and 4294967295 (RFC 1035 3.3.13)")
        if not _TIME.fullmatch(self.issued):
            raise BadSettings("issued", self.issued, "a time as 2026-11-23T14:00:00Z")
        if self.expires and not _TIME.fullmatch(self.expires):
            raise BadSettings("expires", self.expires, "a time as 2026-11-23T14:00:00Z")
        if not _HOST.fullmatch(self.primary) or len(self.primary) > 200:
            raise BadSettings("primary", self.primary, "a host name in lower case with its trailing dot")
        if not 0 <= self.ttl_seconds < 2**31:
            raise BadSettings("ttl_seconds", self.ttl_seconds, "between 0 and 2147483647 (RFC 2181 8)")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to hand a list over.

    `pieces` gives the text of a file, many lines at a time, and writes only what `fit` leaves. `read` takes
    lines and gives a list that blocks the same names; it raises BadList on anything that `pieces` would not
    have written. `reach_of` says how much of an entry's reach the format keeps, and why not all.
    """

    name: str
    extension: str
    pieces: Callable[[BlockList, Settings], Iterator[str]]
    read: Callable[[Iterable[str]], BlockList]
    reach_of: Fit
    loses: str

    def fit(self, blocklist: BlockList) -> tuple[BlockList, Losses]:
        """What this format can say of `blocklist`: entries narrowed, never widened, and each narrowing
        told.
        """
        return fit(blocklist, self.reach_of)

    def write(self, blocklist: BlockList, settings: Settings) -> Iterator[str]:
        """The lines of the file, each with its end."""
        for piece in self.pieces(blocklist, settings):
            for line in piece.split("\n")[:-1]:
                yield f"{line}\n"


def pieces_of(blocklist: BlockList) -> Iterator[tuple[Sequence[Name], Sequence[int]]]:
    """The names and codes of the list, so many at a time that their lines are some hundred kilobytes."""
    for at in range(0, len(blocklist), PIECE):
        yield blocklist.names[at : at + PIECE], blocklist.codes[at : at + PIECE]


def header(blocklist: BlockList, settings: Settings, mark: str, title: str) -> Iterator[str]:
    """The comment lines that stand first in every file that can hold comments."""
    yield f"{mark} {title}\n"
    yield f"{mark} serial: {settings.serial}\n"
    yield f"{mark} issued: {settings.issued}\n"
    if settings.expires:
        yield f"{mark} expires: {settings.expires}\n"
    yield f"{mark} entries: {len(blocklist)}\n"


def read_name(format_name: str, line: int, text: str, spelled: str) -> Name:
    """The name that `spelled` is, in its one canonical spelling. Raises BadList for any other."""
    try:
        name = parse_name(spelled)
    except BadName as error:
        raise BadList(format_name, line, text, str(error)) from error
    if name != spelled:
        raise BadList(format_name, line, text, f"not canonical: {name} is meant")
    return name


def from_patterns(names: set[Name], below: set[Name]) -> BlockList:
    """The list that blocks exactly `names`, and everything below those of them that are in `below` too."""
    return block_list(Entry(name, Reach.SUBTREE if name in below else Reach.HOST) for name in names)
