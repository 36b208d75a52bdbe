"""Names asked for many times, by many -> one BlockList: duplicates merged, what another entry covers folded into it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import Final, NamedTuple, cast

from blocklists.entries import WIDTH, BlockList, Entry, Reach, Terms, terms_of
from blocklists.names import Name, parents

Pair = tuple[str, str]
_BATCH: Final = 10_000  # names looked at together: what is made for them stays in the processor's cache


class Excluded(NamedTuple):
    """What allow lists took away, and what they left only the own host of; each with the terms it had."""

    names: dict[str, Terms]
    narrowed: dict[str, Terms]


class Folding:
    """The names asked for so far, each with the number of its terms.

    One dict from name to number is the least that a million names need: 40 MB beside the names themselves.
    """

    __slots__ = ("_codes", "_merged", "_names", "_terms")

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._terms: list[Terms] = []
        self._codes: dict[Terms, int] = {}
        self._merged: dict[tuple[int, int], int] = {}

    def code(self, terms: Terms) -> int:
        """The number that stands for these terms here."""
        found = self._codes.setdefault(terms, len(self._terms))
        if found == len(self._terms):
            self._terms.append(terms)
        return found

    def add(self, names: Sequence[str], code: int) -> None:
        """Takes up names that are asked for with the terms of `code`."""
        known = list(map(self._names.setdefault, names, repeat(code)))
        if known.count(code) == len(known):
            return
        for name, before in zip(names, known, strict=True):
            if before != code:
                self._names[name] = self._merge(self._names[name], code)

    def _merge(self, one: int, two: int) -> int:
        found = self._merged.get((one, two))
        if found is None:
            found = self._merged[one, two] = self.code(merge_terms(self._terms[one], self._terms[two]))
        return found

    def blocklist(self) -> BlockList:
        """The list of all names; ends the folding.

        Sources are kept. A merged entry has the widest reach that was asked for, and the category and the latest
        expiry of those who asked for that reach: what was asked for more narrowly stays asked for, and is seen again
        when the wider entry is gone and the list is made anew.
        """
        self.fold()
        names = sorted(cast(dict[Name, int], self._names))
        codes = array("I", map(self._names.__getitem__, names))
        self._names = {}
        return BlockList.of_columns(names, codes, self._terms)

    def exclude(self, allowed: BlockList) -> Excluded:
        """Takes away what `allowed` covers. What reaches over an allowed name shrinks to its own host."""
        found = {name: self._terms[self._names[name]] for name in self._covered_by(allowed)}
        for name in found:
            del self._names[name]
        narrowed: dict[str, Terms] = {}
        for pattern in allowed.patterns():
            self._narrow(Name(pattern.removeprefix("*.")), narrowed)
        return Excluded(found, narrowed)

    def _covered_by(self, allowed: BlockList) -> set[str]:
        hosts = {one for one in allowed.patterns() if not one.startswith("*.")}
        deep = {one.name for one in allowed if one.reach is Reach.SUBTREE}
        below = self._below(lambda pairs: [name for name, above in pairs if above in deep]) if deep else ()
        return {*(self._names.keys() & hosts), *below}

    def _narrow(self, allowed: Name, narrowed: dict[str, Terms]) -> None:
        for above in parents(allowed):
            code = self._names.get(above)
            terms = None if code is None else self._terms[code]
            if terms is None or terms.reach is Reach.HOST:
                continue
            if terms.reach is Reach.SUBTREE or allowed == f"www.{above}":
                narrowed[above] = terms
                self._names[above] = self.code(terms._replace(reach=Reach.HOST))

    def fold(self) -> None:
        """Takes away every name that another one's reach covers; its sources go to the topmost that does."""
        names = self._names
        deep = [one.reach is Reach.SUBTREE for one in self._terms] + [False]
        code = names.get
        folded = set(self._below(lambda pairs: [name for name, above in pairs if deep[code(above, -1)]]))
        if any(one.reach is Reach.WWW for one in self._terms):
            folded.update(self._beside_apexes())
        if len({one.sources for one in self._terms}) > 1:
            self._pass_sources(folded)
        for name in folded:
            del names[name]

    def _below(self, pick: Callable[[list[Pair]], list[str]]) -> Iterator[str]:
        """What `pick` takes from pairs of a name and one above it, for all names above; by the thousand."""
        rest = iter(self._names)
        while pairs := [(name, name.partition(".")[2]) for name in islice(rest, _BATCH)]:
            while pairs:
                yield from pick(pairs)
                pairs = [(name, up) for name, above in pairs if "." in (up := above.partition(".")[2])]

    def _beside_apexes(self) -> Iterator[str]:
        """The names that are no more than the www of a name that was asked for with it."""
        for name, code in self._names.items():
            apex = self._names.get(name.removeprefix("www."), -1) if name.startswith("www.") else -1
            if apex >= 0 and self._terms[apex].reach is Reach.WWW and self._terms[code].reach is Reach.HOST:
                yield name

    def _pass_sources(self, folded: Iterable[str]) -> None:
        """Gives the sources of folded names to the topmost name whose reach contains all of theirs."""
        names, terms = self._names, self._terms
        given: dict[tuple[str, int], None] = {}
        for name in folded:
            given[self._cover(name), names[name]] = None
        others: dict[str, list[tuple[str, ...]]] = {}
        for above, code in given:
            others.setdefault(above, []).append(terms[code].sources)
        for name, said in others.items():
            own = terms[names[name]]
            names[name] = self.code(own._replace(sources=union(own.sources, *said)))

    def _cover(self, name: str) -> str:
        """The topmost name that covers a folded one."""
        tops = [(above, self._names[above]) for above in parents(Name(name)) if above in self._names]
        subtrees = [above for above, code in tops if self._terms[code].reach is Reach.SUBTREE]
        return subtrees[-1] if subtrees else name.removeprefix("www.")


def block_list(entries: Iterable[Entry]) -> BlockList:
    """The list of `entries`: sorted, duplicates merged, entries that another one covers folded into it."""
    folding = Folding()
    for entry in entries:
        folding.add((entry.name,), folding.code(terms_of(entry)))
    return folding.blocklist()


def merge_terms(one: Terms, two: Terms) -> Terms:
    """The terms of a name that is asked for with both: the wider reach, and what those who want it say."""
    wide, narrow = (one, two) if WIDTH[one.reach] >= WIDTH[two.reach] else (two, one)
    sources = union(one.sources, two.sources)
    if wide.reach is not narrow.reach:
        return wide if sources == wide.sources else wide._replace(sources=sources)
    expires = max(wide.expires, narrow.expires) if wide.expires and narrow.expires else ""
    category = min(filter(None, (wide.category, narrow.category)), default="")
    return Terms(wide.reach, category, expires, sources)


def union(first: tuple[str, ...], *others: tuple[str, ...]) -> tuple[str, ...]:
    """The sources in order, each once; the very same tuple where nothing is new."""
    if all(other == first for other in others):
        return first
    return tuple(sorted({*first, *(source for other in others for source in other)}))
