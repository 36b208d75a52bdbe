"""bind: one authoritative zone per domain, all of them with one shared empty zone file, for a BIND without RPZ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, read_records, trees_only
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_ZONE: Final = re.compile(r'zone "([a-z0-9_.-]+)" \{ type primary; file "[A-Za-z0-9_./-]+"; \};')


def write_bind(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a file to `include` in named.conf. `empty_zone` of the settings is the shared zone file: a
    SOA and an NS record, and no name of its own.
    """
    blocklist, _ = fit(blocklist, trees_only)
    yield from header(blocklist, settings, "#", "zones for named.conf; include this file")
    for entry in blocklist:
        yield f'zone "{entry.name}" {{ type primary; file "{settings.empty_zone}"; }};\n'


def read_bind(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_bind` would not write."""
    return read_records("bind", lines, "#", _ZONE, None)
