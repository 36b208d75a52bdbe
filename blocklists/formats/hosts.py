"""hosts: `0.0.0.0 name`, for resolvers and appliances that read a hosts file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from blocklists.formats.base import PIECE, BadList, Settings, from_patterns, header, pieces_of, read_name
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList, Entry, Reach
from blocklists.names import Name

_LINE: Final = re.compile(r"0\.0\.0\.0 ([a-z0-9_.-]+)\n?")


def reach_of_hosts(entry: Entry) -> tuple[Reach | None, str]:
    """HOST and WWW are written out host by host; a SUBTREE shrinks to the name itself."""
    if entry.reach is Reach.SUBTREE:
        return Reach.HOST, "single hosts only: the names below are not listed"
    if entry.reach is Reach.WWW and len(entry.name) > 249:
        return Reach.HOST, "no room for www. in 253 characters"
    return entry.reach, ""


def write_hosts(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The text of a hosts file."""
    blocklist, _ = fit(blocklist, reach_of_hosts)
    yield "".join(
        header(blocklist, settings, "#", "hosts file: each line is exactly one host, nothing below it")
    )
    for names in hosts_of(blocklist):
        yield "0.0.0.0 " + "\n0.0.0.0 ".join(names) + "\n"


def hosts_of(blocklist: BlockList) -> Iterator[Sequence[str]]:
    """The hosts of a list without SUBTREE entries, many at a time; a WWW entry is two."""
    if not blocklist.has(Reach.WWW):
        yield from (names for names, _ in pieces_of(blocklist))
        return
    hosts = iter(blocklist.patterns())
    while some := list(islice(hosts, PIECE)):
        yield some


def read_hosts(lines: Iterable[str]) -> BlockList:
    """The single hosts that such a file blocks. Raises BadList on any line that `write_hosts` would not
    write.
    """
    names: set[Name] = set()
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found:
            names.add(read_name("hosts", number, line, found[1]))
        elif not line.startswith("#"):
            raise BadList("hosts", number, line, "not `0.0.0.0 name`")
    return from_patterns(names, set())
