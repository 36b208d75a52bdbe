"""RPZ: a DNS zone that makes a resolver deny the names in it (draft-vixie-dnsop-dns-rpz)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import BadList, Settings, from_patterns, header, pieces_of, read_name
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList, Entry, Reach
from blocklists.names import Name

# An owner name is at most 255 octets with its zone's name behind it (RFC 1035 2.3.4). The zone's name is the
# resolver operator's choice, and one owner too long makes BIND refuse the whole zone: leave room for 64
# octets.
LONGEST_OWNER: Final = 255 - 64 - 1
_RECORD: Final = re.compile(r"(\*\.)?([a-z0-9_.-]+) CNAME \.\n?")
_HEAD: Final = re.compile(r"\$TTL \d+|@ SOA [a-z0-9.-]+ [a-z0-9.-]+ (\d+) \d+ \d+ \d+ \d+|@ NS [a-z0-9.-]+")


def reach_in_rpz(entry: Entry) -> tuple[Reach | None, str]:
    """The reach of `entry` that fits into owner names of LONGEST_OWNER octets."""
    length = len(entry.name)
    if length + 4 <= LONGEST_OWNER or (entry.reach is Reach.SUBTREE and length + 2 <= LONGEST_OWNER):
        return entry.reach, ""
    return (
        Reach.HOST if length <= LONGEST_OWNER else None
    ), f"an owner name longer than {LONGEST_OWNER} octets"


def write_rpz(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The text of a zone file without $ORIGIN: it loads under whatever name the resolver gives the zone."""
    blocklist, _ = fit(blocklist, reach_in_rpz)
    yield "".join(header(blocklist, settings, ";", "response policy zone: names answered with NXDOMAIN"))
    yield (
        f"$TTL {settings.ttl_seconds}\n"
        f"@ SOA {settings.primary} hostmaster.{settings.primary} "
        f"{settings.serial} 3600 900 2592000 {settings.ttl_seconds}\n"
        f"@ NS {settings.primary}\n"
    )
    if blocklist.has(Reach.WWW):
        yield from (f"{pattern} CNAME .\n" for pattern in blocklist.patterns())
        return
    deep = [one.reach is Reach.SUBTREE for one in blocklist.terms]
    for names, codes in pieces_of(blocklist):
        records = [
            f"{name} CNAME .\n*.{name} CNAME .\n" if deep[code] else f"{name} CNAME .\n"
            for name, code in zip(names, codes, strict=True)
        ]
        yield "".join(records)


def read_rpz(lines: Iterable[str]) -> BlockList:
    """The list that a zone file of `write_rpz` blocks. Raises BadList on any line that it would not write."""
    names: set[Name] = set()
    below: set[Name] = set()
    for number, line in enumerate(lines, 1):
        record = _RECORD.fullmatch(line)
        if record:
            name = read_name("rpz", number, line, record[2])
            known = below if record[1] else names
            if name in known:
                raise BadList("rpz", number, line, "the same owner twice")
            known.add(name)
        elif not line.startswith(";") and not _HEAD.fullmatch(line.rstrip("\n")):
            raise BadList("rpz", number, line, "not a record of a block list")
    for name in below - names:
        raise BadList("rpz", 0, f"*.{name}", "a wildcard without its own name")
    return from_patterns(names, below)


def soa_serial(lines: Iterable[str]) -> int | None:
    """The serial in the SOA record of such a file; None when no line is one."""
    for line in lines:
        found = _HEAD.fullmatch(line.rstrip("\n"))
        if found and found[1]:
            return int(found[1])
    return None
