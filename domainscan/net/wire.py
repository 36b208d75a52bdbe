"""The plain answers that nearly all DNS answers are, read with `struct`; the rest is left to dnspython.

dnspython takes 60-90 us for an answer with one address, this takes 2: a bulk scan asks five questions a name.
It gives up (None) at the first thing that is not plain, and never guesses: every record of every section is
walked and the message must end where the last one ends. tests/net/test_wire.py holds the two against each other.
Source: RFC 1035 4.1, RFC 3596 2.2, RFC 6891 6.1.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from domainscan.model import Name

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT = 1, 2, 5, 6, 15, 16, 28, 41
NXDOMAIN: Final = 3
INTERNET: Final = 1
HOPS: Final = 8  # aliases in a row
VALUES: Final = 64  # kept of one answer; `total` counts them all
VALUE_CHARACTERS: Final = 4096
TTL_SECONDS: Final = 7 * 86400
_COUNTS: Final = struct.Struct("!HHHH")
_RECORD: Final = struct.Struct("!HHIH")  # type, class, TTL, length of the data
_OWNED: Final = struct.Struct("!HHHIH")  # the same behind a pointer to the owner
_LABEL: Final = re.compile(rb"[A-Za-z0-9_-]{1,63}")
_TEXT: Final = re.compile(rb"[ !#-\[\]-~]*")  # printable ASCII without what a quoted string escapes
_NAME_OCTETS: Final = 255


class Parsed(NamedTuple):
    """What one message says. `values` are in presentation form, sorted and at most VALUES of `total`."""

    rcode: int
    values: tuple[str, ...] = ()
    total: int = 0
    ttl_seconds: int = 0
    chain: tuple[Name, ...] = ()
    final: bool = True  # False: an alias without its target; ask for that


class _Odd(Exception):
    """Something that is not plain."""


def read_plain(data: bytes, rtype: str, start: int) -> Parsed | None:
    """What an answer says about the records of type `rtype`; None unless all of it is plain.

    `start` is where the question ends. Whoever calls has seen that header and question are the asked ones.
    """
    read = READERS.get(rtype)
    rcode = data[3] & 15
    if read is None or rcode not in (0, NXDOMAIN):
        return None
    try:
        return _read(data, read, start, rcode)
    except (_Odd, struct.error, IndexError, UnicodeDecodeError, OSError, ValueError):
        return None


def _read(data: bytes, read: Reader, start: int, rcode: int) -> Parsed:
    _, answers, authorities, additional = _COUNTS.unpack_from(data, 4)
    kind, to_text = read
    values: list[str] = []
    chain: tuple[Name, ...] = ()
    ttl, at = TTL_SECONDS, start
    owner = 0xC00C  # the pointer that the next record's owner must be: servers spell a name once
    for _ in range(answers):
        pointer, rtype, rclass, seconds, length = _OWNED.unpack_from(data, at)
        at += 12
        if pointer != owner or rclass != INTERNET:
            raise _Odd
        if seconds < ttl or seconds >= 2**31:
            ttl = seconds if seconds < 2**31 else 0  # RFC 2181 8
        if rtype == kind:
            values.append(to_text(data, at, length))
        elif rtype == CNAME and not values:
            chain += (Name(_name(data, at, at + length)[:-1]),)
            owner = 0xC000 | at
        else:
            raise _Odd
        at += length
    at, ended = _skip(data, at, authorities, additional)
    if at != len(data) or (chain and _loops(data, start, chain)):
        raise _Odd
    if len(values) > 1:
        values = sorted(set(values))
    final = bool(values) or not chain or ended or rcode == NXDOMAIN
    kept = tuple([value[:VALUE_CHARACTERS] for value in values[:VALUES]])
    return Parsed(rcode, kept, len(values), ttl, chain, final)


def _loops(data: bytes, start: int, chain: tuple[Name, ...]) -> bool:
    """Whether the aliases come back to where they were, or are too many: dnspython's reader says which."""
    return len({*chain, _name(data, 12, start - 4)[:-1]}) <= len(chain) or len(chain) > HOPS


def _skip(data: bytes, at: int, authorities: int, additional: int) -> tuple[int, bool]:
    """Behind the records that nobody asked for, and whether the zone's SOA is among them."""
    ended = False
    for number in range(authorities + additional):
        owner = data[at]
        while 0 < data[at] < 0x40:
            at += data[at] + 1
        if data[at] and (data[at] < 0xC0 or (data[at] & 0x3F) << 8 | data[at + 1] >= at):
            raise _Odd
        at += 2 if data[at] else 1
        rtype, rclass, seconds, length = _RECORD.unpack_from(data, at)
        if rtype == OPT:
            if (
                owner or seconds >> 24
            ):  # it belongs to the root (RFC 6891 6.1.2), and an extended RCODE is no plain one
                raise _Odd
        elif rclass != INTERNET:
            raise _Odd
        elif rtype == SOA and number < authorities:
            ended = True
        at += 10 + length
    return at, ended


def _name(data: bytes, at: int, end: int) -> str:
    """A name of plain labels in lower case, with its final dot; it must end at `end`."""
    labels: list[bytes] = []
    octets, limit, behind = 1, at, 0
    while data[at]:
        length = data[at]
        if length & 0xC0 == 0xC0:
            behind = behind or at + 2
            at = (length & 0x3F) << 8 | data[at + 1]
            if at >= limit:  # pointers go backwards, so they end
                raise _Odd
            limit = at
            continue
        label = data[at + 1 : at + 1 + length]
        if len(label) != length or not _LABEL.fullmatch(label):
            raise _Odd
        labels.append(label)
        octets += length + 1
        at += length + 1
    if octets > _NAME_OCTETS or not labels or (behind or at + 1) != end:
        raise _Odd
    return (b".".join(labels) + b".").decode("ascii").lower()


def _address(data: bytes, at: int, length: int) -> str:
    if length != 4:
        raise _Odd
    return socket.inet_ntoa(data[at : at + 4])


def _address6(data: bytes, at: int, length: int) -> str:
    if length != 16:
        raise _Odd
    text = socket.inet_ntop(socket.AF_INET6, data[at : at + 16])
    if "." in text:  # libraries differ on addresses that hold an IPv4 one
        raise _Odd
    return text


def _host(data: bytes, at: int, length: int) -> str:
    return _name(data, at, at + length)


def _exchange(data: bytes, at: int, length: int) -> str:
    return f"{data[at] << 8 | data[at + 1]} {_name(data, at + 2, at + length)}"


def _strings(data: bytes, at: int, length: int) -> str:
    found, end = [], at + length
    while at < end:
        text = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
        if at > end or not _TEXT.fullmatch(text):
            raise _Odd
        found.append(f'"{text.decode("ascii")}"')
    if not found:
        raise _Odd
    return " ".join(found)


Reader = tuple[int, Callable[[bytes, int, int], str]]

READERS: Final[dict[str, Reader]] = {
    "A": (A, _address),
    "AAAA": (AAAA, _address6),
    "NS": (NS, _host),
    "MX": (MX, _exchange),
    "TXT": (TXT, _strings),
}
