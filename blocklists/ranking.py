"""How widely used a name is: the union of imported rankings, each name with the best place any of them gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from blocklists.names import Name
from blocklists.snapshots import About

REFUSED: Final = 100_000  # places down to here are never listed
REVIEWED: Final = 1_000_000  # and down to here two people have to answer for it
KEPT_DAYS: Final = 30  # a name that left a ranking is protected this much longer
_LISTS: Final = 16  # a place and the number of its list are kept in one number: half the memory of a pair

Rows = list[tuple[str, int]]  # name and place, best first


class Place(NamedTuple):
    """The best place that a name has, and in which ranking."""

    rank: int
    about: About

    def __str__(self) -> str:
        return f"no. {self.rank} of {self.about.list} ({self.about.made})"


class Ranking:
    """The places of all names, and of the names above them."""

    __slots__ = ("_above", "_lists", "_places")

    def __init__(self, lists: Iterable[tuple[About, str]] = ()) -> None:
        self._lists: list[About] = []
        self._places: dict[str, int] = {}
        for about, body in lists:
            self._lists.append(about)
            self._join(_places(body, len(self._lists) - 1))
        self._above = _above(self._places)

    def _join(self, more: dict[str, int]) -> None:
        """Takes up another ranking: of two places the better one counts."""
        if not self._places:
            self._places = more
            return
        known = self._places
        for name, place in more.items():
            if known.get(name, place) >= place:
                known[name] = place

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @property
    def names(self) -> Mapping[str, int]:
        """All ranked names."""
        return self._places

    @property
    def above(self) -> Mapping[str, int]:
        """All names that have a ranked name below them."""
        return self._above

    def place(self, name: str) -> Place | None:
        """The place of a name; None for one that is in no ranking."""
        return self._unpacked(self._places.get(name))

    def place_below(self, name: str) -> Place | None:
        """The best place of the names below this one."""
        return self._unpacked(self._above.get(name))

    def names_below(self, name: str) -> list[Name]:
        """The ranked names below this one, best first; takes as long as the rankings are."""
        end = f".{name}"
        return sorted((Name(one) for one in self._places if one.endswith(end)), key=self._places.__getitem__)

    def _unpacked(self, packed: int | None) -> Place | None:
        return None if packed is None else Place(packed // _LISTS, self._lists[packed % _LISTS])


def _places(body: str, number: int) -> dict[str, int]:
    """Name -> place and list, of the lines `NAME RANK` and, after an empty line, `NAME RANK LAST-SEEN`."""
    current, _, left = body.partition("\n\n")
    words = current.split()
    found = dict(zip(words[::2], [int(one) * _LISTS + number for one in words[1::2]], strict=True))
    for name, rank, _ in _left(left):
        found.setdefault(name, rank * _LISTS + number)
    return found


def _left(text: str) -> Iterator[tuple[str, int, date]]:
    for line in text.splitlines():
        name, rank, seen = line.split()
        yield name, int(rank), date.fromisoformat(seen)


def _above(places: Mapping[str, int]) -> dict[str, int]:
    """Every name of two labels or more above a ranked one, with the best place below it; level by level."""
    found: dict[str, int] = {}
    level = places
    while level:
        tails: dict[str, int] = {}
        for name, place in level.items():
            tail = name.partition(".")[2]
            if "." in tail and tails.get(tail, place) >= place:
                tails[tail] = place
        for tail, place in tails.items():
            if found.get(tail, place) >= place:
                found[tail] = place
        level = tails
    return found


@dataclass(frozen=True, slots=True)
class Past:
    """What the ranking that is replaced knew: its day, its places, and who had left it when."""

    made: date
    rows: Mapping[str, int]
    left: tuple[tuple[str, int, date], ...]


def read_past(about: About, body: str) -> Past:
    """The ranking as it was written."""
    current, _, left = body.partition("\n\n")
    words = current.split()
    return Past(about.made, dict(zip(words[::2], map(int, words[1::2]), strict=True)), tuple(_left(left)))


def gone(rows: Rows, made: date, past: Past | None) -> list[tuple[str, int, date]]:
    """Names that the ranking before had and this one lacks, as long as they stay protected."""
    if past is None:
        return []
    here = {name for name, _ in rows}
    found = [(name, rank, past.made) for name, rank in past.rows.items()]
    found += past.left
    first = made - timedelta(days=KEPT_DAYS)
    return [one for one in found if one[0] not in here and one[2] >= first]


def ranked_lines(rows: Rows, left: Iterable[tuple[str, int, date]]) -> Iterator[str]:
    """The lines of a ranking's file: see `_places`."""
    for name, rank in rows:
        yield f"{name} {rank}\n"
    yield "\n"
    for name, rank, seen in left:
        yield f"{name} {rank} {seen}\n"
