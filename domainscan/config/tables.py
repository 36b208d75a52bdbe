"""The tables of config.toml, frozen: every key, its default and what it is for."""

from __future__ import annotations

import msgspec

from blocklists.limits import CANARIES

ENGINES = ("bind", "unbound", "recursor", "kresd", "dnsmasq", "squid", "nginx")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of every table: a key that no field names is an error."""


class Net(Table, frozen=True):
    resolvers: tuple[str, ...] = ()  # "address" or "address:port"; empty: the system's
    allow: tuple[str, ...] = ()  # networks the address gate lets through although they are special
    ports: tuple[int, ...] = (80, 443, 8080, 8443)
    port_map: dict[str, int] = {}  # applied only to addresses inside `allow`
    vantage: str = "default"
    proxy: str = ""
    bind_address: str = ""
    contact: str = "abuse-desk@example.org"
    deadline_seconds: float = 20.0  # one whole visit of one URL
    dns_timeout_seconds: float = 2.0  # one query
    dns_tries: int = 4  # over all resolvers
    dns_queries_per_second: float = 0.0  # to each resolver, from each worker; 0: no limit
    dns_questions: int = 256  # under way at each resolver, over all workers; slow ones: twice as many
    domain_questions: int = 20_000  # about names below one registrable domain, from each worker; 0: no limit
    resolver_pause_seconds: float = 30.0  # how long a scan waits when no resolver answers
    concurrency: int = 128  # quick visits at once in one worker
    slow_visits: int = 1024  # and so many beside them that have lasted longer than a second
    visits_per_second: float = 0.0  # started, over all workers; 0: as fast as pacing per host allows
    host_delay_seconds: float = 0.5  # between two requests to one host
    address_connections: int = 4  # at once to one address
    prefix_connections: int = 16  # at once to one /24 (IPv4) or /48 (IPv6)
    retry_after_cap_seconds: float = 30.0  # the longest pause that a site's Retry-After is given
    host_errors: int = 5  # failures in a row after which a scan leaves a host alone; 0: never
    favicons: str = "flagged"  # whose icons are fetched, one more request each: flagged pages', "all", "none"
    second_profile: str = ""  # "mobile": look once more as a telephone, which some sites show another page
    max_body_bytes: int = 2 * 1024 * 1024
    max_hops: int = 8
    robots: bool = True
    unpaced: tuple[str, ...] = ()  # networks where pacing and robots are off; for laboratories and benchmarks
    trust: str = ""  # a PEM file of further authorities that count as trusted
    registration: bool = True  # ask RDAP
    bootstrap: str = ""  # an RFC 9224 file (IANA's dns.json) instead of the shipped snapshot
    rdap: str = ""  # one RDAP service for every suffix, instead of IANA's bootstrap file


class Scan(Table, frozen=True):
    resume_days: float = (
        7.0  # so long a command goes on with a scan that was cut off; after that it begins anew
    )


class Names(Table, frozen=True):
    suffixes: tuple[str, ...] = ()  # public suffixes beyond the shipped list


class Protect(Table, frozen=True):
    names: tuple[str, ...] = ()  # never listed, with what lies above and below
    snapshot_max_age_days: int = 400
    folder: str = ""  # imported lists, additions, overrides: `blocklists protect`; empty: HOME/protect
    require: tuple[str, ...] = ()  # imported lists that must be there


class Review(Table, frozen=True):
    expiry_days: int = 90
    max_expiry_days: int = 366


class Publish(Table, frozen=True):
    manifest_days: float = 7.0  # how long a manifest is valid
    max_adds: int = 50  # a release may add this many, or max_adds_ratio of the list, whichever is more
    max_adds_ratio: float = 0.02
    max_removals: int = 50  # removals that no expiry and no lift explains
    max_removals_ratio: float = 0.05
    primary: str = "localhost."  # the SOA MNAME of RPZ zones
    ttl_seconds: int = 300
    garden: tuple[
        str, ...
    ] = ()  # where rpz-garden leads blocked names: one host as "why.example.org.", or addresses
    blocked_by: str = ""  # https address of who blocks, for the Link header of nginx' 451 pages (RFC 7725)
    empty_zone: str = "/etc/bind/db.empty"  # the zone file that all zones of format "bind" share
    sinkhole: str = ""  # address:port of the server that powerdns-forward sends blocked names to
    canaries: tuple[str, ...] = CANARIES  # names that no list may block, asked of every program that is tried
    proof: tuple[str, ...] = ENGINES  # programs that a release is tried in, where they are installed
    stage_hours: float = 1.0  # so long the stage before has a new name before the next one gets it
    stage_appeals: int = (
        3  # open appeals against names that only earlier stages have, which halt all new ones
    )


class Transfer(Table, frozen=True):
    """The hidden primary, which hands zones to the resolvers of recipients by zone transfer."""

    primary: str = ""  # "address:port" where it takes this desk's updates; empty: no transfers
    listen: tuple[str, ...] = ()  # where recipients reach it; empty: at `primary`
    folder: str = ""  # of its zone files and configuration; empty: HOME/transfer


class Desk(Table, frozen=True):
    """Who writes the letters."""

    name: str = "Abuse desk"
    name_zh: str = "网络滥用处置工作台"
    contact: str = "abuse-desk@example.org"
    appeal: str = "appeals@example.org"
    legal_basis: str = "(legal basis to be filled in by the desk: check before quoting)"
    legal_basis_zh: str = "（依据条文由本单位填写，引用前请核对）"
    receipt_hours: int = 24
    execution_hours: int = 72


class Packs(Table, frozen=True):
    folder: str = ""  # a folder of pack files instead of the shipped ones
    brands: tuple[str, ...] = ()  # further brand tables: your own brands, or a laboratory's invented ones
    registers: tuple[
        str, ...
    ] = ()  # dated lists of registration numbers: `domainscan registers import` makes them


class Recipient(Table, frozen=True):
    id: str
    kind: str = "carrier"  # carrier | provider | registrar | platform
    formats: tuple[str, ...] = ("rpz", "csv")
    resolvers: tuple[str, ...] = ()  # where `verify` asks
    networks: tuple[str, ...] = ()  # a provider's addresses
    suffixes: tuple[str, ...] = ()  # a platform's suffixes
    registrars: tuple[str, ...] = ()  # registrar names or ids
    fingerprints: tuple[str, ...] = ()  # texts of the provider's cut-off page
    name: str = ""
    language: str = "zh-CN"  # of the letter
    measures: tuple[str, ...] = ()  # empty: what its kind carries out
    categories: tuple[str, ...] = ()  # whose entries its lists hold; empty: all
    budget: int = 0  # entries that it can hold: the gravest stay, of those the newest; 0: no limit
    zone: str = ""  # the name its list is handed out under by zone transfer; empty: by files alone
    secondaries: tuple[str, ...] = ()  # its servers that are told of changes, and may ask for the zone
    stage: int = 1  # new names go to 1 first, and to 2 when nothing speaks against them there; and so on


class Schedule(Table, frozen=True):
    name: str
    sources: tuple[str, ...]  # files, or names of sources
    every: str = ""  # "6h", "1d"
    cron: str = ""
    limit: int = 0


class Config(Table, frozen=True):
    net: Net = Net()
    scan: Scan = Scan()
    names: Names = Names()
    protect: Protect = Protect()
    review: Review = Review()
    publish: Publish = Publish()
    transfer: Transfer = Transfer()
    desk: Desk = Desk()
    packs: Packs = Packs()
    recipient: tuple[Recipient, ...] = ()
    schedule: tuple[Schedule, ...] = ()
