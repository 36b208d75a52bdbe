"""names: one host name per line, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blocklists.formats.base import Settings, from_patterns, header, read_name
from blocklists.formats.fitting import fit
from blocklists.formats.hosts import hosts_of, reach_of_hosts
from blocklists.lists import BlockList
from blocklists.names import Name


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
