"""RPZ zones with another answer than NXDOMAIN: nothing of that type, a walled garden, or no block at all.

Each is the zone of rpz.py with other data in its records, written and read by way of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from blocklists.formats.base import BadList, BadSettings, Settings, is_address
from blocklists.formats.rpz import read_rpz, write_rpz
from blocklists.lists import BlockList

_DENIAL: Final = re.compile(r"^(\S+) CNAME \.$", re.MULTILINE)
# BIND refuses a zone with an address at a name that no host has (check-names): such names stay denied.
_HOST_DENIAL: Final = re.compile(r"^([^\s_]+) CNAME \.$", re.MULTILINE)
_OTHER_DENIAL: Final = re.compile(r"\S*_\S* CNAME \.\n?")
_NODATA: Final = re.compile(r"(\S+) CNAME \*\.\n?")
_PASSTHRU: Final = re.compile(r"(\S+) CNAME rpz-passthru\.\n?")
_GARDEN: Final = re.compile(r"(\S+) (CNAME (?:[a-z0-9-]+\.)+|(?:A|AAAA) [0-9a-f:.]+)\n?")
_TITLE: Final = "names answered with NXDOMAIN"


def write_nodata(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a zone that answers listed names with "no such data": a client may look elsewhere, a
    DNSSEC validator below sees no forged denial of the name.
    """
    return _written(blocklist, settings, "names answered with NODATA", ("CNAME *.",))


def write_garden(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a zone that leads listed names to the `garden` of the settings: a host that explains the
    block, or its addresses; then names with an underscore are NXDOMAIN. Raises BadSettings without one.
    """
    if not settings.garden:
        raise BadSettings("garden", (), "a walled garden needs its host name, or its addresses")
    return _written(blocklist, settings, "names led to a walled garden", tuple(map(_data, settings.garden)))


def write_passthru(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of a zone that lets names pass, to stand before all zones that block: the first one wins."""
    return _written(blocklist, settings, "names that no later zone blocks", ("CNAME rpz-passthru.",))


def read_nodata(lines: Iterable[str]) -> BlockList:
    """The list in a zone of `write_nodata`. Raises BadList on any line that it would not write."""
    return _renamed("rpz-nodata", _denials(lines, _NODATA))


def read_passthru(lines: Iterable[str]) -> BlockList:
    """The names in a zone of `write_passthru`. Raises BadList on any line that it would not write."""
    return _renamed("rpz-passthru", _denials(lines, _PASSTHRU))


def read_garden(lines: Iterable[str]) -> BlockList:
    """The list in a zone of `write_garden`: every name with the same records. Raises BadList on any other."""
    return _renamed("rpz-garden", _garden_denials(lines))


def _data(target: str) -> str:
    if not is_address(target):
        return f"CNAME {target}"
    return f"AAAA {target}" if ":" in target else f"A {target}"


def _written(blocklist: BlockList, settings: Settings, title: str, data: tuple[str, ...]) -> Iterator[str]:
    records = "\n".join(rf"\1 {one}" for one in data)
    denial = _DENIAL if data[0].startswith("CNAME") else _HOST_DENIAL
    for chunk in write_rpz(blocklist, settings):
        yield from denial.sub(records, chunk).replace(_TITLE, title, 1).splitlines(keepends=True)


def _denials(lines: Iterable[str], record: re.Pattern[str]) -> Iterator[str]:
    """The lines with each `record` as the denial of its owner, and denials spoiled: they are not this zone's."""
    for line in lines:
        found = record.fullmatch(line)
        yield f"{found[1]} CNAME .\n" if found else _DENIAL.sub("not this zone's record", line)


def _garden_denials(lines: Iterable[str]) -> Iterator[str]:
    """As `_denials`, one denial for all records of an owner. Raises BadList unless every owner has the same."""
    everyone: list[str] | None = None
    owner, data, number = "", list[str](), 0
    for number, line in enumerate(lines, 1):
        found = _GARDEN.fullmatch(line)
        if found is None and _OTHER_DENIAL.fullmatch(line):
            yield line
            continue
        if found is None:
            yield _DENIAL.sub("not this zone's record", line)
            continue
        if found[1] == owner:
            data.append(found[2])
            continue
        if owner:
            everyone = everyone or data
            _check_same(everyone, data, owner, number)
        owner, data = found[1], [found[2]]
        yield f"{owner} CNAME .\n"
    if owner:
        _check_same(everyone or data, data, owner, number)


def _check_same(expected: list[str], data: list[str], owner: str, number: int) -> None:
    if data != expected or len(set(data)) != len(data):
        raise BadList("rpz-garden", number, f"{owner} {data}", f"every name leads to {expected}")


def _renamed(format_name: str, lines: Iterator[str]) -> BlockList:
    try:
        return read_rpz(lines)
    except BadList as error:
        raise BadList(format_name, error.line, error.text, error.reason) from error
