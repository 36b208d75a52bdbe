"""What is asked of a list before it is published: one function for each guard. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from blocklists.entries import is_over
from blocklists.formats import Format
from blocklists.gate import Gate
from blocklists.limits import Terms
from blocklists.lists import WIDTH, BlockList, Entry, Reach, covering
from blocklists.names import BadName, Name, parse_name
from blocklists.protect import Protected
from blocklists.suffixes import load_suffixes

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that would be published, beside the one before (None: this is the first), as every check sees it.

    `added` and `removed` count effects: a name folded under its listed parent is neither. `unexplained` are
    removals that no expiry and no lift explains; `lifted` are the lifts. `restores` is the serial that the last
    release went back to; `formats` are those of the files.
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
    lifted: frozenset[Name] = frozenset()
    formats: tuple[Format, ...] = ()


def ends_today(entry: Entry, now: str) -> bool:
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
    terms = draft.blocklist.terms
    over = {code for code in draft.blocklist.census if is_over(terms[code].expires, draft.now)}
    if not over:
        return ""
    pairs = zip(draft.blocklist.names, draft.blocklist.codes, strict=True)
    entry = next(Entry(name, *terms[code]) for name, code in pairs if code in over)
    return f"{entry.name} expired {entry.expires}{_asked_by(entry)}"


def _canary(draft: Draft) -> str:
    pairs = ((name, _above(draft.blocklist, name)) for name in draft.terms.open_names)
    found = [f"{name} by {entry.name} ({entry.reach}){_asked_by(entry)}" for name, entry in pairs if entry]
    return _some(found, "; ")


def _above(blocklist: BlockList, name: Name) -> Entry | None:
    """What blocks `name`, also where no other check was made: entries of a top-level domain, of the root, with `*`."""
    labels = name.split(".")
    tails = [".".join(labels[at:]) for at in range(1, len(labels))]
    wild = ("", ".", "*", "/", *(f"*.{tail}" for tail in tails))
    for text in (*tails, *wild):
        entry = blocklist.get(Name(text))
        if entry is not None and (text in wild or entry.reach is Reach.SUBTREE):
            return entry
    return blocklist.covering(name)


def _delisted(draft: Draft) -> str:
    pairs = ((name, draft.blocklist.covering(name)) for name in sorted(draft.delisted))
    still = [f"{name} by {entry.name} ({entry.reach}){_asked_by(entry)}" for name, entry in pairs if entry]
    way_out = ": lift or narrow what blocks it, or decide the name anew" if still else ""
    return _some(still, "; ") + way_out


def _empty(draft: Draft) -> str:
    if draft.blocklist:
        return _emptied(draft)
    if draft.previous is None:
        return "a first release of nothing"
    return f"{len(draft.unexplained)} entries would go" if draft.unexplained else ""


def _emptied(draft: Draft) -> str:
    """What files would say nothing, though the list says something: to whoever takes such a file, all is open again."""
    lists = [one for one in draft.formats if not one.passes]
    silent = [one for one in lists if one.is_silent(draft.blocklist)]
    if draft.previous is None and lists and silent == lists:
        formats = ", ".join(one.name for one in lists)
        return f"a first release of nothing: {formats} can say none of {len(draft.blocklist)} entries"
    gone = {one.name: _going(one, draft) for one in silent}
    return "; ".join(
        f"{name} can say none of {len(draft.blocklist)} entries: {number} would go from its file"
        for name, number in gone.items()
        if number
    )


def _going(format: Format, draft: Draft) -> int:
    """How many entries of the last file nothing explains the going of."""
    before = format.fit(draft.previous or BlockList())[0]
    return sum(not _is_explained(entry, draft) for entry in before)


def _is_explained(entry: Entry, draft: Draft) -> bool:
    return entry.name in draft.lifted or ends_today(entry, draft.now)


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
    shown = _some([one.name for one in entries], ", ")
    return f"{len(entries)}, and {allowed} are allowed on a list of {before}: {shown}"
