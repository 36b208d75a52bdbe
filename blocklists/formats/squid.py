"""squid: a file for `acl ... dstdomain`, and for everything else that reads `.name` as a whole domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, hosts_and_trees, reach_by_name, read_records
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r"\.([a-z0-9_-][a-z0-9_.-]*)")
_HOST: Final = re.compile(r"([a-z0-9_-][a-z0-9_.-]*)")


def write_squid(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of the file: `.name` is a name and everything below it, `name` is one host."""
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "#", "dstdomain: .name is a whole domain, name is one host")
    yield "# reach: host\n"
    for name, is_tree in hosts_and_trees(blocklist):
        yield f".{name}\n" if is_tree else f"{name}\n"


def read_squid(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_squid` would not write."""
    return read_records("squid", lines, "#", _TREE, _HOST)
