"""config.toml as frozen tables, and where each value came from.

Precedence: command-line flag, `DOMAINSCAN_<TABLE>_<KEY>` in the environment, ./config.toml, the XDG config file,
default.
An unknown key is refused by name and line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec


class BadConfig(Exception):
    """The configuration cannot be used; the message names the file, the key and the way out."""


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
    resolver_pause_seconds: float = 30.0  # how long a scan waits when no resolver answers
    concurrency: int = 64  # visits at once in one shard
    visits_per_second: float = 0.0  # started, over all workers; 0: as fast as pacing per host allows
    host_delay_seconds: float = 0.5  # between two requests to one host
    address_connections: int = 4  # at once to one address
    max_body_bytes: int = 2 * 1024 * 1024
    max_hops: int = 8
    robots: bool = True
    unpaced: tuple[str, ...] = ()  # networks where pacing and robots are off; for laboratories and benchmarks
    trust: str = ""  # a PEM file of further authorities that count as trusted
    registration: bool = True  # ask RDAP
    rdap: str = ""  # one RDAP service for every suffix, instead of IANA's bootstrap file


class Names(Table, frozen=True):
    suffixes: tuple[str, ...] = ()  # public suffixes beyond the shipped list


class Protect(Table, frozen=True):
    names: tuple[str, ...] = ()  # never listed, with what lies above and below
    snapshot_max_age_days: int = 400


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


class Schedule(Table, frozen=True):
    name: str
    sources: tuple[str, ...]  # files, or names of sources
    every: str = ""  # "6h", "1d"
    cron: str = ""
    limit: int = 0


class Config(Table, frozen=True):
    net: Net = Net()
    names: Names = Names()
    protect: Protect = Protect()
    review: Review = Review()
    publish: Publish = Publish()
    desk: Desk = Desk()
    packs: Packs = Packs()
    recipient: tuple[Recipient, ...] = ()
    schedule: tuple[Schedule, ...] = ()


KINDS: Final = ("carrier", "provider", "registrar", "platform")


def load_config(
    files: tuple[Path, ...], environment: Mapping[str, str], flags: Mapping[str, Any]
) -> tuple[Config, dict[str, str]]:
    """The effective configuration, and for each `table.key` that is not a default where it came from.

    `files` from strongest to weakest; `flags` as {"net.resolvers": ["192.0.2.1"]}.
    Raises BadConfig with the key and its line.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for file in reversed(files):
        _merge(merged, _read(file), str(file), origin)
    for key, value in environment.items():
        target = _environment_key(key)
        if target:
            _set(merged, target, _environment_value(target, value), f"environment {key}", origin)
    for target, value in flags.items():
        _set(merged, target, value, "command line", origin)
    return _convert(merged, "configuration"), origin


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfig(f"{file}: {error}") from error
    try:
        _convert(table, str(file))
    except BadConfig as error:
        raise BadConfig(f"{error}{_line_of(text, str(error))}") from error
    return table


def _convert(table: dict[str, Any], where: str) -> Config:
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{where}: {error}") from error
    for recipient in config.recipient:
        if recipient.kind not in KINDS:
            raise BadConfig(
                f"{where}: recipient {recipient.id!r} has kind {recipient.kind!r}: use {', '.join(KINDS)}"
            )
    ids = [recipient.id for recipient in config.recipient]
    for one in ids:
        if ids.count(one) > 1 or not one or set(one) - set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
            raise BadConfig(f"{where}: recipient id {one!r} must be unique, in a-z, 0-9, '-' and '_'")
    return config


def _line_of(text: str, message: str) -> str:
    """` (line N)` of the first line that sets a key named in the message; "" when none does."""
    named = [part for index, part in enumerate(message.split("`")) if index % 2]
    for key in named:
        for number, line in enumerate(text.splitlines(), 1):
            if line.split("=")[0].strip(" []\"'").split(".")[-1] == key.split(".")[-1]:
                return f" (line {number})"
    return ""


def _merge(into: dict[str, Any], table: dict[str, Any], where: str, origin: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, dict):
            for key, one in value.items():
                _set(into, f"{name}.{key}", one, where, origin)
        else:
            _set(into, name, value, where, origin)


def _set(into: dict[str, Any], target: str, value: object, where: str, origin: dict[str, str]) -> None:
    table, _, key = target.partition(".")
    if key:
        into.setdefault(table, {})[key] = value
    else:
        into[table] = value
    origin[target] = where


def _environment_key(key: str) -> str:
    """`net.vantage` for DOMAINSCAN_NET_VANTAGE; "" for variables that are no configuration key."""
    for table in Config.__struct_fields__:
        prefix = f"DOMAINSCAN_{table.upper()}_"
        if key.startswith(prefix) and table not in ("recipient", "schedule"):
            return f"{table}.{key.removeprefix(prefix).lower()}"
    return ""


def _environment_value(target: str, text: str) -> object:
    """The TOML value of `text` where it is one (`["192.0.2.1"]`, `3`, `true`), else the text itself."""
    del target
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def as_lines(config: Config, origin: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(key, value as JSON, where it came from) for every effective value."""
    rows = []
    for table, values in msgspec.to_builtins(config).items():
        if isinstance(values, dict):
            for key, value in values.items():
                name = f"{table}.{key}"
                rows.append((name, msgspec.json.encode(value).decode(), origin.get(name, "default")))
        else:
            rows.append((table, msgspec.json.encode(values).decode(), origin.get(table, "default")))
    return rows
