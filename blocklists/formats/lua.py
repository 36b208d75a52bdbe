"""What the two formats that are Lua programs share: the names stand in one long string.

A program with one constant per name ends at 65,536 of them; a long string is one constant of any length, and
nothing that a name is made of can end it. No line of a program is a single word: whoever reads these files line by line
would take it for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, hosts_and_trees, reach_by_name, read_records
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r"\.([a-z0-9_-][a-z0-9_.-]*)")
_HOST: Final = re.compile(r"([a-z0-9_-][a-z0-9_.-]*)")
OPEN: Final = "local names = [["


def write_program(blocklist: BlockList, settings: Settings, title: str, program: str) -> Iterator[str]:
    """The lines of a Lua file: the string `names` with `.name` for trees and `name` for hosts, the program."""
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "--", title)
    yield "-- reach: host\n"
    yield f"{OPEN}\n"
    for name, is_tree in hosts_and_trees(blocklist):
        yield f".{name}\n" if is_tree else f"{name}\n"
    yield from (f"{line}\n" for line in program.splitlines())


def read_program(format_name: str, lines: Iterable[str], program: str) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_program` would not write."""
    after = [re.escape(line) for line in program.splitlines()]
    return read_records(format_name, lines, "--", _TREE, _HOST, [re.escape(OPEN)], after)
