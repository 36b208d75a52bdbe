"""nginx: maps that tell a server which hosts to answer with status 451, and who blocks them (RFC 7725)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import Settings, header, hosts_and_trees, reach_by_name, read_records
from blocklists.formats.fitting import fit
from blocklists.lists import BlockList

_TREE: Final = re.compile(r'    "\.([a-z0-9_-][a-z0-9_.-]*)" 1;')
_HOST: Final = re.compile(r'    "([a-z0-9_-][a-z0-9_.-]*)" 1;')
FRAME: Final = (
    r"map \$blocked \$blocked_by \{",
    r'    default "";',
    r"    1 '(<https://[^' ]+>; rel=\"blocked-by\")?';",
    r"\}",
    r"map \$host \$blocked \{",
    r"    hostnames;",
    r"    default 0;",
)


def write_nginx(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a file for the `http` block: `$blocked` is 1 for a blocked host, `$blocked_by` the value of
    the Link header that RFC 7725 4 asks for, empty without the setting `blocked_by`.
    """
    blocklist, _ = fit(blocklist, reach_by_name)
    yield from header(blocklist, settings, "#", "maps for nginx; needs map_hash_bucket_size 512")
    yield "map $blocked $blocked_by {\n"
    yield '    default "";\n'
    link = f'<{settings.blocked_by}>; rel="blocked-by"' if settings.blocked_by else ""
    yield f"    1 '{link}';\n"
    yield "}\n"
    yield "map $host $blocked {\n"
    yield "    hostnames;\n"
    yield "    default 0;\n"
    for name, is_tree in hosts_and_trees(blocklist):
        yield f'    ".{name}" 1;\n' if is_tree else f'    "{name}" 1;\n'
    yield "}\n"


def read_nginx(lines: Iterable[str]) -> BlockList:
    """The list in such a file. Raises BadList on any line that `write_nginx` would not write."""
    return read_records("nginx", lines, "#", _TREE, _HOST, FRAME, [r"\}"])
