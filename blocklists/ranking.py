"""How widely used a name is: the union of imported rankings, each name in the better of the bands they put it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Final

from blocklists.names import Name
from blocklists.snapshots import About

REFUSED: Final = 100_000  # places down to here are never listed
REVIEWED: Final = 1_000_000  # and down to here two people have to answer for it
KEPT_DAYS: Final = 30  # a name that left a ranking is protected this much longer

Row = tuple[str, int]  # name and place
Left = tuple[str, int, date]  # and the day of the last ranking that had it


class Ranking:
    """The names of the first places and those of the others, and the names above them.

    Sets, without the places: half the memory and a third of the time of a dict (two rankings of a million names).
    """

    __slots__ = ("above_first", "above_others", "first", "lists", "others")

    def __init__(self, lists: Iterable[tuple[About, str]] = ()) -> None:
        self.first: set[str] = set()
        self.others: set[str] = set()
        told = []
        for about, body in lists:
            told.append(f"{about.list} of {about.made}")
            self._join(body, about.first)
        self.lists = ", ".join(told)
        self.above_first, self.above_others = _above(self.first), _above(self.others)

    def _join(self, body: str, first: int) -> None:
        names, _, left = _parts(body)
        self.first.update(names[:first])
        self.others.update(names[first:])
        for name, rank, _ in left:
            (self.first if rank <= REFUSED else self.others).add(name)

    def __bool__(self) -> bool:
        return bool(self.first or self.others)

    def band(self, name: str) -> int:
        """The last place of the band that a name is in: REFUSED or REVIEWED; 0 for one that is in no ranking."""
        return REFUSED if name in self.first else REVIEWED if name in self.others else 0

    def band_below(self, name: str) -> int:
        """The better band of the names below this one."""
        return REFUSED if name in self.above_first else REVIEWED if name in self.above_others else 0

    def among(self, names: Sequence[str] | set[str]) -> set[str]:
        """Those of `names` that are ranked."""
        return self.first.intersection(names) | self.others.intersection(names)

    def above_among(self, names: Sequence[str]) -> set[str]:
        """Those of `names` that have a ranked name below them."""
        return self.above_first.intersection(names) | self.above_others.intersection(names)


def _above(names: set[str]) -> set[str]:
    """Every name of two labels or more above these, level by level."""
    found: set[str] = set()
    level = names
    while level:
        level = {tail for name in level if "." in (tail := name.partition(".")[2])}
        found |= level
    return found


def _parts(body: str) -> tuple[list[str], str, Iterator[Left]]:
    """Names, best first; their places; and those that left. An empty line stands between."""
    names, _, rest = body.partition("\n\n")
    ranks, _, left = rest.partition("\n\n")
    return names.split("\n") if names else [], ranks, _left(left)


def _left(text: str) -> Iterator[Left]:
    for line in text.splitlines():
        name, rank, seen = line.split()
        yield name, int(rank), date.fromisoformat(seen)


def places(body: str) -> dict[str, int]:
    """Name -> place, as the ranking had it; those that left with their last one."""
    names, ranks, left = _parts(body)
    return {name: rank for name, rank, _ in left} | dict(zip(names, map(int, ranks.split()), strict=True))


def places_around(name: Name, found: Mapping[str, int]) -> dict[str, int]:
    """The places of this name, of those above it, and of the best three below it."""
    tails = [name[at:] for at in range(len(name)) if at == 0 or name[at - 1] == "."]
    below = sorted((one for one in found if one.endswith(f".{name}")), key=found.__getitem__)
    return {one: found[one] for one in (*tails, *below[:3]) if one in found}


@dataclass(frozen=True, slots=True)
class Past:
    """What the ranking that is replaced knew: its day, its names, and who had left it when."""

    made: date
    rows: tuple[Row, ...]
    left: tuple[Left, ...]


def read_past(about: About, body: str) -> Past:
    """The ranking as it was written."""
    names, ranks, left = _parts(body)
    return Past(about.made, tuple(zip(names, map(int, ranks.split()), strict=True)), tuple(left))


def gone(rows: Sequence[Row], made: date, past: Past | None) -> list[Left]:
    """Names that the ranking before had and this one lacks, as long as they stay protected."""
    if past is None:
        return []
    here = {name for name, _ in rows}
    first = made - timedelta(days=KEPT_DAYS)
    found = chain(((name, rank, past.made) for name, rank in past.rows), past.left)
    return [one for one in found if one[0] not in here and one[2] >= first]


def ranked_lines(rows: Sequence[Row], left: Iterable[Left]) -> Iterator[str]:
    """The text of a ranking's file, which `_parts` reads; `rows` best first."""
    yield "\n".join(name for name, _ in rows)
    yield "\n\n"
    yield "\n".join(str(rank) for _, rank in rows)
    yield "\n\n"
    for name, rank, seen in left:
        yield f"{name} {rank} {seen}\n"
