"""knot: a policy for Knot Resolver 5, in Lua. Version 6 takes the RPZ (`local-data: rpz:`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings
from blocklists.formats.lua import read_program, write_program
from blocklists.lists import BlockList

# A name is a string of labels with their lengths before them: one look into a table per label.
PROGRAM: Final = """\
]]
local trees, hosts = {}, {}
for dot, name in names:gmatch("(%.?)([^\\n]+)") do
  local set = dot == "." and trees or hosts
  set[todname(name)] = true
end -- of names
policy.add(function (_, query)
  local name, at = query:name(), 1
  if hosts[name] then return policy.DENY end
  while name:byte(at) > 0 do
    if trees[name:sub(at)] then return policy.DENY end
    at = at + name:byte(at) + 1
  end -- of labels
  return nil
end)"""


def write_knot(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a file to `dofile()` in kresd.conf. Blocked names are NXDOMAIN."""
    return write_program(blocklist, settings, "policy of Knot Resolver 5", PROGRAM)


def read_knot(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_knot` would not write."""
    return read_program("knot", lines, PROGRAM)
