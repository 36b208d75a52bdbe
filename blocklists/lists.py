"""Entry and BlockList: a blocked name with its reach, and the sorted list of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Final

from blocklists.names import Name, parents


class Reach(StrEnum):
    """How far a measure goes. It is chosen by people and never widened by software."""

    HOST = "host"  # exactly this name
    WWW = "www"  # the apex and its www, nothing else
    SUBTREE = "subtree"  # the name and everything below it


WIDTH: Final = {Reach.HOST: 0, Reach.WWW: 1, Reach.SUBTREE: 2}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A blocked name. `sources` says who asked for it: decision numbers, or the lists it came from."""

    name: Name
    reach: Reach = Reach.SUBTREE
    category: str = ""
    expires: str = ""
    sources: tuple[str, ...] = ()


class UnsortedList(ValueError):
    """Raised for entries that are not sorted by name, each name once; `block_list` makes them so."""

    def __init__(self, first: Name, second: Name) -> None:
        super().__init__(f"{second!r} stands after {first!r}: a BlockList is sorted and names each name once")
        self.first, self.second = first, second


@dataclass(frozen=True, slots=True)
class BlockList:
    """Entries sorted by name, each name once, none under another's SUBTREE. Made by `block_list`."""

    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        for one, two in pairwise(self.entries):
            if one.name >= two.name:
                raise UnsortedList(one.name, two.name)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, name: Name) -> Entry | None:
        """The entry of exactly this name."""
        at = bisect_left(self.entries, name, key=_name)
        return self.entries[at] if at < len(self.entries) and self.entries[at].name == name else None

    def covering(self, name: Name) -> Entry | None:
        """The entry that blocks `name`: its own, or that of a name above it whose reach extends so far."""
        return covering(self.get, name)

    def patterns(self) -> Iterator[str]:
        """What is blocked, as `name` and `*.name`, each once: lists with the same patterns block the same
        names.
        """
        for entry in self.entries:
            yield entry.name
            if entry.reach is Reach.SUBTREE:
                yield f"*.{entry.name}"
            elif entry.reach is Reach.WWW and self.get(Name(f"www.{entry.name}")) is None:
                yield f"www.{entry.name}"


_name = attrgetter("name")


def block_list(entries: Iterable[Entry]) -> BlockList:
    """The list of `entries`: sorted, duplicates merged, entries that another one covers folded into it.

    Sources are kept. A merged entry has the widest reach that was asked for, and the category and the latest
    expiry of those who asked for that reach: what was asked for more narrowly stays asked for, and is seen
    again when the wider entry is gone and the list is made anew.
    """
    merged: dict[Name, Entry] = {}
    for entry in entries:
        known = merged.get(entry.name)
        merged[entry.name] = entry if known is None else _merge(known, entry)
    folded: dict[Name, list[Entry]] = {}
    for entry in merged.values():
        above = _cover_above(merged, entry)
        if above is not None:
            folded.setdefault(above.name, []).append(entry)
    gone = {entry.name for under in folded.values() for entry in under}
    for name, under in folded.items():
        sources = _union(merged[name].sources, *(entry.sources for entry in under))
        if sources != merged[name].sources:
            merged[name] = replace(merged[name], sources=sources)
    return BlockList(tuple(sorted((entry for entry in merged.values() if entry.name not in gone), key=_name)))


def _merge(one: Entry, two: Entry) -> Entry:
    wide, narrow = (one, two) if WIDTH[one.reach] >= WIDTH[two.reach] else (two, one)
    sources = _union(one.sources, two.sources)
    if wide.reach is not narrow.reach:
        return wide if sources == wide.sources else replace(wide, sources=sources)
    expires = max(wide.expires, narrow.expires) if wide.expires and narrow.expires else ""
    category = min(filter(None, (wide.category, narrow.category)), default="")
    return Entry(wide.name, wide.reach, category, expires, sources)


def _union(first: tuple[str, ...], *others: tuple[str, ...]) -> tuple[str, ...]:
    """The sources in order, each once; the very same tuple where nothing is new, so that a million share
    it.
    """
    if all(other is first for other in others):
        return first
    return tuple(sorted({*first, *(source for other in others for source in other)}))


def _cover_above(entries: dict[Name, Entry], entry: Entry) -> Entry | None:
    """The topmost entry whose reach contains all of `entry`; None when nothing above does."""
    found = None
    for name in parents(entry.name):
        above = entries.get(name)
        if above is None:
            continue
        if above.reach is Reach.SUBTREE or (entry.reach is Reach.HOST and _is_www_of(entry.name, above)):
            found = above
    return found


def covering(get: Callable[[Name], Entry | None], name: Name) -> Entry | None:
    """The entry that blocks `name`, where `get` finds the entry of exactly a name (a list's `get`, a
    dict's).
    """
    own = get(name)
    if own is not None:
        return own
    for above in parents(name):
        entry = get(above)
        if entry is not None and (entry.reach is Reach.SUBTREE or _is_www_of(name, entry)):
            return entry
    return None


def _is_www_of(name: Name, entry: Entry) -> bool:
    return entry.reach is Reach.WWW and name == f"www.{entry.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two lists. `changed` pairs an entry with its successor of the same name."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[tuple[Entry, Entry], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def diff(before: BlockList, after: BlockList) -> Change:
    """How `before` became `after`; other sources alone are no change."""
    old = {entry.name: entry for entry in before}
    new = {entry.name: entry for entry in after}
    pairs = ((old[name], entry) for name, entry in new.items() if name in old)
    return Change(
        added=tuple(entry for name, entry in new.items() if name not in old),
        removed=tuple(entry for name, entry in old.items() if name not in new),
        changed=tuple((one, two) for one, two in pairs if _terms(one) != _terms(two)),
    )


def _terms(entry: Entry) -> tuple[Reach, str, str]:
    return entry.reach, entry.category, entry.expires
