"""adguard: rules for AdGuard Home and other DNS filters that read Adblock syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, hosts_and_trees, reach_by_name, read_records
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r"\|\|([a-z0-9_.-]+)\^")
_HOST: Final = re.compile(r"\|([a-z0-9_.-]+)\^")


def write_adguard(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a filter: `||name^` is a name and everything below it, `|name^` is one host.

    Source: adguard-dns.io, "DNS filtering rules syntax", special characters. A browser reads `|name^` as the
    beginning of an address, which no address matches: single hosts are not blocked there.
    """
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "!", "DNS filter: ||name^ is a whole domain, |name^ is one host")
    for name, is_tree in hosts_and_trees(blocklist):
        yield f"||{name}^\n" if is_tree else f"|{name}^\n"


def read_adguard(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_adguard` would not write."""
    return read_records("adguard", lines, "!", _TREE, _HOST)
