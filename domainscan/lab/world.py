"""The world of a lab: providers, sites and their pages, and which host is whose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from blocklists.names import Name, covers, parents
from domainscan.lab.records import Records

BULK: Final = "bulk.lab"
BULK_ADDRESS: Final = "127.77.200.10"
SUFFIXES: Final = ("lab", "pages.lab")

Behaviour = Literal[
    "page", "dead", "no-data", "servfail", "dns-timeout", "dns-refused", "slow", "http-only", "self-signed",
    "expired", "wrong-host", "redirect", "redirect-private", "robots", "cut-403", "cut-302", "cut-reset",
    "parked", "wildcard", "refuse-connect", "challenge",
]  # fmt: skip


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of every table of the files: a key that no field names is an error."""


class Provider(Table, frozen=True):
    """Who connects sites. Its order of appearance gives its network: the third one is 127.77.3.0/24."""

    key: str
    name: str
    kind: Literal["provider", "foreign"] = "provider"
    fingerprint: Literal["cut-403", "cut-302", "cut-reset"] = "cut-403"
    number: int = 0

    @property
    def network(self) -> str:
        return f"127.77.{self.number}.0/24"

    @property
    def address(self) -> str:
        """Where http and https answer."""
        return f"127.77.{self.number}.10"

    @property
    def plain_address(self) -> str:
        """Where only http answers."""
        return f"127.77.{self.number}.11"

    @property
    def closed_address(self) -> str:
        """Where nothing answers."""
        return f"127.77.{self.number}.12"


class Brand(Table, frozen=True):
    """An invented brand, and the names its owner holds; the lab only checks and passes it on."""

    token: str
    names: tuple[str, ...]
    owners: tuple[str, ...] = ()


class PageFile(Table, frozen=True):
    """A page whose content type the file name does not tell."""

    file: str
    type: str = ""


class Site(Table, frozen=True):
    """One host of the lab, as its table says; docs/lab.md explains each key."""

    name: Name
    pages: dict[str, str | PageFile] = {}
    role: Literal["harm", "negative", "special"] = "special"
    expect: tuple[str, ...] = ()
    status: Literal["observed", "dead", "failed"] = "observed"
    provider: str = ""
    behaviour: Behaviour = "page"
    target: str = ""
    registered_days: int = 400
    certificate_days: int = 60
    registrar: str = "Lab Registrar One"
    records: Records = Records()
    mirror_of: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of one page, and their content type."""

    content: bytes
    type: str


@dataclass(frozen=True, slots=True)
class World:
    """All sites and providers; `bulk` further names `n000001.bulk.lab` are served by one template."""

    by_name: Mapping[Name, Site]
    providers: tuple[Provider, ...]
    bodies: Mapping[Name, Mapping[str, Body]]
    suffixes: tuple[str, ...] = SUFFIXES
    bulk: int = 0
    brands: tuple[Brand, ...] = ()
    by_key: Mapping[str, Provider] = field(default_factory=dict)

    @property
    def sites(self) -> tuple[Site, ...]:
        return tuple(self.by_name.values())

    def find(self, host: str) -> Site | None:
        """The site that answers for `host`: itself, its www, or the wildcard above it."""
        name = Name(host.lower().removesuffix("."))
        site = self.by_name.get(name) or self.by_name.get(Name(name.removeprefix("www.")))
        if site and (site.name == name or self.is_domain(site)):
            return site
        above = (self.by_name.get(parent) for parent in parents(name))
        return next((one for one in above if one and one.behaviour == "wildcard"), None)

    def is_domain(self, site: Site) -> bool:
        """Whether the site is a domain of its own, with zone and www: neither lent nor below another."""
        return self.registrable(site.name) == site.name and "." not in self._suffix(site.name)

    def registrable(self, name: Name) -> Name:
        """One label more than the longest suffix of this world; the name itself when it is a suffix."""
        return Name(".".join(name.split(".")[-self._suffix(name).count(".") - 2 :]))

    def _suffix(self, name: Name) -> str:
        above = (one for one in self.suffixes if covers(Name(one), name))
        return max(above, key=len, default=name.rpartition(".")[2])

    def provider(self, site: Site) -> Provider:
        return self.by_key[site.provider]

    def address(self, site: Site) -> str:
        """Where the site's name points."""
        provider = self.provider(site)
        if site.behaviour == "http-only":
            return provider.plain_address
        if site.behaviour == "refuse-connect":
            return provider.closed_address
        return provider.address

    def bulk_number(self, host: str) -> int:
        """The number of a bulk name; 0 for every other host."""
        found = re.fullmatch(r"(?:www\.)?n([0-9]{6})\." + re.escape(BULK), host.lower().removesuffix("."))
        number = int(found[1]) if found else 0
        return number if number <= self.bulk else 0
