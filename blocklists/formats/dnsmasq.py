"""dnsmasq: a file for conf-file= or conf-dir= (dnsmasq(8))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, hosts_and_trees, reach_by_name, read_records
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r"local=/([a-z0-9_.-]+)/")
_HOST: Final = re.compile(r"host-record=([a-z0-9_.-]+),0\.0\.0\.0,::")


def write_dnsmasq(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a configuration file. A tree is a local domain without hosts: NXDOMAIN.

    A single host gets addresses that lead nowhere. `local=/name/` with an exception for `*.name` would deny
    every type, but versions before 2.86 read that `*` as a letter and would deny everything below.
    """
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "#", "dnsmasq: local= is a whole domain, host-record= one host")
    for name, is_tree in hosts_and_trees(blocklist):
        yield f"local=/{name}/\n" if is_tree else f"host-record={name},0.0.0.0,::\n"


def read_dnsmasq(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_dnsmasq` would not write."""
    return read_records("dnsmasq", lines, "#", _TREE, _HOST)
