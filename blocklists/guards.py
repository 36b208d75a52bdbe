"""What must hold before a list is published. Pure: two lists in, a change or a tripped guard out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from blocklists.gate import Gate
from blocklists.limits import LONGEST_DAYS, BadTerms, Terms
from blocklists.lists import WIDTH, BlockList, Change, Entry, Reach, covering, diff
from blocklists.names import BadName, Name, parse_name
from blocklists.protect import Protected
from blocklists.suffixes import load_suffixes

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
    "is_expired",
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
    "empty": "an empty list, and nothing explains it",
    "adds": "more additions than allowed",
    "removals": "more removals than allowed that no expiry and no lift explains",
    "rolled_back": "the last release was taken back, and this one adds names again",
    # asked of the folder, the clock, the files and the people
    "clock": "the clock stands before the last release",
    "previous": "the last release in the folder is not what this publisher signed",
    "parse_back": "a rendered file does not say what the list says",
    "proof": "a program that the file is for does not do what the list says",
    "approval": "what two people approved is not what lies here",
}
WAIVABLE: Final = frozenset(("empty", "adds", "removals", "rolled_back"))  # by two people, for one artefact

_SHOWN: Final = 5


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
class Draft:
    """A list that would be published, beside the one before (None: this is the first), as every check sees it.

    `added` and `removed` count effects: a name folded under its listed parent is neither. `unexplained` are
    removals that no expiry and no lift explains. `restores` is the serial that the last release went back to.
    """

    blocklist: BlockList
    previous: BlockList | None
    now: str
    terms: Terms
    delisted: frozenset[Name]
    protected: Protected | None
    restores: int
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    unexplained: tuple[Entry, ...]


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
) -> Examined:
    """What `blocklist` changes against `previous` (None: the first release, which has no ratio to keep).

    `lifted` may leave in any number, `delisted` has to be gone. Guards of `waived` are told, not raised.
    Raises GuardTripped.
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
        tuple(one for one in removed if one.name not in lifted and not _ends_today(one, now)),
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


def is_expired(entry: Entry, now: str) -> bool:
    """Whether the entry's time is over: a date is valid to its end, a time to the second."""
    return bool(entry.expires) and entry.expires < now[: len(entry.expires)]


def _ends_today(entry: Entry, now: str) -> bool:
    """Whether the entry's last day has begun, or is over: it may leave the list in any number."""
    return bool(entry.expires) and entry.expires[:10] <= now[:10]


def uncovered(one: BlockList, by: BlockList) -> tuple[Entry, ...]:
    """The entries of `one` that block something that `by` does not."""
    known = dict(zip(by.names, by.codes, strict=True))
    width, theirs = ([WIDTH.get(terms.reach, -1) for terms in each.terms] for each in (one, by))
    found = []
    for name, code in zip(one.names, one.codes, strict=True):
        same = known.get(name)
        if same is None or theirs[same] < width[code]:
            entry = Entry(name, *one.terms[code])
            if not _covers(by, entry):
                found.append(entry)
    return tuple(found)


def _covers(blocklist: BlockList, entry: Entry) -> bool:
    """Whether everything that `entry` blocks is blocked by the list."""
    by = covering(blocklist.get, entry.name)
    if by is None:
        return False
    if by.name == entry.name:
        return WIDTH[by.reach] >= WIDTH[entry.reach]
    return by.reach is Reach.SUBTREE or entry.reach is Reach.HOST


# ---------------------------------------------------------------- the checks: "" when nothing is wrong


def _grammar(draft: Draft) -> str:
    blocklist = draft.blocklist
    for code in blocklist.census:
        if not isinstance(blocklist.terms[code].reach, Reach):
            name = blocklist.names[list(blocklist.codes).index(code)]
            return f"{name}: {blocklist.terms[code].reach!r} is no reach"
    for name in blocklist.names:
        try:
            canonical = parse_name(name)
        except BadName as error:
            return str(error)
        if canonical != name:
            return f"{name!r} should be written {canonical}"
    return ""


def _breadth(draft: Draft) -> str:
    suffixes = draft.protected.suffixes if draft.protected else load_suffixes()
    for entry in _entries(draft.blocklist, Gate.of(suffixes, None).suspects(draft.blocklist.names)):
        subtree = entry.reach is Reach.SUBTREE
        if suffixes.is_suffix(entry.name) or (subtree and suffixes.has_suffix_below(entry.name)):
            return f"{entry.name} ({entry.reach}){_asked_by(entry)}"
    return ""


def _protected(draft: Draft) -> str:
    if draft.protected is None:
        return ""
    suspects = Gate.of(draft.protected.suffixes, draft.protected).suspects(draft.blocklist.names)
    shielded = [
        f"{entry.name} ({entry.reach}{_asked_by(entry)}): {refusals[0].guard}: {refusals[0].detail}"
        for entry in _entries(draft.blocklist, suspects)
        if (refusals := draft.protected.refusals(entry.name, entry.reach))
    ]
    return _some(shielded, "; ")


def _expired(draft: Draft) -> str:
    over = {
        code
        for code in draft.blocklist.census
        if is_expired(Entry(Name(""), *draft.blocklist.terms[code]), draft.now)
    }
    if not over:
        return ""
    pairs = zip(draft.blocklist.names, draft.blocklist.codes, strict=True)
    entry = next(Entry(name, *draft.blocklist.terms[code]) for name, code in pairs if code in over)
    return f"{entry.name} expired {entry.expires}{_asked_by(entry)}"


def _canary(draft: Draft) -> str:
    pairs = ((name, draft.blocklist.covering(name)) for name in draft.terms.open_names)
    return _some(
        [f"{name} by {entry.name} ({entry.reach}){_asked_by(entry)}" for name, entry in pairs if entry], "; "
    )


def _delisted(draft: Draft) -> str:
    pairs = ((name, draft.blocklist.covering(name)) for name in sorted(draft.delisted))
    still = [f"{name} by {entry.name} ({entry.reach}){_asked_by(entry)}" for name, entry in pairs if entry]
    way_out = ": lift or narrow what blocks it, or decide the name anew" if still else ""
    return _some(still, "; ") + way_out


def _empty(draft: Draft) -> str:
    if draft.blocklist:
        return ""
    if draft.previous is None:
        return "a first release of nothing"
    return f"{len(draft.unexplained)} entries would go" if draft.unexplained else ""


def _adds(draft: Draft) -> str:
    return _too_many(draft, draft.added, draft.terms.max_adds, draft.terms.max_adds_ratio)


def _removals(draft: Draft) -> str:
    return _too_many(draft, draft.unexplained, draft.terms.max_removals, draft.terms.max_removals_ratio)


def _rolled_back(draft: Draft) -> str:
    if not draft.restores or not draft.added:
        return ""
    return f"it went back to release {draft.restores}; new: {_some([one.name for one in draft.added], ', ')}"


Check = Callable[[Draft], str]
CHECKS: Final[dict[str, Check]] = {
    "grammar": _grammar,
    "breadth": _breadth,
    "protected": _protected,
    "expired": _expired,
    "canary": _canary,
    "delisted": _delisted,
    "empty": _empty,
    "adds": _adds,
    "removals": _removals,
    "rolled_back": _rolled_back,
}


def _entries(blocklist: BlockList, names: Iterable[str]) -> Iterable[Entry]:
    """The entries of these names, in the order of the list."""
    found = (blocklist.get(Name(name)) for name in sorted(names))
    return (entry for entry in found if entry is not None)


def _asked_by(entry: Entry) -> str:
    """Who asked for the entry, for whoever has to take it back."""
    return f", {', '.join(entry.sources[:_SHOWN])}" if entry.sources else ""


def _some(found: Sequence[str], between: str) -> str:
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return between.join(found[:_SHOWN]) + more


def _too_many(draft: Draft, entries: Sequence[Entry], number: int, ratio: float) -> str:
    if draft.previous is None:
        return ""
    before = len(draft.previous)
    allowed = max(number, int(ratio * before))
    if len(entries) <= allowed:
        return ""
    shown = ", ".join(one.name for one in entries[:_SHOWN])
    return f"{len(entries)}, and {allowed} are allowed on a list of {before}: {shown} ..."
