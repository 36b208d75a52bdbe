"""What a format cannot say: entries narrowed or left out, never widened, and each of them told."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, overload

from blocklists.entries import BlockList, Entry, Reach
from blocklists.names import Name

SHORT: Final = 180  # characters
_PROBE: Final = Name("probe.example")

Ruling = tuple[Reach | None, str]
Fit = Callable[[Entry], Ruling]  # of a name of at most SHORT characters the reach alone decides


@dataclass(frozen=True, slots=True)
class Loss:
    """An entry that a format writes with less reach than it has; `kept` is None when it is left out
    altogether.
    """

    name: Name
    reach: Reach
    kept: Reach | None
    why: str


class Losses(Sequence[Loss]):
    """The losses of a list, made when they are looked at: a hosts file narrows nearly every entry."""

    __slots__ = ("_blocklist", "_changed", "_left_out", "_length", "_long", "_rulings")

    def __init__(
        self,
        blocklist: BlockList,
        rulings: Sequence[Ruling],
        long: Mapping[int, Ruling],
        changed: Sequence[Loss] = (),
    ) -> None:
        self._blocklist, self._rulings, self._long, self._changed = blocklist, rulings, long, changed
        terms, counts = (
            blocklist.terms,
            Counter[tuple[Reach | None, Reach]](),
        )  # of (what is kept, what was asked for)
        for code, count in blocklist.census.items():
            counts[rulings[code][0], terms[code].reach] += count
        for at, ruling in long.items():
            code = blocklist.codes[at]
            counts[rulings[code][0], terms[code].reach] -= 1
            counts[ruling[0], terms[code].reach] += 1
        self._length = len(changed)
        self._length += sum(count for (kept, reach), count in counts.items() if kept is not reach)
        self._left_out = sum(count for (kept, _), count in counts.items() if kept is None)

    @property
    def left_out(self) -> int:
        """How many entries are not in the file at all."""
        return self._left_out

    def followed_by(self, changed: Sequence[Loss]) -> Losses:
        """These losses, then the entries whose free text was changed."""
        return Losses(self._blocklist, self._rulings, self._long, (*self._changed, *changed))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Loss]:
        reaches = [one.reach for one in self._blocklist.terms]
        lost = [ruling[0] is not reach for ruling, reach in zip(self._rulings, reaches, strict=True)]
        for at, (name, code) in enumerate(zip(self._blocklist.names, self._blocklist.codes, strict=True)):
            if at in self._long:
                kept, why = self._long[at]
            elif lost[code]:
                kept, why = self._rulings[code]
            else:
                continue
            if kept is not reaches[code]:
                yield Loss(name, reaches[code], kept, why)
        yield from self._changed

    @overload
    def __getitem__(self, at: int) -> Loss: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Loss]: ...
    def __getitem__(self, at: int | slice) -> Loss | Sequence[Loss]:
        if isinstance(at, slice):
            return tuple(islice(self, *at.indices(len(self))))
        return next(islice(self, range(len(self))[at], None))


def fit(blocklist: BlockList, reach_of: Fit) -> tuple[BlockList, Losses]:
    """The entries with the reach that `reach_of` leaves them, and what was lost."""
    rulings, long, losses = _ruled(blocklist, reach_of)
    return (_narrowed(blocklist, rulings, long, losses.left_out > 0) if losses else blocklist), losses


def holds_none(blocklist: BlockList, reach_of: Fit) -> bool:
    """Whether there are entries, and none of them is left; 0.06 s for a million, where `fit` takes more."""
    return bool(blocklist) and _ruled(blocklist, reach_of)[2].left_out == len(blocklist)


def _ruled(blocklist: BlockList, reach_of: Fit) -> tuple[list[Ruling], dict[int, Ruling], Losses]:
    by_reach = {reach: reach_of(Entry(_PROBE, reach)) for reach in {one.reach for one in blocklist.terms}}
    rulings = [
        by_reach[one.reach] for one in blocklist.terms
    ]  # as many as entries, where each has its sources
    long = {}
    if blocklist.longest > SHORT:
        lengths = enumerate(map(len, blocklist.names))
        long = {at: reach_of(_entry(blocklist, at)) for at, length in lengths if length > SHORT}
    return rulings, long, Losses(blocklist, rulings, long)


def _entry(blocklist: BlockList, at: int) -> Entry:
    return Entry(blocklist.names[at], *blocklist.terms[blocklist.codes[at]])


def _narrowed(
    blocklist: BlockList, rulings: Sequence[Ruling], long: Mapping[int, Ruling], some_go: bool
) -> BlockList:
    terms = list(blocklist.terms)
    numbers = {one: code for code, one in enumerate(terms)}

    def code_of(code: int, kept: Reach | None) -> int:
        new = terms[code]._replace(reach=kept or terms[code].reach)
        if new not in numbers:
            numbers[new] = len(terms)
            terms.append(new)
        return numbers[new]

    table = [code_of(code, kept) for code, (kept, _) in enumerate(rulings)]
    codes = array("I", map(table.__getitem__, blocklist.codes))
    for at, (kept, _) in long.items():
        codes[at] = code_of(blocklist.codes[at], kept)
    if not some_go:
        return BlockList.of_columns(blocklist.names, codes, terms)
    stay = [
        long[at][0] is not None if at in long else rulings[code][0] is not None
        for at, code in enumerate(blocklist.codes)
    ]
    names = [name for name, stays in zip(blocklist.names, stay, strict=True) if stays]
    return BlockList.of_columns(
        names, array("I", (code for code, stays in zip(codes, stay, strict=True) if stays)), terms
    )
