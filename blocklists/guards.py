"""What must hold before a list is published. Pure: two lists in, a change or a tripped guard out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from blocklists.conditions import CHECKS, Draft, ends_today, uncovered
from blocklists.formats import Format
from blocklists.limits import LONGEST_DAYS, BadTerms, Terms
from blocklists.lists import BlockList, Change, Entry, diff
from blocklists.names import Name
from blocklists.protect import Protected

__all__ = [
    "CHECKS",
    "GUARDS",
    "LONGEST_DAYS",
    "WAIVABLE",
    "BadTerms",
    "Draft",
    "Examined",
    "GuardTripped",
    "Terms",
    "Trip",
    "examine",
    "uncovered",
]

GUARDS: Final[dict[str, str]] = {
    # asked of the list, in this order: CHECKS has a function for each
    "grammar": "an entry is not a canonical name",
    "breadth": "an entry is a public suffix or lies above one",
    "protected": "an entry is on the never-list",
    "expired": "an entry is past its expiry",
    "canary": "a name that must stay open would be blocked",
    "delisted": "a name that was lifted, or whose appeal was upheld, would still be blocked",
    "empty": "an empty list or file, and nothing explains it",
    "adds": "more additions than allowed",
    "removals": "more removals than allowed that no expiry and no lift explains",
    "rolled_back": "the last release was taken back, and this one adds names again",
    # asked of the folder, the clock, the files and the people
    "clock": "the clock stands before the last release",
    "previous": "the last release in the folder is not what this publisher signed",
    "parse_back": "a rendered file does not say what the list says",
    "proof": "a program that the file is for does not do what the list says",
    "approval": "what two people approved is not what lies here",
    "way_back": "there is no such release to go back to",
}
WAIVABLE: Final = frozenset(("empty", "adds", "removals", "rolled_back"))  # by two people, for one artefact


class GuardTripped(Exception):
    """Raised when nothing may be published; `guard` is a key of GUARDS, `detail` the facts."""

    def __init__(self, guard: str, detail: str) -> None:
        super().__init__(f"{guard}: {GUARDS[guard]}: {detail}")
        self.guard, self.detail = guard, detail


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard that tripped and was waived: a key of GUARDS, and the facts."""

    guard: str
    detail: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What publishing would change.

    `still_blocked` pairs a name whose measure is over with the entry that goes on blocking it. `tripped` are the
    guards that were waived.
    """

    change: Change
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    unexplained: tuple[Entry, ...]
    still_blocked: tuple[tuple[Name, Entry], ...]
    tripped: tuple[Trip, ...] = ()


def examine(  # noqa: PLR0913  one argument per fact that the caller alone knows
    blocklist: BlockList,
    previous: BlockList | None,
    *,
    now: str,
    terms: Terms | None = None,
    lifted: frozenset[Name] = frozenset(),
    delisted: frozenset[Name] = frozenset(),
    protected: Protected | None = None,
    restores: int = 0,
    waived: frozenset[str] = frozenset(),
    formats: Sequence[Format] = (),
) -> Examined:
    """What `blocklist` changes against `previous` (None: the first release, which has no ratio to keep).

    `lifted` may leave in any number, `delisted` has to be gone; `formats` are those of the files. Guards of `waived`
    are told, not raised. Raises GuardTripped.
    """
    before = previous or BlockList()
    removed = uncovered(before, blocklist)
    draft = Draft(
        blocklist,
        previous,
        now,
        terms or Terms(),
        delisted,
        protected,
        restores,
        uncovered(blocklist, before),
        removed,
        tuple(one for one in removed if one.name not in lifted and not ends_today(one, now)),
        lifted,
        tuple(formats),
    )
    tripped = []
    for guard, check in CHECKS.items():
        if detail := check(draft):
            if guard not in waived & WAIVABLE:
                raise GuardTripped(guard, detail)
            tripped.append(Trip(guard, detail))
    by = ((name, blocklist.covering(name)) for name in sorted(lifted))
    still = tuple((name, entry) for name, entry in by if entry is not None)
    change = diff(before, blocklist)
    return Examined(change, draft.added, removed, draft.unexplained, still, tuple(tripped))
