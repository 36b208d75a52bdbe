"""A shard as data: the picklable job from rows to judged observations, and what it hands back."""

from __future__ import annotations

import msgspec

from blocklists.names import Name
from domainscan.config import Config, Net, Packs
from domainscan.model import Candidate, Failure, History, Record, Registration
from domainscan.store.earlier import Before
from domainscan.store.findings import Finding
from domainscan.warc import WarcRecord


class Settings(Record, frozen=True):
    """What every job of a scan runs under."""

    net: Net
    suffixes: tuple[str, ...]
    packs: Packs
    visits_per_second: float  # of one workshop; 0: no limit


def settings_of(config: Config, workshops: int) -> Settings:
    """The settings of each of so many workshops; they share the rate, resolvers, and connections to one address."""
    net = msgspec.structs.replace(
        config.net,
        dns_questions=max(1, config.net.dns_questions // workshops),
        address_connections=max(1, config.net.address_connections // workshops),
        prefix_connections=max(1, config.net.prefix_connections // workshops),
    )
    return Settings(net, config.names.suffixes, config.packs, net.visits_per_second / workshops)


class Task(Record, frozen=True):
    """One row to visit."""

    line: int
    candidate: Candidate


class ShardJob(Record, frozen=True):
    """Everything a shard needs, as data."""

    scan: str
    tasks: tuple[Task, ...]
    settings: Settings
    histories: dict[Name, History]
    registrations: dict[str, Registration | Failure]
    # By name and URL: the visits before `now` whose pages a re-scan need not read again.
    earlier: dict[tuple[str, str], Before] = msgspec.field(default_factory=dict)
    now: str = ""


class Part(Record, frozen=True):
    """Some of what jobs under way have found, as it got done."""

    findings: tuple[Finding, ...] = ()
    records: tuple[WarcRecord, ...] = ()
    left: tuple[int, ...] = ()  # rows handed back unfinished: they stay pending
    silent: bool = False  # no resolver answered, and the bounded pause is used up
