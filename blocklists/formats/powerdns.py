"""PowerDNS Recursor: a Lua script, and a forward-zones-file, for a recursor that does not take the RPZ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import BadSettings, Settings, header, read_records, trees_only
from blocklists.formats.fitting import fit
from blocklists.formats.lua import read_program, write_program
from blocklists.lists import BlockList

PROGRAM: Final = """\
]]
local trees, hosts = newDS(), {}
for dot, name in names:gmatch("(%.?)([^\\n]+)") do
  if dot == "." then trees:add(name) else hosts[name .. "."] = true end
end -- of names
function preresolve(query)
  if trees:check(query.qname) or hosts[query.qname:toString():lower()] then
    query.rcode = pdns.NXDOMAIN
    return true
  end -- of a blocked one
  return false
end -- of preresolve"""
_FORWARD: Final = re.compile(r"([a-z0-9_.-]+)=[0-9a-f:.\[\]]+")


def write_powerdns(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a script for lua-dns-script. Blocked names are NXDOMAIN."""
    return write_program(blocklist, settings, "lua-dns-script of PowerDNS Recursor 4.8 or newer", PROGRAM)


def read_powerdns(lines: Iterable[str]) -> BlockList:
    """The list in such a script. Raises BadList on any line that `write_powerdns` would not write."""
    return read_program("powerdns", lines, PROGRAM)


def write_forward(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a forward-zones-file: questions go to the `sinkhole` of the settings, a server that denies
    every name. Raises BadSettings without one.
    """
    if not settings.sinkhole:
        raise BadSettings("sinkhole", "", "forward zones need the address of a server that denies every name")
    blocklist, _ = fit(blocklist, trees_only)
    yield from header(blocklist, settings, "#", "forward-zones-file of PowerDNS Recursor")
    for entry in blocklist:
        yield f"{entry.name}={settings.sinkhole}\n"


def read_forward(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_forward` would not write."""
    return read_records("powerdns-forward", lines, "#", _FORWARD, None)
