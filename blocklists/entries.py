"""Entry and BlockList: a blocked name with its reach, and the sorted list of them, kept in columns."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise
from operator import ge
from typing import Final, NamedTuple

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


class Terms(NamedTuple):
    """What an entry says besides its name. A million entries share a handful of these."""

    reach: Reach = Reach.SUBTREE
    category: str = ""
    expires: str = ""
    sources: tuple[str, ...] = ()


def is_over(expires: str, now: str) -> bool:
    """Whether an expiry has passed: a date is valid to its end, a time to the second; "" never passes."""
    return bool(expires) and expires < now[: len(expires)]


def terms_of(entry: Entry) -> Terms:
    """The entry without its name."""
    return Terms(entry.reach, entry.category, entry.expires, entry.sources)


class UnsortedList(ValueError):
    """Raised for entries that are not sorted by name, each name once; `block_list` makes them so."""

    def __init__(self, first: Name, second: Name) -> None:
        super().__init__(f"{second!r} stands after {first!r}: a BlockList is sorted and names each name once")
        self.first, self.second = first, second


class BlockList:
    """Entries sorted by name, each name once, none under another's SUBTREE. Made by `block_list`.

    Kept as three columns: `names`, their `codes`, and the `terms` that a code stands for. Entries are made when they
    are asked for: 1,000,000 take 0.09 GB in columns and 0.25 GB as objects.
    """

    __slots__ = ("_census", "_longest", "codes", "names", "terms")

    names: Sequence[Name]
    codes: Sequence[int]
    terms: Sequence[Terms]

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        names, codes = [], array("I")
        numbers: dict[Terms, int] = {}
        for entry in entries:
            names.append(entry.name)
            codes.append(numbers.setdefault(terms_of(entry), len(numbers)))
        self._set(names, codes, list(numbers))
        if any(map(ge, names, islice(names, 1, None))):
            raise UnsortedList(*next(pair for pair in pairwise(names) if ge(*pair)))

    @classmethod
    def of_columns(cls, names: Sequence[Name], codes: Sequence[int], terms: Sequence[Terms]) -> BlockList:
        """The list of these columns; the caller vouches for their order."""
        made = cls.__new__(cls)
        made._set(names, codes, terms)
        return made

    def _set(self, names: Sequence[Name], codes: Sequence[int], terms: Sequence[Terms]) -> None:
        self.names, self.codes, self.terms = names, codes, terms
        self._census: Mapping[int, int] | None = None
        self._longest = -1

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries as objects, made anew at each call."""
        return tuple(self)

    @property
    def census(self) -> Mapping[int, int]:
        """How many entries have each code; codes that none has are not in it."""
        if self._census is None:
            self._census = Counter(self.codes)
        return self._census

    @property
    def longest(self) -> int:
        """The length of the longest name, 0 for an empty list."""
        if self._longest < 0:
            self._longest = max(map(len, self.names), default=0)
        return self._longest

    def has(self, reach: Reach) -> bool:
        """Whether any entry has this reach."""
        return any(self.terms[code].reach is reach for code in self.census)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Entry]:
        terms = self.terms
        return (Entry(name, *terms[code]) for name, code in zip(self.names, self.codes, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BlockList):
            return NotImplemented
        return self.names == other.names and all(
            self.terms[one] == other.terms[two] for one, two in zip(self.codes, other.codes, strict=True)
        )

    def __hash__(self) -> int:
        return hash(tuple(self.names))

    def __repr__(self) -> str:
        return f"BlockList({self.entries!r})"

    def get(self, name: Name) -> Entry | None:
        """The entry of exactly this name."""
        at = self._find(name)
        return None if at is None else Entry(name, *self.terms[self.codes[at]])

    def covering(self, name: Name) -> Entry | None:
        """The entry that blocks `name`: its own, or that of a name above it whose reach extends so far."""
        return covering(self.get, name)

    def patterns(self) -> Iterator[str]:
        """What is blocked, as `name` and `*.name`, each once: lists with the same patterns block the same
        names.
        """
        reaches = [one.reach for one in self.terms]
        for name, code in zip(self.names, self.codes, strict=True):
            yield name
            if reaches[code] is Reach.SUBTREE:
                yield f"*.{name}"
            elif reaches[code] is Reach.WWW and self._find(Name(f"www.{name}")) is None:
                yield f"www.{name}"

    def _find(self, name: Name) -> int | None:
        at = bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two lists. `changed` pairs an entry with its successor of the same name."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[tuple[Entry, Entry], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


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
