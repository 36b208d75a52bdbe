"""The formats that a list is handed over in: one file each, one line each in FORMATS."""

from __future__ import annotations

from typing import Final

from blocklists.formats.base import BadList, BadSettings, Format, Settings
from blocklists.formats.csv import read_csv, whole_reach, write_csv
from blocklists.formats.fitting import Loss, Losses
from blocklists.formats.hosts import reach_of_hosts, read_hosts, write_hosts
from blocklists.formats.names import read_names, write_names
from blocklists.formats.rpz import reach_in_rpz, read_rpz, write_rpz

__all__ = [
    "FORMATS",
    "BadList",
    "BadSettings",
    "Format",
    "Loss",
    "Losses",
    "Settings",
    "UnknownFormat",
    "find_format",
]

FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        Format(
            "rpz",
            ".rpz",
            write_rpz,
            read_rpz,
            reach_in_rpz,
            "category, expiry, sources; names over 190 octets",
        ),
        Format(
            "hosts", ".hosts", write_hosts, read_hosts, reach_of_hosts, "all of a SUBTREE but its top name"
        ),
        Format("names", ".txt", write_names, read_names, reach_of_hosts, "all of a SUBTREE but its top name"),
        Format("csv", ".csv", write_csv, read_csv, whole_reach, "serial and dates, which the manifest has"),
    )
}


class UnknownFormat(ValueError):
    """Raised for a format that nobody wrote; the message lists those that exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no list format: use one of {', '.join(FORMATS)}")
        self.name = name


def find_format(name: str) -> Format:
    """The format of this name. Raises UnknownFormat."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormat(name) from None
