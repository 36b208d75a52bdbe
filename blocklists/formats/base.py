"""What every list format is: a writer, a reader, and an honest word on what it cannot express."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from blocklists.formats.fitting import Fit, Loss, Losses, fit, holds_none
from blocklists.lists import BlockList, Entry, Reach, Terms, block_list
from blocklists.names import BadName, Name, parse_name

PIECE: Final = 10_000  # entries written at once
_BLOCK: Final = 1 << 17  # characters that are made bytes at once
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+")
_PATH: Final = re.compile(r"[A-Za-z0-9_./-]{1,200}")
_URL: Final = re.compile(r"https://[a-z0-9.-]{1,253}(?::\d{1,5})?(?:/[A-Za-z0-9._~/%?=&-]{0,300})?")
_AT: Final = re.compile(r"(?P<address>[0-9.]+|\[[0-9a-f:]+\])(?::(?P<port>\d{1,5}))?")


class BadSettings(ValueError):
    """Raised for a setting that would not stay inside its line of a file; the message names it and its
    value.
    """

    def __init__(self, key: str, value: object, wanted: str) -> None:
        said = f"{key} is not set" if value in ("", ()) else f"{key} = {_said(value)}"
        super().__init__(f"{said}: {wanted}")
        self.key, self.value, self.wanted = key, value, wanted


def _said(value: object) -> str:
    """The value as somebody typed it: addresses of a garden stand between commas."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else repr(value)


class BadList(ValueError):
    """Raised by a reader for a line that no writer of ours writes; the message has its number and text."""

    def __init__(self, format_name: str, line: int, text: str, reason: str) -> None:
        super().__init__(f"{format_name}, line {line}: {text[:80]!r}: {reason}")
        self.format_name, self.line, self.text, self.reason = format_name, line, text, reason


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file says of itself: serial and dates, for zones their primary server and TTL, and what some
    consumers need: where blocked names lead to, who blocks, which file or server stands for "nothing here".
    """

    serial: int
    issued: str
    expires: str = ""
    primary: str = "localhost."
    ttl_seconds: int = 300
    garden: tuple[str, ...] = ()  # one host name with its trailing dot, or addresses
    blocked_by: str = ""  # https URL that names the one who blocks (RFC 7725 4)
    empty_zone: str = "/etc/bind/db.empty"  # a zone of SOA and NS alone; Debian's bind9 ships this one
    sinkhole: str = ""  # address or address:port of a server that denies every name

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
        if not (len(self.garden) == 1 and _HOST.fullmatch(self.garden[0])) and not all(
            map(is_address, self.garden)
        ):
            raise BadSettings("garden", self.garden, "one host name with its trailing dot, or addresses")
        if self.blocked_by and not _URL.fullmatch(self.blocked_by):
            raise BadSettings("blocked_by", self.blocked_by, "an https address without quotes and blanks")
        if not _PATH.fullmatch(self.empty_zone):
            raise BadSettings("empty_zone", self.empty_zone, "a path of letters, digits and ._/-")
        at = _AT.fullmatch(self.sinkhole)
        good = at and is_address(at["address"].strip("[]")) and 0 < int(at["port"] or 53) < 2**16
        if self.sinkhole and not good:
            raise BadSettings("sinkhole", self.sinkhole, "an address, or address:port ([...] around IPv6)")


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address in its canonical spelling."""
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False


def whole_reach(entry: Entry) -> tuple[Reach | None, str]:
    """For formats that have room for every reach."""
    return entry.reach, ""


def reach_by_name(entry: Entry) -> tuple[Reach | None, str]:
    """For formats that know trees and single hosts: a WWW entry is two hosts, if the second has room."""
    if entry.reach is Reach.WWW and len(entry.name) > 249:
        return Reach.HOST, "no room for www. in 253 characters"
    return entry.reach, ""


def trees_only(entry: Entry) -> tuple[Reach | None, str]:
    """For formats whose records always take everything below a name with them."""
    if entry.reach is Reach.SUBTREE:
        return entry.reach, ""
    return None, "a record has everything below its name: a single host would be widened"


def as_it_is(terms: Terms) -> Terms:
    """For formats that keep free text, or have no place for any."""
    return terms


def pack_text(pieces: Iterable[str]) -> Iterator[bytes]:
    """The bytes of a text file, UTF-8, some hundred kilobytes at a time."""
    some, size = [], 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size > _BLOCK:
            yield "".join(some).encode("utf-8")
            some, size = [], 0
    yield "".join(some).encode("utf-8")


def unpack_text(file: BinaryIO) -> Iterator[str]:
    """The lines of a text file with their ends. Raises UnicodeDecodeError."""
    for line in file:
        yield line.decode("utf-8")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to hand a list over.

    `pieces` gives the text of a file, one or more whole lines at a time, and writes only what `fit` leaves.
    `read` takes lines and gives a list that blocks the same names; it raises BadList on anything that `pieces`
    would not have written. `reach_of` says how much of an entry's reach the format keeps, and why not all;
    `clean` gives terms with the free text that the format can hold. `pack` and `unpack` are between the text
    and the bytes of the file. `passes` marks a list of names that are never blocked: it is made of the protected
    names, never of a block list.
    """

    name: str
    extension: str
    pieces: Callable[[BlockList, Settings], Iterator[str]]
    read: Callable[[Iterable[str]], BlockList]
    reach_of: Fit
    loses: str
    clean: Callable[[Terms], Terms] = as_it_is
    pack: Callable[[Iterable[str]], Iterator[bytes]] = pack_text
    unpack: Callable[[BinaryIO], Iterator[str]] = unpack_text
    passes: bool = False

    def fit(self, blocklist: BlockList) -> tuple[BlockList, Losses]:
        """What this format can say of `blocklist`: entries narrowed, never widened, and each narrowing
        told.
        """
        fitted, losses = fit(blocklist, self.reach_of)
        if self.clean is as_it_is:
            return fitted, losses
        fitted, changed = cleaned(fitted, self.clean)
        return fitted, losses.followed_by(changed)

    def is_silent(self, blocklist: BlockList) -> bool:
        """Whether the list has entries, and this format can say none of them: its file would look as if nothing were
        blocked.
        """
        return holds_none(blocklist, self.reach_of)

    def write(self, blocklist: BlockList, settings: Settings) -> Iterator[str]:
        """The lines of the file, each with its end."""
        for piece in self.pieces(blocklist, settings):
            for line in piece.split("\n")[:-1]:
                yield f"{line}\n"

    def save(self, blocklist: BlockList, settings: Settings) -> Iterator[bytes]:
        """The bytes of the file. Raises BadSettings where the format needs a setting that is not there."""
        return self.pack(self.pieces(blocklist, settings))

    def load(self, file: BinaryIO) -> BlockList:
        """The list in the bytes of such a file. Raises BadList, UnicodeDecodeError."""
        return self.read(self.unpack(file))


def pieces_of(blocklist: BlockList) -> Iterator[tuple[Sequence[Name], Sequence[int]]]:
    """The names and codes of the list, so many at a time that their lines are some hundred kilobytes."""
    for at in range(0, len(blocklist), PIECE):
        yield blocklist.names[at : at + PIECE], blocklist.codes[at : at + PIECE]


def cleaned(blocklist: BlockList, clean: Callable[[Terms], Terms]) -> tuple[BlockList, tuple[Loss, ...]]:
    """The list with the free text that `clean` leaves its entries, and those whose text was changed."""
    table = list(map(clean, blocklist.terms))
    changed = [was != now for was, now in zip(blocklist.terms, table, strict=True)]
    if not any(changed):
        return blocklist, ()
    losses = tuple(
        Loss(name, table[code].reach, table[code].reach, "free text was changed to fit")
        for name, code in zip(blocklist.names, blocklist.codes, strict=True)
        if changed[code]
    )
    return BlockList.of_columns(blocklist.names, blocklist.codes, table), losses


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


def read_records(
    format_name: str,
    lines: Iterable[str],
    mark: str,
    tree: re.Pattern[str] | None,
    host: re.Pattern[str] | None,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> BlockList:
    """The list in a file of one record per line: comments that begin with `mark`, the lines `before`, records
    of whole trees or single hosts with the name as first group, the lines `after`, nothing else.

    `before` and `after` are regular expressions. Raises BadList.
    """
    names: set[Name] = set()
    below: set[Name] = set()
    frame = [re.compile(one) for one in (*before, *after)]
    at, number = 0, 0
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\n")
        if text.startswith(mark) and at == 0:
            continue
        if at < len(frame) and frame[at].fullmatch(text):
            at += 1
            continue
        found = (tree and tree.fullmatch(text)) or (host and host.fullmatch(text))
        if not found or at != len(before):
            raise BadList(format_name, number, line, "no record stands here")
        name = read_name(format_name, number, line, found[1])
        if name in names:
            raise BadList(format_name, number, line, "the same name twice")
        names.add(name)
        if found.re is tree:
            below.add(name)
    if at != len(frame):
        raise BadList(format_name, number, "", "the file ends too early")
    return from_patterns(names, below)


def hosts_and_trees(blocklist: BlockList) -> Iterator[tuple[Name, bool]]:
    """(name, whether everything below it is meant too) for every name that a file has to speak of."""
    for entry in blocklist:
        yield entry.name, entry.reach is Reach.SUBTREE
        if entry.reach is Reach.WWW and blocklist.get(Name(f"www.{entry.name}")) is None:
            yield Name(f"www.{entry.name}"), False
