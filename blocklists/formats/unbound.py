"""unbound: local zones for a server that takes no RPZ, or is to answer without one (unbound.conf(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import (
    BadList,
    Settings,
    header,
    hosts_and_trees,
    reach_by_name,
    read_records,
)
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r'local-zone: "([a-z0-9_.-]+)\." always_nxdomain')
_HOST: Final = re.compile(r'local-zone: "([a-z0-9_.-]+)\." transparent')
_DATA: Final = re.compile(r"local-data: '([a-z0-9_.-]+)\. \d+ IN TXT \"blocked\"'")


def write_unbound(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a file to `include:`. A tree is a zone without names: NXDOMAIN.

    A single host is a transparent zone that knows the host and, of it, a TXT record alone: other types are
    NODATA, and what lies below is asked for as ever.
    """
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "#", "local zones for unbound.conf; include: this file")
    yield "server:\n"
    for name, is_tree in hosts_and_trees(blocklist):
        if is_tree:
            yield f'local-zone: "{name}." always_nxdomain\n'
        else:
            yield f'local-zone: "{name}." transparent\n'
            yield f"local-data: '{name}. {settings.ttl_seconds} IN TXT \"blocked\"'\n"


def read_unbound(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_unbound` would not write."""
    return read_records("unbound", _zones(lines), "#", _TREE, _HOST, ["server:"])


def _zones(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the record that follows each transparent zone. Raises BadList where it does not."""
    wanted = ""
    number = 0
    for number, line in enumerate(lines, 1):
        data = _DATA.fullmatch(line.removesuffix("\n"))
        if (data[1] if data else "") != wanted:
            raise BadList("unbound", number, line, "a transparent zone and its one record belong together")
        if data:
            wanted = ""
            continue
        host = _HOST.fullmatch(line.removesuffix("\n"))
        wanted = host[1] if host else ""
        yield line
    if wanted:
        raise BadList("unbound", number, "", "the file ends too early")
