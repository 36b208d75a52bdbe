"""names: one host name per line, and nothing else; wildcard: the same with `*.name` for whole domains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import (
    Settings,
    from_patterns,
    header,
    hosts_and_trees,
    reach_by_name,
    read_name,
    read_records,
)
from blocklists.formats.fitting import fit
from blocklists.formats.hosts import hosts_of, reach_of_hosts
from blocklists.lists import BlockList
from blocklists.names import Name

_TREE: Final = re.compile(r"\*\.([a-z0-9_.-]+)")
_HOST: Final = re.compile(r"([a-z0-9_-][a-z0-9_.-]*)")


def write_names(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The text of a plain list. `# reach: host` tells readers, ours among them, not to read domains into it."""
    blocklist, _ = fit(blocklist, reach_of_hosts)
    yield "".join(
        header(blocklist, settings, "#", "host names: each line is exactly one host, nothing below it")
    )
    yield "# reach: host\n"
    for names in hosts_of(blocklist):
        yield "\n".join(names) + "\n"


def read_names(lines: Iterable[str]) -> BlockList:
    """The single hosts that such a file names. Raises BadList on any line that `write_names` would not
    write.
    """
    names: set[Name] = set()
    for number, line in enumerate(lines, 1):
        if not line.startswith("#"):
            names.add(read_name("names", number, line, line.removesuffix("\n")))
    return from_patterns(names, set())


def write_wildcard(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a wildcard list: `*.name` is a name and everything below it, `name` is one host."""
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "#", "wildcards: *.name is a whole domain, name is one host")
    yield "# reach: host\n"
    for name, is_tree in hosts_and_trees(blocklist):
        yield f"*.{name}\n" if is_tree else f"{name}\n"


def read_wildcard(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_wildcard` would not write."""
    return read_records("wildcard", lines, "#", _TREE, _HOST)
