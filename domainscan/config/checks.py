"""What a value of config.toml must be to work: one check for each `table.key`."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from blocklists.formats import FORMATS, BadSettings, Settings
from blocklists.limits import BadTerms, check_canary
from blocklists.names import BadName, parse_name
from domainscan.config.servers import is_port, read_server
from domainscan.config.tables import ENGINES
from domainscan.model import CATEGORIES, MEASURES

NOW_ZONE: Final = "now."  # before a zone's name: the zone of what was decided last
LONGEST_ZONE: Final = 58  # with `now.` before it 62 characters: 64 octets, what RPZ owners leave room for
KINDS: Final = ("carrier", "provider", "registrar", "platform")
LANGUAGES: Final = ("zh-CN", "en")
_KEY: Final = re.compile(r"[a-z0-9_-]+")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST: Final = re.compile(rf"(?:{_LABEL.pattern}\.)+")

Check = Callable[[Any], str]  # what is wrong with a value, and the way out; "" when nothing is


def _within(least: float, most: float) -> Check:
    """Also refuses NaN, which is nowhere."""
    return lambda value: (
        "" if least <= value <= most else f"{value!r} is out of range: use {least:g} to {most:.15g}"
    )


def _one_of(words: Iterable[str]) -> Check:
    known = tuple(words)
    return lambda value: "" if value in known else f"{value!r} is not one of {', '.join(known)}"


def _each(check: Check) -> Check:
    return lambda values: next(filter(None, map(check, values)), "")


def _optional(check: Check) -> Check:
    return lambda value: check(value) if value else ""


def _setting(key: str) -> Check:
    """Whether a list file takes this value."""

    def check(value: Any) -> str:
        try:
            Settings(1, "2026-01-01", **{key: value})
        except BadSettings as error:
            return f"{value!r} is no value for it: {error.wanted}"
        return ""

    return check


def _canaries(names: tuple[str, ...]) -> str:
    try:
        for name in names:
            check_canary(name)
    except BadTerms as error:
        return str(error)
    return ""


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return f"{text!r} is no address: write one such as 192.0.2.1"
    return ""


def _network(text: str, *, strict: bool = True) -> str:
    try:
        ipaddress.ip_network(text, strict=strict)
    except ValueError as error:
        return f"{text!r} is no network ({error}): write one such as 192.0.2.0/24"
    return ""


def _formats(names: tuple[str, ...]) -> str:
    said = _each(_one_of(FORMATS))(names)
    if not said and names and all(FORMATS[name].passes for name in names):
        return f"{', '.join(names)} blocks nothing: name a format that does as well"
    return said


def _port(value: int | str) -> str:
    return "" if is_port(str(value)) else f"{value!r} is no port: use 1 to 65535"


def _server(text: str) -> str:
    try:
        read_server(text)
    except ValueError:
        return f'{text!r} is no resolver: write "192.0.2.1", "192.0.2.1:5353" or "[::1]:53"'
    return ""


def _proxy(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme == "http" and parts.port and not _address(parts.hostname or "")
    except ValueError:
        good = False
    shown = text.rpartition("@")[2]  # without a password
    return "" if good else f"{shown!r}: write it as http://ADDRESS:PORT, with an IP address"


def _service(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        good = False
    return "" if good else f"{text!r} is no service: write a URL such as https://rdap.example/"


def _line(text: str) -> str:
    return "" if text.isascii() and text.isprintable() else f"{text!r} must be one line of plain ASCII"


def _file(text: str) -> str:
    found = os.access(text, os.R_OK) and Path(text).is_file()
    return "" if found else f"{text!r} is no file that can be read: write the path of one that exists"


def _folder(text: str) -> str:
    found = os.access(text, os.R_OK | os.X_OK) and Path(text).is_dir()
    return "" if found else f"{text!r} is no folder that can be read: write the path of one that exists"


def _name(text: str) -> str:
    try:
        parse_name(text)
    except BadName as error:
        return str(error)
    return ""


def _suffix(text: str) -> str:
    """What is wrong with a suffix: it is compared as it stands, so it is written as names are stored."""
    rule = text.removeprefix("*.")
    if _LABEL.fullmatch(rule):
        return ""
    try:
        stored = parse_name(rule)
    except BadName as error:
        return str(error)
    return "" if stored == rule else f"{text!r}: write {stored!r}"


def _zone(text: str) -> str:
    """What is wrong with a zone's name: owner names have 64 octets of room for it, and `now.` stands before it."""
    good = _HOST.fullmatch(f"{text}.") and len(text) <= LONGEST_ZONE
    return "" if good else f"{text!r}: write it as rpz.example.org, in at most {LONGEST_ZONE} characters"


_SECONDS: Final = _within(0.001, 86_400)
_COUNT: Final = _within(0, 10**9)
_DAYS: Final = _within(1, 36_500)
_RATIO: Final = _within(0, 1)

CHECKS: Final[dict[str, Check]] = {
    "net.resolvers": _each(_server),
    "net.allow": _each(_network),
    "net.unpaced": _each(_network),
    "net.ports": _each(_port),
    "net.port_map": lambda ports: _each(_port)((*ports, *ports.values())),
    "net.proxy": _optional(_proxy),
    "net.bind_address": _optional(_address),
    "net.contact": _line,
    "net.rdap": _optional(_service),
    "net.deadline_seconds": _SECONDS,
    "net.dns_timeout_seconds": _SECONDS,
    "net.resolver_pause_seconds": _SECONDS,
    "net.host_delay_seconds": _within(0, 86_400),
    "net.visits_per_second": _within(0, 10**6),
    "net.dns_tries": _within(1, 100),
    "net.dns_queries_per_second": _within(0, 10**6),
    "net.dns_questions": _within(1, 100_000),
    "net.domain_questions": _COUNT,
    "net.concurrency": _within(1, 10_000),
    "net.slow_visits": _within(0, 10_000),
    "net.address_connections": _within(1, 10_000),
    "net.prefix_connections": _within(1, 10_000),
    "net.retry_after_cap_seconds": _within(0, 3600),
    "net.host_errors": _COUNT,
    "net.favicons": _one_of(("flagged", "all", "none")),
    "net.second_profile": _optional(_one_of(("mobile",))),
    "net.max_body_bytes": _within(1, 2**30),
    "net.max_hops": _within(1, 100),
    "scan.resume_days": _within(0.05, 366),  # some hours at least: a scan may take as long
    "names.suffixes": _each(_suffix),
    "protect.names": _each(_name),
    "protect.require": _each(
        lambda text: "" if _KEY.fullmatch(text) else f"{text!r}: use a-z, 0-9, '-' and '_'"
    ),
    "protect.snapshot_max_age_days": _within(0, 36_500),
    "review.expiry_days": _DAYS,
    "review.max_expiry_days": _DAYS,
    "publish.manifest_days": _within(0.001, 36_500),
    "publish.max_adds": _COUNT,
    "publish.max_adds_ratio": _RATIO,
    "publish.max_removals": _COUNT,
    "publish.max_removals_ratio": _RATIO,
    "publish.primary": lambda text: "" if _HOST.fullmatch(text) else f"{text!r}: write it as ns.example.org.",
    "publish.ttl_seconds": _within(0, 2**31 - 1),  # RFC 2181 8
    "publish.garden": _setting("garden"),
    "publish.blocked_by": _setting("blocked_by"),
    "publish.empty_zone": _setting("empty_zone"),
    "publish.sinkhole": _setting("sinkhole"),
    "transfer.primary": _optional(_server),
    "transfer.listen": _each(_server),
    "transfer.folder": _optional(_line),
    "publish.canaries": lambda names: _canaries(names) if names else "name at least one that must stay open",
    "publish.proof": _each(_one_of(ENGINES)),
    "publish.stage_hours": _within(0, 876_000),
    "publish.stage_appeals": _within(1, 10**9),
    "desk.receipt_hours": _within(1, 8760),
    "desk.execution_hours": _within(1, 8760),
    "recipient.id": lambda text: "" if _KEY.fullmatch(text) else f"{text!r}: use a-z, 0-9, '-' and '_'",
    "recipient.kind": _one_of(KINDS),
    "recipient.formats": _formats,
    "recipient.resolvers": _each(_server),
    "recipient.networks": _each(lambda text: _network(text, strict=False)),
    "recipient.suffixes": _each(_suffix),
    "recipient.language": _one_of(LANGUAGES),
    "recipient.measures": _each(_one_of(MEASURES)),
    "recipient.categories": _each(_one_of(CATEGORIES)),
    "recipient.budget": _COUNT,
    "recipient.zone": _optional(_zone),
    "recipient.secondaries": _each(_server),
    "recipient.stage": _within(1, 10**9),
    "schedule.name": lambda text: "" if _KEY.fullmatch(text) else f"{text!r}: use a-z, 0-9, '-' and '_'",
    "schedule.sources": lambda names: "" if names else 'name at least one: "reports", "due", or a file',
    "schedule.limit": _COUNT,
}
# What scanning and judging need to be there. Decisions, lifts and backups do without: a disk that is away stops none.
PATHS: Final[dict[str, Check]] = {
    "net.bootstrap": _optional(_file),
    "net.trust": _optional(_file),
    "protect.folder": _optional(_folder),
    "packs.folder": _optional(_folder),
    "packs.brands": _each(_file),
    "packs.registers": _each(_file),
}
