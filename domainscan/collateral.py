"""Who else a measure would hit: an honest interval from what was seen. Pure; shown before an approval.

No measure crosses an address: names at the same addresses are counted, and a measure by name spares them.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from blocklists.names import BadName, Name, covers, parse_name
from blocklists.suffixes import Suffixes
from domainscan.model import Certificate, Observation, Page, Reach, Record

_SHOWN = 20  # names listed in an estimate; the counts are of all


class Collateral(Record, frozen=True):
    """Names beside the target that a measure by name would take down, and what the interval rests on."""

    low: int  # names that were seen
    high: int | None  # names that were seen or that somebody mentions; None: nobody can bound it
    falls: tuple[Name, ...]  # the names behind `low`, at most 20
    mentioned: tuple[Name, ...]  # the names behind `high` that were not seen, at most 20
    cohosted: tuple[Name, ...]  # other owners' names at the same place, at most 20
    cohosted_total: int
    platform: str  # the suffix that lends names to many owners, when the name lies below one; else ""
    notes: tuple[str, ...]  # why there is no upper bound

    @property
    def interval(self) -> str:
        """`0`, `2-5`, or `2-?` where nobody can bound it."""
        if self.high is None:
            return f"{self.low}-?"
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def reached(name: Name, reach: Reach, other: Name) -> bool:
    """Whether a measure on `name` with this reach also covers `other`."""
    if reach == Reach.SUBTREE:
        return covers(name, other)
    return other == name or (reach == Reach.WWW and other == f"www.{name}")


def estimate(
    name: Name,
    reach: Reach,
    observation: Observation | None,
    *,
    known: Iterable[Name],
    cohosted: Iterable[Name],
    suffixes: Suffixes,
) -> Collateral:
    """The estimate for one name and reach.

    `known` are names that the store has seen, `cohosted` those at the same addresses; both may hold `name`.
    """
    seen = {one for one in known if one != name and reached(name, reach, one)}
    said = {one for one in _mentioned(observation) if one != name and reached(name, reach, one)} - seen
    owner = suffixes.registrable(name)
    beside = {*cohosted, *_certified(observation)}
    strangers = sorted({one for one in beside if one != name and suffixes.registrable(one) != owner})
    notes = _notes(name, reach, observation, suffixes)
    unbounded = reach == Reach.SUBTREE and bool(notes)
    return Collateral(
        low=len(seen),
        high=None if unbounded else len(seen | said),
        falls=tuple(sorted(seen)[:_SHOWN]),
        mentioned=tuple(sorted(said)[:_SHOWN]),
        cohosted=tuple(strangers[:_SHOWN]),
        cohosted_total=len(strangers),
        platform=suffixes.suffix(name) if suffixes.is_shared(name) else "",
        notes=notes,
    )


def _certified(observation: Observation | None) -> set[Name]:
    """Host names on the certificate: whoever shares one is served from one place."""
    certificate = observation.certificate if observation else None
    if not isinstance(certificate, Certificate):
        return set()
    return {parsed for one in certificate.names if (parsed := _parsed(one.removeprefix("*.")))}


def _mentioned(observation: Observation | None) -> set[Name]:
    """Host names that the certificate and the links of a visit mention."""
    page = observation.page if observation else None
    hosts = {_host(link.url) for link in page.links} if isinstance(page, Page) else set()
    return _certified(observation) | {parsed for host in hosts if (parsed := _parsed(host))}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _parsed(text: str) -> Name | None:
    try:
        return parse_name(text)
    except BadName:
        return None


def _notes(name: Name, reach: Reach, observation: Observation | None, suffixes: Suffixes) -> tuple[str, ...]:
    """The facts that forbid an upper bound for a measure on a whole subtree, in words."""
    if reach != Reach.SUBTREE:
        return ()
    notes = []
    if suffixes.is_suffix(name):
        notes.append(f"{name} is a public suffix: everything below it belongs to others")
    certificate = observation.certificate if observation else None
    if isinstance(certificate, Certificate):
        if f"*.{name}" in certificate.names:
            notes.append(f"the certificate covers *.{name}: there may be names nobody has seen")
        if certificate.names_total > len(certificate.names):
            notes.append(
                f"the certificate has {certificate.names_total} names, {len(certificate.names)} were read"
            )
    return tuple(notes)
