"""The formats that a list is handed over in: one file each, one line each in FORMATS."""

from __future__ import annotations

from typing import Final

from blocklists.formats import (
    adguard,
    bind,
    dnsmasq,
    human,
    jsonl,
    knot,
    misp,
    nginx,
    powerdns,
    squid,
    stix,
    table,
    unbound,
    xlsx,
)
from blocklists.formats import rpz_variants as variants
from blocklists.formats.base import (
    BadList,
    BadSettings,
    Format,
    Settings,
    reach_by_name,
    trees_only,
    whole_reach,
)
from blocklists.formats.csv import read_csv, write_csv
from blocklists.formats.fitting import Loss, Losses
from blocklists.formats.hosts import reach_of_hosts, read_hosts, write_hosts
from blocklists.formats.names import read_names, read_wildcard, write_names, write_wildcard
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

_FREE: Final = "category, expiry, sources"
_SHEET: Final = "serial and dates; controls in free text, and what is longer than a cell"
FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (
        Format("rpz", ".rpz", write_rpz, read_rpz, reach_in_rpz, f"{_FREE}; names over 190 octets"),
        Format(
            "rpz-nodata",
            ".nodata.rpz",
            variants.write_nodata,
            variants.read_nodata,
            reach_in_rpz,
            f"{_FREE}; names over 190 octets",
        ),
        Format(
            "rpz-garden",
            ".garden.rpz",
            variants.write_garden,
            variants.read_garden,
            reach_in_rpz,
            f"{_FREE}; names over 190 octets",
        ),
        Format(
            "rpz-passthru",
            ".passthru.rpz",
            variants.write_passthru,
            variants.read_passthru,
            reach_in_rpz,
            "why a name is protected",
            passes=True,
        ),
        Format(
            "hosts", ".hosts", write_hosts, read_hosts, reach_of_hosts, "all of a SUBTREE but its top name"
        ),
        Format("names", ".txt", write_names, read_names, reach_of_hosts, "all of a SUBTREE but its top name"),
        Format("wildcard", ".wildcard.txt", write_wildcard, read_wildcard, reach_by_name, _FREE),
        Format("unbound", ".unbound.conf", unbound.write_unbound, unbound.read_unbound, reach_by_name, _FREE),
        Format("dnsmasq", ".dnsmasq.conf", dnsmasq.write_dnsmasq, dnsmasq.read_dnsmasq, reach_by_name, _FREE),
        Format(
            "bind",
            ".bind.conf",
            bind.write_bind,
            bind.read_bind,
            trees_only,
            f"{_FREE}; all of a HOST or WWW",
        ),
        Format(
            "powerdns", ".pdns.lua", powerdns.write_powerdns, powerdns.read_powerdns, reach_by_name, _FREE
        ),
        Format(
            "powerdns-forward",
            ".forward.conf",
            powerdns.write_forward,
            powerdns.read_forward,
            trees_only,
            f"{_FREE}; all of a HOST or WWW",
        ),
        Format("knot", ".kresd.lua", knot.write_knot, knot.read_knot, reach_by_name, _FREE),
        Format("adguard", ".adguard.txt", adguard.write_adguard, adguard.read_adguard, reach_by_name, _FREE),
        Format("squid", ".squid.acl", squid.write_squid, squid.read_squid, reach_by_name, _FREE),
        Format("nginx", ".nginx.conf", nginx.write_nginx, nginx.read_nginx, reach_by_name, _FREE),
        Format("csv", ".csv", write_csv, read_csv, whole_reach, "serial and dates, which the manifest has"),
        Format(
            "csv-human",
            ".human.csv",
            human.write_human,
            human.read_human,
            whole_reach,
            _SHEET,
            clean=table.clean,
        ),
        Format(
            "jsonl",
            ".jsonl",
            jsonl.write_jsonl,
            jsonl.read_jsonl,
            whole_reach,
            "serial and dates, which the manifest has",
        ),
        Format(
            "stix",
            ".stix.json",
            stix.write_stix,
            stix.read_stix,
            whole_reach,
            "since when a name is listed; halves of surrogate pairs in free text",
            clean=stix.clean,
        ),
        Format(
            "misp",
            ".misp.json",
            misp.write_misp,
            misp.read_misp,
            whole_reach,
            "the www of a WWW entry and the expiry, but in tags; halves of surrogate pairs in free text",
            clean=stix.clean,
        ),
        Format(
            "xlsx",
            ".xlsx",
            xlsx.write_xlsx,
            xlsx.read_xlsx,
            whole_reach,
            _SHEET,
            clean=table.clean,
            pack=xlsx.pack_xlsx,
            unpack=xlsx.unpack_xlsx,
        ),
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
