"""What must hold before a list is published. Pure: two lists in, a change or a tripped guard out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from blocklists.lists import WIDTH, BlockList, Change, Entry, Reach, covering, diff
from blocklists.names import BadName, Name, parse_name
from blocklists.protect import Protected
from blocklists.suffixes import load_suffixes

GUARDS: Final[dict[str, str]] = {
    "grammar": "an entry is not a canonical name",
    "breadth": "an entry is a public suffix or lies above one",
    "protected": "an entry is on the never-list",
    "expired": "an entry is past its expiry",
    "empty": "an empty list, and nothing explains it",
    "adds": "more additions than allowed",
    "removals": "more removals than allowed that no expiry and no lift explains",
    "clock": "the clock stands before the last release",
    "previous": "the last release in the folder is not what this publisher signed",
    "parse_back": "a rendered file does not say what the list says",
}


_SHOWN: Final = 5
LONGEST_DAYS: Final = 36_500


class BadTerms(ValueError):
    """Raised for limits that limit nothing, or that no release can keep."""


class GuardTripped(Exception):
    """Raised when nothing may be published; `guard` is a key of GUARDS, `detail` the facts."""

    def __init__(self, guard: str, detail: str) -> None:
        super().__init__(f"{guard}: {GUARDS[guard]}: {detail}")
        self.guard, self.detail = guard, detail


@dataclass(frozen=True, slots=True)
class Terms:
    """How a release is made and how much it may change: the number or the ratio, whichever allows more."""

    max_adds: int = 50
    max_adds_ratio: float = 0.02
    max_removals: int = 50
    max_removals_ratio: float = 0.05
    manifest_days: float = 7.0
    primary: str = "localhost."
    ttl_seconds: int = 300
    garden: tuple[str, ...] = ()
    blocked_by: str = ""
    empty_zone: str = "/etc/bind/db.empty"
    sinkhole: str = ""

    def __post_init__(self) -> None:
        for name in ("max_adds", "max_adds_ratio", "max_removals", "max_removals_ratio"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise BadTerms(f"{name} = {value}: a number of 0 or more is wanted")
        if not 0 < self.manifest_days <= LONGEST_DAYS:
            raise BadTerms(f"manifest_days = {self.manifest_days}: more than 0, at most {LONGEST_DAYS}")


@dataclass(frozen=True, slots=True)
class Examined:
    """What publishing would change.

    `added` and `removed` count effects: a name folded under its listed parent is neither. `unexplained` are
    removals that no expiry and no lift explains. `still_blocked` pairs a lifted name with the entry that
    goes on blocking it.
    """

    change: Change
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    unexplained: tuple[Entry, ...]
    still_blocked: tuple[tuple[Name, Entry], ...]


def examine(
    blocklist: BlockList,
    previous: BlockList | None,
    *,
    now: str,
    terms: Terms | None = None,
    lifted: frozenset[Name] = frozenset(),
    protected: Protected | None = None,
) -> Examined:
    """What `blocklist` changes against `previous` (None: the first release, which has no ratio to keep).

    Raises GuardTripped.
    """
    terms = terms or Terms()
    _check_entries(blocklist, now, protected)
    before = previous or BlockList()
    old, new = ({entry.name: entry for entry in one} for one in (before, blocklist))
    added = tuple(entry for entry in blocklist if not _covers(old, entry))
    removed = tuple(entry for entry in before if not _covers(new, entry))
    unexplained = tuple(e for e in removed if e.name not in lifted and not _ends_today(e, now))
    if not blocklist and (previous is None or unexplained):
        raise GuardTripped(
            "empty", f"{len(unexplained)} entries would go" if unexplained else "a first release of nothing"
        )
    if previous is not None:
        _check_number("adds", added, terms.max_adds, terms.max_adds_ratio, len(before))
        _check_number("removals", unexplained, terms.max_removals, terms.max_removals_ratio, len(before))
    by = ((name, covering(new.get, name)) for name in sorted(lifted))
    still = tuple((name, entry) for name, entry in by if entry is not None)
    return Examined(diff(before, blocklist), added, removed, unexplained, still)


def is_expired(entry: Entry, now: str) -> bool:
    """Whether the entry's time is over: a date is valid to its end, a time to the second."""
    return bool(entry.expires) and entry.expires < now[: len(entry.expires)]


def _ends_today(entry: Entry, now: str) -> bool:
    """Whether the entry's last day has begun, or is over: it may leave the list in any number."""
    return bool(entry.expires) and entry.expires[:10] <= now[:10]


def _check_entries(blocklist: BlockList, now: str, protected: Protected | None) -> None:
    suffixes = protected.suffixes if protected else load_suffixes()
    shielded: list[str] = []
    for entry in blocklist:
        name = entry.name
        try:
            canonical = parse_name(name)
        except BadName as error:
            raise GuardTripped("grammar", str(error)) from error
        if not isinstance(entry.reach, Reach):
            raise GuardTripped("grammar", f"{name}: {entry.reach!r} is no reach")
        if canonical != name:
            raise GuardTripped("grammar", f"{name!r} should be written {canonical}")
        if suffixes.is_suffix(name) or (entry.reach is Reach.SUBTREE and suffixes.has_suffix_below(name)):
            raise GuardTripped("breadth", f"{name} ({entry.reach}){_asked_by(entry)}")
        refusals = protected.refusals(name, entry.reach) if protected else ()
        if refusals:
            shielded.append(
                f"{name} ({entry.reach}{_asked_by(entry)}): {refusals[0].guard}: {refusals[0].detail}"
            )
        if is_expired(entry, now):
            raise GuardTripped("expired", f"{name} expired {entry.expires}{_asked_by(entry)}")
    if shielded:
        more = f"; and {len(shielded) - _SHOWN} more" if len(shielded) > _SHOWN else ""
        raise GuardTripped("protected", "; ".join(shielded[:_SHOWN]) + more)


def _asked_by(entry: Entry) -> str:
    """Who asked for the entry, for whoever has to take it back."""
    return f", {', '.join(entry.sources[:_SHOWN])}" if entry.sources else ""


def _check_number(guard: str, entries: Iterable[Entry], number: int, ratio: float, before: int) -> None:
    found = [entry.name for entry in entries]
    allowed = max(number, int(ratio * before))
    if len(found) > allowed:
        shown = ", ".join(found[:5])
        raise GuardTripped(
            guard, f"{len(found)}, and {allowed} are allowed on a list of {before}: {shown} ..."
        )


def _covers(entries: dict[Name, Entry], entry: Entry) -> bool:
    """Whether everything that `entry` blocks is blocked by `entries`."""
    by = covering(entries.get, entry.name)
    if by is None:
        return False
    if by.name == entry.name:
        return WIDTH[by.reach] >= WIDTH[entry.reach]
    return by.reach is Reach.SUBTREE or entry.reach is Reach.HOST
